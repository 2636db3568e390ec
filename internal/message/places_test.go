package message_test

import (
	"context"
	"log/slog"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/ivendnext/whatsapp-accounts/internal/message"
	"github.com/ivendnext/whatsapp-accounts/internal/provider"
	"github.com/ivendnext/whatsapp-accounts/internal/site"
)

// slowPlaces is a store that takes the first places only when it is let.
type slowPlaces struct {
	message.Store

	once        sync.Once
	asked, lets chan struct{}
}

func (s *slowPlaces) Reserve(ctx context.Context, in site.Site, places ...message.Places) (map[string]time.Time, error) {
	s.once.Do(func() {
		close(s.asked)
		<-s.lets
	})
	return s.Store.Reserve(ctx, in, places...)
}

// TestAnAccountThatIsDeletedWhilePlacesAreTakenHoldsUpNoOther deletes one of two accounts whose messages wait to take their places together.
func TestAnAccountThatIsDeletedWhilePlacesAreTakenHoldsUpNoOther(t *testing.T) {
	onBoth(t, func(w *world) {
		w.rules = provider.SendRules{Apart: time.Microsecond}
		var some [3]message.Message
		for i, name := range []string{"first", "stays", "goes"} {
			of := w.named(name)
			some[i] = w.accept(func(d *message.Draft) { d.AccountID = of.ID })
		}
		s := &slowPlaces{Store: w.db.Messages(), asked: make(chan struct{}), lets: make(chan struct{})}
		sender := message.NewSender(s, w.db.Accounts(), w, w, message.Options{Now: w.now, Log: slog.New(slog.DiscardHandler)})
		var sent sync.WaitGroup
		var errs [3]error
		for i, m := range some {
			sent.Go(func() { _, errs[i] = sender.Send(w.Context(), w.home, m.ID) })
			if i == 0 {
				<-s.asked
			}
		}
		require.Eventually(w, func() bool { return sender.WaitingForPlaces() == 2 }, 10*time.Second, time.Millisecond)
		w.delete(some[2].AccountID)
		close(s.lets)
		sent.Wait()
		require.NoError(w, errs[0])
		require.NoError(w, errs[1])
		require.Error(w, errs[2])
		require.Len(w, w.calls, 2)
		require.NoError(w, w.send(some[2]), "it is looked at again")
		require.Equal(w, message.Failed, w.get(some[2]).Status)
		require.Len(w, w.calls, 2)
	})
}

package message_test

import (
	"context"
	"errors"
	"log/slog"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/ivendnext/whatsapp-accounts/internal/account"
	"github.com/ivendnext/whatsapp-accounts/internal/message"
	"github.com/ivendnext/whatsapp-accounts/internal/site"
)

var errHeldUp = errors.New("held up")

// heldUp is a store in which the beginning of one message waits until its time is over, and shared beginnings fail. The first beginning waits for the others.
type heldUp struct {
	message.Store
	id             string
	first          sync.Once
	begins, behind chan struct{}
}

func (h *heldUp) Begin(ctx context.Context, in site.Site, some []message.Message, decide func(message.Message, account.Standing) message.Message) (map[string]message.Message, error) {
	h.first.Do(func() {
		close(h.begins)
		<-h.behind
	})
	switch {
	case len(some) > 1:
		return nil, errHeldUp
	case some[0].ID == h.id:
		<-ctx.Done()
		return nil, errors.Join(errHeldUp, ctx.Err())
	}
	return h.Store.Begin(ctx, in, some, decide)
}

func TestABeginningThatIsHeldUpLeavesTimeToTheOthers(t *testing.T) {
	onBoth(t, func(w *world) {
		w.wasender()
		some, errs := make([]message.Message, 8), make([]error, 8)
		for i := range some {
			some[i] = w.accept()
		}
		h := &heldUp{Store: w.db.Messages(), id: some[1].ID, begins: make(chan struct{}), behind: make(chan struct{})}
		sender := message.NewSender(h, w.db.Accounts(), w, w, message.Options{Now: w.now, Log: slog.New(slog.DiscardHandler)})
		var sent sync.WaitGroup
		for i, m := range some {
			sent.Go(func() { _, errs[i] = sender.Send(w.Context(), w.home, m.ID) })
			if i == 0 {
				<-h.begins
			}
		}
		require.Eventually(w, func() bool { return sender.WaitingToBegin() == len(some)-1 }, 10*time.Second, time.Millisecond)
		close(h.behind)
		sent.Wait()
		require.ErrorIs(w, errs[1], errHeldUp)
		require.NoError(w, errors.Join(slices.Delete(errs, 1, 2)...))
	})
}

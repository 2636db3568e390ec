package app

import (
	"context"
	"fmt"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"

	"github.com/ivendnext/whatsapp-accounts/internal/provider"
	"github.com/ivendnext/whatsapp-accounts/internal/provider/meta"
	"github.com/ivendnext/whatsapp-accounts/internal/webhook"
	"github.com/ivendnext/whatsapp-accounts/pkg/whatsapptest"
)

// slowly keeps nothing until it may.
type slowly struct {
	everybody
	may chan struct{}
}

func (s *slowly) Keep(ctx context.Context, all []webhook.Receipt) ([]string, error) {
	<-s.may
	return s.everybody.Keep(ctx, all)
}

func TestWebhooksAreCrowdedWhileManyWaitToBeKeptAndNoLonger(t *testing.T) {
	t.Parallel()
	s := &slowly{may: make(chan struct{})}
	arrived := make(chan struct{}, 20)
	var passed atomic.Int64
	now := func() time.Time { return time.Unix(1795345200, passed.Load()) }
	acceptor := webhook.NewAcceptor(s, s, webhook.Options{Witness: nobody{}, Now: now, NewID: func() string { arrived <- struct{}{}; return NewID() }})
	door := webhook.Door{Spec: meta.Spec(meta.Options{}), Receiver: meta.Receiver{}}
	var wg sync.WaitGroup
	deliver := func(from, to int) {
		for n := from; n < to; n++ {
			body := hook(t, fmt.Sprint(n))
			wg.Go(func() {
				_, err := acceptor.Accept(t.Context(), door, webhook.Delivery{Signature: whatsapptest.Sign(proofSecret, body), Body: body})
				assert.NoError(t, err)
			})
			<-arrived
		}
	}
	deliver(0, 8)
	assert.False(t, acceptor.Crowded(), "a few at once are usual")
	deliver(8, 16)
	passed.Add(int64(time.Hour))
	assert.True(t, acceptor.Crowded(), "however long they wait")
	close(s.may)
	wg.Wait()
	assert.True(t, acceptor.Crowded(), "they may all come back")
	passed.Add(-int64(time.Minute))
	assert.False(t, acceptor.Crowded(), "a clock that is put back tells nothing")
	passed.Add(int64(time.Minute + time.Second))
	assert.False(t, acceptor.Crowded())
	assert.Len(t, s.kept, 16)
}

// heldUp looks nobody up until it may.
type heldUp struct {
	everybody
	asked, may chan struct{}
}

func (h *heldUp) ByID(context.Context, provider.Type, string, string) ([]webhook.Candidate, error) {
	h.asked <- struct{}{}
	<-h.may
	return h.candidate(), nil
}

func TestStrangersWhoAreRefusedAreNoCrowd(t *testing.T) {
	t.Parallel()
	h := &heldUp{asked: make(chan struct{}), may: make(chan struct{})}
	now := func() time.Time { return time.Unix(1795345200, 0) }
	acceptor := webhook.NewAcceptor(h, h, webhook.Options{Witness: nobody{}, Now: now, NewID: NewID})
	door := webhook.Door{Spec: meta.Spec(meta.Options{}), Receiver: meta.Receiver{}}
	var wg sync.WaitGroup
	for range 16 {
		wg.Go(func() {
			_, err := acceptor.Accept(t.Context(), door, webhook.Delivery{AccountID: "a", Signature: whatsapptest.Sign("guessed", []byte("{}")), Body: []byte("{}")})
			assert.ErrorIs(t, err, webhook.ErrUnproved)
		})
		<-h.asked
	}
	assert.True(t, acceptor.Crowded(), "nobody knows yet who they are")
	close(h.may)
	wg.Wait()
	assert.False(t, acceptor.Crowded())
}

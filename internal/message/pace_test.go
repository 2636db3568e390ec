package message_test

import (
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/ivendnext/whatsapp-accounts/internal/message"
	"github.com/ivendnext/whatsapp-accounts/internal/provider"
)

func TestAMessageWhosePlaceIsFarAwayIsGivenBackAndKeepsIt(t *testing.T) {
	onBoth(t, func(w *world) {
		w.wasender()
		w.rules = provider.SendRules{Apart: 5 * time.Second}
		first, second := w.accept(), w.accept()
		require.NoError(w, w.send(first))
		require.Error(w, w.send(second))
		require.Equal(w, w.now().Add(5*time.Second), w.get(second).PacedUntil)
		require.Len(w, w.calls, 1)
		w.advance(5 * time.Second)
		require.NoError(w, w.send(second))
		require.Equal(w, message.Accepted, w.get(second).Status)
		require.Equal(w, 1, w.get(second).Attempts, "a look that only found that its turn has not come is no attempt")
	})
}

// TestProcessesShareThePaceOfAnAccount has two of them send at once, and compares the times at which calls were allowed.
func TestProcessesShareThePaceOfAnAccount(t *testing.T) {
	onBoth(t, func(w *world) {
		w.wasender()
		const apart = 20 * time.Millisecond
		w.rules = provider.SendRules{Apart: apart}
		var messages []message.Message
		for range 24 {
			messages = append(messages, w.accept())
		}
		begun := time.Now()
		var wg sync.WaitGroup
		for n, sender := range []*message.Sender{w.another(), w.another()} {
			wg.Go(func() {
				for i := n; i < len(messages); i += 2 {
					commit, err := sender.Send(w.Context(), w.home, messages[i].ID)
					if assert.NoError(w, err) {
						assert.NoError(w, w.db.Transact(w.Context(), commit))
					}
				}
			})
		}
		wg.Wait()
		require.Len(w, w.calls, 24)
		// The clock of the test stands still, so every place lies ahead of it: the last of 24 is 23 steps away, less what one process had taken and not used.
		require.GreaterOrEqual(w, time.Since(begun), (24-1-8)*apart)
	})
}

func TestAPauseThatTheProviderAsksOfTheAccountHoldsForItsNextMessageToo(t *testing.T) {
	onBoth(t, func(w *world) {
		w.wasender()
		w.rules = provider.SendRules{Apart: time.Millisecond}
		limited := failing(provider.ClassRetry)
		limited.Limit, limited.RetryAfter = provider.LimitAccount, 30*time.Second
		w.answers = []error{limited}
		first, second := w.accept(), w.accept()
		require.ErrorIs(w, w.send(first), error(limited))
		require.Error(w, w.send(second))
		require.Len(w, w.calls, 1)
		w.advance(31 * time.Second)
		require.NoError(w, w.send(first))
		require.NoError(w, w.send(second))
	})
}

func TestALimitOfOneRecipientHoldsUpNoOther(t *testing.T) {
	onBoth(t, func(w *world) {
		w.wasender()
		w.rules = provider.SendRules{Apart: time.Millisecond}
		limited := failing(provider.ClassRetry)
		limited.Limit = provider.LimitPair
		w.answers = []error{limited}
		first := w.accept()
		require.ErrorIs(w, w.send(first), error(limited))
		require.NoError(w, w.send(w.accept(func(d *message.Draft) { d.To = "+971501234568" })))
	})
}

// TestMessagesThatMissedTheirPlacesDoNotAllGoAtOnce has a provider that is spared until the places of three messages are long past.
func TestMessagesThatMissedTheirPlacesDoNotAllGoAtOnce(t *testing.T) {
	onBoth(t, func(w *world) {
		w.wasender()
		w.rules = provider.SendRules{Apart: 5 * time.Second}
		some := []message.Message{w.accept(), w.accept(), w.accept(), w.accept()}
		require.NoError(w, w.send(some[0]))
		for _, m := range some[1:] {
			require.Error(w, w.send(m), "its place is far away")
		}
		w.advance(15 * time.Minute)
		require.NoError(w, w.send(some[1]))
		require.Error(w, w.send(some[2]))
		require.Error(w, w.send(some[3]))
		require.Len(w, w.calls, 2)
		require.Equal(w, w.now().Add(5*time.Second), w.get(some[2]).PacedUntil)
		require.Equal(w, w.now().Add(10*time.Second), w.get(some[3]).PacedUntil)
		w.advance(12 * time.Second)
		require.NoError(w, w.send(some[2]), "a little late")
		require.NoError(w, w.send(some[3]))
	})
}

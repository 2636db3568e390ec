package message_test

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/ivendnext/whatsapp-accounts/internal/message"
	"github.com/ivendnext/whatsapp-accounts/internal/provider"
	"github.com/ivendnext/whatsapp-accounts/internal/provider/breaker"
	"github.com/ivendnext/whatsapp-accounts/internal/site"
)

// pairing are rules that let three messages go to a recipient at once.
func pairing() provider.SendRules {
	return provider.SendRules{PairApart: 6 * time.Second, PairBurst: 3}
}

func TestARecipientIsNotWrittenToMoreOftenThanItsProviderAllows(t *testing.T) {
	onBoth(t, func(w *world) {
		w.wasender()
		w.rules = pairing()
		for range 3 {
			require.NoError(w, w.send(w.accept()))
		}
		fourth, other := w.accept(), w.accept(func(d *message.Draft) { d.To = "+971501234568" })
		require.Error(w, w.send(fourth))
		require.NoError(w, w.send(other), "another recipient waits for nobody")
		w.advance(6 * time.Second)
		require.NoError(w, w.send(fourth))
		require.Error(w, w.send(w.accept()))
		w.advance(18 * time.Second)
		for range 3 {
			require.NoError(w, w.send(w.accept()))
		}
		require.Error(w, w.send(w.accept()))
	})
}

func TestARecipientWhoseProviderTakesNoMoreIsLeftAloneForAsLongAsItsMessageIs(t *testing.T) {
	onBoth(t, func(w *world) {
		w.wasender()
		w.rules = pairing()
		limited := failing(provider.ClassRetry)
		limited.Limit, limited.RetryAfter = provider.LimitPair, 20*time.Second
		w.answers = []error{limited}
		first, second := w.accept(), w.accept()
		require.ErrorIs(w, w.send(first), error(limited))
		require.Error(w, w.send(second))
		require.NoError(w, w.send(w.accept(func(d *message.Draft) { d.To = "+971501234568" })), "another recipient waits for nobody")
		require.Len(w, w.calls, 2)
		w.advance(20 * time.Second)
		require.NoError(w, w.send(first))
		require.NoError(w, w.send(second))
	})
}

func TestAMessageWaitsForItsRecipientNoLongerThanItMayBeSent(t *testing.T) {
	onBoth(t, func(w *world) {
		for until, want := range map[time.Duration]time.Duration{
			10 * time.Minute: 10*time.Minute + time.Millisecond, 2 * time.Hour: time.Hour, -time.Minute: 0,
		} {
			require.Equal(w, want, w.sender.UnlessLate(message.Message{DiscardAfter: w.now().Add(until)}, time.Hour))
		}
		require.Equal(w, time.Hour, w.sender.UnlessLate(message.Message{}, time.Hour))
	})
}

// TestProcessesShareThePaceOfARecipient has two of them send to it in turn.
func TestProcessesShareThePaceOfARecipient(t *testing.T) {
	onBoth(t, func(w *world) {
		w.wasender()
		w.rules = pairing()
		senders := []*message.Sender{w.another(), w.another()}
		inTurn := func(messages int) {
			for n := range messages {
				w.sender = senders[n%2]
				_ = w.send(w.accept()) // the calls that were made are counted
			}
		}
		inTurn(10)
		require.Len(w, w.calls, 4, "three, and the first of the other process, of which nobody knew")
		w.advance(24 * time.Second)
		inTurn(10)
		require.Len(w, w.calls, 7, "both know that the other may write to it")
		for range 10 {
			w.advance(6 * time.Second)
			inTurn(2)
		}
		require.Len(w, w.calls, 17)
	})
}

func TestAProcessThatStartsAnewKnowsFromItsSecondMessageOnWhatOthersHaveSent(t *testing.T) {
	onBoth(t, func(w *world) {
		w.wasender()
		w.rules = pairing()
		for range 3 {
			require.NoError(w, w.send(w.accept()))
		}
		w.sender = w.another()
		require.NoError(w, w.send(w.accept()), "it has not written to the recipient itself")
		require.Error(w, w.send(w.accept()))
	})
}

func TestMessagesThatAreSentToARecipientAtOnceAreAsManyAsItsProviderAllows(t *testing.T) {
	onBoth(t, func(w *world) {
		w.wasender()
		w.rules = pairing()
		w.sender = w.sends(w.db.Messages())
		var some [12]message.Message
		for i := range some {
			some[i] = w.accept()
		}
		var sent sync.WaitGroup
		for _, m := range some {
			sent.Go(func() { _, _ = w.sender.Send(w.Context(), w.home, m.ID) })
		}
		sent.Wait()
		require.Len(w, w.calls, 3)
	})
}

// countedPairs is a store that counts how often pairs are counted for all, and refuses to as long as it has an error.
type countedPairs struct {
	message.Store

	asked atomic.Int64
	err   error
}

func (s *countedPairs) CountPair(ctx context.Context, in site.Site, of message.Pair, count, room time.Duration) (time.Time, bool, error) {
	s.asked.Add(1)
	if s.err != nil {
		return time.Time{}, false, s.err
	}
	return s.Store.CountPair(ctx, in, of, count, room)
}

// sends is a sender with another store.
func (w *world) sends(s message.Store) *message.Sender {
	return message.NewSender(s, w.db.Accounts(), w, w, message.Options{Now: w.now, Log: slog.New(slog.DiscardHandler)})
}

func TestOneMessageForARecipientInAWhileIsNoWorkForTheDatabase(t *testing.T) {
	onBoth(t, func(w *world) {
		w.wasender()
		w.rules = pairing()
		s := &countedPairs{Store: w.db.Messages()}
		w.sender = w.sends(s)
		for n := range 20 {
			require.NoError(w, w.send(w.accept(func(d *message.Draft) { d.To = fmt.Sprint("+9715012345", 10+n) })))
		}
		require.Zero(w, s.asked.Load())
		w.advance(12 * time.Second)
		require.NoError(w, w.send(w.accept(func(d *message.Draft) { d.To = "+971501234510" })))
		require.EqualValues(w, 1, s.asked.Load(), "a second one is counted for all, since another process may have sent the third")
		w.advance(time.Hour)
		require.NoError(w, w.send(w.accept(func(d *message.Draft) { d.To = "+971501234511" })))
		require.NoError(w, w.send(w.accept(func(d *message.Draft) { d.To = "+971501234512" })))
		w.advance(time.Hour)
		require.NoError(w, w.send(w.accept(func(d *message.Draft) { d.To = "+971501234510" })))
		require.EqualValues(w, 1, s.asked.Load(), "who was written to long ago is forgotten")
	})
}

func TestWhatCouldNotBeCountedForAllIsCountedWithTheNext(t *testing.T) {
	onBoth(t, func(w *world) {
		w.wasender()
		w.rules = pairing()
		s := &countedPairs{Store: w.db.Messages(), err: errors.New("the database is away")}
		w.sender = w.sends(s)
		require.NoError(w, w.send(w.accept()))
		require.ErrorIs(w, w.send(w.accept()), s.err)
		s.err = nil
		require.NoError(w, w.send(w.accept()))
		require.NoError(w, w.send(w.accept()))
		require.Error(w, w.send(w.accept()), "the first counts too")
		require.Len(w, w.calls, 3)
	})
}

// TestMessagesThatAreOftenLookedAtAreCountedOnce has a provider that is spared.
func TestMessagesThatAreOftenLookedAtAreCountedOnce(t *testing.T) {
	onBoth(t, func(w *world) {
		w.wasender()
		w.rules = pairing()
		s := &countedPairs{Store: w.db.Messages()}
		w.sender = w.sends(s)
		var some []message.Message
		for n := range 5 {
			some = append(some, w.accept(func(d *message.Draft) { d.To = fmt.Sprint("+9715012345", 10+n) }))
		}
		w.refuse = breaker.ErrOpen
		for range 10 {
			for _, m := range some {
				require.ErrorIs(w, w.send(m), breaker.ErrOpen)
			}
			w.advance(5 * time.Second)
		}
		require.Zero(w, s.asked.Load())
		w.refuse = nil
		for _, m := range some {
			require.NoError(w, w.send(m))
		}
	})
}

func TestTheDatabaseIsNotAskedAgainWhileAPairIsFull(t *testing.T) {
	onBoth(t, func(w *world) {
		w.wasender()
		w.rules = pairing()
		s := &countedPairs{Store: w.db.Messages()}
		w.sender = w.sends(s)
		for range 3 {
			require.NoError(w, w.send(w.accept()))
		}
		waiting := []message.Message{w.accept(), w.accept(), w.accept()}
		for _, m := range waiting {
			require.Error(w, w.send(m))
		}
		require.EqualValues(w, 3, s.asked.Load())
		w.advance(6 * time.Second)
		require.NoError(w, w.send(waiting[0]))
	})
}

func TestABurstOfOneIsOne(t *testing.T) {
	onBoth(t, func(w *world) {
		w.wasender()
		w.rules = provider.SendRules{PairApart: 6 * time.Second, PairBurst: 1}
		require.NoError(w, w.send(w.accept()))
		second := w.accept()
		require.Error(w, w.send(second))
		w.advance(6 * time.Second)
		require.NoError(w, w.send(second))
		require.Error(w, w.send(w.accept()))
	})
}

func TestAsManyRecipientsAreRememberedAsThereIsRoomFor(t *testing.T) {
	onBoth(t, func(w *world) {
		s := &countedPairs{err: errors.New("the database is asked")}
		p := message.NewPairs(s, 10, w.now)
		of := func(n int) message.Message {
			return message.Message{ID: newID(), AccountID: "a", To: provider.Recipient{Kind: provider.ToPhone, Value: fmt.Sprint(n)}}
		}
		for n := range 100 {
			_, err := p.Wait(w.Context(), of(n), pairing())
			require.NoError(w, err)
			require.LessOrEqual(w, p.Remembered(), 20)
		}
		for n := 91; n < 100; n++ {
			_, err := p.Wait(w.Context(), of(n), pairing())
			require.ErrorIs(w, err, s.err)
		}
	})
}

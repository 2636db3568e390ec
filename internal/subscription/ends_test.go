package subscription_test

import (
	"context"
	"errors"
	"net/http"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/ivendnext/whatsapp-accounts/internal/event"
	"github.com/ivendnext/whatsapp-accounts/internal/store"
	"github.com/ivendnext/whatsapp-accounts/internal/subscription"
)

func TestSubscriberThatIsGoneIsDisabledAndMayBeEnabledAgain(t *testing.T) {
	onBoth(t, func(w *world) {
		s, watcher := w.subscriber(event.MessageReceived), w.subscriber(event.SubscriptionDisabled)
		s.answer.Store(status(http.StatusGone))
		w.courier(w.db)
		ids := w.tell(1)
		w.eventually("it is told", func() bool { return len(watcher.times()) == 1 })
		after, err := w.service.Get(w.Context(), w.home, s.made.ID)
		require.NoError(w, err)
		assert.Equal(w, []any{subscription.Disabled, subscription.Gone}, []any{after.Status, after.DisabledReason})
		w.eventually("it is counted", func() bool { return w.tally.of("gone") == 1 })
		ids = append(ids, w.tell(20)...)
		s.answer.Store(status(http.StatusOK))
		_, err = w.service.Update(w.Context(), w.home, s.made.ID, subscription.Change{Status: new(subscription.Enabled)}, nil)
		require.NoError(w, err)
		w.eventually("nothing that is kept is lost", func() bool { return s.has(ids...) })
	})
}

func TestFiveDaysOfFailuresDisableASubscriberLoudly(t *testing.T) {
	onBoth(t, func(w *world) {
		s := w.subscriber()
		s.answer.Store(status(http.StatusInternalServerError))
		w.courier(w.db)
		begun := w.now()
		w.tell(1)
		w.eventually("it is disabled", func() bool {
			w.advance(20 * time.Minute)
			if w.now().Sub(begun)%(4*time.Hour) < 20*time.Minute {
				w.tell(1)
			}
			after, err := w.service.Get(w.Context(), w.home, s.made.ID)
			return err == nil && after.DisabledReason == subscription.Failing
		})
		w.eventually("it is counted", func() bool { return w.tally.of("failing") == 1 })
		after, err := w.service.Get(w.Context(), w.home, s.made.ID)
		require.NoError(w, err)
		assert.Greater(w, after.DisabledAt.Sub(begun), 5*24*time.Hour)
	})
}

func TestRotationSignsWithBothSecretsForADay(t *testing.T) {
	onBoth(t, func(w *world) {
		s := w.subscriber()
		w.courier(w.db)
		w.tell(1)
		w.eventually("the first came", func() bool { return len(s.times()) == 1 })
		_, key, err := w.service.Rotate(w.Context(), w.home, s.made.ID, nil)
		require.NoError(w, err)
		old := s.judges
		s.trust(key)
		s.judges = append(s.judges, old...) // each of them proves it
		w.tell(1)
		w.eventually("both sign", func() bool { return len(s.times()) == 2 })
		w.advance(24*time.Hour + time.Second)
		s.mu.Lock()
		s.judges = s.judges[:1]
		s.mu.Unlock()
		var signatures atomic.Value
		s.answer.Store(func(_ http.ResponseWriter, r *http.Request) { signatures.Store(r.Header.Get("webhook-signature")) })
		w.tell(1)
		w.eventually("the new one signs", func() bool { return len(s.times()) == 3 })
		assert.NotContains(w, signatures.Load(), " ", "alone")
	})
}

// A process that dies between sending and recording leaves a lease behind. Once it has ended another courier sends again, with the same id.
func TestWhatWasSentAndNotRecordedIsSentAgainWithTheSameID(t *testing.T) {
	onBoth(t, func(w *world) {
		s := w.subscriber()
		id := w.tell(1)[0]
		turns, err := w.db.Subscriptions().Claim(w.Context(), 10, 30*time.Second)
		require.NoError(w, err)
		require.Len(w, turns, 1)
		_, err = w.db.Subscriptions().Collect(w.Context(), turns[0], 200)
		require.NoError(w, err)
		w.courier(w.db)
		time.Sleep(50 * time.Millisecond)
		require.Empty(w, s.times(), "it is leased to who died")
		w.advance(31 * time.Second)
		w.eventually("it comes", func() bool { return s.has(id) })
		_, err = w.db.Subscriptions().Record(w.Context(), turns[0], w.log(s)[0].ID, nil)
		require.ErrorIs(w, err, subscription.ErrLost, "who comes back writes nothing")
	})
}

// A courier that is stopped gives back its turns, and what it broke off counts as no attempt.
func TestStoppedCourierGivesItsTurnsBack(t *testing.T) {
	onBoth(t, func(w *world) {
		s, begun := w.subscriber(), make(chan struct{}, 8)
		s.answer.Store(func(_ http.ResponseWriter, r *http.Request) {
			begun <- struct{}{}
			<-r.Context().Done()
		})
		id := w.tell(1)[0]
		stop := w.courier(w.db)
		<-begun
		stop()
		s.mu.Lock()
		clear(s.got) // what it got while it hung, it never answered
		s.mu.Unlock()
		require.Zero(w, w.log(s)[0].Tries)
		s.answer.Store(status(http.StatusOK))
		w.courier(w.open())
		w.eventually("another courier delivers at once", func() bool { return s.has(id) })
	})
}

func TestPoisonousEventIsGivenUpAndTheOthersPass(t *testing.T) {
	onBoth(t, func(w *world) {
		s, bad := w.subscriber(), w.tell(1)[0]
		s.answer.Store(func(rw http.ResponseWriter, r *http.Request) {
			if r.Header.Get("webhook-id") == bad {
				rw.WriteHeader(http.StatusUnprocessableEntity)
			}
		})
		w.courier(w.db)
		var ids []string
		given := func() bool {
			page, err := w.service.Log(w.Context(), w.home, s.made.ID, subscription.LogQuery{Limit: 1, Status: subscription.Failed})
			require.NoError(w, err)
			return len(page.Deliveries) == 1
		}
		for range 40 {
			ids = append(ids, w.tell(1)...)
			w.eventually("the others pass", func() bool { return s.has(ids...) })
			if given() {
				break
			}
			w.advance(9 * time.Hour)
		}
		assert.True(w, given())
		assert.Equal(w, 17, s.turnedAway())
	})
}

func TestEventIsDeliveredAgainOnRequest(t *testing.T) {
	onBoth(t, func(w *world) {
		s := w.subscriber()
		w.courier(w.db)
		id := w.tell(1)[0]
		w.eventually("it came", func() bool { return s.has(id) })
		made, err := w.service.Redeliver(w.Context(), w.home, id, "")
		require.NoError(w, err)
		require.Len(w, made, 1)
		w.eventually("it came again", func() bool { return s.times()[id] == 2 })
		assert.Len(w, w.log(s), 2)
	})
}

func TestTestIsSentAtOnceAndIsInNoFeed(t *testing.T) {
	onBoth(t, func(w *world) {
		s := w.subscriber(event.MessageReceived)
		d, err := w.service.Test(w.Context(), w.home, s.made.ID)
		require.NoError(w, err)
		assert.Equal(w, []any{subscription.Succeeded, event.SubscriptionTest, http.StatusNoContent}, []any{d.Status, d.Type, d.Attempts[0].Status})
		assert.True(w, s.has(d.EventID))
		assert.Equal(w, []subscription.Delivery{d}, w.log(s))
		head, err := w.db.Events().Head(w.Context(), w.home)
		require.NoError(w, err)
		assert.Zero(w, head)
		s.answer.Store(status(http.StatusTeapot))
		d, err = w.service.Test(w.Context(), w.home, s.made.ID)
		require.NoError(w, err)
		assert.Equal(w, []any{subscription.Failed, "The subscriber answered 418 I'm a teapot."}, []any{d.Status, d.Attempts[0].Detail})
		_, err = w.service.Test(w.Context(), w.home, newID())
		require.ErrorIs(w, err, subscription.ErrNotFound)
	})
}

// forgetful is a database that is away for some writes of results.
type forgetful struct {
	*store.Subscriptions
	away atomic.Int64
}

var errAway = errors.New("the database is away")

func (f *forgetful) Record(
	ctx context.Context, t subscription.Turn, id string, judge func(subscription.Health, subscription.Delivery) subscription.Verdict,
) (subscription.Subscription, error) {
	if f.away.Add(-1) >= 0 {
		return subscription.Subscription{}, errAway
	}
	return f.Subscriptions.Record(ctx, t, id, judge)
}

func TestResultIsRecordedOnceTheDatabaseIsBackAndNothingIsSentTwice(t *testing.T) {
	onBoth(t, func(w *world) {
		s, rounds := w.subscriber(), &forgetful{Subscriptions: w.db.Subscriptions()}
		rounds.away.Store(10)
		w.run(rounds)
		ids := w.tell(20)
		w.eventually("everything is recorded", func() bool { return w.tally.of("succeeded") == 20 })
		for _, id := range ids {
			assert.Equal(w, 1, s.times()[id], id)
		}
	})
}

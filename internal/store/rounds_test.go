package store

import (
	"fmt"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/ivendnext/whatsapp-accounts/internal/event"
	"github.com/ivendnext/whatsapp-accounts/internal/subscription"
)

// done is the verdict that a delivery has succeeded.
func done(h subscription.Health, d subscription.Delivery) subscription.Verdict {
	d.Status, d.NextAt, d.FinishedAt = subscription.Succeeded, time.Time{}, instant
	return subscription.Verdict{Delivery: d, Health: h, Outcome: subscription.OutcomeSucceeded}
}

// again is the verdict that a delivery is tried once more, later.
func again(in time.Duration, h subscription.Health) func(subscription.Health, subscription.Delivery) subscription.Verdict {
	return func(_ subscription.Health, d subscription.Delivery) subscription.Verdict {
		d.Tries++
		d.Attempts = append(d.Attempts, subscription.Attempt{At: instant, Detail: "The subscriber refused the connection.", Took: time.Millisecond})
		d.NextAt = instant.Add(in)
		return subscription.Verdict{Delivery: d, Health: h, Outcome: subscription.OutcomeRetried}
	}
}

func TestNewSubscriberTakesWhatComesAfterItAndOfItsTypesOnly(t *testing.T) {
	onBoth(t, func(f *fixture) {
		f.append(f.one, event.MessageReceived, "before")
		s := f.subscribe(f.one, event.MessageReceived)
		require.Empty(f, f.turns(10), "there is nothing to do")
		f.append(f.two, event.MessageReceived, "of another site")
		require.Empty(f, f.turns(10))
		f.append(f.one, event.MessageStatus, "another type")
		ids := f.append(f.one, event.MessageReceived, "a", "b")
		turn := f.turn()
		require.Equal(f, subscription.Turn{Site: f.one, SubscriptionID: s.ID, Lease: turn.Lease}, turn)
		require.True(f, f.collect(turn, 200))
		require.False(f, f.collect(turn, 200))
		load := f.due(turn)
		require.Equal(f, s, load.Subscription)
		require.Len(f, load.Keys, 1)
		require.Len(f, load.Parcels, 2)
		for i, p := range load.Parcels {
			require.Equal(f, ids[i], p.Event.ID)
			require.Equal(f, ids[i], p.Delivery.EventID)
			require.Equal(f, subscription.Pending, p.Delivery.Status)
		}
	})
}

func TestEventsOfOtherTypesAreStepppedOverWithoutADelivery(t *testing.T) {
	onBoth(t, func(f *fixture) {
		s := f.subscribe(f.one, event.TemplateStatus)
		f.append(f.one, event.MessageReceived, "a", "b", "c")
		require.False(f, f.collect(f.turn(), 200))
		require.Empty(f, f.log(s))
		f.clock.advance(time.Hour)
		require.Empty(f, f.turns(10), "its position is behind them")
	})
}

func TestDeliveriesAreMadeInPortions(t *testing.T) {
	onBoth(t, func(f *fixture) {
		s := f.subscribe(f.one)
		ids := f.append(f.one, event.MessageReceived, "a", "b", "c", "d", "e")
		turn := f.turn()
		require.True(f, f.collect(turn, 2))
		require.Len(f, f.log(s), 2)
		require.True(f, f.collect(turn, 2))
		require.True(f, f.collect(turn, 2))
		require.False(f, f.collect(turn, 2))
		log := f.log(s)
		for i, d := range log {
			require.Equal(f, ids[len(ids)-1-i], d.EventID, "newest first")
		}
	})
}

func TestSubscriptionIsServedByOneAtATime(t *testing.T) {
	onBoth(t, func(f *fixture) {
		for range 3 {
			f.subscribe(f.one)
		}
		f.append(f.one, event.MessageReceived, "a")
		first := f.turns(2)
		require.Len(f, first, 2)
		require.Len(f, f.turns(10), 1)
		require.Empty(f, f.turns(10))
		f.clock.advance(turnLease - time.Second)
		require.NoError(f, f.Subscriptions().Extend(f.Context(), first[0], turnLease))
		f.clock.advance(time.Second)
		require.Len(f, f.turns(10), 2, "two leases have ended, one was extended")
		require.NoError(f, f.Subscriptions().Release(f.Context(), first[0]))
		require.Len(f, f.turns(10), 1)
	})
}

func TestWhoWasServedLongestAgoComesFirst(t *testing.T) {
	onBoth(t, func(f *fixture) {
		for range 4 {
			f.subscribe(f.one)
			f.clock.advance(time.Second)
		}
		f.append(f.one, event.MessageReceived, "a")
		seen := map[string]int{}
		for range 4 {
			turn := f.turns(1)[0]
			seen[turn.SubscriptionID]++
			f.clock.advance(time.Second)
			require.NoError(f, f.Subscriptions().Release(f.Context(), turn))
		}
		require.Len(f, seen, 4)
	})
}

func TestLostTurnWritesNothing(t *testing.T) {
	onBoth(t, func(f *fixture) {
		f.subscribe(f.one)
		f.append(f.one, event.MessageReceived, "a", "b")
		late := f.turn()
		f.collect(late, 1)
		id := f.due(late).Parcels[0].Delivery.ID
		f.clock.advance(turnLease)
		f.turn()
		f.unchanged(func() {
			require.ErrorIs(f, f.record(late, id, done), subscription.ErrLost)
			_, err := f.Subscriptions().Collect(f.Context(), late, 10)
			require.ErrorIs(f, err, subscription.ErrLost)
			_, err = f.Subscriptions().Due(f.Context(), late, 10)
			require.ErrorIs(f, err, subscription.ErrLost)
			require.ErrorIs(f, f.Subscriptions().Extend(f.Context(), late, turnLease), subscription.ErrLost)
			require.NoError(f, f.Subscriptions().Release(f.Context(), late))
		})
	})
}

func TestDeliveryWaitsForItsTime(t *testing.T) {
	onBoth(t, func(f *fixture) {
		s := f.subscribe(f.one)
		f.append(f.one, event.MessageReceived, "a")
		turn := f.turn()
		f.collect(turn, 10)
		require.NoError(f, f.record(turn, f.due(turn).Parcels[0].Delivery.ID, again(time.Minute, subscription.Health{Failures: 1, FailingSince: instant, FailedAt: instant})))
		require.Empty(f, f.due(turn).Parcels)
		require.NoError(f, f.Subscriptions().Release(f.Context(), turn))
		require.Empty(f, f.turns(10))
		f.clock.advance(time.Minute)
		turn = f.turn()
		p := f.due(turn).Parcels[0]
		require.Equal(f, []subscription.Attempt{{At: instant, Detail: "The subscriber refused the connection.", Took: time.Millisecond}}, p.Delivery.Attempts)
		require.NoError(f, f.record(turn, p.Delivery.ID, done))
		require.Equal(f, subscription.Succeeded, f.log(s)[0].Status)
		require.Empty(f, f.due(turn).Parcels)
	})
}

func TestPausedSubscriberIsLeftAloneThenAskedWithOneDelivery(t *testing.T) {
	onBoth(t, func(f *fixture) {
		f.subscribe(f.one)
		f.append(f.one, event.MessageReceived, "a", "b", "c")
		turn := f.turn()
		f.collect(turn, 10)
		first := f.due(turn).Parcels[0].Delivery
		require.NoError(f, f.record(turn, first.ID, again(time.Second, subscription.Health{Failures: 3, FailingSince: instant, FailedAt: instant, Pauses: 1, PausedUntil: instant.Add(5 * time.Second)})))
		require.True(f, f.due(turn).Rests)
		require.NoError(f, f.Subscriptions().Release(f.Context(), turn))
		require.Empty(f, f.turns(10))
		f.clock.advance(5 * time.Second)
		turn = f.turn()
		probe := f.due(turn).Parcels
		require.Len(f, probe, 1)
		require.NotEqual(f, first.ID, probe[0].Delivery.ID, "one that was tried less")
		require.NoError(f, f.record(turn, probe[0].Delivery.ID, again(time.Hour, subscription.Health{})))
		require.Len(f, f.due(turn).Parcels, 2)
		require.NoError(f, f.record(turn, first.ID, func(h subscription.Health, d subscription.Delivery) subscription.Verdict {
			v := done(h, d)
			v.Resumed = true
			return v
		}))
		require.Len(f, f.due(turn).Parcels, 2, "everything that waits is due at once")
	})
}

func TestSubscriptionThatEndsIsToldInTheFeedAndGoesOnWhereItWasWhenEnabled(t *testing.T) {
	onBoth(t, func(f *fixture) {
		s := f.subscribe(f.one)
		other := f.subscribe(f.one, event.SubscriptionDisabled)
		f.append(f.one, event.MessageReceived, "a")
		turn := f.turns(10)[0]
		require.Equal(f, s.ID, turn.SubscriptionID)
		f.collect(turn, 10)
		ends := func(h subscription.Health, d subscription.Delivery) subscription.Verdict {
			v := again(time.Hour, subscription.Health{Failures: 9, FailingSince: instant, FailedAt: instant})(h, d)
			v.Disable = subscription.Failing
			return v
		}
		id := f.due(turn).Parcels[0].Delivery.ID
		require.NoError(f, f.record(turn, id, ends))
		require.NoError(f, f.record(turn, id, ends), "twice is once")
		require.True(f, f.due(turn).Rests)
		after := f.subscription(f.one, s.ID)
		require.Equal(f, []any{subscription.Disabled, subscription.Failing, instant}, []any{after.Status, after.DisabledReason, after.DisabledAt})
		page, err := f.Events().Read(f.Context(), f.one, event.Query{Types: []event.Type{event.SubscriptionDisabled}, Limit: 10})
		require.NoError(f, err)
		require.Len(f, page.Events, 1)
		require.JSONEq(f, fmt.Sprintf(`{"subscription_id":%q,"reason":"failing","disabled_at":"2026-11-05T06:07:08.123456Z"}`, s.ID), string(page.Events[0].Data))

		require.NoError(f, f.Subscriptions().Release(f.Context(), turn))
		f.append(f.one, event.MessageReceived, "b")
		for _, turn := range f.turns(10) {
			require.Equal(f, other.ID, turn.SubscriptionID)
		}
		_, err = f.Subscriptions().Update(f.Context(), f.one, s.ID, func(now subscription.Subscription) (subscription.Subscription, bool, error) {
			now.Status, now.DisabledReason, now.DisabledAt = subscription.Enabled, "", time.Time{}
			return now, true, nil
		})
		require.NoError(f, err)
		turn = f.turn()
		require.Len(f, f.due(turn).Parcels, 1, "what was pending is due at once")
		require.NoError(f, f.record(turn, id, done))
		f.collect(turn, 10)
		require.Len(f, f.due(turn).Parcels, 2, "its own end, and what came after it")
	})
}

func TestDeliveryOfAnEventThatWasPurgedHasNoEvent(t *testing.T) {
	onBoth(t, func(f *fixture) {
		f.subscribe(f.one)
		f.append(f.one, event.MessageReceived, "a")
		turn := f.turn()
		f.collect(turn, 10)
		_, err := f.Events().Purge(f.Context(), instant.Add(time.Second))
		require.NoError(f, err)
		require.Nil(f, f.due(turn).Parcels[0].Event)
	})
}

func TestEventIsDeliveredAgainToWhomIsNamedOrToAllThatTakeIt(t *testing.T) {
	onBoth(t, func(f *fixture) {
		id := f.append(f.one, event.MessageReceived, "a")[0]
		all, some, none := f.subscribe(f.one), f.subscribe(f.one, event.MessageReceived), f.subscribe(f.one, event.MessageStatus)
		off := f.subscribe(f.one)
		off.Status, off.DisabledReason, off.DisabledAt = subscription.Disabled, subscription.Requested, instant
		_, err := f.Subscriptions().Update(f.Context(), f.one, off.ID, func(subscription.Subscription) (subscription.Subscription, bool, error) { return off, false, nil })
		require.NoError(f, err)
		due := func(to subscription.Subscription, e event.Event) subscription.Delivery {
			return subscription.NewDelivery(newID(), to, e, f.clock.now())
		}
		made, err := f.Subscriptions().Redeliver(f.Context(), f.one, id, "", due)
		require.NoError(f, err)
		require.Len(f, made, 2)
		require.Equal(f, made[:1], f.log(all))
		require.Equal(f, made[1:], f.log(some))
		_, err = f.Subscriptions().Redeliver(f.Context(), f.one, id, none.ID, due)
		require.NoError(f, err, "who is named gets it")
		require.Len(f, f.log(none), 1)
		_, err = f.Subscriptions().Redeliver(f.Context(), f.one, id, off.ID, due)
		require.ErrorIs(f, err, subscription.ErrDisabled)
		for _, id := range []string{newID(), "nonsense", ""} {
			_, err = f.Subscriptions().Redeliver(f.Context(), f.one, id, all.ID, due)
			require.ErrorIs(f, err, subscription.ErrEventNotFound)
		}
		require.Len(f, f.turns(10), 3)
	})
}

func TestLogIsReadInPagesAndByStatus(t *testing.T) {
	onBoth(t, func(f *fixture) {
		s := f.subscribe(f.one)
		f.append(f.one, event.MessageReceived, "a", "b", "c")
		f.collected()
		kept := f.keepDelivery(s)
		page, err := f.Subscriptions().Log(f.Context(), f.one, s.ID, subscription.LogQuery{Limit: 3})
		require.NoError(f, err)
		require.Len(f, page.Deliveries, 3)
		rest, err := f.Subscriptions().Log(f.Context(), f.one, s.ID, subscription.LogQuery{Limit: 3, After: page.Next})
		require.NoError(f, err)
		require.Len(f, rest.Deliveries, 1)
		require.Empty(f, rest.Next)
		require.Equal(f, f.log(s), append(page.Deliveries, rest.Deliveries...))
		only, err := f.Subscriptions().Log(f.Context(), f.one, s.ID, subscription.LogQuery{Limit: 3, Status: subscription.Succeeded})
		require.NoError(f, err)
		require.Equal(f, []subscription.Delivery{kept}, only.Deliveries)
	})
}

// Many claim at once, on connections of their own, as processes do.
func TestNoTwoTurnsAreOfOneSubscription(t *testing.T) {
	onBoth(t, func(f *fixture) {
		const subscribers = 40
		for range subscribers {
			f.subscribe(f.one)
		}
		f.append(f.one, event.MessageReceived, "a")
		var mu sync.Mutex
		taken := map[string]int{}
		var crowd sync.WaitGroup
		for range 4 {
			other := f.again()
			crowd.Go(func() {
				for range 20 {
					turns, err := other.Subscriptions().Claim(f.Context(), 3, turnLease)
					if err != nil {
						f.Error(err)
						return
					}
					mu.Lock()
					for _, t := range turns {
						taken[t.SubscriptionID]++
					}
					mu.Unlock()
				}
			})
		}
		crowd.Wait()
		require.Len(f, taken, subscribers)
		for id, times := range taken {
			require.Equal(f, 1, times, id)
		}
	})
}

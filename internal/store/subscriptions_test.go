package store

import (
	"errors"
	"fmt"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/ivendnext/whatsapp-accounts/internal/event"
	"github.com/ivendnext/whatsapp-accounts/internal/secret"
	"github.com/ivendnext/whatsapp-accounts/internal/site"
	"github.com/ivendnext/whatsapp-accounts/internal/subscription"
)

const turnLease = 30 * time.Second

// Subscriptions is what the domain asks of the store.
var (
	_ subscription.Store  = (*Subscriptions)(nil)
	_ subscription.Rounds = (*Subscriptions)(nil)
)

// subscribe makes a subscription that takes these types; none is all.
func (f *fixture) subscribe(in site.Site, types ...event.Type) subscription.Subscription {
	f.Helper()
	now := f.clock.now()
	s := subscription.Subscription{
		ID: newID(), Site: in, URL: "https://hooks.example.com/" + newID(), Types: types, Description: "Zoë's till", Status: subscription.Enabled,
		SecretSetAt: now, CreatedAt: now, UpdatedAt: now,
	}
	require.NoError(f, f.Subscriptions().Insert(f.Context(), in, s, secret.New("key of "+s.ID)))
	return s
}

// append appends events, each about an account of that id, and gives their ids.
func (f *fixture) append(in site.Site, of event.Type, notes ...string) (ids []string) {
	f.Helper()
	for _, note := range notes {
		_, err := f.Events().Append(f.Context(), in, event.New{Type: of, Data: fmt.Appendf(nil, `{"note":%q}`, note)})
		require.NoError(f, err)
		head, err := f.Events().Head(f.Context(), in)
		require.NoError(f, err)
		page, err := f.Events().Read(f.Context(), in, event.Query{After: head - 1, Limit: 1})
		require.NoError(f, err)
		ids = append(ids, page.Events[0].ID)
	}
	return ids
}

// keepDelivery writes one delivery that has succeeded.
func (f *fixture) keepDelivery(s subscription.Subscription) subscription.Delivery {
	f.Helper()
	d := subscription.Delivery{
		ID: newID(), SubscriptionID: s.ID, EventID: newID(), Type: event.SubscriptionTest, Status: subscription.Succeeded, Tries: 1,
		Attempts:  []subscription.Attempt{{At: f.clock.now(), Status: 204, Took: 1500 * time.Microsecond}},
		CreatedAt: f.clock.now(), FinishedAt: f.clock.now(),
	}
	require.NoError(f, f.Subscriptions().Keep(f.Context(), s.Site, d))
	return d
}

// turns claims turns.
func (f *fixture) turns(most int) []subscription.Turn {
	f.Helper()
	turns, err := f.Subscriptions().Claim(f.Context(), most, turnLease)
	require.NoError(f, err)
	return turns
}

// turn claims the one turn that there is.
func (f *fixture) turn() subscription.Turn {
	f.Helper()
	turns := f.turns(10)
	require.Len(f, turns, 1)
	return turns[0]
}

// collect makes the deliveries of a turn.
func (f *fixture) collect(t subscription.Turn, most int) (more bool) {
	f.Helper()
	more, err := f.Subscriptions().Collect(f.Context(), t, most)
	require.NoError(f, err)
	return more
}

// collected makes the deliveries of everybody and gives the turns back.
func (f *fixture) collected() {
	f.Helper()
	for _, t := range f.turns(10) {
		f.collect(t, 200)
		require.NoError(f, f.Subscriptions().Release(f.Context(), t))
	}
}

func (f *fixture) due(t subscription.Turn) subscription.Load {
	f.Helper()
	load, err := f.Subscriptions().Due(f.Context(), t, 100)
	require.NoError(f, err)
	return load
}

// record writes a verdict as it is made from what was.
func (f *fixture) record(t subscription.Turn, id string, judge func(subscription.Health, subscription.Delivery) subscription.Verdict) error {
	_, err := f.Subscriptions().Record(f.Context(), t, id, judge)
	return err
}

func (f *fixture) log(s subscription.Subscription) []subscription.Delivery {
	f.Helper()
	page, err := f.Subscriptions().Log(f.Context(), s.Site, s.ID, subscription.LogQuery{Limit: 200})
	require.NoError(f, err)
	return page.Deliveries
}

func (f *fixture) subscription(in site.Site, id string) subscription.Subscription {
	f.Helper()
	s, err := f.Subscriptions().Get(f.Context(), in, id)
	require.NoError(f, err)
	return s
}

func TestSubscriptionIsReadAsItWasWritten(t *testing.T) {
	onBoth(t, func(f *fixture) {
		all, some := f.subscribe(f.one), f.subscribe(f.one, event.MessageReceived, event.AccountHealth)
		require.Equal(f, some, f.subscription(f.one, some.ID))
		require.Empty(f, f.subscription(f.one, all.ID).Types)
		some.URL, some.Types, some.Status, some.DisabledReason, some.DisabledAt = "https://b.example.com", nil, subscription.Disabled, subscription.Requested, instant
		after, err := f.Subscriptions().Update(f.Context(), f.one, some.ID, func(subscription.Subscription) (subscription.Subscription, bool, error) { return some, false, nil })
		require.NoError(f, err)
		require.Equal(f, some, after)
		require.Equal(f, some.DisabledAt, f.subscription(f.one, some.ID).DisabledAt)
	})
}

func TestRefusedDecisionAboutASubscriptionWritesNothing(t *testing.T) {
	onBoth(t, func(f *fixture) {
		s, no := f.subscribe(f.one), errors.New("no")
		f.unchanged(func() {
			_, err := f.Subscriptions().Update(f.Context(), f.one, s.ID, func(s subscription.Subscription) (subscription.Subscription, bool, error) {
				s.URL = "https://other.example.com"
				return s, true, no
			})
			require.ErrorIs(f, err, no)
			_, err = f.Subscriptions().Rotate(f.Context(), f.one, s.ID, secret.New("x"), instant, func(s subscription.Subscription) (subscription.Subscription, error) { return s, no })
			require.ErrorIs(f, err, no)
			require.ErrorIs(f, f.Subscriptions().Delete(f.Context(), f.one, s.ID, func(subscription.Subscription) error { return no }), no)
		})
	})
}

func TestSubscriptionOfAnotherSiteIsNotThere(t *testing.T) {
	onBoth(t, func(f *fixture) {
		s, store := f.subscribe(f.one), f.Subscriptions()
		mine := f.append(f.two, event.MessageReceived, "a")[0]
		f.unchanged(func() {
			for _, id := range []string{s.ID, newID(), "nonsense", ""} {
				_, err := store.Get(f.Context(), f.two, id)
				require.ErrorIs(f, err, subscription.ErrNotFound, id)
				_, err = store.Log(f.Context(), f.two, id, subscription.LogQuery{Limit: 1})
				require.ErrorIs(f, err, subscription.ErrNotFound, id)
				_, err = store.Update(f.Context(), f.two, id, nil)
				require.ErrorIs(f, err, subscription.ErrNotFound, id)
				require.ErrorIs(f, store.Delete(f.Context(), f.two, id, nil), subscription.ErrNotFound, id)
				if id != "" { // nobody is named, and then it is for all
					_, err = store.Redeliver(f.Context(), f.two, mine, id, nil)
					require.ErrorIs(f, err, subscription.ErrNotFound, id)
				}
				require.ErrorIs(f, store.Keep(f.Context(), f.two, subscription.Delivery{SubscriptionID: id}), subscription.ErrNotFound, id)
			}
			keys, err := store.Keys(f.Context(), f.two, s.ID)
			require.NoError(f, err)
			require.Empty(f, keys)
			page, err := store.List(f.Context(), f.two, "", 10)
			require.NoError(f, err)
			require.Empty(f, page.Subscriptions)
		})
	})
}

func TestSubscriptionsAreListedNewestFirstInPages(t *testing.T) {
	onBoth(t, func(f *fixture) {
		var made []string
		for range 5 {
			made = append(made, f.subscribe(f.one).ID)
			f.subscribe(f.two)
		}
		var got []string
		for after := ""; ; {
			page, err := f.Subscriptions().List(f.Context(), f.one, after, 2)
			require.NoError(f, err)
			for _, s := range page.Subscriptions {
				got = append([]string{s.ID}, got...)
			}
			if after = page.Next; after == "" {
				break
			}
		}
		require.Equal(f, made, got)
	})
}

func TestReplacedKeySignsUntilItsTime(t *testing.T) {
	onBoth(t, func(f *fixture) {
		s, store := f.subscribe(f.one), f.Subscriptions()
		clears := func() (all []string) {
			keys, err := store.Keys(f.Context(), f.one, s.ID)
			require.NoError(f, err)
			for _, k := range keys {
				all = append(all, k.Reveal())
			}
			return all
		}
		rotate := func(key string) {
			_, err := store.Rotate(f.Context(), f.one, s.ID, secret.New(key), f.clock.now().Add(time.Hour), func(s subscription.Subscription) (subscription.Subscription, error) { return s, nil })
			require.NoError(f, err)
		}
		require.Equal(f, []string{"key of " + s.ID}, clears())
		rotate("second")
		require.Equal(f, []string{"second", "key of " + s.ID}, clears())
		rotate("third")
		require.Equal(f, []string{"third", "second"}, clears())
		f.clock.advance(time.Hour)
		require.Equal(f, []string{"third"}, clears())
		require.Equal(f, 2, f.count("subscription_secrets"))
		f.clock.advance(time.Second)
		require.NoError(f, store.PurgeReplaced(f.Context()))
		require.Equal(f, 1, f.count("subscription_secrets"))
	})
}

func TestRotationOfKeysCoversSigningSecrets(t *testing.T) {
	onBoth(t, func(f *fixture) {
		a, b := f.subscribe(f.one), f.subscribe(f.two)
		f.create(f.one, f.wasender("A"))
		_, err := f.Subscriptions().Rotate(f.Context(), f.one, a.ID, secret.New("second"), instant.Add(time.Hour), func(s subscription.Subscription) (subscription.Subscription, error) { return s, nil })
		require.NoError(f, err)
		old, fresh := f.rotate()
		require.Equal(f, Usage{Secrets: 4}, f.usage(old))
		require.Error(f, f.Keys().Forget(f.Context(), old), "what is sealed refers to its key")
		var left []int64
		require.NoError(f, f.Keys().Reseal(f.Context(), func(_, l int64) { left = append(left, l) }))
		require.Equal(f, []int64{3, 0}, left, "one table after the other")
		require.Equal(f, Usage{}, f.usage(old))
		require.Equal(f, Usage{Secrets: 4}, f.usage(fresh))
		f.retire(old)
		for id, of := range map[string]site.Site{a.ID: f.one, b.ID: f.two} {
			_, err := f.Subscriptions().Keys(f.Context(), of, id)
			require.NoError(f, err)
		}
		require.NoError(f, f.Keys().Forget(f.Context(), old))
	})
}

func TestSigningSecretThatWasMovedDoesNotOpen(t *testing.T) {
	onBoth(t, func(f *fixture) {
		a, b := f.subscribe(f.one), f.subscribe(f.one)
		f.exec("UPDATE subscription_secrets SET sealed = (SELECT sealed FROM subscription_secrets WHERE subscription_id = ?) WHERE subscription_id = ?", a.ID, b.ID)
		_, err := f.Subscriptions().Keys(f.Context(), f.one, b.ID)
		require.ErrorIs(f, err, secret.ErrUnsealable)
		require.NotContains(f, err.Error(), "key of")
		for _, r := range f.rows("SELECT sealed FROM subscription_secrets") {
			require.NotContains(f, string(r["sealed"].([]byte)), "key of")
		}
	})
}

func TestDeletedSubscriptionIsGoneAtOnceAndItsDeliveriesInSteps(t *testing.T) {
	onBoth(t, func(f *fixture) {
		s, other := f.subscribe(f.one), f.subscribe(f.one)
		kept := f.keepDelivery(other)
		for range 3 {
			f.keepDelivery(s)
		}
		f.append(f.one, event.MessageReceived, "a")
		f.collected()
		require.NoError(f, f.Subscriptions().Delete(f.Context(), f.one, s.ID, func(subscription.Subscription) error { return nil }))
		_, err := f.Subscriptions().Get(f.Context(), f.one, s.ID)
		require.ErrorIs(f, err, subscription.ErrNotFound)
		require.Equal(f, 1, f.count("subscription_secrets"))
		require.Equal(f, other.ID, f.turn().SubscriptionID, "nobody serves it")
		removed := int64(0)
		for {
			n, err := f.Subscriptions().Purge(f.Context(), instant.Add(-time.Hour))
			require.NoError(f, err)
			if removed += n; n == 0 {
				break
			}
		}
		require.EqualValues(f, 5, removed, "four deliveries and itself")
		require.Equal(f, 1, f.count("subscriptions"))
		require.Len(f, f.log(other), 2)
		require.Equal(f, kept, f.log(other)[1])
	})
}

func TestFinishedDeliveriesArePurgedByTheirTimeAndPendingOnesStay(t *testing.T) {
	onBoth(t, func(f *fixture) {
		s := f.subscribe(f.one)
		f.keepDelivery(s)
		f.append(f.one, event.MessageReceived, "a")
		f.collected()
		f.clock.advance(time.Hour)
		young := f.keepDelivery(s)
		n, err := f.Subscriptions().Purge(f.Context(), instant.Add(time.Minute))
		require.NoError(f, err)
		require.EqualValues(f, 1, n)
		log := f.log(s)
		require.Len(f, log, 2)
		require.Equal(f, []any{young, subscription.Pending}, []any{log[0], log[1].Status})
	})
}

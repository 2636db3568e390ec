package store

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/ivendnext/whatsapp-accounts/internal/account"
	"github.com/ivendnext/whatsapp-accounts/internal/event"
	"github.com/ivendnext/whatsapp-accounts/internal/message"
	"github.com/ivendnext/whatsapp-accounts/internal/provider"
	"github.com/ivendnext/whatsapp-accounts/internal/queue"
	"github.com/ivendnext/whatsapp-accounts/internal/routing"
	"github.com/ivendnext/whatsapp-accounts/internal/site"
)

// message is a message of an account that waits to be sent, as the service makes it.
func (f *fixture) message(a account.Account, to string) message.Message {
	now := f.clock.now()
	return message.Message{
		ID: newID(), Site: a.Site, AccountID: a.ID, Reason: routing.ByDefault, To: provider.Recipient{Kind: provider.ToPhone, Value: to}, Type: provider.TypeText,
		Content: json.RawMessage(`{"body": "Hi \u2028 <é>", "n": 1.50}`), IfUnknown: message.Keep, Status: message.Queued, DiscardAfter: now.Add(time.Hour),
		Timeline: []message.Step{{At: now, Step: string(message.Queued)}}, CreatedAt: now, UpdatedAt: now,
	}
}

func (f *fixture) keepMessage(m message.Message) message.Message {
	f.Helper()
	require.NoError(f, f.Messages().Insert(f.Context(), m.Site, m))
	return f.messageOf(m)
}

func (f *fixture) messageOf(m message.Message) message.Message {
	f.Helper()
	got, err := f.Messages().Get(f.Context(), m.Site, m.ID)
	require.NoError(f, err)
	return got
}

// toldOfMessages are the states that the feed told of messages, in their order.
func (f *fixture) toldOfMessages(in site.Site) (states []string) {
	f.Helper()
	page, err := f.Events().Read(f.Context(), in, event.Query{Types: []event.Type{event.MessageStatus}, Limit: 200})
	require.NoError(f, err)
	for _, e := range page.Events {
		var told struct {
			State string                         `json:"state"`
			Step  struct{ Step string }          `json:"step"`
			Sent  struct{ ID, Reference string } `json:"message"`
		}
		require.NoError(f, json.Unmarshal(e.Data, &told))
		states = append(states, told.State)
	}
	return states
}

func TestAMessageIsReadAsItWasWrittenWithItsJobAndItsEvent(t *testing.T) {
	onBoth(t, func(f *fixture) {
		m := f.message(f.create(f.one, f.meta("A")), "+971501234567")
		m.TemplateID, m.ReplyTo, m.Reference, m.IfUnknown = newID(), "wamid.x", "order-1 ü", message.Resend
		m.Composed, m.PacedUntil = json.RawMessage(`{"type":"template"}`), instant.Add(time.Minute)
		got := f.keepMessage(m)
		m.Timeline[0].Told = true
		require.Equal(f, m, got)
		jobs := f.rows("SELECT queue, subject, order_key, site, waits_until FROM jobs")
		require.Len(f, jobs, 1)
		require.Equal(f, []string{message.Queue, m.ID, m.AccountID + " +971501234567", "one.example"},
			[]string{text(jobs[0]["queue"]), text(jobs[0]["subject"]), text(jobs[0]["order_key"]), text(jobs[0]["site"])})
		require.Nil(f, jobs[0]["waits_until"])
		require.Equal(f, []string{"queued"}, f.toldOfMessages(f.one))
	})
}

func TestAMessageForLaterWaitsForItsTimeAndHoldsUpNobody(t *testing.T) {
	onBoth(t, func(f *fixture) {
		a := f.create(f.one, f.meta("A"))
		later, now := f.message(a, "+971501234567"), f.message(a, "+971501234567")
		later.SendAfter = instant.Add(time.Hour)
		f.keepMessage(later)
		f.keepMessage(now)
		claimed := func() (subjects []string) {
			runs, err := f.Jobs().Claim(f.Context(), message.Queue, queue.Want{Runs: 5, Each: 1}, time.Minute)
			require.NoError(f, err)
			for _, run := range runs {
				subjects = append(subjects, run[0].Subject)
			}
			return subjects
		}
		require.Equal(f, []string{now.ID}, claimed())
		f.clock.advance(2 * time.Hour)
		require.Contains(f, claimed(), later.ID)
	})
}

func TestMessagesOfOtherSitesAreNotThere(t *testing.T) {
	onBoth(t, func(f *fixture) {
		m := f.keepMessage(f.message(f.create(f.one, f.meta("A")), "+971501234567"))
		change := func(m message.Message) (message.Message, error) { return m, nil }
		for _, id := range []string{m.ID, newID(), "x", ""} {
			_, err := f.Messages().Get(f.Context(), f.two, id)
			require.ErrorIs(f, err, message.ErrNotFound)
			_, err = f.Messages().Update(f.Context(), f.two, id, change)
			require.ErrorIs(f, err, message.ErrNotFound)
		}
		page, err := f.Messages().List(f.Context(), f.two, message.Query{Limit: 10})
		require.NoError(f, err)
		require.Empty(f, page.Messages)
	})
}

func TestEachStepOfAMessageIsToldOnceAndAnAttemptWithItsEnd(t *testing.T) {
	onBoth(t, func(f *fixture) {
		a := f.create(f.one, f.meta("A"))
		m := f.keepMessage(f.message(a, "+971501234567"))
		begin := func(m message.Message, held account.Standing) message.Message {
			assert.Equal(f, account.Active, held.Status)
			m.Status, m.Attempts = message.Sending, 1
			m.Timeline = append(slices.Clone(m.Timeline), message.Step{At: instant, Step: "attempt", Attempt: 1})
			return m
		}
		got, err := f.Messages().Begin(f.Context(), f.one, []message.Message{m}, begin)
		require.NoError(f, err)
		require.Equal(f, message.Sending, got[m.ID].Status)
		require.Equal(f, []string{"queued"}, f.toldOfMessages(f.one), "the attempt is told with its end")
		end := func(m message.Message) (message.Message, error) {
			m.Status, m.ProviderID = message.Accepted, "wamid.1"
			m.Timeline = append(slices.Clone(m.Timeline), message.Step{At: instant, Step: "accepted"})
			return m, nil
		}
		_, err = f.Messages().Update(f.Context(), f.one, m.ID, end)
		require.NoError(f, err)
		require.Equal(f, []string{"queued", "sending", "accepted"}, f.toldOfMessages(f.one))
		same := func(m message.Message) (message.Message, error) { return m, nil }
		f.unchanged(func() {
			_, err = f.Messages().Update(f.Context(), f.one, m.ID, same)
			require.NoError(f, err)
		})
		gone := func(m message.Message, held account.Standing) message.Message {
			assert.Empty(f, held.ID)
			return m
		}
		m.AccountID = newID()
		_, err = f.Messages().Begin(f.Context(), f.one, []message.Message{m}, gone)
		require.NoError(f, err, "an account that is gone is the zero account")
	})
}

func TestMessagesAreKeptTogetherOrNotAtAll(t *testing.T) {
	onBoth(t, func(f *fixture) {
		a := f.create(f.one, f.meta("A"))
		m := f.message(a, "+971501234567")
		f.unchanged(func() { require.Error(f, f.Messages().Insert(f.Context(), f.one, f.message(a, "+971501234568"), m, m)) })
		f.unchanged(func() { require.Error(f, f.Messages().Insert(f.Context(), f.two, m), "its site is another") })
	})
}

func TestMessagesAreListedByWhatTheyAre(t *testing.T) {
	onBoth(t, func(f *fixture) {
		a, b := f.create(f.one, f.withPhone("A", "1")), f.create(f.one, f.withPhone("B", "2"))
		var all []message.Message
		for i, of := range []account.Account{a, a, b, b} {
			m := f.message(of, fmt.Sprint("+97150123456", i%2))
			m.Reference = fmt.Sprint("r", i/2)
			if i == 3 {
				m.Status, m.BulkID, m.Reference = message.Failed, newID(), ""
			}
			all = append(all, f.keepMessage(m))
		}
		for what, q := range map[string]message.Query{
			"3210": {}, "10": {AccountID: a.ID}, "20": {To: "+971501234560"}, "2": {Reference: "r1"}, "3": {Status: message.Failed}, "210": {Status: message.Queued},
			"": {Reference: "\x00"}, "30": {}, "1": {AccountID: a.ID, To: "+971501234561"},
		} {
			q.Limit = 10
			if what == "30" {
				q.BulkID, what = all[3].BulkID, "3"
			}
			page, err := f.Messages().List(f.Context(), f.one, q)
			require.NoError(f, err)
			found := ""
			for _, m := range page.Messages {
				found += fmt.Sprint(slices.IndexFunc(all, func(o message.Message) bool { return o.ID == m.ID }))
			}
			require.Equal(f, what, found, "%+v", q)
		}
		page, err := f.Messages().List(f.Context(), f.one, message.Query{Limit: 3})
		require.NoError(f, err)
		require.Len(f, page.Messages, 3)
		page, err = f.Messages().List(f.Context(), f.one, message.Query{Limit: 3, After: page.Next})
		require.NoError(f, err)
		require.Equal(f, []message.Message{all[0]}, page.Messages)
		require.Empty(f, page.Next)
	})
}

func TestOldMessagesAreRemovedOnceTheyAreNotToBeSentAnyMore(t *testing.T) {
	onBoth(t, func(f *fixture) {
		a := f.create(f.one, f.meta("A"))
		for _, s := range message.Statuses() {
			m := f.message(a, "+971501234567")
			m.Status = s
			f.keepMessage(m)
		}
		removed, err := f.Messages().Purge(f.Context(), instant)
		require.NoError(f, err)
		require.Zero(f, removed)
		removed, err = f.Messages().Purge(f.Context(), instant.Add(time.Second))
		require.NoError(f, err)
		require.EqualValues(f, 8, removed)
		page, err := f.Messages().List(f.Context(), f.one, message.Query{Limit: 10})
		require.NoError(f, err)
		for _, m := range page.Messages {
			require.Contains(f, []message.Status{message.Queued, message.Sending}, m.Status)
		}
	})
}

func TestPlacesInThePaceOfAnAccountAreTakenOnce(t *testing.T) {
	onBoth(t, func(f *fixture) {
		a, b := f.create(f.one, f.withPhone("A", "1")), f.create(f.one, f.withPhone("B", "2"))
		const apart = 100 * time.Millisecond
		var mu sync.Mutex
		var wg sync.WaitGroup
		var taken []time.Duration
		var failed error
		for n := range 12 {
			wg.Go(func() {
				first, err := f.reserve(context.WithoutCancel(f.Context()), a.ID, 1+n%3, apart)
				mu.Lock()
				defer mu.Unlock()
				failed = errors.Join(failed, err)
				for i := range 1 + n%3 {
					taken = append(taken, first.Add(time.Duration(i)*apart).Sub(instant))
				}
			})
		}
		wg.Wait()
		require.NoError(f, failed)
		slices.Sort(taken)
		want := make([]time.Duration, 24)
		for i := range want {
			want[i] = time.Duration(i) * apart
		}
		require.Equal(f, want, taken)
		other, err := f.reserve(f.Context(), b.ID, 1, apart)
		require.NoError(f, err)
		require.Equal(f, instant, other, "another account has a pace of its own")
		f.clock.advance(time.Hour)
		late, err := f.reserve(f.Context(), a.ID, 1, apart)
		require.NoError(f, err)
		require.Equal(f, f.clock.now(), late, "what was not used is over")
	})
}

func TestAnAccountThatIsToPauseHasNoPlaceUntilThen(t *testing.T) {
	onBoth(t, func(f *fixture) {
		a := f.create(f.one, f.meta("A"))
		for _, until := range []time.Duration{time.Minute, time.Second} {
			require.NoError(f, f.Messages().Hold(f.Context(), f.one, a.ID, instant.Add(until)))
		}
		at, err := f.reserve(f.Context(), a.ID, 1, time.Second)
		require.NoError(f, err)
		require.Equal(f, instant.Add(time.Minute), at, "a shorter pause does not end a longer one")
		require.ErrorIs(f, f.Messages().Hold(f.Context(), f.one, newID(), instant), account.ErrNotFound)
	})
}

func TestNoPlaceIsTakenInThePacesOfAccountsOfWhichOneIsGone(t *testing.T) {
	onBoth(t, func(f *fixture) {
		a, b := f.create(f.one, f.meta("A")), f.create(f.one, f.meta("B"))
		require.NoError(f, f.service.Delete(f.Context(), caller(f.one), b.ID, nil))
		f.unchanged(func() {
			_, err := f.Messages().Reserve(f.Context(), f.one, message.Places{AccountID: a.ID, N: 1, Apart: time.Second}, message.Places{AccountID: b.ID, N: 1})
			require.ErrorIs(f, err, account.ErrNotFound)
		})
	})
}

func TestMessagesThatArriveTogetherAreKeptThoughOneCannotBe(t *testing.T) {
	onBoth(t, func(f *fixture) {
		a, b := f.create(f.one, f.withPhone("A", "1")), f.create(f.two, f.withPhone("B", "2"))
		there := f.keepMessage(f.message(a, "+971501234567"))
		all := []message.Message{there}
		for n := range 30 {
			of := []account.Account{a, b}[n%2]
			all = append(all, f.message(of, fmt.Sprint("+9715012345", 10+n)))
		}
		failed := make([]error, len(all))
		var wg sync.WaitGroup
		for i, m := range all {
			wg.Go(func() { failed[i] = f.Messages().Insert(f.Context(), m.Site, m) })
		}
		wg.Wait()
		require.Error(f, failed[0], "it is there already")
		for i, m := range all[1:] {
			require.NoError(f, failed[i+1])
			require.Equal(f, m.To, f.messageOf(m).To)
		}
		require.Len(f, f.rows("SELECT id FROM jobs"), len(all))
		require.Len(f, f.toldOfMessages(f.one), 1+15)
		require.Len(f, f.toldOfMessages(f.two), 15)
	})
}

// reserve takes places in the pace of one account.
func (f *fixture) reserve(ctx context.Context, accountID string, n int, apart time.Duration) (time.Time, error) {
	first, err := f.Messages().Reserve(ctx, f.one, message.Places{AccountID: accountID, N: n, Apart: apart})
	return first[accountID], err
}

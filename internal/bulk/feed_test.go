package bulk_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/ivendnext/whatsapp-accounts/internal/account"
	"github.com/ivendnext/whatsapp-accounts/internal/bulk"
	"github.com/ivendnext/whatsapp-accounts/internal/message"
	"github.com/ivendnext/whatsapp-accounts/internal/provider"
	"github.com/ivendnext/whatsapp-accounts/internal/site"
)

func TestRecipientsBecomeMessagesAtThePaceOfTheirAccount(t *testing.T) {
	onBoth(t, func(w *world) {
		w.rules.Apart = time.Second / 5
		id := w.running(36).ID
		require.True(w, w.turn())
		assert.Equal(w, 10, w.get(id).Counts.Of[message.Queued], "two seconds' worth")
		require.False(w, w.turn(), "not before a second is over")
		w.advance(time.Second)
		require.True(w, w.turn())
		w.advance(time.Second)
		require.True(w, w.turn())
		assert.Equal(w, 20, w.get(id).Counts.Of[message.Queued], "no more while so many wait")
		for range 5 {
			w.settle(id, message.Sent)
			w.advance(time.Second)
			w.turn()
		}
		got := w.get(id)
		assert.Equal(w, 36, got.Counts.Of[message.Sent])
		assert.True(w, got.Done())
		w.advance(time.Hour)
		assert.False(w, w.turn(), "a bulk that is done has no job")
	})
}

func TestAMessageOfABulkIsWhatWasAskedFor(t *testing.T) {
	onBoth(t, func(w *world) {
		ask := head(w.greeting(w.wasender("A")))
		ask.IfUnknown, ask.DiscardAfter = message.Resend, w.now().Add(48*time.Hour)
		made, err := w.load(ask, []bulk.Row{{To: "00" + number(1)[1:], Name: "Ann", Reference: "order-1", Parameters: values("name", "Ann")}})
		require.NoError(w, err)
		require.True(w, w.turn())
		m := w.all(made.ID, "")[0]
		assert.Equal(w, []any{
			made.ID, made.AccountID, made.TemplateID, made.Reason, provider.Recipient{Kind: provider.ToPhone, Value: number(1)}, provider.TypeTemplate, "order-1",
			message.Resend, ask.DiscardAfter, message.Queued, true,
		}, []any{m.BulkID, m.AccountID, m.TemplateID, m.Reason, m.To, m.Type, m.Reference, m.IfUnknown, m.DiscardAfter, m.Status, m.SendAfter.IsZero()})
		assert.Contains(w, string(m.Composed), "Hi Ann, it is sale today.")
	})
}

func TestABulkForLaterWaitsForItsTime(t *testing.T) {
	onBoth(t, func(w *world) {
		ask := head(w.greeting(w.wasender("A")))
		ask.SendAfter = w.now().Add(time.Hour)
		made, err := w.load(ask, rows(3))
		require.NoError(w, err)
		require.False(w, w.turn())
		_, err = w.service.Pause(w.Context(), w.home, made.ID)
		require.NoError(w, err)
		_, err = w.service.Resume(w.Context(), w.home, made.ID)
		require.NoError(w, err)
		w.turn()
		assert.Equal(w, 3, w.get(made.ID).Counts.Pending, "to pause and to resume does not make it earlier")
		w.advance(time.Hour)
		require.True(w, w.turn())
		assert.Equal(w, 3, w.get(made.ID).Counts.Of[message.Queued])
	})
}

func TestAPausedBulkWaitsAndGoesOn(t *testing.T) {
	onBoth(t, func(w *world) {
		w.rules.Apart = time.Second
		id := w.running(6).ID
		require.True(w, w.turn())
		for range 2 {
			paused, err := w.service.Pause(w.Context(), w.home, id)
			require.NoError(w, err)
			assert.Equal(w, bulk.Paused, paused.Status)
		}
		w.settle(id, message.Sent)
		for range 3 {
			w.advance(time.Second)
			w.turn()
		}
		assert.Equal(w, 4, w.get(id).Counts.Pending)
		for range 2 {
			resumed, err := w.service.Resume(w.Context(), w.home, id)
			require.NoError(w, err)
			assert.Equal(w, bulk.Running, resumed.Status)
		}
		require.True(w, w.turn())
		assert.Equal(w, 2, w.get(id).Counts.Pending)
	})
}

func TestACancelledBulkSendsNothingMoreAndCountsExactly(t *testing.T) {
	onBoth(t, func(w *world) {
		w.rules.Apart = time.Second / 5
		id := w.running(36).ID
		require.True(w, w.turn())
		require.Equal(w, 10, w.settle(id, message.Sent))
		w.advance(time.Second)
		require.True(w, w.turn())
		for range 2 {
			got, err := w.service.Cancel(w.Context(), w.home, id)
			require.NoError(w, err)
			assert.Equal(w, []int{0, 0, 10, 26, 36}, []int{got.Counts.Pending, got.Counts.Of[message.Queued], got.Counts.Of[message.Sent], got.Counts.Of[message.Cancelled], got.Counts.Sum()})
			assert.True(w, got.Done())
		}
		for range 3 {
			w.advance(time.Second)
			w.turn()
		}
		w.get(id)
		assert.False(w, w.turn())
		_, err := w.service.Pause(w.Context(), w.home, id)
		require.ErrorIs(w, err, bulk.ErrCancelled)
		_, err = w.service.Resume(w.Context(), w.home, id)
		require.ErrorIs(w, err, bulk.ErrCancelled)
		_, err = w.service.RetryFailed(w.Context(), w.home, id)
		require.ErrorIs(w, err, bulk.ErrCancelled)
	})
}

func TestOnlyWhatFailedIsSentAgainAndOnce(t *testing.T) {
	onBoth(t, func(w *world) {
		w.rules.Apart = time.Second
		id := w.running(7).ID
		for i, become := range []message.Status{message.Failed, message.Sent, message.Failed, message.Failed} {
			require.True(w, w.turn(), i)
			w.settle(id, become)
			w.advance(2 * time.Second)
		}
		require.Equal(w, []int{5, 2}, []int{w.get(id).Counts.Of[message.Failed], w.get(id).Counts.Of[message.Sent]})
		failed := w.all(id, message.Failed)
		n, err := w.service.RetryFailed(w.Context(), w.home, id)
		require.NoError(w, err)
		assert.Equal(w, 5, n)
		assert.False(w, w.get(id).Done())
		for w.turn() { // the same ones fail again, and are not tried a third time
			w.advance(time.Second)
			w.settle(id, message.Failed)
			w.advance(time.Second)
		}
		got := w.get(id)
		assert.Equal(w, []int{5, 2}, []int{got.Counts.Of[message.Failed], got.Counts.Of[message.Sent]})
		assert.True(w, got.Done())
		for i, m := range w.all(id, message.Failed) {
			assert.Equal(w, failed[i].ID, m.ID)
			var steps []string
			for _, s := range m.Timeline {
				steps = append(steps, s.Step)
			}
			assert.Equal(w, []string{"queued", "failed", "queued", "failed"}, steps)
		}
	})
}

func TestWhatIsSentAgainHasAFreshStart(t *testing.T) {
	onBoth(t, func(w *world) {
		id := w.running(1).ID
		require.True(w, w.turn())
		w.settle(id, message.Accepted)
		m := w.all(id, "")[0]
		_, err := w.db.Messages().Update(w.Context(), w.home, m.ID, func(m message.Message) (message.Message, error) {
			m.Attempts = 8
			return m.Hear(provider.StateFailed, "", &message.Problem{Code: "131026"}, w.now()), nil
		})
		require.NoError(w, err)
		w.advance(48 * time.Hour)
		_, err = w.service.RetryFailed(w.Context(), w.home, id)
		require.NoError(w, err)
		require.True(w, w.turn())
		got := w.all(id, "")[0]
		assert.Equal(w, []any{m.ID, message.Queued, 0, "", (*message.Problem)(nil), w.now().Add(message.Lifetime)}, []any{got.ID, got.Status, got.Attempts, got.ProviderID, got.Problem, got.DiscardAfter})
		jobs, err := w.db.Jobs().Depth(w.Context(), message.Queue)
		require.NoError(w, err)
		assert.Equal(w, 2, jobs.Ready, "that of the first time was not done in this test")
		n, err := w.service.RetryFailed(w.Context(), w.home, id)
		require.NoError(w, err)
		assert.Zero(w, n)
	})
}

func TestMessagesFailThatNoAccountMaySendAndGoOutWhenItMayAgain(t *testing.T) {
	onBoth(t, func(w *world) {
		a := w.wasender("A")
		made, err := w.load(head(w.greeting(a)), rows(3))
		require.NoError(w, err)
		w.become(a, account.Inactive)
		require.True(w, w.turn())
		got := w.get(made.ID)
		assert.Equal(w, 3, got.Counts.Of[message.Failed])
		m := w.all(made.ID, "")[0]
		assert.Equal(w, []any{"account_inactive", provider.ClassAccount}, []any{m.Problem.Code, m.Problem.Class})
		w.advance(time.Second)
		w.become(a, account.Active)
		n, err := w.service.RetryFailed(w.Context(), w.home, made.ID)
		require.NoError(w, err)
		assert.Equal(w, 3, n)
		require.True(w, w.turn())
		assert.Equal(w, 3, w.get(made.ID).Counts.Of[message.Queued])
		assert.NotEmpty(w, w.all(made.ID, "")[0].Composed, "what is sent was kept")
	})
}

func TestBulksOfOtherSitesAreNotThere(t *testing.T) {
	onBoth(t, func(w *world) {
		id := w.running(1).ID
		_, err := w.service.Cancel(w.Context(), w.home, "x")
		require.ErrorIs(w, err, bulk.ErrNotFound)
		other, err := site.Named("two.example")
		require.NoError(w, err)
		_, err = w.service.Cancel(w.Context(), other, id)
		require.ErrorIs(w, err, bulk.ErrNotFound)
		for name, of := range map[string]func(site.Site, string) error{
			"read":   func(s site.Site, id string) error { _, err := w.service.Get(w.Context(), s, id); return err },
			"pause":  func(s site.Site, id string) error { _, err := w.service.Pause(w.Context(), s, id); return err },
			"resume": func(s site.Site, id string) error { _, err := w.service.Resume(w.Context(), s, id); return err },
			"retry":  func(s site.Site, id string) error { _, err := w.service.RetryFailed(w.Context(), s, id); return err },
			"list": func(s site.Site, id string) error {
				_, err := w.service.Messages(w.Context(), s, id, message.Query{})
				return err
			},
		} {
			require.ErrorIs(w, of(other, id), bulk.ErrNotFound, name)
			for _, id := range []string{"", "x", newID()} {
				require.ErrorIs(w, of(w.home, id), bulk.ErrNotFound, name)
			}
			require.NoError(w, of(w.home, id), name)
		}
	})
}

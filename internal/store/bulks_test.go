package store

import (
	"context"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/ivendnext/whatsapp-accounts/internal/bulk"
	"github.com/ivendnext/whatsapp-accounts/internal/message"
	"github.com/ivendnext/whatsapp-accounts/internal/routing"
	"github.com/ivendnext/whatsapp-accounts/internal/site"
)

// loadingBulk is a bulk as it is while it is loaded.
func (f *fixture) loadingBulk(in site.Site) bulk.Bulk {
	f.Helper()
	now := f.clock.now()
	b := bulk.Bulk{
		ID: newID(), Site: in, Title: "Sale ü", TemplateID: newID(), AccountID: newID(), Reason: routing.ByTemplate, IfUnknown: message.Resend,
		SendAfter: now.Add(time.Minute), DiscardAfter: now.Add(time.Hour), Status: bulk.Loading, CreatedBy: "tester", CreatedAt: now, UpdatedAt: now,
	}
	require.NoError(f, f.Bulks().Begin(f.Context(), b))
	return b
}

// bulk is a running one with two recipients, by its id.
func (f *fixture) bulk(in site.Site) string {
	f.Helper()
	b := f.loadingBulk(in)
	require.NoError(f, f.Bulks().Load(f.Context(), in, b.ID, []bulk.Recipient{
		{N: 0, To: "+971501234567", Name: "Ann", Reference: "r", Composed: []byte(`{"a":1.0}`)}, {N: 1, To: "+971501234568", Composed: []byte(`{}`)},
	}))
	b.Status, b.Total = bulk.Running, 2
	require.NoError(f, f.Bulks().Start(f.Context(), b))
	return b.ID
}

func TestABulkIsSeenByNobodyWhileItIsLoadedAndThenByItsSite(t *testing.T) {
	onBoth(t, func(f *fixture) {
		b := f.loadingBulk(f.one)
		read := func(in site.Site) error {
			_, err := f.Bulks().Read(f.Context(), in, b.ID)
			_, counted := f.Bulks().Get(f.Context(), in, b.ID)
			require.Equal(f, err, counted)
			return err
		}
		require.ErrorIs(f, read(f.one), bulk.ErrNotFound)
		page, err := f.Bulks().List(f.Context(), f.one, bulk.Query{Limit: 10})
		require.NoError(f, err)
		require.Empty(f, page.Bulks)
		b.Status, b.Total = bulk.Running, 0
		require.ErrorIs(f, f.Bulks().Start(f.Context(), func() bulk.Bulk { other := b; other.Site = f.two; return other }()), bulk.ErrNotFound)
		require.NoError(f, f.Bulks().Start(f.Context(), b))
		require.ErrorIs(f, f.Bulks().Start(f.Context(), b), bulk.ErrNotFound, "only one that is being loaded can be started")
		require.NoError(f, read(f.one))
		require.ErrorIs(f, read(f.two), bulk.ErrNotFound)
		got, err := f.Bulks().Read(f.Context(), f.one, b.ID)
		require.NoError(f, err)
		require.Equal(f, b, got)
		require.NoError(f, f.Bulks().Drop(f.Context(), f.one, b.ID))
		require.NoError(f, read(f.one), "one that was started is not dropped")
		for _, id := range []string{"", "x", newID()} {
			_, err = f.Bulks().Read(f.Context(), f.one, id)
			require.ErrorIs(f, err, bulk.ErrNotFound)
			_, err = f.Bulks().Get(f.Context(), f.one, id)
			require.ErrorIs(f, err, bulk.ErrNotFound)
		}
	})
}

func TestALoadThatIsDroppedLeavesNothing(t *testing.T) {
	onBoth(t, func(f *fixture) {
		b := f.loadingBulk(f.one)
		some := []bulk.Recipient{{N: 0, To: "+971501234567", Composed: []byte(`{}`)}}
		require.NoError(f, f.Bulks().Load(f.Context(), f.one, b.ID, some))
		require.NoError(f, f.Bulks().Drop(f.Context(), f.two, b.ID))
		require.Len(f, f.rows("SELECT n FROM bulk_recipients"), 1)
		require.NoError(f, f.Bulks().Drop(f.Context(), f.one, b.ID))
		require.Empty(f, f.rows("SELECT n FROM bulk_recipients"))
		require.Empty(f, f.rows("SELECT id FROM bulk_messages"))
		require.ErrorIs(f, f.Bulks().Load(f.Context(), f.one, b.ID, some), bulk.ErrNotFound)
	})
}

func TestALoadWhoseProcessEndedIsRemovedAfterAWhile(t *testing.T) {
	onBoth(t, func(f *fixture) {
		f.loadingBulk(f.one)
		started := f.bulk(f.two)
		removed, err := f.Bulks().PurgeLoading(f.Context(), instant)
		require.NoError(f, err)
		require.Zero(f, removed)
		removed, err = f.Bulks().PurgeLoading(f.Context(), instant.Add(time.Second))
		require.NoError(f, err)
		require.EqualValues(f, 1, removed)
		_, err = f.Bulks().Read(f.Context(), f.two, started)
		require.NoError(f, err)
	})
}

func TestRecipientsAreTakenOnceAndInTheirOrder(t *testing.T) {
	onBoth(t, func(f *fixture) {
		id := f.bulk(f.one)
		got, err := f.Bulks().Get(f.Context(), f.one, id)
		require.NoError(f, err)
		require.Equal(f, 2, got.Counts.Pending)
		take := func(in site.Site, n int) []bulk.Recipient {
			var taken []bulk.Recipient
			require.NoError(f, f.Transact(f.Context(), func(ctx context.Context) (err error) {
				taken, err = f.Bulks().Take(ctx, in, id, n)
				return err
			}))
			return taken
		}
		require.Empty(f, take(f.two, 9))
		require.Equal(f, []bulk.Recipient{{N: 0, To: "+971501234567", Name: "Ann", Reference: "r", Composed: []byte(`{"a":1.0}`)}}, take(f.one, 1))
		require.Len(f, take(f.one, 9), 1)
		require.Empty(f, take(f.one, 9))
	})
}

func TestABulkIsRemovedAfterItsLastMessageAndTheMessagesAfterIt(t *testing.T) {
	onBoth(t, func(f *fixture) {
		a, id := f.create(f.one, f.meta("A")), f.bulk(f.one)
		m := f.message(a, "+971501234567")
		m.BulkID, m.Status = id, message.Failed
		f.keepMessage(m)
		late := instant.Add(time.Hour)
		purge := func(of func(context.Context, time.Time) (int64, error), want int) {
			f.Helper()
			removed, err := of(f.Context(), late)
			require.NoError(f, err)
			require.EqualValues(f, want, removed)
		}
		purge(f.Bulks().Purge, 0) // it has recipients that wait
		require.NoError(f, f.Transact(f.Context(), func(ctx context.Context) error {
			_, err := f.Bulks().Take(ctx, f.one, id, 9)
			return err
		}))
		purge(f.Messages().Purge, 0)
		f.exec("UPDATE messages SET updated_at = ?", late)
		purge(f.Bulks().Purge, 0)
		f.exec("UPDATE messages SET updated_at = ?", instant)
		f.exec("UPDATE messages SET status = 'queued'")
		purge(f.Bulks().Purge, 0)
		f.exec("UPDATE messages SET status = 'failed'")
		purge(f.Bulks().Purge, 1)
		purge(f.Messages().Purge, 1)
	})
}

func TestAMessageOfABulkHoldsUpNobody(t *testing.T) {
	onBoth(t, func(f *fixture) {
		m := f.message(f.create(f.one, f.meta("A")), "+971501234567")
		m.BulkID = newID()
		require.Equal(f, m.BulkID, f.keepMessage(m).BulkID)
		require.Empty(f, text(f.rows("SELECT order_key FROM jobs")[0]["order_key"]))
	})
}

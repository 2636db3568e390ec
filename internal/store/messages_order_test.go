package store

import (
	"context"
	"slices"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/ivendnext/whatsapp-accounts/internal/account"
	"github.com/ivendnext/whatsapp-accounts/internal/message"
)

// answered ends the attempt of a message.
func answered(m message.Message) message.Message {
	m.ProviderID = "wamid." + m.ID
	return stepped(m, message.Accepted)
}

// refused begins a message that cannot be sent, which the feed is told at once.
func refused(m message.Message, _ account.Standing) message.Message {
	return stepped(m, message.Failed)
}

// Attempts end in the order in which providers answer; what begins and what arrives is dealt by the names of the sites.
func TestEndsOfSeveralSitesInAnyOrderNeverDeadlock(t *testing.T) {
	onBoth(t, func(f *fixture) {
		const n = 24
		a, b, dbs := f.create(f.one, f.meta("A")), f.create(f.two, f.meta("B")), []*DB{f.DB, f.again()}
		for range f.rounds(24, 8) {
			some := make([][]message.Message, n)
			for i := range some {
				some[i] = []message.Message{f.keepMessage(f.message(a, "+971501234567")), f.keepMessage(f.message(b, "+971501234567"))}
			}
			require.Empty(f, race(n, func(i int) error {
				db := dbs[i/4%2]
				switch i % 4 {
				case 0:
					return db.concludes(f.Context(), some[i])
				case 1:
					return db.concludes(f.Context(), []message.Message{some[i][1], some[i][0]})
				case 2:
					return db.begins(f.Context(), some[i])
				}
				b, a := f.message(b, "+971501234568"), f.message(a, "+971501234568")
				return db.keepTogether(f.Context(), []*arrival{{site: f.two, message: b}, {site: f.one, message: a}})
			}))
			for i, m := range slices.Concat(some...) {
				want := []message.Status{message.Accepted, message.Accepted, message.Failed, message.Queued}[i/2%4]
				require.Equal(f, want, f.messageOf(m).Status)
			}
		}
	})
}

// concludes ends attempts in one transaction, in this order.
func (db *DB) concludes(ctx context.Context, some []message.Message) error {
	return db.Transact(ctx, func(ctx context.Context) error {
		for _, m := range some {
			if err := db.Messages().Conclude(ctx, m.Site, m, answered); err != nil {
				return err
			}
		}
		return nil
	})
}

// begins begins messages in one transaction, in this order.
func (db *DB) begins(ctx context.Context, some []message.Message) error {
	return db.Transact(ctx, func(ctx context.Context) error {
		for _, m := range some {
			if _, err := db.Messages().Begin(ctx, m.Site, []message.Message{m}, refused); err != nil {
				return err
			}
		}
		return nil
	})
}

// awaitLock returns when somebody waits for a lock in this database, on PostgreSQL.
func (f *fixture) awaitLock() {
	f.Helper()
	require.Eventually(f, func() bool {
		return len(f.rows("SELECT 1 FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'")) > 0
	}, 10*time.Second, 5*time.Millisecond)
}

func TestNoFeedIsHeldWhileAMessageOfAnotherSiteIsWaitedFor(t *testing.T) {
	t.Parallel()
	f := onPostgres(t)
	a := f.create(f.one, f.meta("A"))
	one, two := f.keepMessage(f.message(a, "+971501234567")), f.keepMessage(f.message(f.create(f.two, f.meta("B")), "+971501234567"))
	other, ended := f.again(), make(chan error, 1)
	require.NoError(t, f.Transact(t.Context(), func(ctx context.Context) error {
		if _, err := f.Messages().all(ctx, f.two, []string{two.ID}, forUpdate); err != nil {
			return err
		}
		go func() { ended <- other.concludes(f.Context(), []message.Message{one, two}) }()
		f.awaitLock()
		return f.Messages().Insert(ctx, f.one, f.message(a, "+971501234568")) // which the feed of one is told
	}))
	require.NoError(t, <-ended)
}

func TestNothingIsToldOfAMessageThatIsNotThereToBeWritten(t *testing.T) {
	t.Parallel()
	f := onPostgres(t)
	a := f.create(f.one, f.meta("A"))
	stays, goes := f.keepMessage(f.message(a, "+971501234567")), f.keepMessage(f.message(a, "+971501234568"))
	f.unchanged(func() {
		require.ErrorIs(t, f.Transact(t.Context(), func(ctx context.Context) error {
			for _, m := range []message.Message{stays, goes} {
				if _, err := f.Messages().Update(ctx, f.one, m.ID, func(m message.Message) (message.Message, error) { return answered(m), nil }); err != nil {
					return err
				}
			}
			return f.in(ctx, f.one).Where("id = ?", goes.ID).Delete(&messageRow{}).Error
		}), errNotWritten)
		require.ErrorIs(t, f.Messages().replace(t.Context(), f.two, messageRowOf(answered(stays))), errNotWritten)
	})
}

package store

import (
	"context"
	"errors"
	"testing"

	"github.com/stretchr/testify/require"
	"gorm.io/gorm"

	"github.com/ivendnext/whatsapp-accounts/internal/queue"
)

// transacted tells of the statements that do sends, of those that change or remove rows, how many are within a transaction.
func (f *fixture) transacted(do func()) (within, all int) {
	f.Helper()
	count := func(tx *gorm.DB) {
		all++
		if _, of := tx.Statement.ConnPool.(gorm.TxCommitter); of {
			within++
		}
	}
	for _, handle := range f.handles() {
		require.NoError(f, handle.Callback().Update().After("gorm:update").Register("test:transacted", count))
		require.NoError(f, handle.Callback().Delete().After("gorm:delete").Register("test:transacted", count))
	}
	do()
	for _, handle := range f.handles() {
		require.NoError(f, handle.Callback().Update().Remove("test:transacted"))
		require.NoError(f, handle.Callback().Delete().Remove("test:transacted"))
	}
	return within, all
}

func TestWhatChangesOneJobIsOneStatementWithoutATransactionOnPostgreSQL(t *testing.T) {
	t.Parallel()
	f := onPostgres(t)
	f.enqueue("a1", "b1", "c1", "d1")
	runs := f.runs(all())
	require.Len(t, runs, 4)
	within, sent := f.transacted(func() {
		require.NoError(t, f.Jobs().Retry(f.Context(), runs[0][0], f.clock.now(), "why"))
		require.NoError(t, f.Jobs().Park(f.Context(), runs[1][0], "why"))
	})
	require.Equal(t, []int{0, 2}, []int{within, sent})
	within, sent = f.transacted(func() {
		require.NoError(t, f.Jobs().Finish(f.Context(), runs[2][0], runs[3][0]))
	})
	require.Equal(t, []int{1, 1}, []int{within, sent})
}

func TestWhatChangesOneJobIsUndoneWithTheTransactionThatItIsPartOf(t *testing.T) {
	onBoth(t, func(f *fixture) {
		f.enqueue("a1")
		j := f.runs(all())[0][0]
		undone := errors.New("undone")
		require.ErrorIs(f, f.Transact(f.Context(), func(ctx context.Context) error {
			require.NoError(f, f.Jobs().Finish(ctx, j))
			return undone
		}), undone)
		require.NoError(f, f.Jobs().Finish(f.Context(), j), "it is there, and leased as before")
		require.ErrorIs(f, f.Jobs().Finish(f.Context(), j), queue.ErrLost)
	})
}

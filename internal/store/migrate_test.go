package store

import (
	"context"
	"io/fs"
	"path/filepath"
	"slices"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/ivendnext/whatsapp-accounts/internal/pgtest"
)

// onEmpty runs a test on a database of each kind that has no tables yet.
func onEmpty(t *testing.T, test func(*fixture)) {
	t.Helper()
	t.Parallel()
	t.Run("sqlite", func(t *testing.T) {
		t.Parallel()
		test(open(t, Options{Path: filepath.Join(t.TempDir(), "test.db")}))
	})
	t.Run("postgres", func(t *testing.T) {
		t.Parallel()
		test(open(t, Options{URL: pgtest.URL(t)}))
	})
}

// schema is everything that the migrations made.
func (f *fixture) schema() map[string][]any {
	f.Helper()
	all := map[string][]any{}
	for _, table := range f.tables() {
		all[table] = []any{f.columns(table), f.indexes(table)}
	}
	return all
}

func (f *fixture) applied() (states []bool) {
	f.Helper()
	steps, err := f.MigrationStatus(f.Context())
	require.NoError(f, err)
	for _, s := range steps {
		states = append(states, s.Applied)
	}
	return states
}

// steps is the schema with every step of it applied, and none with none.
func steps() []bool {
	return []bool{true, true, true, true, true, true, true, true, true, true, true, true, true, true, true}
}
func none() []bool { return make([]bool, len(steps())) }

func TestSchemaGoesUpDownAndUpAgain(t *testing.T) {
	onEmpty(t, func(f *fixture) {
		require.Empty(f, f.tables())
		require.Equal(f, none(), f.applied())
		require.NoError(f, f.Migrate(f.Context()))
		full := f.schema()
		require.Len(f, full, 26)
		require.NoError(f, f.Keys().Record(f.Context(), f.primary()))
		f.create(f.one, f.meta("A"))
		for left := range slices.Backward(steps()) {
			require.NoError(f, f.MigrateDown(f.Context()))
			want := none()
			for i := range left {
				want[i] = true
			}
			require.Equal(f, want, f.applied())
		}
		require.Empty(f, f.tables())
		require.NoError(f, f.Migrate(f.Context()))
		require.Equal(f, full, f.schema())
		require.Equal(f, steps(), f.applied())
		require.NoError(f, f.Keys().Record(f.Context(), f.primary()))
		f.create(f.one, f.meta("A"))
	})
}

func TestLookingAtTheSchemaMakesNothing(t *testing.T) {
	onEmpty(t, func(f *fixture) {
		found, err := f.HasSchema(f.Context())
		require.NoError(f, err)
		require.False(f, found)
		require.Equal(f, none(), f.applied())
		require.ErrorIs(f, f.MigrateDown(f.Context()), ErrNoSchema)
		require.False(f, f.write.Migrator().HasTable("goose_db_version"))
		require.NoError(f, f.Migrate(f.Context()))
		found, err = f.HasSchema(f.Context())
		require.NoError(f, err)
		require.True(f, found)
	})
}

func TestMigratingAgainChangesNothing(t *testing.T) {
	onBoth(t, func(f *fixture) {
		f.create(f.one, f.meta("A"))
		before := f.schema()
		f.unchanged(func() { require.NoError(f, f.Migrate(f.Context())) })
		require.Equal(f, before, f.schema())
	})
}

func TestStatusNamesTheStepsInOrder(t *testing.T) {
	onBoth(t, func(f *fixture) {
		steps, err := f.MigrationStatus(f.Context())
		require.NoError(f, err)
		for i, s := range steps {
			require.EqualValues(f, i+1, s.Version)
			require.NotEmpty(f, s.Name)
		}
	})
}

func TestEveryMigrationComesTwice(t *testing.T) {
	t.Parallel()
	lite, err := fs.Glob(migrations, "migrations/sqlite/*.sql")
	require.NoError(t, err)
	pg, err := fs.Glob(migrations, "migrations/postgres/*.sql")
	require.NoError(t, err)
	for i := range lite {
		lite[i] = filepath.Base(lite[i])
	}
	for i := range pg {
		pg[i] = filepath.Base(pg[i])
	}
	require.Equal(t, pg, lite)
}

func TestProcessesThatStartAtTheSameMomentTakeTurns(t *testing.T) {
	onEmpty(t, func(f *fixture) {
		dbs := []*DB{f.DB, f.again(), f.again(), f.again()}
		var inside atomic.Int32
		require.Empty(f, race(2*len(dbs), func(i int) error {
			return dbs[i%len(dbs)].Exclusively(f.Context(), func(ctx context.Context) error {
				if inside.Add(1) != 1 {
					return errBroken
				}
				defer inside.Add(-1)
				return dbs[i%len(dbs)].Migrate(ctx)
			})
		}))
		require.Equal(f, steps(), f.applied())
	})
}

func TestTurnIsGivenUpAfterAnError(t *testing.T) {
	onBoth(t, func(f *fixture) {
		for range 3 {
			require.ErrorIs(f, f.Exclusively(f.Context(), func(context.Context) error { return errBroken }), errBroken)
		}
		require.Panics(f, func() { _ = f.Exclusively(f.Context(), func(context.Context) error { panic("a defect") }) })
		require.NoError(f, f.again().Exclusively(f.Context(), func(context.Context) error { return nil }))
	})
}

func TestWaitingForATurnEndsWithTheContext(t *testing.T) {
	onBoth(t, func(f *fixture) {
		other := f.again()
		require.NoError(f, f.Exclusively(f.Context(), func(ctx context.Context) error {
			ctx, cancel := context.WithTimeout(ctx, 100*time.Millisecond)
			defer cancel()
			err := other.Exclusively(ctx, func(context.Context) error { f.Error("two at once"); return nil })
			require.ErrorIs(f, err, context.DeadlineExceeded)
			return nil
		}))
		require.NoError(f, other.Exclusively(f.Context(), func(context.Context) error { return nil }))
	})
}

func TestTurnOfAProcessThatDiesIsFree(t *testing.T) {
	t.Parallel()
	f := onPostgres(t)
	other := f.again()
	require.NoError(t, f.Exclusively(t.Context(), func(ctx context.Context) error {
		f.exec("SELECT pg_terminate_backend(pid) FROM pg_locks WHERE locktype = 'advisory' AND database = (SELECT oid FROM pg_database WHERE datname = current_database())")
		return other.Exclusively(ctx, func(context.Context) error { return nil })
	}))
}

// A method that went past its own transaction would wait for itself.
func TestOneConnectionSuffices(t *testing.T) {
	onEmpty(t, func(f *fixture) {
		f.options.MaxConns = 1
		f = open(f, f.options)
		ctx, cancel := context.WithTimeout(f.Context(), 20*time.Second)
		defer cancel()
		require.NoError(f, f.Exclusively(ctx, f.Migrate))
		require.NoError(f, f.Keys().Record(ctx, f.primary()))
		for what, call := range setTheScene(f).calls() {
			require.NoError(f, call(ctx), what)
		}
	})
}

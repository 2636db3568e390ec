package pgtest

import (
	"context"
	"errors"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/jackc/pgx/v5"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func TestMain(m *testing.M) { Main(m) }

func TestTwoDatabasesAreIndependent(t *testing.T) {
	one, other := URL(t), URL(t)
	require.NoError(t, makeThings(one))
	assert.Equal(t, 1, number(t, one, countTables))
	assert.Equal(t, 0, number(t, other, countTables))
}

func TestCloneHasWhatMigrateMadeAndNothingElse(t *testing.T) {
	one := Migrated(t, t.Name(), makeThings)
	require.NoError(t, run(one, "INSERT INTO thing VALUES (2)"))
	other := Migrated(t, t.Name(), makeThings)
	assert.Equal(t, 2, number(t, one, "SELECT count(*) FROM thing"))
	assert.Equal(t, 1, number(t, other, "SELECT count(*) FROM thing"))
}

func TestClonesAreMadeSideBySide(t *testing.T) {
	for range 8 {
		t.Run("clone", func(t *testing.T) {
			t.Parallel()
			assert.Equal(t, 1, number(t, Migrated(t, "side by side", makeThings), "SELECT count(*) FROM thing"))
		})
	}
}

func TestMigrateRunsOncePerKey(t *testing.T) {
	var runs atomic.Int32
	s := shared.get(t)
	var wg sync.WaitGroup
	for range 8 {
		wg.Go(func() {
			_, err := s.template(t.Name(), func(string) error { runs.Add(1); return nil })
			assert.NoError(t, err)
		})
	}
	wg.Wait()
	assert.EqualValues(t, 1, runs.Load())
}

func TestFailedMigrationFailsEveryoneWhoAsks(t *testing.T) {
	broken := errors.New("no such column")
	for range 2 {
		_, err := shared.get(t).template(t.Name(), func(string) error { return broken })
		require.ErrorIs(t, err, broken)
	}
}

func TestDatabaseGoesWithItsTestThoughSomebodyIsConnected(t *testing.T) {
	var url string
	t.Run("the test", func(t *testing.T) {
		url = URL(t)
		_, err := pgx.Connect(t.Context(), url)
		require.NoError(t, err)
	})
	_, err := pgx.Connect(t.Context(), url)
	assert.ErrorContains(t, err, "does not exist")
}

func TestGivenServerIsLeftAsItWasFound(t *testing.T) {
	own := Start(t, Options{})
	s, err := connect(own.admin.String())
	require.NoError(t, err)
	t.Run("a test", func(t *testing.T) { assert.Equal(t, 1, number(t, s.Migrated(t, "things", makeThings), countTables)) })
	require.NoError(t, s.close())
	assert.Equal(t, 3, number(t, own.admin.String(), "SELECT count(*) FROM pg_database"))
}

func TestGivenServerMustBeAURL(t *testing.T) {
	for _, given := range []string{"host=localhost user=postgres", "mysql://localhost/x", "postgres://%zz"} {
		_, err := connect(given)
		assert.ErrorContains(t, err, "TEST_DATABASE_URL must look like postgres://", given)
	}
}

const countTables = "SELECT count(*) FROM pg_tables WHERE tablename = 'thing'"

func makeThings(url string) error {
	return run(url, "CREATE TABLE thing (id int); INSERT INTO thing VALUES (1)")
}

func run(url, statement string) error {
	ctx := context.Background()
	conn, err := pgx.Connect(ctx, url)
	if err != nil {
		return err
	}
	_, err = conn.Exec(ctx, statement)
	return errors.Join(err, conn.Close(ctx))
}

func number(t *testing.T, url, query string) (n int) {
	t.Helper()
	conn, err := pgx.Connect(t.Context(), url)
	require.NoError(t, err)
	require.NoError(t, conn.QueryRow(t.Context(), query).Scan(&n))
	require.NoError(t, conn.Close(t.Context()))
	return n
}

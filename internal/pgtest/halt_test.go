package pgtest

import (
	"testing"

	"github.com/jackc/pgx/v5"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func TestServerThatWasHaltedComesBackWithWhatWasCommitted(t *testing.T) {
	s := Start(t, Options{Durable: true})
	url := s.Migrated(t, "things", makeThings)
	before := number(t, url, countTables)
	require.Positive(t, before)
	for range 2 {
		s.Halt(t)
		_, err := pgx.Connect(t.Context(), url)
		require.Error(t, err, "it is away")
		s.Resume(t)
		assert.Equal(t, before, number(t, url, countTables))
	}
}

func TestServerThatIsHaltedWhenItsTestEndsLeavesNothing(t *testing.T) {
	server, err := start(Options{})
	require.NoError(t, err)
	server.Halt(t)
	require.NoError(t, server.close())
	assert.NoDirExists(t, server.cluster.dir)
}

package app

import (
	"log/slog"
	"os"
	"path/filepath"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/ivendnext/whatsapp-accounts/internal/config"
)

func quiet() *slog.Logger { return slog.New(slog.DiscardHandler) }

// storage is SQLite in a folder that nobody has made yet.
func storage(t *testing.T) config.Storage {
	t.Helper()
	return config.Storage{DataDir: filepath.Join(t.TempDir(), "data"), DBMaxConns: 2}
}

// opened opens a database that is closed with the test.
func opened(t *testing.T, c config.Storage) *Opened {
	t.Helper()
	o, err := Open(t.Context(), c, quiet())
	require.NoError(t, err)
	t.Cleanup(func() { assert.NoError(t, o.DB.Close()) })
	return o
}

func TestOpenTellsWhatItMadeAndMakesItOnce(t *testing.T) {
	c := storage(t)
	first := opened(t, c)
	assert.Equal(t, []string{"made data folder " + c.DataDir, "made database " + c.SQLitePath(), "made keyset " + c.KeysetPath()}, first.Made)
	second := opened(t, c)
	assert.Empty(t, second.Made)
	assert.Equal(t, first.Box.Keyset().Primary(), second.Box.Keyset().Primary())
}

func TestProcessesThatStartTogetherAgreeOnOneKeyset(t *testing.T) {
	c := storage(t)
	all := make([]*Opened, 8)
	var group sync.WaitGroup
	for n := range all {
		group.Go(func() {
			var err error
			all[n], err = Open(t.Context(), c, quiet())
			assert.NoError(t, err)
		})
	}
	group.Wait()
	for _, o := range all {
		require.NotNil(t, o)
		assert.Equal(t, all[0].Box.Keyset().Primary(), o.Box.Keyset().Primary())
		assert.NoError(t, o.DB.Close())
	}
}

func TestKeysetIsNotMadeForADatabaseThatIsSealed(t *testing.T) {
	c := storage(t)
	opened(t, c)
	require.NoError(t, os.Remove(c.KeysetPath()))
	_, err := Open(t.Context(), c, quiet())
	require.ErrorContains(t, err, "put the file back or set WA_KEYSET_FILE to where it is")
	assert.NoFileExists(t, c.KeysetPath())

	c.KeysetFile = opened(t, storage(t)).Keyset
	_, err = Open(t.Context(), c, quiet())
	assert.ErrorContains(t, err, "set WA_KEYSET_FILE to the keyset of this database")
}

func TestKeysetThatCannotBeMadeNamesItsSetting(t *testing.T) {
	c := storage(t)
	c.KeysetFile = filepath.Join(t.TempDir(), "missing", "keyset.json")
	_, err := Open(t.Context(), c, quiet())
	assert.ErrorContains(t, err, "WA_KEYSET_FILE: keyset file "+c.KeysetFile)
}

func TestClockIsCutToWhatDatabasesKeep(t *testing.T) {
	now := Now()
	assert.Equal(t, time.UTC, now.Location())
	assert.Equal(t, now, now.Truncate(time.Microsecond))
	assert.Less(t, NewID(), NewID(), "ids are in the order of their making")
}

package main

import (
	"database/sql"
	"path/filepath"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func TestPgbenchIsReadAndNotBelieved(t *testing.T) {
	s, err := counted("number of transactions actually processed: 200\ntps = 1234.5 (without initial connection time)\n", 2*time.Second)
	require.NoError(t, err)
	assert.Equal(t, sample{requests: 200, rate: 1234.5, cpu: 10 * time.Millisecond}, s)
	for _, said := range []string{"", "number of transactions actually processed: 0\ntps = 0 (x)\n"} {
		_, err := counted(said, 0)
		assert.Error(t, err, "%q", said)
	}
}

func TestEverySingleRowIsCounted(t *testing.T) {
	file := "file:" + filepath.Join(t.TempDir(), "rows.db")
	require.NoError(t, execute(t.Context(), "sqlite", file, "CREATE TABLE single_rows (id integer PRIMARY KEY, body text NOT NULL)"))
	db, err := sql.Open("sqlite", file)
	require.NoError(t, err)
	defer func() { assert.NoError(t, db.Close()) }()
	s, err := commit(t.Context(), db, 20*time.Millisecond)
	require.NoError(t, err)
	var rows int
	require.NoError(t, db.QueryRowContext(t.Context(), "SELECT count(*) FROM single_rows").Scan(&rows))
	assert.Equal(t, rows, s.requests)
}

package prepared_test

import (
	"context"
	"database/sql"
	"database/sql/driver"
	"fmt"
	"path/filepath"
	"sync/atomic"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"modernc.org/sqlite"

	"github.com/ivendnext/whatsapp-accounts/internal/prepared"
)

const byID = "SELECT * FROM things WHERE id >= ? ORDER BY id"

func TestAStatementIsPreparedOnce(t *testing.T) {
	w := open(t)
	for range 3 {
		assert.Equal(t, []int{1, 2, 3}, w.ids(t, byID, 1))
	}
	assert.EqualValues(t, 1, w.made.Load())
}

func TestRowsThatAreStillReadKeepTheirStatement(t *testing.T) {
	w := open(t)
	tx, err := w.db.BeginTx(t.Context(), nil)
	require.NoError(t, err)
	outer, err := tx.QueryContext(t.Context(), byID, 1)
	require.NoError(t, err)
	require.True(t, outer.Next())
	inner, err := tx.QueryContext(t.Context(), byID, 2)
	require.NoError(t, err)
	assert.Equal(t, []int{2, 3}, rest(t, inner), "the same text, on the same connection, meanwhile")
	assert.Equal(t, []int{2, 3}, rest(t, outer))
	require.NoError(t, tx.Commit())
	assert.EqualValues(t, 2, w.made.Load())
	assert.Equal(t, []int{3}, w.ids(t, byID, 3))
	assert.EqualValues(t, 2, w.made.Load(), "one of the two was kept")
}

func TestAStatementThatFailedIsUsedAgainWithoutHarm(t *testing.T) {
	w := open(t)
	const insert = "INSERT INTO things (id) VALUES (?)"
	for range 2 {
		_, err := w.db.ExecContext(t.Context(), insert, 1)
		require.ErrorContains(t, err, "UNIQUE")
	}
	_, err := w.db.ExecContext(t.Context(), insert, 4)
	require.NoError(t, err)
	assert.Equal(t, []int{4}, w.ids(t, byID, 4))
}

func TestAStatementSeesASchemaThatChanged(t *testing.T) {
	w := open(t)
	require.Equal(t, []string{"id"}, w.columns(t))
	_, err := w.db.ExecContext(t.Context(), "ALTER TABLE things ADD COLUMN name text")
	require.NoError(t, err)
	assert.Equal(t, []string{"id", "name"}, w.columns(t))
}

func TestAConnectionKeepsABoundedNumber(t *testing.T) {
	w := open(t)
	const more = 100
	for i := range more {
		w.ids(t, fmt.Sprintf("SELECT id FROM things WHERE id = ? + %d", i), 1)
	}
	assert.EqualValues(t, 64, w.made.Load()-w.closed.Load(), "of %d", more)
}

func TestWhatHasNoArgumentsIsNotKept(t *testing.T) {
	w := open(t)
	for range 2 {
		assert.Equal(t, []int{1, 2, 3}, w.ids(t, "SELECT id FROM things ORDER BY id"))
	}
	assert.EqualValues(t, 2, w.closed.Load())
}

func TestARolledBackTransactionLeavesNoStatementBusy(t *testing.T) {
	w := open(t)
	tx, err := w.db.BeginTx(t.Context(), nil)
	require.NoError(t, err)
	_, err = tx.ExecContext(t.Context(), "DELETE FROM things WHERE id = ?", 1)
	require.NoError(t, err)
	rows, err := tx.QueryContext(t.Context(), byID, 1)
	require.NoError(t, err)
	require.Equal(t, []int{2, 3}, rest(t, rows))
	require.NoError(t, tx.Rollback())
	assert.Equal(t, []int{1, 2, 3}, w.ids(t, byID, 1))
}

// world is a file with three things, and how many statements were made and closed since.
type world struct {
	db           *sql.DB
	made, closed atomic.Int64
}

func open(t *testing.T) *world {
	t.Helper()
	inner, err := sqlite.NewConnector("file:" + filepath.Join(t.TempDir(), "test.db"))
	require.NoError(t, err)
	w := &world{}
	w.db = sql.OpenDB(prepared.Connector{Connector: counting{inner, w}})
	w.db.SetMaxOpenConns(1)
	t.Cleanup(func() {
		require.NoError(t, w.db.Close())
		assert.Equal(t, w.made.Load(), w.closed.Load(), "statements that nobody closed")
	})
	_, err = w.db.ExecContext(t.Context(), "CREATE TABLE things (id integer PRIMARY KEY); INSERT INTO things VALUES (1), (2), (3)")
	require.NoError(t, err)
	w.made.Store(0)
	w.closed.Store(0)
	return w
}

func (w *world) ids(t *testing.T, query string, args ...any) []int {
	t.Helper()
	rows, err := w.db.QueryContext(t.Context(), query, args...)
	require.NoError(t, err)
	return rest(t, rows)
}

func (w *world) columns(t *testing.T) []string {
	t.Helper()
	rows, err := w.db.QueryContext(t.Context(), byID, 1)
	require.NoError(t, err)
	defer func() { require.NoError(t, rows.Close()) }()
	names, err := rows.Columns()
	require.NoError(t, err)
	require.True(t, rows.Next())
	require.NoError(t, rows.Err())
	return names
}

func rest(t *testing.T, rows *sql.Rows) (ids []int) {
	t.Helper()
	for rows.Next() {
		var id int
		require.NoError(t, rows.Scan(&id))
		ids = append(ids, id)
	}
	require.NoError(t, rows.Err())
	require.NoError(t, rows.Close())
	return ids
}

// counting counts the statements of SQLite's own driver.
type counting struct {
	driver.Connector
	w *world
}

func (c counting) Connect(ctx context.Context) (driver.Conn, error) {
	conn, err := c.Connector.Connect(ctx)
	if err != nil {
		return nil, err
	}
	return countingConn{conn.(sqliteConn), c.w}, nil
}

type sqliteConn interface {
	driver.Conn
	driver.ConnBeginTx
	driver.ConnPrepareContext
	driver.Pinger
	driver.SessionResetter
	driver.Validator
}

type countingConn struct {
	sqliteConn
	w *world
}

func (c countingConn) PrepareContext(ctx context.Context, query string) (driver.Stmt, error) {
	s, err := c.sqliteConn.PrepareContext(ctx, query)
	if err != nil {
		return nil, err
	}
	c.w.made.Add(1)
	return countingStmt{s.(sqliteStmt), c.w}, nil
}

type sqliteStmt interface {
	driver.Stmt
	driver.StmtExecContext
	driver.StmtQueryContext
}

type countingStmt struct {
	sqliteStmt
	w *world
}

func (s countingStmt) Close() error {
	s.w.closed.Add(1)
	return s.sqliteStmt.Close()
}

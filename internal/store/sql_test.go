package store

import (
	"database/sql"
	"fmt"
	"strings"
	"sync"
	"testing"

	"github.com/stretchr/testify/require"
	"gorm.io/gorm"
)

func (f *fixture) onPostgres() bool { return f.options.URL != "" }

// pool goes past GORM and the guard.
func (f *fixture) pool(t testing.TB) *sql.DB {
	t.Helper()
	pool, err := f.sql()
	require.NoError(t, err)
	return pool
}

// portable turns the question marks of a statement into what the database calls its parameters.
func (f *fixture) portable(statement string) string {
	if !f.onPostgres() {
		return statement
	}
	var b strings.Builder
	for n, part := range strings.Split(statement, "?") {
		if n > 0 {
			fmt.Fprintf(&b, "$%d", n)
		}
		b.WriteString(part)
	}
	return b.String()
}

func (f *fixture) tryExec(t testing.TB, statement string, args ...any) (int64, error) {
	t.Helper()
	result, err := f.pool(t).ExecContext(t.Context(), f.portable(statement), args...)
	if err != nil {
		return 0, err
	}
	return result.RowsAffected()
}

func (f *fixture) exec(t testing.TB, statement string, args ...any) int64 {
	t.Helper()
	n, err := f.tryExec(t, statement, args...)
	require.NoError(t, err, statement)
	return n
}

// rows reads everything a query gives, each row by column name.
func (f *fixture) rows(t testing.TB, query string, args ...any) []map[string]any {
	t.Helper()
	found, err := f.pool(t).QueryContext(t.Context(), f.portable(query), args...)
	require.NoError(t, err, query)
	defer func() { require.NoError(t, found.Close()) }()
	columns, err := found.Columns()
	require.NoError(t, err)
	var all []map[string]any
	for found.Next() {
		values, into := make([]any, len(columns)), make([]any, len(columns))
		for i := range values {
			into[i] = &values[i]
		}
		require.NoError(t, found.Scan(into...))
		row := map[string]any{}
		for i, c := range columns {
			row[c] = values[i]
		}
		all = append(all, row)
	}
	require.NoError(t, found.Err())
	return all
}

func (f *fixture) count(t testing.TB, table string) int {
	t.Helper()
	return len(f.rows(t, "SELECT 1 FROM "+table))
}

// tables lists what the schema has, the migrations' own table aside.
func (f *fixture) tables(t testing.TB) []string {
	t.Helper()
	query := "SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite_%' ORDER BY name"
	if f.onPostgres() {
		query = "SELECT tablename AS name FROM pg_tables WHERE schemaname = 'public' ORDER BY tablename"
	}
	var names []string
	for _, r := range f.rows(t, query) {
		if name := text(r["name"]); name != "goose_db_version" {
			names = append(names, name)
		}
	}
	return names
}

// dump is the whole database as it is stored, every value of every row of every table.
func (f *fixture) dump(t testing.TB) map[string][]map[string]any {
	t.Helper()
	all := map[string][]map[string]any{}
	for _, table := range f.tables(t) {
		all[table] = f.rows(t, "SELECT * FROM "+table+" ORDER BY 1, 2")
	}
	return all
}

// unchanged tells that do leaves the database as it is, to the last byte.
func (f *fixture) unchanged(t testing.TB, do func()) {
	t.Helper()
	before := f.dump(t)
	do()
	require.Equal(t, before, f.dump(t))
}

func text(v any) string {
	if raw, ok := v.([]byte); ok {
		return string(raw)
	}
	return fmt.Sprint(v)
}

// afterEach calls do when a handle has run a statement of a kind ("create", "query", "update", "delete") on a table; an empty one means any.
func (f *fixture) afterEach(t testing.TB, kind, table string, do func(tx *gorm.DB)) {
	t.Helper()
	hook := func(tx *gorm.DB) {
		if (table == "" || tx.Statement.Table == table) && tx.Error == nil {
			do(tx)
		}
	}
	name := fmt.Sprintf("test:%s_%s_%d", kind, table, f.serial.Add(1))
	for _, handle := range f.handles() {
		callbacks := handle.Callback()
		kinds := map[string]interface {
			Register(string, func(*gorm.DB)) error
		}{
			"create": callbacks.Create().After("gorm:create"), "query": callbacks.Query().After("gorm:query"),
			"update": callbacks.Update().After("gorm:update"), "delete": callbacks.Delete().After("gorm:delete"),
		}
		require.NoError(t, kinds[kind].Register(name, hook))
	}
}

// handles are the database's, each once: on PostgreSQL both are the same.
func (f *fixture) handles() []*gorm.DB {
	if f.write == f.read {
		return []*gorm.DB{f.write}
	}
	return []*gorm.DB{f.write, f.read}
}

// statement is what GORM sent.
type statement struct {
	sql  string
	vars []any
}

// sent records what GORM sends while do runs.
func (f *fixture) sent(t testing.TB, do func()) []statement {
	t.Helper()
	var mu sync.Mutex
	var all []statement
	record := func(tx *gorm.DB) {
		mu.Lock()
		defer mu.Unlock()
		all = append(all, statement{tx.Statement.SQL.String(), tx.Statement.Vars})
	}
	name := fmt.Sprintf("test:sent_%d", f.serial.Add(1))
	for _, handle := range f.handles() {
		require.NoError(t, handle.Callback().Query().After("gorm:query").Register(name, record))
	}
	do()
	for _, handle := range f.handles() {
		require.NoError(t, handle.Callback().Query().Remove(name))
	}
	return all
}

package store

import (
	"database/sql"
	"fmt"
	"strings"
	"sync"

	"github.com/stretchr/testify/require"
	"gorm.io/gorm"
)

func (f *fixture) onPostgres() bool { return f.options.URL != "" }

// pool goes past GORM and the guard.
func (f *fixture) pool() *sql.DB {
	f.Helper()
	pool, err := f.sql()
	require.NoError(f, err)
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

func (f *fixture) tryExec(statement string, args ...any) (int64, error) {
	f.Helper()
	result, err := f.pool().ExecContext(f.Context(), f.portable(statement), args...)
	if err != nil {
		return 0, err
	}
	return result.RowsAffected()
}

func (f *fixture) exec(statement string, args ...any) int64 {
	f.Helper()
	n, err := f.tryExec(statement, args...)
	require.NoError(f, err, statement)
	return n
}

// rows reads everything a query gives, each row by column name.
func (f *fixture) rows(query string, args ...any) []map[string]any {
	f.Helper()
	found, err := f.pool().QueryContext(f.Context(), f.portable(query), args...)
	require.NoError(f, err, query)
	defer func() { require.NoError(f, found.Close()) }()
	columns, err := found.Columns()
	require.NoError(f, err)
	var all []map[string]any
	for found.Next() {
		values, into := make([]any, len(columns)), make([]any, len(columns))
		for i := range values {
			into[i] = &values[i]
		}
		require.NoError(f, found.Scan(into...))
		row := map[string]any{}
		for i, c := range columns {
			row[c] = values[i]
		}
		all = append(all, row)
	}
	require.NoError(f, found.Err())
	return all
}

func (f *fixture) count(table string) int {
	f.Helper()
	return len(f.rows("SELECT 1 FROM " + table))
}

// tables lists what the schema has, the migrations' own table aside.
func (f *fixture) tables() []string {
	f.Helper()
	query := "SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite_%' ORDER BY name"
	if f.onPostgres() {
		query = "SELECT tablename AS name FROM pg_tables WHERE schemaname = 'public' ORDER BY tablename"
	}
	var names []string
	for _, r := range f.rows(query) {
		if name := text(r["name"]); name != "goose_db_version" {
			names = append(names, name)
		}
	}
	return names
}

// dump is the whole database as it is stored, every value of every row of every table.
func (f *fixture) dump() map[string][]map[string]any {
	f.Helper()
	all := map[string][]map[string]any{}
	for _, table := range f.tables() {
		all[table] = f.rows("SELECT * FROM " + table + " ORDER BY 1, 2")
	}
	return all
}

// unchanged tells that do leaves the database as it is, to the last byte.
func (f *fixture) unchanged(do func()) {
	f.Helper()
	f.still(f.dump(), do)
}

// still is unchanged for what is done many times: the database was dumped before the first.
func (f *fixture) still(before map[string][]map[string]any, do func()) {
	f.Helper()
	do()
	require.Equal(f, before, f.dump())
}

func text(v any) string {
	if raw, ok := v.([]byte); ok {
		return string(raw)
	}
	return fmt.Sprint(v)
}

// afterEach calls do when a handle has run a statement of a kind ("create", "query", "update", "delete") on a table; an empty one means any.
func (f *fixture) afterEach(kind, table string, do func(tx *gorm.DB)) {
	f.Helper()
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
		require.NoError(f, kinds[kind].Register(name, hook))
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
func (f *fixture) sent(do func()) []statement {
	f.Helper()
	var mu sync.Mutex
	var all []statement
	record := func(tx *gorm.DB) {
		mu.Lock()
		defer mu.Unlock()
		all = append(all, statement{tx.Statement.SQL.String(), tx.Statement.Vars})
	}
	name := fmt.Sprintf("test:sent_%d", f.serial.Add(1))
	for _, handle := range f.handles() {
		require.NoError(f, handle.Callback().Query().After("gorm:query").Register(name, record))
		require.NoError(f, handle.Callback().Row().After("gorm:row").Register(name, record))
	}
	do()
	for _, handle := range f.handles() {
		require.NoError(f, handle.Callback().Query().Remove(name))
		require.NoError(f, handle.Callback().Row().Remove(name))
	}
	return all
}

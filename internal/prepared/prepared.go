// Package prepared lets connections to SQLite keep the statements that they have prepared: SQLite takes longer to prepare a look-up than to run it, and its
// driver forgets each when it is done. It knows nothing of what the statements say.
package prepared

import (
	"context"
	"database/sql/driver"
)

// What a connection keeps: enough for every statement that requests wait for, little enough for the memory of a dozen connections. A longer
// statement is one of many rows, whose text is another one for each number of rows.
const (
	keptStatements = 64
	keptLength     = 4 << 10
)

// Connector is a connector of modernc.org/sqlite whose connections keep their statements.
type Connector struct{ driver.Connector }

// Connect implements driver.Connector.
func (c Connector) Connect(ctx context.Context) (driver.Conn, error) {
	conn, err := c.Connector.Connect(ctx)
	if err != nil {
		return nil, err
	}
	return &keepingConn{Conn: conn.(Conn), kept: map[string]sqliteStmt{}}, nil
}

// Conn is what a connection to SQLite can do of what database/sql asks for.
type Conn interface {
	driver.Conn
	driver.ConnBeginTx
	driver.ConnPrepareContext
	driver.Pinger
	driver.SessionResetter
	driver.Validator
}

// sqliteStmt is what a statement of SQLite can do.
type sqliteStmt interface {
	driver.Stmt
	driver.StmtExecContext
	driver.StmtQueryContext
}

// sqliteRows is what the rows of SQLite can tell.
type sqliteRows interface {
	driver.Rows
	driver.RowsColumnTypeDatabaseTypeName
	driver.RowsColumnTypeLength
	driver.RowsColumnTypeNullable
	driver.RowsColumnTypePrecisionScale
	driver.RowsColumnTypeScanType
}

// keepingConn is a connection with the statements that nobody uses at the moment, by their text. database/sql lets one goroutine at a time use it.
type keepingConn struct {
	Conn

	kept map[string]sqliteStmt
}

// ExecContext implements driver.ExecerContext.
func (c *keepingConn) ExecContext(ctx context.Context, query string, args []driver.NamedValue) (driver.Result, error) {
	statement, err := c.take(ctx, query)
	if err != nil {
		return nil, err
	}
	result, err := statement.ExecContext(ctx, args)
	return result, c.giveBack(query, statement, len(args), err)
}

// QueryContext implements driver.QueryerContext. The statement is given back with the rows.
func (c *keepingConn) QueryContext(ctx context.Context, query string, args []driver.NamedValue) (driver.Rows, error) {
	statement, err := c.take(ctx, query)
	if err != nil {
		return nil, err
	}
	rows, err := statement.QueryContext(ctx, args)
	if err != nil {
		return nil, c.giveBack(query, statement, len(args), err)
	}
	return &keptRows{sqliteRows: rows.(sqliteRows), done: func(err error) error { return c.giveBack(query, statement, len(args), err) }}, nil
}

// take gives a statement that nobody else uses until it is given back: rows may still be read when the same is asked again.
func (c *keepingConn) take(ctx context.Context, query string) (sqliteStmt, error) {
	if statement, found := c.kept[query]; found {
		delete(c.kept, query)
		return statement, nil
	}
	statement, err := c.PrepareContext(ctx, query)
	if err != nil {
		return nil, err
	}
	return statement.(sqliteStmt), nil
}

// giveBack keeps the statement for the next who asks, unless it failed, will not come again, or is there already. One without arguments is part of
// a migration or of a transaction.
func (c *keepingConn) giveBack(query string, statement sqliteStmt, args int, err error) error {
	if _, there := c.kept[query]; there || err != nil || args == 0 || len(query) > keptLength {
		if failed := statement.Close(); err == nil {
			err = failed
		}
		return err
	}
	for other, s := range c.kept { // in no order: any of them
		if len(c.kept) < keptStatements {
			break
		}
		delete(c.kept, other)
		if err := s.Close(); err != nil {
			return err
		}
	}
	c.kept[query] = statement
	return nil
}

// Close implements driver.Conn.
func (c *keepingConn) Close() error {
	for query, s := range c.kept {
		delete(c.kept, query)
		_ = s.Close() // the connection goes with it
	}
	return c.Conn.Close()
}

// keptRows are rows of a statement that is kept.
type keptRows struct {
	sqliteRows
	done func(error) error
}

// Close implements driver.Rows.
func (r *keptRows) Close() error { return r.done(r.sqliteRows.Close()) }

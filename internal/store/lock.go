package store

import (
	"context"
	"database/sql"
	"database/sql/driver"
	"errors"
	"fmt"
	"io"
	"net"
	"slices"
	"time"

	"github.com/gofrs/flock"
	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
)

// startLock is the number of the advisory lock that replicas take one after the other while they start.
const startLock = 0x77615f7374617274 // "wa_start"

// Exclusively runs fn while no other process of this database does: starting, migrating, making a keyset.
func (db *DB) Exclusively(ctx context.Context, fn func(context.Context) error) error {
	release, err := db.dialect.exclusive(ctx)
	if err != nil {
		return err
	}
	defer release()
	return fn(ctx)
}

// advisoryLock holds a session lock on a connection of its own, beside the pool, which may have a single one.
// PostgreSQL frees the lock when the connection ends, however it ends.
func advisoryLock(config *pgx.ConnConfig) func(context.Context) (func(), error) {
	return func(ctx context.Context) (func(), error) {
		conn, err := pgx.ConnectConfig(ctx, config.Copy())
		if err != nil {
			return nil, fmt.Errorf("PostgreSQL does not answer; check WA_DATABASE_URL and that the server runs: %w", hidePassword(err))
		}
		release := func() {
			// A fresh context: the lock must go even when the caller's context is over.
			free, cancel := context.WithTimeout(context.Background(), 5*time.Second)
			defer cancel()
			_ = conn.Close(free)
		}
		if _, err := conn.Exec(ctx, "SELECT pg_advisory_lock($1)", int64(startLock)); err != nil {
			release()
			return nil, fmt.Errorf("waiting for another replica to finish starting: %w", err)
		}
		return release, nil
	}
}

// fileLock takes a lock beside the database file; the system frees it when the process ends, however it ends.
func fileLock(path string) func(context.Context) (func(), error) {
	return func(ctx context.Context) (func(), error) {
		lock := flock.New(path, flock.SetPermissions(0o600))
		if ok, err := lock.TryLockContext(ctx, 20*time.Millisecond); err != nil || !ok {
			return nil, fmt.Errorf("waiting for another process to finish starting (%s): %w", path, err)
		}
		return func() { _ = lock.Unlock() }, nil
	}
}

// transientPostgres tells the failures that mean "the database is away": a connection that cannot be made or was lost, and what the server says
// when it stops or is full.
func transientPostgres(err error) bool {
	var connect *pgconn.ConnectError
	var network net.Error
	if errors.As(err, &connect) || errors.As(err, &network) || pgconn.SafeToRetry(err) {
		return true
	}
	if state, ok := errors.AsType[*pgconn.PgError](err); ok {
		class := state.Code[:min(2, len(state.Code))]
		return class == "08" || class == "53" || class == "57" // connection, insufficient resources, operator intervention
	}
	lost := []error{io.EOF, io.ErrUnexpectedEOF, net.ErrClosed, driver.ErrBadConn, sql.ErrConnDone}
	return slices.ContainsFunc(lost, func(l error) bool { return errors.Is(err, l) })
}

// lockedKey locks the order key of a row of jobs until the transaction ends, if nobody else has it. A row of a key would not do as the lock: an older one
// can appear at any moment, and two who claim would take one each.
const lockedKey = "pg_try_advisory_xact_lock(hashtextextended(queue || ' ' || order_key, 0))"

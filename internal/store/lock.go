package store

import (
	"context"
	"errors"
	"fmt"
	"net"
	"time"

	"github.com/gofrs/flock"
	"github.com/jackc/pgx/v5/pgconn"
	"github.com/jackc/pgx/v5/pgxpool"
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

// advisoryLock holds a session lock on a connection of its own; PostgreSQL frees it when the connection ends, however it ends.
func advisoryLock(pool *pgxpool.Pool) func(context.Context) (func(), error) {
	return func(ctx context.Context) (func(), error) {
		conn, err := pool.Acquire(ctx)
		if err != nil {
			return nil, fmt.Errorf("PostgreSQL does not answer; check WA_DATABASE_URL and that the server runs: %w", hidePassword(err))
		}
		if _, err := conn.Exec(ctx, "SELECT pg_advisory_lock($1)", int64(startLock)); err != nil {
			conn.Release()
			return nil, fmt.Errorf("waiting for another replica to finish starting: %w", err)
		}
		return func() {
			// A fresh context: the lock must go even when the caller's context is over.
			free, cancel := context.WithTimeout(context.Background(), 5*time.Second)
			defer cancel()
			if _, err := conn.Exec(free, "SELECT pg_advisory_unlock($1)", int64(startLock)); err != nil {
				_ = conn.Conn().Close(free)
			}
			conn.Release()
		}, nil
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

// transientPostgres tells the failures that mean "the database is away", by SQLSTATE class and by network error.
func transientPostgres(err error) bool {
	var state *pgconn.PgError
	if errors.As(err, &state) {
		switch state.Code[:2] {
		case "08", "53", "57": // connection, insufficient resources, operator intervention
			return true
		}
		return false
	}
	var connect *pgconn.ConnectError
	var network net.Error
	return errors.As(err, &connect) || errors.As(err, &network) || errors.Is(err, net.ErrClosed)
}

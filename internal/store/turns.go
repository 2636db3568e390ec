package store

import (
	"context"
	"database/sql/driver"
	"time"

	"github.com/gofrs/flock"

	"github.com/ivendnext/whatsapp-accounts/internal/prepared"
)

const (
	// turnWithin is how long a transaction waits for its turn at most: then it asks SQLite all the same, which alone decides who writes.
	turnWithin = time.Second
	// turnEvery is how often it looks whether the turn is free.
	turnEvery = time.Millisecond
)

// turns is a connector to SQLite whose transactions take turns with those of other processes, by a lock beside the file.
//
// SQLite has no queue. Whoever finds it locked looks again now and then, at last ten times a second, and whoever has just committed begins again at once: a command
// beside a service that writes all the time found it locked until its five seconds were over. So who wants to begin holds the turn until it has begun. The others wait
// for that before they begin again, and so it is next.
type turns struct {
	driver.Connector
	path string // of the lock
}

// Connect implements driver.Connector.
func (t turns) Connect(ctx context.Context) (driver.Conn, error) {
	conn, err := t.Connector.Connect(ctx)
	if err != nil {
		return nil, err
	}
	return &turningConn{conn.(prepared.Conn), flock.New(t.path, flock.SetPermissions(0o600))}, nil
}

// turningConn is a connection whose transactions wait for their turn.
type turningConn struct {
	prepared.Conn

	turn *flock.Flock
}

// BeginTx implements driver.ConnBeginTx. A turn that cannot be had keeps nobody from writing.
func (c *turningConn) BeginTx(ctx context.Context, opts driver.TxOptions) (driver.Tx, error) {
	within, cancel := context.WithTimeout(ctx, turnWithin)
	defer cancel()
	if mine, _ := c.turn.TryLockContext(within, turnEvery); mine {
		defer func() { _ = c.turn.Unlock() }()
	}
	return c.Conn.BeginTx(ctx, opts)
}

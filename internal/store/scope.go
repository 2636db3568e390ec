package store

import (
	"context"
	"errors"
	"fmt"

	"gorm.io/gorm"
	"gorm.io/gorm/clause"

	"github.com/ivendnext/whatsapp-accounts/internal/fault"
	"github.com/ivendnext/whatsapp-accounts/internal/site"
)

// in gives a handle whose every statement is confined to the site, inside the context's transaction when there is one.
// This is the only way to a site's rows: the guard refuses statements that went another way.
func (db *DB) in(ctx context.Context, s site.Site) *gorm.DB {
	return db.handle(context.WithValue(ctx, scopeKey{}, scope{site: s}))
}

// acrossSites gives a handle that sees every site. The reason is for the reader; a test lists the callers.
func (db *DB) acrossSites(ctx context.Context, reason string) *gorm.DB {
	return db.handle(context.WithValue(ctx, scopeKey{}, scope{reason: reason}))
}

// free locks the rows of a query that nobody else holds and passes over the rest. SQLite, where one transaction writes at a time, needs no lock.
func free() clause.Locking {
	return clause.Locking{Strength: clause.LockingStrengthUpdate, Options: clause.LockingOptionsSkipLocked}
}

// transaction is what a context carries of the transaction it is in: the handle, what is known of rows that it has locked, what is left to be
// written before it is committed, and what is to be done then.
type transaction struct {
	tx     *gorm.DB
	known  map[any]any
	before []func(context.Context) error
	after  []func()
}

type transactionKey struct{}

func transactionOf(ctx context.Context) (*transaction, bool) {
	t, ok := ctx.Value(transactionKey{}).(*transaction)
	return t, ok
}

// handle is the context's transaction, or the database itself.
func (db *DB) handle(ctx context.Context) *gorm.DB {
	if t, ok := transactionOf(ctx); ok {
		return t.tx.WithContext(ctx)
	}
	return db.read.WithContext(ctx)
}

// once gives what the context's transaction knows under a key, and finds it when it is first asked for. It is for what the transaction has locked: nothing
// else stays true until its end. Outside of a transaction it finds it each time.
func once[V any](ctx context.Context, key any, find func() (V, error)) (V, error) {
	t, within := transactionOf(ctx)
	if !within {
		return find()
	}
	if v, known := t.known[key].(V); known {
		return v, nil
	}
	v, err := find()
	if err == nil {
		t.known[key] = v
	}
	return v, err
}

// beforeCommit runs do when the function of the context's transaction is done; an error of it undoes the transaction.
func beforeCommit(ctx context.Context, do func(context.Context) error) {
	t, _ := transactionOf(ctx)
	t.before = append(t.before, do)
}

// AfterCommit runs do once the context's transaction is committed, and never when it is not; outside of one it runs at once. It is for
// waking those who wait, who must not look before there is something to see.
func AfterCommit(ctx context.Context, do func()) {
	if t, ok := transactionOf(ctx); ok {
		t.after = append(t.after, do)
		return
	}
	do()
}

// Transact runs fn in one transaction: every store method that gets fn's context takes part. A nested call joins the outer one.
// What fn returns undoes everything; a database that is away becomes an Unavailable fault.
func (db *DB) Transact(ctx context.Context, fn func(context.Context) error) error {
	if _, nested := transactionOf(ctx); nested {
		return fn(ctx)
	}
	t := new(transaction)
	err := db.write.WithContext(ctx).Transaction(func(tx *gorm.DB) error {
		*t = transaction{tx: tx, known: map[any]any{}}
		ctx := context.WithValue(ctx, transactionKey{}, t)
		if err := fn(ctx); err != nil {
			return err
		}
		for i := 0; i < len(t.before); i++ { // each may add to them
			if err := t.before[i](ctx); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		return db.classify(ctx, err)
	}
	for _, do := range t.after {
		do()
	}
	return nil
}

// oneStatement is Transact for what sends one statement, and leaves nothing to be done before or after a commit: on PostgreSQL that is a transaction by itself, and
// to begin and to commit one would be two round trips more.
func (db *DB) oneStatement(ctx context.Context, fn func(context.Context) error) error {
	if db.dialect.name != "postgres" {
		return db.Transact(ctx, fn)
	}
	return db.classify(ctx, fn(ctx))
}

var errUnavailable = fault.New(fault.Unavailable, "database_unavailable", "The service cannot reach its database.",
	"Try again in a few seconds. If the request changes something, read first whether it did, or repeat it with the same Idempotency-Key.")

// classify leaves faults as they are and tells a request that is over, and a database that is away, from a defect.
func (db *DB) classify(ctx context.Context, err error) error {
	var known *fault.Error
	if err == nil || errors.As(err, &known) {
		return err
	}
	if over := ctx.Err(); over != nil {
		if errors.Is(err, over) {
			return err
		}
		return fmt.Errorf("%w: %w", over, err) // drivers find many words for it
	}
	if !db.closed.Load() && !db.dialect.transient(err) {
		return err
	}
	unavailable := errUnavailable.Because(err)
	unavailable.RetryAfter = retryAfter
	return unavailable
}

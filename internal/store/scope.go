package store

import (
	"context"
	"errors"

	"gorm.io/gorm"

	"github.com/ivendnext/whatsapp-accounts/internal/fault"
	"github.com/ivendnext/whatsapp-accounts/internal/site"
)

// in gives a handle whose every statement is confined to the site, inside the context's transaction when there is one.
// This is the only way to a site's rows: the guard refuses statements that went another way.
func (db *DB) in(ctx context.Context, s site.Site) *gorm.DB {
	return db.handle(ctx).Set(scopeSetting, scope{site: s}).Session(&gorm.Session{})
}

// acrossSites gives a handle that sees every site. The reason is for the reader; a test lists the callers.
func (db *DB) acrossSites(ctx context.Context, reason string) *gorm.DB {
	return db.handle(ctx).Set(scopeSetting, scope{reason: reason}).Session(&gorm.Session{})
}

type transaction struct{}

// handle is the context's transaction, or the database itself.
func (db *DB) handle(ctx context.Context) *gorm.DB {
	if tx, ok := ctx.Value(transaction{}).(*gorm.DB); ok {
		return tx.WithContext(ctx)
	}
	return db.read.WithContext(ctx)
}

// Transact runs fn in one transaction: every store method that gets fn's context takes part. A nested call joins the outer one.
// What fn returns undoes everything; a database that is away becomes an Unavailable fault.
func (db *DB) Transact(ctx context.Context, fn func(context.Context) error) error {
	if _, nested := ctx.Value(transaction{}).(*gorm.DB); nested {
		return fn(ctx)
	}
	return db.classify(db.write.WithContext(ctx).Transaction(func(tx *gorm.DB) error {
		return fn(context.WithValue(ctx, transaction{}, tx))
	}))
}

var errUnavailable = fault.New(fault.Unavailable, "database_unavailable", "The service cannot reach its database.",
	"Try again in a few seconds; nothing was changed.")

// classify leaves faults as they are and tells a database that is away from a defect.
func (db *DB) classify(err error) error {
	var known *fault.Error
	if err == nil || errors.As(err, &known) || !db.dialect.transient(err) {
		return err
	}
	unavailable := errUnavailable.Because(err)
	unavailable.RetryAfter = retryAfter
	return unavailable
}

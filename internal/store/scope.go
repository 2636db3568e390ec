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

// errNoSite is a defect of ours: a statement on a site's table that is confined to no site.
var errNoSite = errors.New("store: a statement on a table of sites names no site")

// siteTables are the tables whose rows belong to a site.
func isSiteTable(name string) bool {
	switch name {
	case "accounts", "account_identifiers", "account_secrets", "designations", "account_history", "api_keys":
		return true
	}
	return false
}

const scopeSetting = "store:scope"

// scope is what a statement may touch: one site, or all of them for a named reason.
type scope struct {
	site   site.Site
	reason string
}

// in gives a handle whose every statement is confined to the site, inside the context's transaction when there is one.
// This is the only way to a site's rows: the guard refuses statements that went another way.
func (db *DB) in(ctx context.Context, s site.Site) *gorm.DB {
	return db.handle(ctx).Set(scopeSetting, scope{site: s}).Session(&gorm.Session{})
}

// acrossSites gives a handle that sees every site. The reason is for the reader; a test lists the callers.
func (db *DB) acrossSites(ctx context.Context, reason string) *gorm.DB {
	return db.handle(ctx).Set(scopeSetting, scope{reason: reason}).Session(&gorm.Session{})
}

// guard makes GORM add the site to every statement on a site's table, and fail one that names none.
func guard(handle *gorm.DB) error {
	callbacks := handle.Callback()
	return errors.Join(
		callbacks.Query().Before("gorm:query").Register("store:confine_query", confine),
		callbacks.Row().Before("gorm:row").Register("store:confine_row", confine),
		callbacks.Update().Before("gorm:update").Register("store:confine_update", confine),
		callbacks.Delete().Before("gorm:delete").Register("store:confine_delete", confine),
		callbacks.Create().Before("gorm:create").Register("store:confine_create", demand),
	)
}

// confine adds the site's predicate.
func confine(tx *gorm.DB) {
	sc, ok := demandScope(tx)
	if !ok || sc.reason != "" {
		return
	}
	tx.Statement.AddClause(clause.Where{Exprs: []clause.Expression{
		clause.Eq{Column: clause.Column{Table: clause.CurrentTable, Name: "site"}, Value: sc.site.String()},
	}})
}

// demand only checks: an inserted row carries its site, and the schema refuses an empty one.
func demand(tx *gorm.DB) { demandScope(tx) }

func demandScope(tx *gorm.DB) (scope, bool) {
	if !isSiteTable(tx.Statement.Table) {
		return scope{}, false
	}
	value, _ := tx.Get(scopeSetting)
	sc, _ := value.(scope)
	if sc.site.IsZero() && sc.reason == "" {
		_ = tx.AddError(fmt.Errorf("%w: %s", errNoSite, tx.Statement.Table))
		return scope{}, false
	}
	return sc, true
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

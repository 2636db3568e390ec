package store

import (
	"errors"
	"fmt"
	"reflect"
	"slices"
	"strings"

	"gorm.io/gorm"
	"gorm.io/gorm/clause"

	"github.com/ivendnext/whatsapp-accounts/internal/site"
)

// errNoSite is a defect of ours: a statement on a site's table that is confined to no site.
var errNoSite = errors.New("store: a statement on a table of sites names no site")

// errForeignRow is a defect of ours: a row that is inserted for another site than its own.
var errForeignRow = errors.New("store: a row is inserted for another site than its own")

// isSiteTable tells the tables whose rows belong to a site.
func isSiteTable(name string) bool {
	switch name {
	case "accounts", "account_identifiers", "account_secrets", "designations", "account_history", "api_keys", "jobs",
		"event_feeds", "events", "message_states", "read_receipts", "read_receipt_pace", "account_health",
		"subscriptions", "subscription_secrets", "subscription_deliveries", "templates", "messages", "message_pace", "message_pairs",
		"bulk_messages", "bulk_recipients":
		return true
	}
	return false
}

// scopeKey is where the context of a statement has its scope.
type scopeKey struct{}

// scope is what a statement may touch: one site, or all of them for a named reason.
type scope struct {
	site   site.Site
	reason string
	alias  string // of a look-up: what it calls the table whose site is asked for
}

// guard makes GORM add the site to every statement on a site's table, and fail one that names none.
func guard(handle *gorm.DB) error {
	callbacks := handle.Callback()
	return errors.Join(
		callbacks.Query().Before("gorm:query").Register("store:confine_query", confine),
		callbacks.Row().Before("gorm:row").Register("store:confine_row", confine),
		callbacks.Update().Before("gorm:update").Register("store:confine_update", confine),
		callbacks.Delete().Before("gorm:delete").Register("store:confine_delete", confine),
		callbacks.Create().Before("gorm:create").Register("store:confine_create", own),
		callbacks.Raw().Before("gorm:raw").Register("store:confine_raw", confine),
	)
}

// confine adds the site's predicate.
func confine(tx *gorm.DB) {
	sc, ok := demandScope(tx)
	if !ok {
		return
	}
	if sc.alias != "" {
		_, _ = tx.Statement.WriteString(" AND " + sc.alias + ".site = ")
		tx.Statement.AddVar(tx.Statement, sc.site.String())
		return
	}
	tx.Statement.AddClause(clause.Where{Exprs: []clause.Expression{
		clause.Eq{Column: clause.Column{Table: clause.CurrentTable, Name: "site"}, Value: sc.site.String()},
	}})
}

// own refuses rows of another site than the statement's.
func own(tx *gorm.DB) {
	sc, ok := demandScope(tx)
	if !ok {
		return
	}
	rows := tx.Statement.ReflectValue
	if kind := rows.Kind(); kind != reflect.Slice && kind != reflect.Array {
		demandOwner(tx, sc, rows)
		return
	}
	for i := range rows.Len() {
		demandOwner(tx, sc, reflect.Indirect(rows.Index(i)))
	}
}

func demandOwner(tx *gorm.DB, sc scope, row reflect.Value) {
	var owner any
	if s := tx.Statement.Schema; s != nil && s.LookUpField("site") != nil {
		owner, _ = s.LookUpField("site").ValueOf(tx.Statement.Context, row)
	}
	if owner != sc.site.String() {
		_ = tx.AddError(fmt.Errorf("%w: %s", errForeignRow, tx.Statement.Table))
	}
}

// demandScope gives the one site that a statement is to be confined to; not ok means that there is nothing to confine, or that it failed.
func demandScope(tx *gorm.DB) (sc scope, ok bool) {
	sc, _ = tx.Statement.Context.Value(scopeKey{}).(scope)
	if sc.reason != "" || sc.alias == "" && !touchesSites(tx.Statement) {
		return scope{}, false
	}
	// What was written by hand takes no predicate, unless it is a look-up, which leaves room for one.
	byHand := tx.Statement.SQL.Len() > 0
	if sc.site.IsZero() || byHand != (sc.alias != "") {
		_ = tx.AddError(fmt.Errorf("%w: %s", errNoSite, tx.Statement.Table))
		return scope{}, false
	}
	return sc, true
}

// touchesSites finds a site's table wherever a statement can name one as a source: GORM's own idea of the table is its alias, if it has one.
func touchesSites(s *gorm.Statement) bool {
	if isSiteTable(s.Table) || mentionsSites(s.SQL.String()) {
		return true
	}
	for _, j := range s.Joins {
		if mentionsSites(j.Name) {
			return true
		}
	}
	return s.TableExpr != nil && (mentionsSites(s.TableExpr.SQL) || slices.ContainsFunc(s.TableExpr.Vars, isOfSites))
}

func isOfSites(v any) bool {
	sub, ok := v.(*gorm.DB)
	return ok && touchesSites(sub.Statement)
}

func mentionsSites(sql string) bool {
	return sql != "" && slices.ContainsFunc(strings.FieldsFunc(strings.ToLower(sql), betweenNames), isSiteTable)
}

func betweenNames(r rune) bool { return r != '_' && (r < 'a' || r > 'z') }

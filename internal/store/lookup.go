package store

import (
	"context"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5/pgtype"
	"gorm.io/gorm"

	"github.com/ivendnext/whatsapp-accounts/internal/site"
)

// lookup is a statement that is written out, because requests wait for it: to have GORM build it, and scan what it finds by reflection, costs
// more than asking the database does. One that writes gives the rows that are new. One that is confined to a site ends in its WHERE clause, to which the guard adds the site.
type lookup string

// The look-ups. Predicates of partial indexes are literal, or the indexes are not used.
const (
	keyByHash lookup = `SELECT id, site, name, role, key_hash, hint, created_at, last_used_at FROM api_keys WHERE key_hash = ? AND revoked_at IS NULL`

	holderOf lookup = `SELECT a.id, a.account_name, a.account_type, a.status, a.allow_auto_read_receipt, a.settings, a.secrets_set, a.activated_at,
		a.created_at, a.updated_at, other.account_id IS NOT NULL
		FROM designations d
		JOIN accounts a ON a.site = d.site AND a.id = d.account_id
		LEFT JOIN designations other ON other.site = d.site AND other.direction <> d.direction AND other.account_id = d.account_id
		WHERE d.direction = ?`

	activeByDigest lookup = `SELECT s.account_id, s.site FROM account_secrets s
		JOIN accounts a ON a.id = s.account_id AND a.status = 'Active'
		WHERE s.digest IN ? AND s.field = ? AND a.account_type = ?`
	ofAccount lookup = ` AND s.account_id = ?`
	fewOnly   lookup = ` LIMIT 10`

	// The values of one field; several of these are put together, and the limit bounds what a body of a stranger can make us read.
	namedBy lookup = `SELECT a.id, a.site, a.status, COALESCE(s.field, ''), COALESCE(s.slot, ''), s.sealed, i.field, i.value
		FROM account_identifiers i
		JOIN accounts a ON a.id = i.account_id
		LEFT JOIN account_secrets s ON s.account_id = a.id AND s.field = ? AND (s.valid_until IS NULL OR s.valid_until > ?)
		WHERE i.account_type = ? AND i.field = ? AND i.value IN ?`
	namedEnd lookup = ` LIMIT 4000`
	maxFound        = 4000

	candidatesByID lookup = `SELECT a.id, a.site, a.status, COALESCE(s.field, ''), COALESCE(s.slot, ''), s.sealed, '', ''
		FROM accounts a
		LEFT JOIN account_secrets s ON s.account_id = a.id AND (s.valid_until IS NULL OR s.valid_until > ?)
		WHERE a.account_type = ? AND a.id IN ?`
)

// array is the values of one column for PostgreSQL, which pgx writes as they are. GORM would take a slice for as many parameters, and so gets a pointer.
func array[T any](column []T) *pgtype.FlatArray[T] { return (*pgtype.FlatArray[T])(&column) }

// uuids is array for ids, which pgx would else write as text, after an error for each array. What is no id is none.
func uuids(ids []string) any {
	column := make([]pgtype.UUID, len(ids))
	for i, id := range ids {
		column[i], _ = idOf(id)
	}
	return array(column)
}

// optionalUUIDs is uuids for ids of which some are none.
func optionalUUIDs(ids []*string) any {
	column := make([]pgtype.UUID, len(ids))
	for i, id := range ids {
		if id != nil {
			column[i], _ = idOf(*id)
		}
	}
	return array(column)
}

// idOf is an id as PostgreSQL keeps it.
func idOf(id string) (pgtype.UUID, error) {
	parsed, err := uuid.Parse(id)
	return pgtype.UUID{Bytes: parsed, Valid: err == nil}, err
}

// lookUp gives a handle for a look-up that is confined to the site: the guard adds the site of the table with that alias.
func (db *DB) lookUp(ctx context.Context, in site.Site, alias string) *gorm.DB {
	return db.handle(context.WithValue(ctx, scopeKey{}, scope{site: in, alias: alias}))
}

// scan runs the look-up and puts the columns of the first row into places. sql.ErrNoRows when there is none.
func (l lookup) scan(on *gorm.DB, args []any, into ...any) error {
	asked := on.Raw(string(l), args...)
	row := asked.Row()
	if asked.Error != nil {
		return asked.Error // and there is no row
	}
	return row.Scan(into...)
}

// scanner is a row.
type scanner interface{ Scan(into ...any) error }

// each runs the look-up and hands on row after row. GORM translates only the errors that it is told: not that of the query, nor one that comes with the rows.
func (l lookup) each(on *gorm.DB, args []any, take func(scanner) error) error {
	rows, err := on.Raw(string(l), args...).Rows()
	if err != nil {
		return on.AddError(err)
	}
	defer func() { _ = rows.Close() }()
	for rows.Next() {
		if err := take(rows); err != nil {
			return err
		}
	}
	return on.AddError(rows.Err())
}

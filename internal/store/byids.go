package store

import (
	"encoding/json"

	"gorm.io/gorm"
	"gorm.io/gorm/clause"

	"github.com/ivendnext/whatsapp-accounts/internal/site"
)

// A list of ids is one parameter, so that a statement has one text, and each connection one plan of it, however many ids there are.

// byIDs is where a look-up finds rows of a table, as t, by a list of ids, in the order of the list; a lock is put on those that are found. PostgreSQL looks each
// up by itself and by the primary key, whatever it knows of the table: a plan that is made while the table is empty is kept until it is analysed, and would be to
// read all rows of the site. An index that holds the id further behind seems as good then, so the order is asked for, which only the key has, of a range that holds
// one id, since an order of one id would mean nothing.
func (d dialect) byIDs(table string, l lock) string {
	if d.arrays {
		return "FROM unnest(?::uuid[]) AS asked (id) CROSS JOIN LATERAL (SELECT * FROM " + table + " WHERE id BETWEEN asked.id AND asked.id ORDER BY id LIMIT 1" + string(l) + ") AS t"
	}
	return "FROM json_each(?) AS asked CROSS JOIN " + table + " AS t ON t.id = asked.value" // one transaction writes at a time
}

// lock is what a look-up does to the rows that it finds.
type lock string

const (
	unlocked  lock = ""
	forUpdate lock = " FOR UPDATE"
	forShare  lock = " FOR SHARE"

	forUpdateOfFree lock = " FOR UPDATE SKIP LOCKED" // as free
)

// list is the parameter. What is no id is left out: no row has it.
func (d dialect) list(ids []string) any {
	known := make([]string, 0, len(ids))
	for _, id := range ids {
		if isUUID(id) {
			known = append(known, id)
		}
	}
	if d.arrays {
		return uuids(known)
	}
	text, _ := json.Marshal(known) // ids always have a JSON form
	return string(text)
}

// among is the condition that the column has one of the ids.
func (d dialect) among(column string, ids []string) clause.Expr {
	if d.arrays {
		return gorm.Expr(column+" = ANY(?::uuid[])", d.list(ids))
	}
	return gorm.Expr(column+" IN (SELECT value FROM json_each(?))", d.list(ids))
}

// ofSites is the condition that a row is of one of the sites.
func (d dialect) ofSites(in []site.Site) clause.Expr {
	names := make([]string, len(in))
	for i, one := range in {
		names[i] = one.String()
	}
	if d.arrays {
		return gorm.Expr("site = ANY(?::text[])", array(names))
	}
	text, _ := json.Marshal(names) // names always have a JSON form
	return gorm.Expr("site IN (SELECT value FROM json_each(?))", string(text))
}

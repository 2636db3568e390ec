package store

import (
	"context"
	"strings"
)

// purgeStep is how many rows one step of a purge removes: few, so that nobody waits long for it.
const purgeStep = 500

// purge removes up to purgeStep rows that are past their time, passing over those that somebody holds, and tells how many. key names the
// columns of the primary key.
func (db *DB) purge(ctx context.Context, model any, past string, before any, key ...string) (removed int64, err error) {
	err = db.Transact(ctx, func(ctx context.Context) error {
		all := db.acrossSites(ctx, "what is past its time ends in every site")
		some := all.Model(model).Select(key).Where(past, before).Limit(purgeStep).Clauses(free())
		gone := all.Where("("+strings.Join(key, ", ")+") IN (?)", some).Delete(model)
		removed = gone.RowsAffected
		return gone.Error
	})
	return removed, err
}

package store

import (
	"context"
	"slices"
	"strings"
)

// runsOf is the oldest jobs of some keys that may be done one after the other now. What holds up a key is asked for as a
// value, key by key; see walk.
const runsOf lookup = jobColumns + `
	FROM unnest(?::text[]) AS asked (order_key) CROSS JOIN LATERAL (SELECT
		(SELECT l.id FROM jobs l WHERE l.queue = ? AND l.order_key = asked.order_key AND l.lease IS NOT NULL LIMIT 1) AS leased,
		(SELECT d.id FROM jobs d WHERE d.queue = ? AND d.order_key = asked.order_key AND d.order_key <> '' AND d.waits_until IS NOT NULL ORDER BY d.id NULLS FIRST LIMIT 1) AS waiting
		OFFSET 0) AS held
	CROSS JOIN LATERAL (SELECT * FROM jobs j WHERE j.queue = ? AND j.order_key = asked.order_key AND j.parked_at IS NULL AND j.waits_until IS NULL AND j.lease IS NULL
		AND held.leased IS NULL AND (held.waiting IS NULL OR j.id < held.waiting) ORDER BY j.id NULLS FIRST LIMIT ?) AS t`

// runs reads for each key the oldest jobs that may be done one after the other now; the caller has locked the keys.
func (s *Jobs) runs(ctx context.Context, of string, keys []string, each int) (runs [][]jobRow, err error) {
	if !s.db.dialect.arrays {
		return s.runsByKey(ctx, of, keys, each)
	}
	if len(keys) == 0 {
		return nil, nil
	}
	var rows []jobRow
	err = runsOf.each(s.all(ctx), []any{array(keys), of, of, of, each}, func(row scanner) error {
		var r jobRow
		err := row.Scan(r.places()...)
		rows = append(rows, r)
		return err
	})
	return firstRuns(keys, rows, each), err
}

// firstRuns gives the first run of each key. The rows may come in any order: the statement has one within each key only to find the oldest.
func firstRuns(keys []string, rows []jobRow, each int) (runs [][]jobRow) {
	byKey := make(map[string][]jobRow, len(keys))
	for _, r := range rows {
		byKey[r.OrderKey] = append(byKey[r.OrderKey], r)
	}
	for _, key := range keys {
		slices.SortFunc(byKey[key], func(x, y jobRow) int { return strings.Compare(x.ID, y.ID) })
		first := portions(byKey[key], each)
		runs = append(runs, first[:min(1, len(first))]...)
	}
	return runs
}

// runsByKey is runs, key by key.
func (s *Jobs) runsByKey(ctx context.Context, of string, keys []string, each int) (runs [][]jobRow, err error) {
	for _, key := range keys {
		var rows []jobRow
		err := s.all(ctx).Where("queue = ? AND order_key = ? AND "+ready, of, key).
			Where("NOT EXISTS (SELECT 1 FROM jobs l WHERE l.queue = ? AND l.order_key = ? AND l.lease IS NOT NULL)", of, key).
			Where("NOT EXISTS (SELECT 1 FROM jobs d WHERE d.queue = ? AND d.order_key = ? AND d.order_key <> '' AND d.waits_until IS NOT NULL AND d.id < jobs.id)", of, key).
			Order(oldest).Limit(each).Find(&rows).Error
		if err != nil {
			return nil, err
		}
		first := portions(rows, each)
		runs = append(runs, first[:min(1, len(first))]...)
	}
	return runs, nil
}

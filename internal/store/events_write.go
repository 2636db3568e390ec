package store

import (
	"context"
	"time"

	"github.com/ivendnext/whatsapp-accounts/internal/site"
)

// insertEvents inserts lines of a feed.
const insertEvents lookup = `INSERT INTO events (site, position, id, type, account_id, key, read_receipt_id, created_at, data)
	SELECT * FROM unnest(?::text[], ?::bigint[], ?::uuid[], ?::text[], ?::uuid[], ?::bytea[], ?::uuid[], ?::timestamptz[], ?::bytea[])
		AS fresh (site, position, id, type, account_id, key, read_receipt_id, created_at, data)
	WHERE true`

// insert writes lines of a site's feed: several on PostgreSQL by a statement that has the same text however many there are.
func (s *Events) insert(ctx context.Context, in site.Site, rows []eventRow) error {
	if !s.db.dialect.arrays || len(rows) == 1 {
		return s.db.in(ctx, in).CreateInBatches(&rows, insertBatch).Error
	}
	var (
		sites, ids, types  []string
		positions          []int64
		accounts, receipts []*string
		keys, texts        [][]byte
		times              []time.Time
	)
	for i := range rows {
		r := &rows[i]
		sites, positions, ids, types = append(sites, r.Site), append(positions, r.Position), append(ids, r.ID), append(types, r.Type)
		accounts, keys, receipts = append(accounts, r.AccountID), append(keys, r.Key), append(receipts, r.ReadReceiptID)
		times, texts = append(times, r.CreatedAt), append(texts, r.Data)
	}
	return insertEvents.each(s.db.lookUp(ctx, in, "fresh"), []any{
		array(sites), array(positions), uuids(ids), array(types), optionalUUIDs(accounts), array(keys), optionalUUIDs(receipts), array(times), array(texts),
	}, func(scanner) error { return nil })
}

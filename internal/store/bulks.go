package store

import (
	"context"
	"database/sql"
	"errors"
	"time"

	"gorm.io/gorm"
	"gorm.io/gorm/clause"

	"github.com/ivendnext/whatsapp-accounts/internal/bulk"
	"github.com/ivendnext/whatsapp-accounts/internal/queue"
	"github.com/ivendnext/whatsapp-accounts/internal/site"
)

// Bulks keeps bulk messages and their recipients: bulk.Store.
type Bulks struct{ db *DB }

// Bulks gives the part of the database that bulk messages are kept in.
func (db *DB) Bulks() *Bulks { return &Bulks{db: db} }

// loading is a bulk that is being loaded.
const loading = "id = ? AND status = 'loading'"

// Begin implements bulk.Store.
func (s *Bulks) Begin(ctx context.Context, b bulk.Bulk) error {
	r := bulkRowOf(b)
	return s.db.Transact(ctx, func(ctx context.Context) error { return s.db.in(ctx, b.Site).Create(&r).Error })
}

// Load implements bulk.Store.
func (s *Bulks) Load(ctx context.Context, in site.Site, id string, some []bulk.Recipient) error {
	if in.IsZero() {
		return errNoSite // also of no recipients
	}
	rows := make([]recipientRow, len(some))
	for i, r := range some {
		rows[i] = recipientRow{BulkID: id, N: r.N, Site: in.String(), Recipient: r.To, Name: r.Name, Reference: r.Reference, Composed: r.Composed}
	}
	err := s.db.Transact(ctx, func(ctx context.Context) error { return s.db.in(ctx, in).CreateInBatches(&rows, enqueueBatch).Error })
	if errors.Is(err, gorm.ErrForeignKeyViolated) {
		return bulk.ErrNotFound.Because(err)
	}
	return err
}

// Start implements bulk.Store.
func (s *Bulks) Start(ctx context.Context, b bulk.Bulk) error {
	return s.db.Transact(ctx, func(ctx context.Context) error {
		r := bulkRowOf(b)
		started := s.db.in(ctx, b.Site).Model(&bulkRow{}).Where(loading, b.ID).Select("status", "total", "updated_at").Updates(&r)
		if started.Error != nil {
			return started.Error
		}
		if started.RowsAffected == 0 {
			return bulk.ErrNotFound
		}
		return s.Enqueue(ctx, b.Site, b.ID, b.SendAfter)
	})
}

// Drop implements bulk.Store.
func (s *Bulks) Drop(ctx context.Context, in site.Site, id string) error {
	return s.db.Transact(ctx, func(ctx context.Context) error {
		return s.db.in(ctx, in).Where(loading, id).Delete(&bulkRow{}).Error
	})
}

// seen is the bulks of a site that anybody may see.
func (s *Bulks) seen(ctx context.Context, in site.Site) *gorm.DB {
	return s.db.in(ctx, in).Model(&bulkRow{}).Where("bulk_messages.status <> 'loading'")
}

// Read implements bulk.Store.
func (s *Bulks) Read(ctx context.Context, in site.Site, id string) (bulk.Bulk, error) {
	return s.take(ctx, in, id, s.seen(ctx, in))
}

func (s *Bulks) take(ctx context.Context, in site.Site, id string, query *gorm.DB) (bulk.Bulk, error) {
	var r bulkRow
	if !isUUID(id) {
		return bulk.Bulk{}, bulk.ErrNotFound
	}
	err := query.Where("id = ?", id).Take(&r).Error
	if errors.Is(err, gorm.ErrRecordNotFound) {
		return bulk.Bulk{}, bulk.ErrNotFound
	}
	return r.bulk(in), s.db.classify(ctx, err)
}

// Get implements bulk.Store.
func (s *Bulks) Get(ctx context.Context, in site.Site, id string) (bulk.Progress, error) {
	var r countedRow
	if !isUUID(id) {
		return bulk.Progress{}, bulk.ErrNotFound
	}
	err := s.seen(ctx, in).Select(countedColumns()).Joins(joinMessages).Where("bulk_messages.id = ?", id).Group("bulk_messages.id").Take(&r).Error
	if errors.Is(err, gorm.ErrRecordNotFound) {
		return bulk.Progress{}, bulk.ErrNotFound
	}
	return r.progress(in), s.db.classify(ctx, err)
}

// List implements bulk.Store.
func (s *Bulks) List(ctx context.Context, in site.Site, q bulk.Query) (bulk.Page, error) {
	if q.After != "" && !isUUID(q.After) {
		return bulk.Page{}, nil
	}
	q.Limit = max(q.Limit, 1)
	query := s.seen(ctx, in)
	if q.Status != "" {
		query = query.Where("status = ?", string(q.Status))
	}
	if q.After != "" {
		query = query.Where("id < ?", q.After)
	}
	var rows []bulkRow
	if err := query.Order("id DESC").Limit(q.Limit + 1).Find(&rows).Error; err != nil {
		return bulk.Page{}, s.db.classify(ctx, err)
	}
	var page bulk.Page
	if len(rows) > q.Limit {
		rows, page.Next = rows[:q.Limit], rows[q.Limit-1].ID
	}
	for _, r := range rows {
		page.Bulks = append(page.Bulks, r.bulk(in))
	}
	return page, nil
}

// Update implements bulk.Store.
func (s *Bulks) Update(ctx context.Context, in site.Site, id string, decide func(context.Context, bulk.Bulk) (bulk.Bulk, bool, error)) (after bulk.Bulk, err error) {
	err = s.db.Transact(ctx, func(ctx context.Context) error {
		before, err := s.take(ctx, in, id, s.seen(ctx, in).Clauses(clause.Locking{Strength: clause.LockingStrengthUpdate}))
		if err != nil {
			return err
		}
		var look bool
		if after, look, err = decide(ctx, before); err != nil {
			return err
		}
		if after != before {
			r := bulkRowOf(after)
			err := s.db.in(ctx, in).Model(&bulkRow{}).Where("id = ?", id).Select("status", "retry_before", "retry_from", "updated_at").Updates(&r).Error
			if err != nil {
				return err
			}
		}
		if !look {
			return nil
		}
		return s.Enqueue(ctx, in, id, time.Time{})
	})
	return after, err
}

// Enqueue implements bulk.Store.
func (s *Bulks) Enqueue(ctx context.Context, in site.Site, id string, at time.Time) error {
	return s.db.Jobs().Enqueue(ctx, queue.New{Queue: bulk.Queue, OrderKey: id, Site: in, Subject: id, RunAt: at})
}

// ended are the bulks of which nothing has moved since a time, and nothing will.
const ended = "status <> 'loading' AND updated_at < @before AND (status = 'cancelled' OR NOT EXISTS (SELECT 1 FROM bulk_recipients r WHERE r.bulk_id = bulk_messages.id)) " +
	"AND NOT EXISTS (SELECT 1 FROM messages m WHERE m.site = bulk_messages.site AND m.bulk_id IS NOT NULL AND m.bulk_id = bulk_messages.id " +
	"AND (m.rested_at IS NULL OR m.rested_at >= @before))"

// Purge removes the bulks of which nothing has moved since before, and nothing will, a bounded number at a time, and tells how many. Their messages can be
// removed when they are gone: while a bulk is there, its counts are exact.
func (s *Bulks) Purge(ctx context.Context, before time.Time) (int64, error) {
	return s.db.purge(ctx, &bulkRow{}, ended, sql.Named("before", before), "id")
}

// PurgeLoading removes the bulks that have been loading since before: their process ended.
func (s *Bulks) PurgeLoading(ctx context.Context, before time.Time) (int64, error) {
	return s.db.purge(ctx, &bulkRow{}, "status = 'loading' AND updated_at < ?", before, "id")
}

package store

import (
	"context"

	"gorm.io/gorm"

	"github.com/ivendnext/whatsapp-accounts/internal/queue"
	"github.com/ivendnext/whatsapp-accounts/internal/site"
)

// parked is the parked jobs of a site. The predicate is literal, for the index.
func (s *Jobs) parked(ctx context.Context, in site.Site) *gorm.DB {
	return s.db.in(ctx, in).Model(&jobRow{}).Where("parked_at IS NOT NULL")
}

// Parked implements queue.Store.
func (s *Jobs) Parked(ctx context.Context, in site.Site, of, after string, limit int) (page queue.Parked, err error) {
	query := s.parked(ctx, in).Where("queue = ?", of).Order(oldest).Limit(limit + 1)
	if after != "" {
		if !isUUID(after) {
			return queue.Parked{}, nil
		}
		query = query.Where("id > ?", after)
	}
	var rows []jobRow
	if err := query.Find(&rows).Error; err != nil {
		return queue.Parked{}, s.db.classify(ctx, err)
	}
	if len(rows) > limit {
		rows = rows[:limit]
		page.Next = rows[limit-1].ID
	}
	page.Jobs, err = jobsOf(rows)
	return page, err
}

// replayed is a job that begins anew. Its last error stays, to be compared with the next.
func replayed(parked *gorm.DB) *gorm.DB {
	return parked.Updates(map[string]any{"parked_at": nil, "attempt": 0})
}

// Replay implements queue.Store.
func (s *Jobs) Replay(ctx context.Context, in site.Site, ids []string) (n int, err error) {
	var known []string
	for _, id := range ids {
		if isUUID(id) {
			known = append(known, id)
		}
	}
	err = s.db.Transact(ctx, func(ctx context.Context) error {
		done := replayed(s.parked(ctx, in).Where("id IN ?", known))
		n = int(done.RowsAffected)
		return done.Error
	})
	return n, err
}

// replayBatch is how many jobs one step replays: small, so that a writer never waits long.
const replayBatch = 500

// ReplayAll implements queue.Store.
func (s *Jobs) ReplayAll(ctx context.Context, in site.Site, of string) (n int, err error) {
	for {
		var ids []string
		if err := s.parked(ctx, in).Where("queue = ?", of).Order(oldest).Limit(replayBatch).Pluck("id", &ids).Error; err != nil || len(ids) == 0 {
			return n, s.db.classify(ctx, err)
		}
		step, err := s.Replay(ctx, in, ids)
		n += step
		if err != nil {
			return n, err
		}
	}
}

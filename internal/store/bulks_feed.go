package store

import (
	"context"

	"gorm.io/gorm"
	"gorm.io/gorm/clause"

	"github.com/ivendnext/whatsapp-accounts/internal/bulk"
	"github.com/ivendnext/whatsapp-accounts/internal/event"
	"github.com/ivendnext/whatsapp-accounts/internal/message"
	"github.com/ivendnext/whatsapp-accounts/internal/queue"
	"github.com/ivendnext/whatsapp-accounts/internal/site"
)

// of is the messages of a bulk. The index has the same words.
func (s *Bulks) of(ctx context.Context, in site.Site, id string) *gorm.DB {
	return s.db.in(ctx, in).Model(&messageRow{}).Where("bulk_id IS NOT NULL AND bulk_id = ?", id)
}

// Fresh implements bulk.Store.
func (s *Bulks) Fresh(ctx context.Context, in site.Site, id string, r bulk.Retry, most int) (int, error) {
	var rows []messageRow
	youngest := s.of(ctx, in, id).Where("filed_as = ?", string(message.Queued)).Order(newest).Limit(2 * most)
	if r.From != "" {
		youngest = youngest.Where("id <= ?", r.From) // what was revived, the last of it first
	}
	if err := youngest.Select("status", "attempts").Find(&rows).Error; err != nil {
		return 0, err
	}
	n := 0
	for _, row := range rows {
		if row.Status == string(message.Queued) && row.Attempts == 0 {
			n++
		}
	}
	return min(n, most), nil
}

// Take implements bulk.Store.
func (s *Bulks) Take(ctx context.Context, in site.Site, id string, n int) ([]bulk.Recipient, error) {
	var rows []recipientRow
	if err := s.db.in(ctx, in).Where("bulk_id = ?", id).Order("n").Limit(n).Find(&rows).Error; err != nil || len(rows) == 0 {
		return nil, err
	}
	taken := make([]bulk.Recipient, len(rows))
	for i, r := range rows {
		taken[i] = r.recipient()
	}
	return taken, s.db.in(ctx, in).Where("bulk_id = ? AND n <= ?", id, rows[len(rows)-1].N).Delete(&recipientRow{}).Error
}

// failed is the messages that a retry is about.
func (s *Bulks) failed(ctx context.Context, in site.Site, id string, r bulk.Retry) *gorm.DB {
	query := inStatus(s.of(ctx, in, id), message.Failed).Where("updated_at <= ?", r.Before)
	if r.From != "" {
		query = query.Where("id > ?", r.From)
	}
	return query
}

// Failed implements bulk.Store.
func (s *Bulks) Failed(ctx context.Context, in site.Site, id string, r bulk.Retry) (int, error) {
	var n int64
	err := s.failed(ctx, in, id, r).Count(&n).Error
	return int(n), err
}

// Revive implements bulk.Store.
func (s *Bulks) Revive(ctx context.Context, in site.Site, id string, r bulk.Retry, n int, revive func(message.Message) message.Message) (bulk.Retry, error) {
	before, err := s.some(in, s.failed(ctx, in, id, r).Order(oldest).Limit(n).Clauses(clause.Locking{Strength: clause.LockingStrengthUpdate}))
	if err != nil {
		return r, err
	}
	after, jobs := make([]message.Message, len(before)), make([]queue.New, 0, len(before))
	for i, m := range before {
		if after[i] = revive(m); after[i].Status == message.Queued {
			jobs = append(jobs, jobOf(after[i]))
		}
	}
	if err := s.rewrite(ctx, in, after); err != nil {
		return r, err
	}
	if len(before) < n {
		return bulk.Retry{}, s.db.Jobs().Enqueue(ctx, jobs...)
	}
	r.From = before[len(before)-1].ID
	return r, s.db.Jobs().Enqueue(ctx, jobs...)
}

// Recall implements bulk.Store.
func (s *Bulks) Recall(ctx context.Context, in site.Site, id string, n int, recall func(message.Message) (message.Message, error)) (recalled int, err error) {
	if !isUUID(id) {
		return 0, bulk.ErrNotFound
	}
	err = s.db.Transact(ctx, func(ctx context.Context) error {
		messages, err := s.some(in, inStatus(s.of(ctx, in, id), message.Queued).Order(oldest).Limit(n).Clauses(free()))
		if err != nil {
			return err
		}
		for i, m := range messages {
			if messages[i], err = recall(m); err != nil {
				return err
			}
		}
		recalled = len(messages)
		return s.rewrite(ctx, in, messages)
	})
	return recalled, err
}

// some reads messages.
func (s *Bulks) some(in site.Site, query *gorm.DB) ([]message.Message, error) {
	var rows []messageRow
	if err := query.Find(&rows).Error; err != nil {
		return nil, err
	}
	messages := make([]message.Message, len(rows))
	for i, r := range rows {
		var err error
		if messages[i], err = r.message(in); err != nil {
			return nil, err
		}
	}
	return messages, nil
}

// rewrite writes messages over their rows, and tells their steps.
func (s *Bulks) rewrite(ctx context.Context, in site.Site, messages []message.Message) error {
	var news []event.New
	for i := range messages {
		told, err := untold(&messages[i])
		if err != nil {
			return err
		}
		news = append(news, told...)
		r := messageRowOf(messages[i])
		changed := s.db.in(ctx, in).Model(&messageRow{}).Where("id = ?", r.ID).
			Select("status", "provider_id", "attempts", "problem", "timeline", "send_after", "discard_after", "paced_until", "updated_at").Updates(&r)
		if changed.Error != nil {
			return changed.Error
		}
	}
	_, err := s.db.Events().Append(ctx, in, news...)
	return err
}

package store

import (
	"context"
	"errors"
	"time"

	"gorm.io/gorm"
	"gorm.io/gorm/clause"

	"github.com/ivendnext/whatsapp-accounts/internal/account"
	"github.com/ivendnext/whatsapp-accounts/internal/message"
	"github.com/ivendnext/whatsapp-accounts/internal/site"
)

// messagePairRow tells when a recipient has rest from an account, in microseconds since 1970, as messagePaceRow does.
type messagePairRow struct {
	AccountID     string `gorm:"primaryKey"`
	RecipientKind string `gorm:"primaryKey"`
	Recipient     string `gorm:"primaryKey"`
	Site          string
	RestAt        int64
}

func (messagePairRow) TableName() string { return "message_pairs" }

// CountPair implements message.Store. What is full is left as it is, and read.
func (s *Messages) CountPair(ctx context.Context, in site.Site, p message.Pair, count, room time.Duration) (rest time.Time, counted bool, err error) {
	now := s.db.now().UnixMicro()
	row := messagePairRow{p.AccountID, string(p.To.Kind), p.To.Value, in.String(), now + count.Microseconds()}
	err = s.db.Transact(ctx, func(ctx context.Context) error {
		put := s.db.in(ctx, in).Clauses(
			clause.OnConflict{
				Columns:   []clause.Column{{Name: "account_id"}, {Name: "recipient_kind"}, {Name: "recipient"}},
				DoUpdates: clause.Assignments(map[string]any{"rest_at": gorm.Expr("CASE WHEN message_pairs.rest_at > ? THEN message_pairs.rest_at ELSE ? END + ?", now, now, count.Microseconds())}),
				Where:     clause.Where{Exprs: []clause.Expression{gorm.Expr("message_pairs.site = excluded.site AND message_pairs.rest_at <= ?", now+room.Microseconds())}},
			},
			clause.Returning{Columns: []clause.Column{{Name: "rest_at"}}},
		).Create(&row)
		if counted = put.RowsAffected > 0; counted || put.Error != nil {
			return put.Error
		}
		return s.db.in(ctx, in).Take(&row).Error
	})
	if errors.Is(err, gorm.ErrRecordNotFound) {
		err = account.ErrNotFound.Because(err) // the row is another site's
	}
	return time.UnixMicro(row.RestAt).UTC(), counted, gone(err)
}

// PurgePairs forgets the recipients that have rest at a time.
func (s *Messages) PurgePairs(ctx context.Context, at time.Time) (int64, error) {
	return s.db.purge(ctx, &messagePairRow{}, "rest_at < ?", at.UnixMicro(), "account_id", "recipient_kind", "recipient")
}

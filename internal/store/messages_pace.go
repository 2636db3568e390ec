package store

import (
	"context"
	"time"

	"gorm.io/gorm"
	"gorm.io/gorm/clause"

	"github.com/ivendnext/whatsapp-accounts/internal/site"
)

// messagePaceRow is the next free place in the pace of an account, in microseconds since 1970: a number, because both databases compare and add numbers alike.
type messagePaceRow struct {
	AccountID string `gorm:"primaryKey"`
	Site      string
	NextAt    int64
}

func (messagePaceRow) TableName() string { return "message_pace" }

// Reserve implements message.Store, in one statement.
func (s *Messages) Reserve(ctx context.Context, in site.Site, accountID string, n int, apart time.Duration) (time.Time, error) {
	now, taken := s.db.now().UnixMicro(), (time.Duration(n) * apart).Microseconds()
	next, err := s.pace(ctx, in, accountID, now+taken, gorm.Expr("CASE WHEN message_pace.next_at > ? THEN message_pace.next_at + ? ELSE excluded.next_at END", now, taken))
	return time.UnixMicro(next - taken).UTC(), err
}

// Hold implements message.Store.
func (s *Messages) Hold(ctx context.Context, in site.Site, accountID string, until time.Time) error {
	_, err := s.pace(ctx, in, accountID, until.UnixMicro(), gorm.Expr("CASE WHEN message_pace.next_at > excluded.next_at THEN message_pace.next_at ELSE excluded.next_at END"))
	return err
}

// pace writes the next free place, by move where there is one, and gives it.
func (s *Messages) pace(ctx context.Context, in site.Site, accountID string, next int64, move any) (int64, error) {
	r := messagePaceRow{AccountID: accountID, Site: in.String(), NextAt: next}
	err := s.db.Transact(ctx, func(ctx context.Context) error {
		return s.db.in(ctx, in).Clauses(
			clause.OnConflict{Columns: []clause.Column{{Name: "account_id"}}, DoUpdates: clause.Assignments(map[string]any{"next_at": move})},
			clause.Returning{Columns: []clause.Column{{Name: "next_at"}}},
		).Create(&r).Error
	})
	return r.NextAt, gone(err)
}

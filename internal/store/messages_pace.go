package store

import (
	"context"
	"slices"
	"strings"
	"time"

	"gorm.io/gorm"
	"gorm.io/gorm/clause"

	"github.com/ivendnext/whatsapp-accounts/internal/message"
	"github.com/ivendnext/whatsapp-accounts/internal/site"
)

// messagePaceRow is the next free place in the pace of an account, in microseconds since 1970: a number, because both databases compare and add numbers alike.
type messagePaceRow struct {
	AccountID string `gorm:"primaryKey"`
	Site      string
	NextAt    int64
}

func (messagePaceRow) TableName() string { return "message_pace" }

// The next free places: what moves them where there are some is what tells them apart. Accounts are written in the order of their ids, as every replica does: each
// holds several.
const (
	further = "CASE WHEN message_pace.next_at > ? THEN message_pace.next_at + excluded.next_at - ? ELSE excluded.next_at END"
	atLeast = "CASE WHEN message_pace.next_at > excluded.next_at THEN message_pace.next_at ELSE excluded.next_at END"

	paceAccounts lookup = `WITH taken AS (INSERT INTO message_pace (account_id, site, next_at) SELECT * FROM unnest(?::uuid[], ?::text[], ?::bigint[])
		ON CONFLICT (account_id) DO UPDATE SET next_at = ` + further + ` RETURNING account_id, site, next_at)
		SELECT t.account_id, t.next_at FROM taken t WHERE true`
)

// Reserve implements message.Store, in one statement.
func (s *Messages) Reserve(ctx context.Context, in site.Site, places ...message.Places) (map[string]time.Time, error) {
	now := s.db.now().UnixMicro()
	rows, taken := make([]messagePaceRow, len(places)), make(map[string]int64, len(places))
	for i, p := range places {
		taken[p.AccountID] = (time.Duration(p.N) * p.Apart).Microseconds()
		rows[i] = messagePaceRow{AccountID: p.AccountID, Site: in.String(), NextAt: now + taken[p.AccountID]}
	}
	slices.SortFunc(rows, func(x, y messagePaceRow) int { return strings.Compare(x.AccountID, y.AccountID) })
	var err error
	if s.db.dialect.arrays && len(rows) > 1 {
		err = s.paceAtOnce(ctx, in, rows, now)
	} else {
		err = s.pace(ctx, in, rows, gorm.Expr(further, now, now))
	}
	first := make(map[string]time.Time, len(rows))
	for _, r := range rows {
		first[r.AccountID] = time.UnixMicro(r.NextAt - taken[r.AccountID]).UTC()
	}
	return first, err
}

// Hold implements message.Store.
func (s *Messages) Hold(ctx context.Context, in site.Site, accountID string, until time.Time) error {
	rows := []messagePaceRow{{AccountID: accountID, Site: in.String(), NextAt: until.UnixMicro()}}
	return s.pace(ctx, in, rows, gorm.Expr(atLeast))
}

// pace writes the next free places, by move where there is one, and puts what they are then into the rows.
func (s *Messages) pace(ctx context.Context, in site.Site, rows []messagePaceRow, move any) error {
	return gone(s.db.Transact(ctx, func(ctx context.Context) error {
		return s.db.in(ctx, in).Clauses(
			clause.OnConflict{Columns: []clause.Column{{Name: "account_id"}}, DoUpdates: clause.Assignments(map[string]any{"next_at": move})},
			clause.Returning{Columns: []clause.Column{{Name: "account_id"}, {Name: "next_at"}}},
		).Create(&rows).Error
	}))
}

// paceAtOnce is pace for several accounts, by a statement that has the same text however many there are, and that is its transaction too.
func (s *Messages) paceAtOnce(ctx context.Context, in site.Site, rows []messagePaceRow, now int64) error {
	var (
		ids, sites []string
		next       []int64
	)
	for _, r := range rows {
		ids, sites, next = append(ids, r.AccountID), append(sites, r.Site), append(next, r.NextAt)
	}
	then := make(map[string]int64, len(rows))
	err := paceAccounts.each(s.db.lookUp(ctx, in, "t"), []any{uuids(ids), array(sites), array(next), now, now}, func(row scanner) error {
		var r messagePaceRow
		err := row.Scan(&r.AccountID, &r.NextAt)
		then[r.AccountID] = r.NextAt
		return err
	})
	for i := range rows {
		rows[i].NextAt = then[rows[i].AccountID]
	}
	return gone(s.db.classify(ctx, err))
}

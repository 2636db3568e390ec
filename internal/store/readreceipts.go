package store

import (
	"context"
	"errors"
	"time"

	"gorm.io/gorm"
	"gorm.io/gorm/clause"

	"github.com/ivendnext/whatsapp-accounts/internal/event"
	"github.com/ivendnext/whatsapp-accounts/internal/queue"
	"github.com/ivendnext/whatsapp-accounts/internal/readreceipt"
	"github.com/ivendnext/whatsapp-accounts/internal/site"
	"github.com/ivendnext/whatsapp-accounts/internal/webhook"
)

// readReceiptRow is an automatic read receipt.
type readReceiptRow struct {
	ID        string `gorm:"primaryKey"`
	Site      string
	AccountID string
	MessageID string
	Ref       []byte
	State     string
	Detail    string
	At        time.Time
}

func (readReceiptRow) TableName() string { return "read_receipts" }

// paceRow says when the next read receipt of a number may go.
type paceRow struct {
	AccountID string `gorm:"primaryKey"`
	Site      string
	NextAt    time.Time
}

func (paceRow) TableName() string { return "read_receipt_pace" }

// Promise implements webhook.Books. Each receipt is given its time, one behind the other, so that all processes together keep the number's pace.
func (b *Books) Promise(ctx context.Context, p webhook.Party, receipts []webhook.ReadReceipt) error {
	first, err := b.reserve(ctx, p, len(receipts))
	if err != nil {
		return err
	}
	rows, jobs := make([]readReceiptRow, len(receipts)), make([]queue.New, len(receipts))
	for i, r := range receipts {
		at := first.Add(time.Duration(i) * readreceipt.Apart)
		rows[i] = readReceiptRow{
			ID: r.ID, Site: p.Site.String(), AccountID: p.AccountID, MessageID: r.MessageID, Ref: r.Ref, State: string(event.ReceiptQueued), At: b.db.now(),
		}
		jobs[i] = queue.New{Queue: readreceipt.Queue, Site: p.Site, Subject: r.ID, RunAt: at}
	}
	if err := b.db.in(ctx, p.Site).Clauses(clause.OnConflict{DoNothing: true}).CreateInBatches(&rows, 200).Error; err != nil {
		return err
	}
	return b.db.Jobs().Enqueue(ctx, jobs...)
}

// reserve takes the next n places in the pace of a number and gives the time of the first.
func (b *Books) reserve(ctx context.Context, p webhook.Party, n int) (time.Time, error) {
	now := b.db.now()
	r := paceRow{AccountID: p.AccountID, Site: p.Site.String(), NextAt: now}
	if err := b.db.in(ctx, p.Site).Clauses(clause.OnConflict{DoNothing: true}).Create(&r).Error; err != nil {
		return now, gone(err)
	}
	mine := b.db.in(ctx, p.Site).Where("account_id = ?", p.AccountID)
	if err := mine.Clauses(clause.Locking{Strength: clause.LockingStrengthUpdate}).Take(&r).Error; err != nil {
		return now, err
	}
	first := now
	if r.NextAt.After(now) {
		first = r.NextAt.UTC()
	}
	next := first.Add(time.Duration(n) * readreceipt.Apart)
	return first, b.db.in(ctx, p.Site).Model(&paceRow{}).Where("account_id = ?", p.AccountID).Update("next_at", next).Error
}

// ReadReceipts keeps read receipts: readreceipt.Store.
type ReadReceipts struct{ db *DB }

// ReadReceipts gives the part of the database that read receipts are kept in.
func (db *DB) ReadReceipts() *ReadReceipts { return &ReadReceipts{db: db} }

// Due implements readreceipt.Store.
func (s *ReadReceipts) Due(ctx context.Context, in site.Site, id string) (readreceipt.Receipt, error) {
	var r readReceiptRow
	err := s.db.in(ctx, in).Where("id = ?", id).Take(&r).Error
	if errors.Is(err, gorm.ErrRecordNotFound) {
		return readreceipt.Receipt{}, readreceipt.ErrGone
	}
	return readreceipt.Receipt{ID: r.ID, AccountID: r.AccountID, MessageID: r.MessageID, Ref: r.Ref, State: event.ReceiptState(r.State)}, s.db.classify(ctx, err)
}

// Settle implements readreceipt.Store.
func (s *ReadReceipts) Settle(ctx context.Context, in site.Site, id string, state event.ReceiptState, detail string) error {
	return s.db.in(ctx, in).Model(&readReceiptRow{}).Where("id = ?", id).
		Updates(map[string]any{"state": string(state), "detail": detail, "at": s.db.now()}).Error
}

// Purge removes the receipts of before that are settled, a bounded number at a time, and tells how many.
func (s *ReadReceipts) Purge(ctx context.Context, before time.Time) (int64, error) {
	return s.db.purge(ctx, &readReceiptRow{}, "state <> 'queued' AND at < ?", before, "id")
}

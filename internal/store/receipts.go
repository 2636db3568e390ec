package store

import (
	"bytes"
	"context"
	"errors"
	"maps"
	"slices"
	"time"

	"gorm.io/gorm"
	"gorm.io/gorm/clause"

	"github.com/ivendnext/whatsapp-accounts/internal/provider"
	"github.com/ivendnext/whatsapp-accounts/internal/queue"
	"github.com/ivendnext/whatsapp-accounts/internal/site"
	"github.com/ivendnext/whatsapp-accounts/internal/webhook"
)

// Receipts keeps webhooks: webhook.Receipts.
type Receipts struct{ db *DB }

// Receipts gives the part of the database that webhooks are kept in.
func (db *DB) Receipts() *Receipts { return &Receipts{db: db} }

// receiptRow is a webhook that was acknowledged.
type receiptRow struct {
	ID          string `gorm:"primaryKey"`
	AccountType string
	Dedupe      []byte
	Confined    bool
	Proved      document[[]partyDocument]
	Signature   string
	Body        []byte
	ReceivedAt  time.Time
	Unhandled   int
}

func (receiptRow) TableName() string { return "webhook_receipts" }

// partyDocument is a party as the JSON column keeps it.
type partyDocument struct {
	AccountID string `json:"account_id"`
	Site      string `json:"site"`
}

func receiptRowOf(r webhook.Receipt) receiptRow {
	dedupe := r.Dedupe()
	row := receiptRow{
		ID: r.ID, AccountType: string(r.Type), Dedupe: dedupe[:], Confined: r.Confined, Signature: r.Signature, Body: r.Body,
		ReceivedAt: r.ReceivedAt, Unhandled: len(r.Proved),
	}
	for _, p := range r.Proved {
		row.Proved.V = append(row.Proved.V, partyDocument{AccountID: p.AccountID, Site: p.Site.String()})
	}
	return row
}

func (r receiptRow) receipt() (webhook.Receipt, error) {
	kept := webhook.Receipt{ID: r.ID, Type: provider.Type(r.AccountType), Confined: r.Confined, Signature: r.Signature, Body: r.Body, ReceivedAt: r.ReceivedAt.UTC()}
	for _, p := range r.Proved.V {
		of, err := site.Named(p.Site)
		if err != nil {
			return webhook.Receipt{}, err
		}
		kept.Proved = append(kept.Proved, webhook.Party{AccountID: p.AccountID, Site: of})
	}
	return kept, nil
}

// Keep implements webhook.Receipts. The rows are written in the order of their dedupe keys by everybody: two groups that share two webhooks
// would otherwise wait for each other.
func (s *Receipts) Keep(ctx context.Context, receipts []webhook.Receipt) (outdated []string, err error) {
	if _, within := transactionOf(ctx); within {
		return nil, errWithin
	}
	if s.db.dialect.name == "postgres" {
		return s.keepAtOnce(ctx, rowsOf(receipts), receipts)
	}
	err = s.db.Transact(ctx, func(ctx context.Context) (err error) {
		if outdated, err = s.outdated(ctx, receipts); err != nil {
			return err
		}
		return s.keepAll(ctx, slices.DeleteFunc(slices.Clone(receipts), func(r webhook.Receipt) bool { return slices.Contains(outdated, r.ID) }))
	})
	return outdated, err
}

// errWithin is a defect of ours: what a transaction has changed and may undo would be taken for the state of the accounts.
var errWithin = errors.New("store: webhooks are kept by a transaction of their own")

// rowsOf gives the rows in the order of their dedupe keys.
func rowsOf(receipts []webhook.Receipt) []receiptRow {
	rows := make([]receiptRow, len(receipts))
	for i, r := range receipts {
		rows[i] = receiptRowOf(r)
	}
	slices.SortFunc(rows, func(a, b receiptRow) int { return bytes.Compare(a.Dedupe, b.Dedupe) })
	return rows
}

// keepAll writes receipts and the jobs of those that are new, in the transaction of ctx.
func (s *Receipts) keepAll(ctx context.Context, receipts []webhook.Receipt) error {
	if len(receipts) == 0 {
		return nil
	}
	ids, parties := make([]string, len(receipts)), map[string][]webhook.Party{}
	for i, r := range receipts {
		ids[i], parties[r.ID] = r.ID, r.Proved
	}
	fresh, err := s.insert(ctx, rowsOf(receipts), ids)
	if err != nil {
		return err
	}
	var jobs []queue.New
	for _, id := range fresh {
		for _, p := range parties[id] {
			jobs = append(jobs, queue.New{Queue: webhook.Queue, OrderKey: p.AccountID, Site: p.Site, Subject: id})
		}
	}
	return s.db.Jobs().Enqueue(ctx, jobs...)
}

// insert gives the ids that were not there already. It only asks for them when some were.
func (s *Receipts) insert(ctx context.Context, rows []receiptRow, ids []string) (fresh []string, err error) {
	done := s.db.handle(ctx).Clauses(clause.OnConflict{DoNothing: true}).Create(&rows)
	if done.Error != nil || done.RowsAffected == int64(len(rows)) {
		return ids, done.Error
	}
	err = s.db.handle(ctx).Model(&receiptRow{}).Where("id IN ?", ids).Order("id").Pluck("id", &fresh).Error
	return fresh, err
}

// Receipt implements webhook.Receipts.
func (s *Receipts) Receipt(ctx context.Context, id string) (webhook.Receipt, error) {
	var r receiptRow
	err := s.db.handle(ctx).Where("id = ?", id).Take(&r).Error
	if errors.Is(err, gorm.ErrRecordNotFound) {
		return webhook.Receipt{}, webhook.ErrReceiptGone
	}
	if err != nil {
		return webhook.Receipt{}, s.db.classify(ctx, err)
	}
	return r.receipt()
}

// smallBody is the longest body, in bytes, that is read together with others: what is read before it is needed must not be much.
const smallBody = 64 << 10

// Small gives those of some receipts that have small bodies, by their ids. One that is broken is left out: who reads it alone is told why.
func (s *Receipts) Small(ctx context.Context, ids []string) (map[string]webhook.Receipt, error) {
	found := make(map[string]webhook.Receipt, len(ids))
	query := lookup("SELECT t.id, t.account_type, t.confined, t.proved, t.signature, t.body, t.received_at " + s.db.dialect.byIDs("webhook_receipts", unlocked) + " WHERE length(t.body) <= ?")
	err := query.each(s.db.handle(ctx), []any{s.db.dialect.list(ids), smallBody}, func(row scanner) error {
		var r receiptRow
		if err := row.Scan(&r.ID, &r.AccountType, &r.Confined, &r.Proved, &r.Signature, &r.Body, &r.ReceivedAt); err != nil {
			return err
		}
		if kept, err := r.receipt(); err == nil {
			found[r.ID] = kept
		}
		return nil
	})
	return found, s.db.classify(ctx, err)
}

// handledKey is where a transaction counts the receipts that are handled in it.
type handledKey struct{}

// Handled implements webhook.Receipts. A transaction that handles many writes them together, at its end.
func (s *Receipts) Handled(ctx context.Context, id string) error {
	return s.db.Transact(ctx, func(ctx context.Context) error {
		times, err := once(ctx, handledKey{}, func() (map[string]int, error) {
			times := map[string]int{}
			beforeCommit(ctx, func(ctx context.Context) error { return s.countDown(ctx, times) })
			return times, nil
		})
		times[id]++
		return err
	})
}

// countDown takes what was handled from what is to be handled.
func (s *Receipts) countDown(ctx context.Context, times map[string]int) error {
	ids := map[int][]string{}
	for _, id := range slices.Sorted(maps.Keys(times)) {
		ids[times[id]] = append(ids[times[id]], id)
	}
	for n, some := range ids {
		if err := s.db.handle(ctx).Model(&receiptRow{}).Where("id IN ?", some).Update("unhandled", gorm.Expr("unhandled - ?", n)).Error; err != nil {
			return err
		}
	}
	return nil
}

// Adopt implements webhook.Receipts.
func (s *Receipts) Adopt(ctx context.Context, id string, p webhook.Party) error {
	return s.db.Transact(ctx, func(ctx context.Context) error {
		if err := s.db.Jobs().Enqueue(ctx, queue.New{Queue: webhook.Queue, OrderKey: p.AccountID, Site: p.Site, Subject: id}); err != nil {
			return err
		}
		var r receiptRow
		err := s.db.handle(ctx).Clauses(clause.Locking{Strength: clause.LockingStrengthUpdate}).Select("id", "proved", "unhandled").Where("id = ?", id).Take(&r).Error
		if errors.Is(err, gorm.ErrRecordNotFound) {
			return webhook.ErrReceiptGone
		}
		if err != nil {
			return err
		}
		if party := (partyDocument{AccountID: p.AccountID, Site: p.Site.String()}); !slices.Contains(r.Proved.V, party) {
			r.Proved.V = append(r.Proved.V, party)
		}
		r.Unhandled++
		return s.db.handle(ctx).Model(&receiptRow{}).Where("id = ?", id).Updates(map[string]any{"proved": r.Proved, "unhandled": r.Unhandled}).Error
	})
}

// PurgeReceipts implements webhook.Receipts.
func (s *Receipts) PurgeReceipts(ctx context.Context, before time.Time) (int64, error) {
	return s.db.purge(ctx, &receiptRow{}, "unhandled = 0 AND received_at < ?", before, "id")
}

package store

import (
	"context"
	"encoding/json"
	"errors"
	"maps"
	"time"

	"gorm.io/gorm"
	"gorm.io/gorm/clause"

	"github.com/ivendnext/whatsapp-accounts/internal/account"
	"github.com/ivendnext/whatsapp-accounts/internal/event"
	"github.com/ivendnext/whatsapp-accounts/internal/provider"
	"github.com/ivendnext/whatsapp-accounts/internal/site"
	"github.com/ivendnext/whatsapp-accounts/internal/webhook"
)

// Books keeps the effects of webhooks: webhook.Books.
type Books struct{ db *DB }

// Books gives the part of the database that webhooks write to.
func (db *DB) Books() *Books { return &Books{db: db} }

// NewID implements webhook.Books.
func (b *Books) NewID() string { return b.db.newID() }

// heldKey is an account that the transaction holds.
type heldKey struct{ party webhook.Party }

// Hold implements webhook.Books: a change of the account waits for the end of the transaction, so what is written here was written before it.
// Whatever is handled together is so under one lock.
func (b *Books) Hold(ctx context.Context, p webhook.Party) (account.Account, error) {
	return once(ctx, heldKey{p}, func() (account.Account, error) {
		var r heldRow
		err := b.db.Accounts().held(ctx, p.Site).Where("accounts.id = ?", p.AccountID).
			Clauses(clause.Locking{Strength: clause.LockingStrengthShare, Table: clause.Table{Name: "accounts"}}).Take(&r).Error
		if errors.Is(err, gorm.ErrRecordNotFound) {
			return account.Account{}, account.ErrNotFound
		}
		return r.held(p.Site), err
	})
}

// Append implements webhook.Books.
func (b *Books) Append(ctx context.Context, p webhook.Party, events []event.New) ([]bool, error) {
	return b.db.Events().Append(ctx, p.Site, events...)
}

// messageStateRow says how far a message has come.
type messageStateRow struct {
	AccountID string `gorm:"primaryKey"`
	MessageID string `gorm:"primaryKey"`
	Site      string
	State     string
	Rank      int
	Errors    []byte
	UpdatedAt time.Time `gorm:"autoUpdateTime:false"`
}

func (messageStateRow) TableName() string { return "message_states" }

// Advance implements webhook.Books.
func (b *Books) Advance(ctx context.Context, p webhook.Party, changes []webhook.StateChange) ([]provider.MessageState, error) {
	states := make([]provider.MessageState, len(changes))
	for i, c := range changes {
		r := messageStateRow{
			AccountID: p.AccountID, MessageID: c.MessageID, Site: p.Site.String(), State: string(c.State), Rank: c.State.Rank(), Errors: c.Errors, UpdatedAt: b.db.now(),
		}
		// The row that loses is written over itself, so that the statement gives what stands either way.
		err := b.db.in(ctx, p.Site).Clauses(clause.OnConflict{
			Columns: []clause.Column{{Name: "account_id"}, {Name: "message_id"}},
			DoUpdates: clause.Assignments(map[string]any{
				"state":      higher("state"),
				"errors":     higher("errors"),
				"updated_at": higher("updated_at"),
				"rank":       higher("rank"),
			}),
		}, clause.Returning{Columns: []clause.Column{{Name: "state"}}}).Create(&r).Error
		if err != nil {
			return nil, err
		}
		states[i] = provider.MessageState(r.State)
	}
	return states, nil
}

// higher keeps the column of the state of the higher rank. Both databases evaluate every assignment on the row as it was.
func higher(column string) clause.Expr {
	return gorm.Expr("CASE WHEN excluded.rank > message_states.rank THEN excluded." + column + " ELSE message_states." + column + " END")
}

// healthRow is what is known of an account's health.
type healthRow struct {
	AccountID string `gorm:"primaryKey"`
	Site      string
	Facts     []byte
}

func (healthRow) TableName() string { return "account_health" }

// Learn implements webhook.Books. A fact that is older than the one that is known is dropped: order is not assumed.
func (b *Books) Learn(ctx context.Context, p webhook.Party, facts map[string]webhook.Fact) error {
	return b.db.Transact(ctx, func(ctx context.Context) error {
		r := healthRow{AccountID: p.AccountID, Site: p.Site.String(), Facts: []byte("{}")}
		if err := b.db.in(ctx, p.Site).Clauses(clause.OnConflict{DoNothing: true}).Create(&r).Error; err != nil {
			return gone(err)
		}
		mine := b.db.in(ctx, p.Site).Where("account_id = ?", p.AccountID)
		if err := mine.Clauses(clause.Locking{Strength: clause.LockingStrengthUpdate}).Take(&r).Error; err != nil {
			return err
		}
		text, err := b.learnt(r.Facts, facts)
		if err != nil {
			return err
		}
		return b.db.in(ctx, p.Site).Model(&healthRow{}).Where("account_id = ?", p.AccountID).Update("facts", text).Error
	})
}

// learnt adds facts to those that are known; one without a time is of now.
func (b *Books) learnt(text []byte, facts map[string]webhook.Fact) ([]byte, error) {
	known := map[string]webhook.Fact{}
	if err := json.Unmarshal(text, &known); err != nil {
		return nil, err
	}
	for name, f := range facts {
		if f.At.IsZero() {
			f.At = b.db.now()
		}
		if have, is := known[name]; !is || !f.At.Before(have.At) {
			known[name] = f
		}
	}
	return json.Marshal(known)
}

// gone tells what a broken reference to the account means.
func gone(err error) error {
	if errors.Is(err, gorm.ErrForeignKeyViolated) {
		return account.ErrNotFound.Because(err)
	}
	return err
}

// Health reads what is known of an account's health; nothing when nothing is.
func (b *Books) Health(ctx context.Context, in site.Site, accountID string) (map[string]webhook.Fact, error) {
	var rows []healthRow
	if err := b.db.in(ctx, in).Where("account_id = ?", accountID).Limit(1).Find(&rows).Error; err != nil {
		return nil, b.db.classify(ctx, err)
	}
	facts := map[string]webhook.Fact{}
	for _, r := range rows {
		if err := json.Unmarshal(r.Facts, &facts); err != nil {
			return nil, err
		}
	}
	return maps.Clone(facts), nil
}

// PurgeStates removes the states of messages that have not moved since before.
func (b *Books) PurgeStates(ctx context.Context, before time.Time) (int64, error) {
	return b.db.purge(ctx, &messageStateRow{}, "updated_at < ?", before, "account_id", "message_id")
}

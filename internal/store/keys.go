package store

import (
	"context"
	"fmt"
	"time"

	"gorm.io/gorm"
	"gorm.io/gorm/clause"

	"github.com/ivendnext/whatsapp-accounts/internal/secret"
)

// Keys is what the database knows of the keys that something in it is sealed under. It crosses sites: a key belongs to the installation.
type Keys struct{ db *DB }

// Keys gives the part of the database that key rotation works on.
func (db *DB) Keys() *Keys { return &Keys{db: db} }

const rotation = "a key seals for every site"

// sealingKeyRow records that a key is in use.
type sealingKeyRow struct {
	KeyID      int64 `gorm:"primaryKey;autoIncrement:false"`
	RecordedAt time.Time
}

func (sealingKeyRow) TableName() string { return "sealing_keys" }

// Recorded lists the keys that something may be sealed under, the oldest first.
func (k *Keys) Recorded(ctx context.Context) ([]secret.KeyID, error) {
	var ids []int64
	if err := k.db.handle(ctx).Model(&sealingKeyRow{}).Order("recorded_at").Pluck("key_id", &ids).Error; err != nil {
		return nil, k.db.classify(ctx, err)
	}
	known := make([]secret.KeyID, len(ids))
	for i, id := range ids {
		known[i] = secret.KeyID(id) //nolint:gosec // written from a KeyID
	}
	return known, nil
}

// Record notes that id is about to seal. It must come before the first value that is sealed under it.
func (k *Keys) Record(ctx context.Context, id secret.KeyID) error {
	return k.db.Transact(ctx, func(ctx context.Context) error {
		return k.db.handle(ctx).Clauses(clause.OnConflict{DoNothing: true}).
			Create(&sealingKeyRow{KeyID: int64(id), RecordedAt: k.db.now()}).Error
	})
}

// Usage counts what is sealed under a key.
type Usage struct {
	Secrets int64 // secrets of accounts and of subscriptions: Reseal moves them
	Answers int64 // kept answers of idempotent requests: they end by themselves, within a day
}

// Usage counts what is sealed under id.
func (k *Keys) Usage(ctx context.Context, id secret.KeyID) (Usage, error) {
	var u Usage
	for _, table := range sealedTables() {
		var n int64
		if err := k.sealedIn(ctx, table).Where("key_id = ?", int64(id)).Count(&n).Error; err != nil {
			return u, k.db.classify(ctx, err)
		}
		u.Secrets += n
	}
	err := k.db.handle(ctx).Model(&idempotencyRow{}).Where("key_id = ? OR answer_key_id = ?", int64(id), int64(id)).Count(&u.Answers).Error
	return u, k.db.classify(ctx, err)
}

// Forget removes the record of a key, after the last value under it is gone.
func (k *Keys) Forget(ctx context.Context, id secret.KeyID) error {
	return k.db.Transact(ctx, func(ctx context.Context) error {
		return k.db.handle(ctx).Where("key_id = ?", int64(id)).Delete(&sealingKeyRow{}).Error
	})
}

// resealBatch is how many secrets one step moves: small, so that a writer never waits long.
const resealBatch = 200

// resealPause is how long Reseal leaves a secret alone that somebody is writing.
const resealPause = 20 * time.Millisecond

// Reseal moves every secret to the primary key; after each step it reports how many it has moved and how many are left. It works beside writers and beside
// other resealers, and can be broken off and started again at any time.
func (k *Keys) Reseal(ctx context.Context, progress func(done, left int64)) error {
	total, err := k.countStale(ctx)
	if err != nil {
		return err
	}
	for done := int64(0); ; {
		begun := k.db.now()
		moved, err := k.resealSome(ctx)
		if err != nil {
			return err
		}
		if moved > 0 {
			done += moved
			progress(done, max(0, total-done))
			// Whoever asks again at once keeps SQLite's one lock from those who ask now and then; so writers get as much time as the step took.
			if err := pause(ctx, k.db.now().Sub(begun)); err != nil {
				return err
			}
			continue
		}
		if left, err := k.countStale(ctx); err != nil || left == 0 {
			return err
		}
		if err := pause(ctx, resealPause); err != nil {
			return err
		}
	}
}

// sealedIn is the rows of a table of secrets, of every site.
func (k *Keys) sealedIn(ctx context.Context, table sealedTable) *gorm.DB {
	return k.db.acrossSites(ctx, rotation).Model(table.model)
}

// stale selects the secrets of a table that are not under the primary key.
func (k *Keys) stale(ctx context.Context, table sealedTable) *gorm.DB {
	return k.sealedIn(ctx, table).Where("key_id <> ?", int64(k.db.box.Keyset().Primary()))
}

func (k *Keys) countStale(ctx context.Context) (all int64, err error) {
	for _, table := range sealedTables() {
		var n int64
		if err := k.stale(ctx, table).Count(&n).Error; err != nil {
			return all, k.db.classify(ctx, err)
		}
		all += n
	}
	return all, nil
}

// resealSome moves one batch, of the first table that has something to move. It passes over what others hold instead of waiting: writers lock an
// account's secrets in an order of their own, so whoever waits while holding some would deadlock with them.
func (k *Keys) resealSome(ctx context.Context) (moved int64, err error) {
	for _, table := range sealedTables() {
		err = k.db.Transact(ctx, func(ctx context.Context) error {
			rows, err := table.rows(k.stale(ctx, table).Clauses(free()).Order(table.order).Limit(resealBatch))
			for _, r := range rows {
				if err == nil {
					err = k.reseal(ctx, table, r)
				}
			}
			moved = int64(len(rows))
			return err
		})
		if err != nil || moved > 0 {
			return moved, err
		}
	}
	return 0, nil
}

func (k *Keys) reseal(ctx context.Context, table sealedTable, r sealedRow) error {
	value, err := k.db.box.Open(r.place(), r.contents())
	if err != nil {
		return fmt.Errorf("%s of %s: %w", r.place().Field, r.place().Record, err)
	}
	sealed, err := k.db.box.Seal(r.place(), value)
	if err != nil {
		return fmt.Errorf("%s of %s: %w", r.place().Field, r.place().Record, err)
	}
	changes := map[string]any{"sealed": sealed.Bytes, "key_id": int64(sealed.KeyID)}
	if of, is := r.lookedUpAs(); is {
		digest := k.db.box.Digest(of, value)
		changes["digest"] = digest.Bytes[:]
	}
	return k.sealedIn(ctx, table).Where(r.key()).Updates(changes).Error
}

func pause(ctx context.Context, d time.Duration) error {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-ctx.Done():
		return ctx.Err()
	case <-timer.C:
		return nil
	}
}

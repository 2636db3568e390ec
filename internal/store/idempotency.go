package store

import (
	"context"
	"encoding/json"
	"errors"
	"time"

	"gorm.io/gorm"
	"gorm.io/gorm/clause"

	"github.com/ivendnext/whatsapp-accounts/internal/idempotency"
	"github.com/ivendnext/whatsapp-accounts/internal/secret"
)

// Idempotency keeps claims and answers: idempotency.Store.
type Idempotency struct{ db *DB }

// Idempotency gives the part of the database that idempotency.Service works on.
func (db *DB) Idempotency() *Idempotency { return &Idempotency{db: db} }

// idempotencyRow is a claim, or with an answer what it came to.
type idempotencyRow struct {
	APIKeyID       string `gorm:"column:api_key_id;primaryKey"`
	Method         string `gorm:"primaryKey"`
	Path           string `gorm:"primaryKey"`
	IdempotencyKey string `gorm:"primaryKey"`
	Claim          string
	Fingerprint    []byte
	KeyID          int64
	Answer         []byte
	AnswerKeyID    *int64
	ExpiresAt      time.Time
}

func (idempotencyRow) TableName() string { return "idempotency_keys" }

// fingerprint is the purpose of the keyed digest of a request's body.
const fingerprint = "idempotency"

func placeOfAnswer(s idempotency.Scope) secret.Place {
	return secret.Place{Site: s.Caller.Site.String(), Record: s.Caller.KeyID, Field: s.Method + " " + s.Path + " " + s.Key}
}

// of confines a statement to a scope.
func (s *Idempotency) of(ctx context.Context, scope idempotency.Scope) *gorm.DB {
	return s.db.handle(ctx).Model(&idempotencyRow{}).
		Where("api_key_id = ? AND method = ? AND path = ? AND idempotency_key = ?", scope.Caller.KeyID, scope.Method, scope.Path, scope.Key)
}

// Claim implements idempotency.Store.
func (s *Idempotency) Claim(ctx context.Context, c idempotency.Claim, body []byte, now time.Time) (*idempotency.Answer, error) {
	digest := s.db.box.DigestBytes(fingerprint, body)
	fresh := idempotencyRow{
		APIKeyID: c.Caller.KeyID, Method: c.Method, Path: c.Path, IdempotencyKey: c.Key,
		Claim: c.ID, Fingerprint: digest.Bytes[:], KeyID: int64(digest.KeyID), ExpiresAt: c.Until,
	}
	var kept *idempotency.Answer
	err := s.db.Transact(ctx, func(ctx context.Context) (err error) {
		for {
			// A row that is there at the first step and gone at the second was released or purged in between.
			if kept, err = s.claim(ctx, c.Scope, fresh, body, now); !errors.Is(err, gorm.ErrRecordNotFound) {
				return err
			}
		}
	})
	return kept, err
}

// claim writes fresh if there is no row of the scope or an expired one. gorm.ErrRecordNotFound when it was neither there nor absent.
func (s *Idempotency) claim(ctx context.Context, scope idempotency.Scope, fresh idempotencyRow, body []byte, now time.Time) (*idempotency.Answer, error) {
	created := s.db.handle(ctx).Clauses(clause.OnConflict{DoNothing: true}).Create(&fresh)
	if created.Error != nil || created.RowsAffected == 1 {
		return nil, sealable(created.Error)
	}
	var r idempotencyRow
	if err := s.of(ctx, scope).Clauses(clause.Locking{Strength: clause.LockingStrengthUpdate}).Take(&r).Error; err != nil {
		return nil, err
	}
	if !r.ExpiresAt.After(now) {
		return nil, s.of(ctx, scope).Select("claim", "fingerprint", "key_id", "answer", "answer_key_id", "expires_at").Updates(&fresh).Error
	}
	return s.judge(scope, r, body)
}

// judge says what a live row means for a request with this body.
func (s *Idempotency) judge(scope idempotency.Scope, r idempotencyRow, body []byte) (*idempotency.Answer, error) {
	if !s.db.box.Keyset().Has(secret.KeyID(r.KeyID)) { //nolint:gosec // written from a KeyID
		return nil, errKeysetOutdated // nobody here can tell whether the body is the same
	}
	if !s.db.box.Matches(fingerprint, body, r.Fingerprint) {
		return nil, idempotency.ErrReused
	}
	if r.Answer == nil {
		return nil, idempotency.ErrRunning
	}
	clear, err := s.db.box.OpenBytes(placeOfAnswer(scope), r.Answer)
	if err != nil {
		return nil, err
	}
	kept := new(idempotency.Answer)
	return kept, json.Unmarshal(clear, kept)
}

// Complete implements idempotency.Store.
func (s *Idempotency) Complete(ctx context.Context, c idempotency.Claim, a idempotency.Answer, until time.Time) error {
	clear, err := json.Marshal(a)
	if err != nil {
		return err
	}
	sealed, err := s.db.box.SealBytes(placeOfAnswer(c.Scope), clear)
	if err != nil {
		return err
	}
	done := s.of(ctx, c.Scope).Where("claim = ?", c.ID).
		Updates(map[string]any{"answer": sealed.Bytes, "answer_key_id": int64(sealed.KeyID), "expires_at": until})
	if done.Error == nil && done.RowsAffected == 0 {
		return idempotency.ErrRunning
	}
	return sealable(done.Error)
}

// Release implements idempotency.Store.
func (s *Idempotency) Release(ctx context.Context, c idempotency.Claim) error {
	return s.db.Transact(ctx, func(ctx context.Context) error {
		return s.of(ctx, c.Scope).Where("claim = ? AND answer IS NULL", c.ID).Delete(&idempotencyRow{}).Error
	})
}

// purgeBatch is how many expired rows one step removes.
const purgeBatch = 500

// Purge implements idempotency.Store.
func (s *Idempotency) Purge(ctx context.Context, now time.Time) (removed int64, err error) {
	err = s.db.Transact(ctx, func(ctx context.Context) error {
		var stale []idempotencyRow
		expired := s.db.handle(ctx).Clauses(free()).Select("api_key_id", "method", "path", "idempotency_key").Where("expires_at <= ?", now)
		if err := expired.Limit(purgeBatch).Find(&stale).Error; err != nil {
			return err
		}
		for _, r := range stale {
			gone := s.db.handle(ctx).Where("expires_at <= ?", now).Delete(&r)
			if gone.Error != nil {
				return gone.Error
			}
			removed += gone.RowsAffected
		}
		return nil
	})
	return removed, err
}

// Transact implements idempotency.Store.
func (s *Idempotency) Transact(ctx context.Context, fn func(context.Context) error) error {
	return s.db.Transact(ctx, fn)
}

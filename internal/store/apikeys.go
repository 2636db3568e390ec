package store

import (
	"context"
	"database/sql"
	"errors"
	"maps"
	"slices"
	"time"

	"github.com/ivendnext/whatsapp-accounts/internal/apikey"
	"github.com/ivendnext/whatsapp-accounts/internal/site"
)

// APIKeys keeps API keys: apikey.Store.
type APIKeys struct{ db *DB }

// APIKeys gives the part of the database that apikey.Service works on.
func (db *DB) APIKeys() *APIKeys { return &APIKeys{db: db} }

// apiKeyRow is an API key; of the key itself only the hash is kept.
type apiKeyRow struct {
	ID         string `gorm:"primaryKey"`
	Site       string
	Name       string
	Role       string
	KeyHash    []byte
	Hint       string
	CreatedAt  time.Time `gorm:"autoCreateTime:false"`
	LastUsedAt *time.Time
	RevokedAt  *time.Time
}

func (apiKeyRow) TableName() string { return "api_keys" }

// places is where the columns of a look-up go.
func (r *apiKeyRow) places() []any {
	return []any{&r.ID, &r.Site, &r.Name, &r.Role, &r.KeyHash, &r.Hint, &r.CreatedAt, &r.LastUsedAt}
}

func (r apiKeyRow) key() (apikey.Key, error) {
	of, err := site.Named(r.Site)
	if err != nil || len(r.KeyHash) != len(apikey.Hash{}) {
		return apikey.Key{}, errors.Join(errors.New("store: a broken row in api_keys"), err)
	}
	k := apikey.Key{ID: r.ID, Site: of, Role: site.Role(r.Role), Name: r.Name, Hash: apikey.Hash(r.KeyHash), Hint: r.Hint, CreatedAt: r.CreatedAt.UTC()}
	if r.LastUsedAt != nil {
		k.LastUsedAt = r.LastUsedAt.UTC()
	}
	if r.RevokedAt != nil {
		k.RevokedAt = r.RevokedAt.UTC()
	}
	return k, nil
}

// Insert implements apikey.Store.
func (s *APIKeys) Insert(ctx context.Context, k apikey.Key) error {
	return s.db.Transact(ctx, func(ctx context.Context) error {
		return s.db.in(ctx, k.Site).Create(&apiKeyRow{
			ID: k.ID, Site: k.Site.String(), Name: k.Name, Role: string(k.Role), KeyHash: k.Hash[:], Hint: k.Hint, CreatedAt: k.CreatedAt,
		}).Error
	})
}

// ByHash implements apikey.Store.
func (s *APIKeys) ByHash(ctx context.Context, h apikey.Hash) (apikey.Key, error) {
	if s.db.together(ctx) {
		k, found, err := s.db.asked.keys.Get(ctx, h)
		if err == nil && !found {
			return k, apikey.ErrUnknown
		}
		return k, s.db.classify(ctx, err)
	}
	return s.byHash(ctx, h)
}

// byHash is ByHash of one who asks alone.
func (s *APIKeys) byHash(ctx context.Context, h apikey.Hash) (apikey.Key, error) {
	var r apiKeyRow
	err := keyByHash.scan(s.db.acrossSites(ctx, "the key is what says the site"), []any{h[:]}, r.places()...)
	if errors.Is(err, sql.ErrNoRows) {
		return apikey.Key{}, apikey.ErrUnknown
	}
	if err != nil {
		return apikey.Key{}, s.db.classify(ctx, err)
	}
	return r.key()
}

// Valid implements apikey.Store. A key that was never used counts as used when it was made.
func (s *APIKeys) Valid(ctx context.Context, limit int) ([]apikey.Hash, error) {
	var rows [][]byte
	err := s.db.acrossSites(ctx, "which keys are valid, whoever calls").Model(&apiKeyRow{}).Where("revoked_at IS NULL").
		Order("COALESCE(last_used_at, created_at) DESC").Limit(limit).Pluck("key_hash", &rows).Error
	if err != nil {
		return nil, s.db.classify(ctx, err)
	}
	all := make([]apikey.Hash, 0, len(rows))
	for _, r := range rows {
		if len(r) == len(apikey.Hash{}) {
			all = append(all, apikey.Hash(r))
		}
	}
	return all, nil
}

// List implements apikey.Store.
func (s *APIKeys) List(ctx context.Context, in site.Site) ([]apikey.Key, error) {
	var rows []apiKeyRow
	if err := s.db.in(ctx, in).Order("id").Find(&rows).Error; err != nil {
		return nil, s.db.classify(ctx, err)
	}
	keys := make([]apikey.Key, 0, len(rows))
	for _, r := range rows {
		k, err := r.key()
		if err != nil {
			return nil, err
		}
		keys = append(keys, k)
	}
	return keys, nil
}

// Any implements apikey.Store.
func (s *APIKeys) Any(ctx context.Context) (bool, error) {
	var ids []string
	err := s.db.acrossSites(ctx, "whether this is a new installation").Model(&apiKeyRow{}).Limit(1).Pluck("id", &ids).Error
	return len(ids) > 0, s.db.classify(ctx, err)
}

// Revoke implements apikey.Store.
func (s *APIKeys) Revoke(ctx context.Context, in site.Site, id string, at time.Time) error {
	if !isUUID(id) {
		return apikey.ErrNotFound
	}
	return s.db.Transact(ctx, func(ctx context.Context) error {
		revoked := s.db.in(ctx, in).Model(&apiKeyRow{}).Where("id = ? AND revoked_at IS NULL", id).Update("revoked_at", at)
		if revoked.Error == nil && revoked.RowsAffected == 0 {
			return apikey.ErrNotFound
		}
		return revoked.Error
	})
}

// Touch implements apikey.Store. The keys come in one order for everybody: two replicas would otherwise deadlock.
func (s *APIKeys) Touch(ctx context.Context, used map[string]time.Time) error {
	return s.db.Transact(ctx, func(ctx context.Context) error {
		for _, id := range slices.Sorted(maps.Keys(used)) {
			at := used[id]
			err := s.db.acrossSites(ctx, "the last use of keys of any site").Model(&apiKeyRow{}).
				Where("id = ? AND (last_used_at IS NULL OR last_used_at < ?)", id, at).Update("last_used_at", at).Error
			if err != nil {
				return err
			}
		}
		return nil
	})
}

package store

import (
	"context"
	"errors"
	"fmt"
	"time"

	"gorm.io/gorm/clause"

	"github.com/ivendnext/whatsapp-accounts/internal/secret"
	"github.com/ivendnext/whatsapp-accounts/internal/site"
)

// subscriptionSecretRow is a sealed signing secret.
type subscriptionSecretRow struct {
	SubscriptionID string `gorm:"primaryKey"`
	Slot           string `gorm:"primaryKey"`
	Site           string
	Sealed         []byte
	KeyID          int64
	ValidUntil     *time.Time
}

func (subscriptionSecretRow) TableName() string { return "subscription_secrets" }

// place binds a signing secret to its site, subscription and slot.
func (r subscriptionSecretRow) place() secret.Place {
	return secret.Place{Site: r.Site, Record: r.SubscriptionID, Field: "signing_secret/" + r.Slot}
}

// sealKey seals a key and writes its row, over the one that is there.
func (s *Subscriptions) sealKey(ctx context.Context, in site.Site, r subscriptionSecretRow, key secret.Text) error {
	sealed, err := s.db.box.Seal(r.place(), key)
	if err != nil {
		return fmt.Errorf("sealing the key of subscription %s: %w", r.SubscriptionID, err)
	}
	r.Sealed, r.KeyID = sealed.Bytes, int64(sealed.KeyID)
	return sealable(s.db.in(ctx, in).Clauses(clause.OnConflict{
		Columns:   []clause.Column{{Name: "subscription_id"}, {Name: "slot"}},
		DoUpdates: clause.AssignmentColumns([]string{"sealed", "key_id", "valid_until"}),
	}).Create(&r).Error)
}

// replaceKey moves the key that is current to the slot of the previous one, where it signs until its time, and writes the new one. The slot is part of
// what a value is bound to, so it is sealed anew.
func (s *Subscriptions) replaceKey(ctx context.Context, in site.Site, id string, key secret.Text, until time.Time) error {
	keys, err := s.Keys(ctx, in, id)
	if err != nil {
		return err
	}
	if len(keys) > 0 {
		before := subscriptionSecretRow{SubscriptionID: id, Slot: slotPrevious, Site: in.String(), ValidUntil: &until}
		if err := s.sealKey(ctx, in, before, keys[0]); err != nil {
			return err
		}
	}
	return s.sealKey(ctx, in, subscriptionSecretRow{SubscriptionID: id, Slot: slotCurrent, Site: in.String()}, key)
}

// Keys implements subscription.Store.
func (s *Subscriptions) Keys(ctx context.Context, in site.Site, id string) ([]secret.Text, error) {
	var rows []subscriptionSecretRow
	err := s.db.in(ctx, in).Where("subscription_id = ? AND (valid_until IS NULL OR valid_until > ?)", id, s.db.now()).Order("slot").Find(&rows).Error
	if err != nil {
		return nil, s.db.classify(ctx, err)
	}
	keys := make([]secret.Text, len(rows))
	for i, r := range rows {
		var broken error
		keys[i], broken = s.db.box.Open(r.place(), r.Sealed)
		err = errors.Join(err, broken)
	}
	return keys, err
}

// PurgeReplaced removes replaced keys whose time is over.
func (s *Subscriptions) PurgeReplaced(ctx context.Context) error {
	return s.db.Transact(ctx, func(ctx context.Context) error {
		return s.db.acrossSites(ctx, "a replaced secret ends by its time").Where("valid_until < ?", s.db.now()).Delete(&subscriptionSecretRow{}).Error
	})
}

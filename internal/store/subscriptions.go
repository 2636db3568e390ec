package store

import (
	"context"
	"errors"
	"time"

	"gorm.io/gorm"
	"gorm.io/gorm/clause"

	"github.com/ivendnext/whatsapp-accounts/internal/event"
	"github.com/ivendnext/whatsapp-accounts/internal/secret"
	"github.com/ivendnext/whatsapp-accounts/internal/site"
	"github.com/ivendnext/whatsapp-accounts/internal/subscription"
)

// Subscriptions keeps subscribers and what is delivered to them: subscription.Store and subscription.Rounds.
type Subscriptions struct{ db *DB }

// Subscriptions gives the part of the database that subscribers are kept in.
func (db *DB) Subscriptions() *Subscriptions { return &Subscriptions{db: db} }

// subscriptionDeleted is the status of a subscription that nobody sees any more.
const subscriptionDeleted = "deleted"

// subscriptionRow is a subscription, how its deliveries have gone lately, and who serves it.
type subscriptionRow struct {
	ID             string `gorm:"primaryKey"`
	Site           string
	URL            string
	EventTypes     document[[]event.Type]
	Description    string
	Status         string
	DisabledReason string
	DisabledAt     *time.Time
	SecretSetAt    time.Time
	CreatedAt      time.Time `gorm:"autoCreateTime:false"`
	UpdatedAt      time.Time `gorm:"autoUpdateTime:false"`
	Position       int64
	Failures       int
	FailingSince   *time.Time
	FailedAt       *time.Time
	Pauses         int
	PausedUntil    *time.Time
	ServedAt       time.Time
	Lease          *string
	LeasedUntil    *time.Time
}

func (subscriptionRow) TableName() string { return "subscriptions" }

func subscriptionRowOf(s subscription.Subscription) subscriptionRow {
	return subscriptionRow{
		ID: s.ID, Site: s.Site.String(), URL: s.URL, EventTypes: document[[]event.Type]{s.Types}, Description: s.Description, Status: string(s.Status),
		DisabledReason: string(s.DisabledReason), DisabledAt: unlessZero(s.DisabledAt), SecretSetAt: s.SecretSetAt,
		CreatedAt: s.CreatedAt, UpdatedAt: s.UpdatedAt, ServedAt: s.CreatedAt,
	}
}

// subscription makes the domain value, at home in the site that was asked for.
func (r subscriptionRow) subscription(in site.Site) subscription.Subscription {
	return subscription.Subscription{
		ID: r.ID, Site: in, URL: r.URL, Types: r.EventTypes.V, Description: r.Description, Status: subscription.Status(r.Status),
		DisabledReason: subscription.Reason(r.DisabledReason), DisabledAt: orZero(r.DisabledAt), SecretSetAt: r.SecretSetAt.UTC(),
		CreatedAt: r.CreatedAt.UTC(), UpdatedAt: r.UpdatedAt.UTC(),
	}
}

func (r subscriptionRow) health() subscription.Health {
	return subscription.Health{
		Failures: r.Failures, FailingSince: orZero(r.FailingSince), FailedAt: orZero(r.FailedAt), Pauses: r.Pauses, PausedUntil: orZero(r.PausedUntil),
	}
}

// healthColumns writes how deliveries go.
func healthColumns(h subscription.Health) map[string]any {
	return map[string]any{
		"failures": h.Failures, "failing_since": unlessZero(h.FailingSince), "failed_at": unlessZero(h.FailedAt),
		"pauses": h.Pauses, "paused_until": unlessZero(h.PausedUntil),
	}
}

// unlessZero is null for the zero time.
func unlessZero(at time.Time) *time.Time {
	if at.IsZero() {
		return nil
	}
	return &at
}

// orZero is the zero time for null.
func orZero(at *time.Time) time.Time {
	if at == nil {
		return time.Time{}
	}
	return at.UTC()
}

// live is the subscriptions of a site that anybody may see.
func (s *Subscriptions) live(ctx context.Context, in site.Site) *gorm.DB {
	return s.db.in(ctx, in).Model(&subscriptionRow{}).Where("status <> 'deleted'")
}

// take reads one subscription, as it is given by query, which is confined to a site.
func (s *Subscriptions) take(ctx context.Context, query *gorm.DB, id string) (r subscriptionRow, err error) {
	if !isUUID(id) {
		return r, subscription.ErrNotFound
	}
	err = query.Where("id = ?", id).Take(&r).Error
	if errors.Is(err, gorm.ErrRecordNotFound) {
		return r, subscription.ErrNotFound
	}
	return r, s.db.classify(ctx, err)
}

// hold reads one subscription and keeps it from others until the transaction ends.
func (s *Subscriptions) hold(ctx context.Context, in site.Site, id string) (subscriptionRow, error) {
	return s.take(ctx, s.live(ctx, in).Clauses(clause.Locking{Strength: clause.LockingStrengthUpdate}), id)
}

// Insert implements subscription.Store.
func (s *Subscriptions) Insert(ctx context.Context, in site.Site, made subscription.Subscription, key secret.Text) error {
	return s.db.Transact(ctx, func(ctx context.Context) error {
		head, err := s.db.Events().Head(ctx, in)
		if err != nil {
			return err
		}
		r := subscriptionRowOf(made)
		r.Position = head
		if err := s.db.in(ctx, in).Create(&r).Error; err != nil {
			return err
		}
		return s.sealKey(ctx, in, subscriptionSecretRow{SubscriptionID: made.ID, Slot: slotCurrent, Site: in.String()}, key)
	})
}

// Update implements subscription.Store.
func (s *Subscriptions) Update(
	ctx context.Context, in site.Site, id string, decide func(subscription.Subscription) (subscription.Subscription, bool, error),
) (after subscription.Subscription, err error) {
	err = s.db.Transact(ctx, func(ctx context.Context) error {
		r, err := s.hold(ctx, in, id)
		if err != nil {
			return err
		}
		var afresh bool
		if after, afresh, err = decide(r.subscription(in)); err != nil {
			return err
		}
		if err := s.save(ctx, in, after); err != nil || !afresh {
			return err
		}
		return errors.Join(s.setHealth(ctx, in, id, subscription.Health{}), s.hasten(ctx, in, id))
	})
	return after, err
}

// save writes what callers may see of a subscription.
func (s *Subscriptions) save(ctx context.Context, in site.Site, after subscription.Subscription) error {
	r := subscriptionRowOf(after)
	return s.live(ctx, in).Where("id = ?", after.ID).Updates(map[string]any{
		"url": r.URL, "event_types": r.EventTypes, "description": r.Description, "status": r.Status, "disabled_reason": r.DisabledReason,
		"disabled_at": r.DisabledAt, "secret_set_at": r.SecretSetAt, "updated_at": r.UpdatedAt,
	}).Error
}

func (s *Subscriptions) setHealth(ctx context.Context, in site.Site, id string, h subscription.Health) error {
	return s.live(ctx, in).Where("id = ?", id).Updates(healthColumns(h)).Error
}

// Rotate implements subscription.Store.
func (s *Subscriptions) Rotate(
	ctx context.Context, in site.Site, id string, key secret.Text, until time.Time, decide func(subscription.Subscription) (subscription.Subscription, error),
) (after subscription.Subscription, err error) {
	err = s.db.Transact(ctx, func(ctx context.Context) error {
		r, err := s.hold(ctx, in, id)
		if err != nil {
			return err
		}
		if after, err = decide(r.subscription(in)); err != nil {
			return err
		}
		if err := s.replaceKey(ctx, in, id, key, until); err != nil {
			return err
		}
		return s.save(ctx, in, after)
	})
	return after, err
}

// Delete implements subscription.Store. Its deliveries may be a million, so they go later, in small steps.
func (s *Subscriptions) Delete(ctx context.Context, in site.Site, id string, decide func(subscription.Subscription) error) error {
	return s.db.Transact(ctx, func(ctx context.Context) error {
		r, err := s.hold(ctx, in, id)
		if err != nil {
			return err
		}
		if err := decide(r.subscription(in)); err != nil {
			return err
		}
		if err := s.db.in(ctx, in).Where("subscription_id = ?", id).Delete(&subscriptionSecretRow{}).Error; err != nil {
			return err
		}
		return s.live(ctx, in).Where("id = ?", id).
			Updates(map[string]any{"status": subscriptionDeleted, "url": "", "description": "", "lease": nil, "leased_until": nil}).Error
	})
}

// Get implements subscription.Store.
func (s *Subscriptions) Get(ctx context.Context, in site.Site, id string) (subscription.Subscription, error) {
	r, err := s.take(ctx, s.live(ctx, in), id)
	return r.subscription(in), err
}

// List implements subscription.Store.
func (s *Subscriptions) List(ctx context.Context, in site.Site, after string, limit int) (page subscription.Page, err error) {
	query := s.live(ctx, in)
	if after != "" {
		query = query.Where("id < ?", after)
	}
	var rows []subscriptionRow
	if err := query.Order("id DESC").Limit(limit + 1).Find(&rows).Error; err != nil {
		return page, s.db.classify(ctx, err)
	}
	if len(rows) > limit {
		rows = rows[:limit]
		page.Next = rows[limit-1].ID
	}
	for _, r := range rows {
		page.Subscriptions = append(page.Subscriptions, r.subscription(in))
	}
	return page, nil
}

package store

import (
	"context"
	"errors"
	"time"

	"gorm.io/gorm"

	"github.com/ivendnext/whatsapp-accounts/internal/event"
	"github.com/ivendnext/whatsapp-accounts/internal/site"
	"github.com/ivendnext/whatsapp-accounts/internal/subscription"
)

// deliveryRow is an event on its way to a subscriber.
type deliveryRow struct {
	ID             string `gorm:"primaryKey"`
	Site           string
	SubscriptionID string
	EventID        string
	EventType      string
	Status         string
	Tries          int
	Attempts       document[[]attemptDocument]
	NextAt         *time.Time
	CreatedAt      time.Time `gorm:"autoCreateTime:false"`
	FinishedAt     *time.Time
}

func (deliveryRow) TableName() string { return "subscription_deliveries" }

// attemptDocument is an attempt as the JSON column keeps it.
type attemptDocument struct {
	At     time.Time `json:"at"`
	Status int       `json:"status,omitempty"`
	Detail string    `json:"detail,omitempty"`
	TookUS int64     `json:"took_us"`
}

func deliveryRowOf(in site.Site, d subscription.Delivery) deliveryRow {
	r := deliveryRow{
		ID: d.ID, Site: in.String(), SubscriptionID: d.SubscriptionID, EventID: d.EventID, EventType: string(d.Type), Status: string(d.Status), Tries: d.Tries,
		NextAt: unlessZero(d.NextAt), CreatedAt: d.CreatedAt, FinishedAt: unlessZero(d.FinishedAt),
	}
	for _, a := range d.Attempts {
		r.Attempts.V = append(r.Attempts.V, attemptDocument{At: a.At, Status: a.Status, Detail: a.Detail, TookUS: a.Took.Microseconds()})
	}
	return r
}

func (r deliveryRow) delivery() subscription.Delivery {
	d := subscription.Delivery{
		ID: r.ID, SubscriptionID: r.SubscriptionID, EventID: r.EventID, Type: event.Type(r.EventType), Status: subscription.DeliveryStatus(r.Status), Tries: r.Tries,
		NextAt: orZero(r.NextAt), CreatedAt: r.CreatedAt.UTC(), FinishedAt: orZero(r.FinishedAt),
	}
	for _, a := range r.Attempts.V {
		d.Attempts = append(d.Attempts, subscription.Attempt{At: a.At.UTC(), Status: a.Status, Detail: a.Detail, Took: time.Duration(a.TookUS) * time.Microsecond})
	}
	return d
}

// deliveries is those of one subscription.
func (s *Subscriptions) deliveries(ctx context.Context, in site.Site, id string) *gorm.DB {
	return s.db.in(ctx, in).Model(&deliveryRow{}).Where("subscription_id = ?", id)
}

// hasten makes everything that is pending due at once.
func (s *Subscriptions) hasten(ctx context.Context, in site.Site, id string) error {
	now := s.db.now()
	return s.deliveries(ctx, in, id).Where("status = 'pending' AND next_at > ?", now).Update("next_at", now).Error
}

// Log implements subscription.Store.
func (s *Subscriptions) Log(ctx context.Context, in site.Site, id string, q subscription.LogQuery) (page subscription.LogPage, err error) {
	if _, err := s.Get(ctx, in, id); err != nil {
		return page, err
	}
	query := s.deliveries(ctx, in, id)
	if q.Status != "" {
		query = query.Where("status = ?", string(q.Status))
	}
	if q.After != "" {
		query = query.Where("id < ?", q.After)
	}
	var rows []deliveryRow
	if err := query.Order("id DESC").Limit(q.Limit + 1).Find(&rows).Error; err != nil {
		return page, s.db.classify(ctx, err)
	}
	if len(rows) > q.Limit {
		rows = rows[:q.Limit]
		page.Next = rows[q.Limit-1].ID
	}
	for _, r := range rows {
		page.Deliveries = append(page.Deliveries, r.delivery())
	}
	return page, nil
}

// Keep implements subscription.Store.
func (s *Subscriptions) Keep(ctx context.Context, in site.Site, d subscription.Delivery) error {
	return s.db.Transact(ctx, func(ctx context.Context) error {
		if _, err := s.hold(ctx, in, d.SubscriptionID); err != nil {
			return err
		}
		return s.insert(ctx, in, []deliveryRow{deliveryRowOf(in, d)})
	})
}

func (s *Subscriptions) insert(ctx context.Context, in site.Site, rows []deliveryRow) error {
	if len(rows) == 0 {
		return nil
	}
	return s.db.in(ctx, in).CreateInBatches(&rows, 200).Error
}

// Redeliver implements subscription.Store.
func (s *Subscriptions) Redeliver(
	ctx context.Context, in site.Site, eventID, id string, due func(subscription.Subscription, event.Event) subscription.Delivery,
) (made []subscription.Delivery, err error) {
	err = s.db.Transact(ctx, func(ctx context.Context) error {
		found, err := s.db.Events().named(ctx, in, eventID)
		if err != nil {
			return err
		}
		if len(found) == 0 {
			return subscription.ErrEventNotFound
		}
		to, err := s.takers(ctx, in, id, found[0].Type)
		if err != nil {
			return err
		}
		var rows []deliveryRow
		for _, one := range to {
			d := due(one, found[0])
			made, rows = append(made, d), append(rows, deliveryRowOf(in, d))
		}
		AfterCommit(ctx, func() { s.db.ring(in) })
		return s.insert(ctx, in, rows)
	})
	return made, err
}

// takers are the subscription that is named, or all that are enabled and take the type.
func (s *Subscriptions) takers(ctx context.Context, in site.Site, id string, of event.Type) (to []subscription.Subscription, err error) {
	if id != "" {
		r, err := s.take(ctx, s.live(ctx, in), id)
		if err == nil && r.Status != string(subscription.Enabled) {
			err = subscription.ErrDisabled
		}
		return []subscription.Subscription{r.subscription(in)}, err
	}
	var rows []subscriptionRow
	if err := s.live(ctx, in).Where("status = 'enabled'").Order("id").Find(&rows).Error; err != nil {
		return nil, s.db.classify(ctx, err)
	}
	for _, r := range rows {
		if one := r.subscription(in); one.Takes(of) {
			to = append(to, one)
		}
	}
	return to, nil
}

// emptied is a subscription that was deleted and has no delivery left.
const emptied = "status = 'deleted' AND status = ? AND NOT EXISTS (SELECT 1 FROM subscription_deliveries d WHERE d.subscription_id = subscriptions.id)"

// Purge removes deliveries that were finished before, and those of subscriptions that are deleted, then these themselves; a bounded number at a time. It
// tells how many rows it removed.
func (s *Subscriptions) Purge(ctx context.Context, before time.Time) (removed int64, err error) {
	for _, step := range []struct {
		model any
		past  string
		value any
	}{
		{&deliveryRow{}, "finished_at IS NOT NULL AND finished_at < ?", before},
		{&deliveryRow{}, "subscription_id IN (SELECT s.id FROM subscriptions s WHERE s.status = 'deleted' AND s.status = ?)", subscriptionDeleted},
		{&subscriptionRow{}, emptied, subscriptionDeleted},
	} {
		n, failed := s.db.purge(ctx, step.model, step.past, step.value, "id")
		removed, err = removed+n, errors.Join(err, failed)
	}
	return removed, err
}

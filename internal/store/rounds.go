package store

import (
	"context"
	"encoding/json"
	"errors"
	"time"

	"gorm.io/gorm"
	"gorm.io/gorm/clause"

	"github.com/ivendnext/whatsapp-accounts/internal/event"
	"github.com/ivendnext/whatsapp-accounts/internal/site"
	"github.com/ivendnext/whatsapp-accounts/internal/subscription"
)

// The conditions of having something to do: of a subscription that may be served now, and of one that has reason to be. What waits longest is asked for and not
// whether anything does: PostgreSQL would read what is due to anybody, to be told of one.
const (
	servable = "(lease IS NULL OR leased_until <= ?) AND (paused_until IS NULL OR paused_until <= ?)"
	wanting  = `(position < (SELECT f.last FROM event_feeds f WHERE f.site = subscriptions.site) OR
		(SELECT d.next_at FROM subscription_deliveries d WHERE d.subscription_id = subscriptions.id AND d.status = 'pending' ORDER BY d.next_at LIMIT 1) <= ?)`
)

// every is the subscriptions of all sites.
func (s *Subscriptions) every(ctx context.Context) *gorm.DB {
	return s.db.acrossSites(ctx, "a courier serves every site").Model(&subscriptionRow{})
}

// among is those that are enabled, of some sites or, without any, of all. Where it is some sites, the index by turns, which is of those that are enabled,
// would lead past those of every other site, so the status is written in a way that is no predicate of it.
func (s *Subscriptions) among(ctx context.Context, in []site.Site) *gorm.DB {
	if len(in) == 0 {
		return s.every(ctx).Where("status = 'enabled'")
	}
	return s.every(ctx).Where("status || '' = 'enabled'").Where(s.db.dialect.ofSites(in))
}

// Claim implements subscription.Rounds. It looks first and takes the write lock only when there is something to write.
func (s *Subscriptions) Claim(ctx context.Context, most int, lease time.Duration, in ...site.Site) (turns []subscription.Turn, err error) {
	now := s.db.now()
	waiting := func(ctx context.Context) *gorm.DB {
		return s.among(ctx, in).Where(servable+" AND "+wanting, now, now, now).Order("served_at").Limit(most)
	}
	var rows []subscriptionRow
	if err := waiting(ctx).Select("id").Limit(1).Find(&rows).Error; err != nil || len(rows) == 0 {
		return nil, s.db.classify(ctx, err)
	}
	err = s.db.Transact(ctx, func(ctx context.Context) error {
		if err := waiting(ctx).Select("id", "site").Clauses(free()).Find(&rows).Error; err != nil || len(rows) == 0 {
			return err
		}
		turns, err = s.leased(ctx, rows, now.Add(lease))
		return err
	})
	return turns, err
}

// leased writes a lease into the rows, which the transaction holds.
func (s *Subscriptions) leased(ctx context.Context, rows []subscriptionRow, until time.Time) (turns []subscription.Turn, err error) {
	lease, ids := s.db.newID(), make([]string, len(rows))
	for i, r := range rows {
		of, err := site.Named(r.Site)
		if err != nil {
			return nil, errors.Join(errors.New("store: a broken row in subscriptions"), err)
		}
		ids[i] = r.ID
		turns = append(turns, subscription.Turn{Site: of, SubscriptionID: r.ID, Lease: lease})
	}
	return turns, s.every(ctx).Where("id IN ?", ids).Updates(map[string]any{"lease": lease, "leased_until": until, "served_at": s.db.now()}).Error
}

// mine is the subscription of a turn, while the turn lasts.
func (s *Subscriptions) mine(ctx context.Context, t subscription.Turn) *gorm.DB {
	return s.live(ctx, t.Site).Where("id = ? AND lease = ?", t.SubscriptionID, t.Lease)
}

// held reads the subscription of a turn and keeps it from others until the transaction ends. ErrLost.
func (s *Subscriptions) held(ctx context.Context, t subscription.Turn) (r subscriptionRow, err error) {
	err = s.mine(ctx, t).Clauses(clause.Locking{Strength: clause.LockingStrengthUpdate}).Take(&r).Error
	if errors.Is(err, gorm.ErrRecordNotFound) {
		return r, subscription.ErrLost
	}
	return r, err
}

// Extend implements subscription.Rounds.
func (s *Subscriptions) Extend(ctx context.Context, t subscription.Turn, lease time.Duration) error {
	return s.db.Transact(ctx, func(ctx context.Context) error {
		done := s.mine(ctx, t).Update("leased_until", s.db.now().Add(lease))
		if done.Error == nil && done.RowsAffected == 0 {
			return subscription.ErrLost
		}
		return done.Error
	})
}

// Release implements subscription.Rounds.
func (s *Subscriptions) Release(ctx context.Context, t subscription.Turn) error {
	return s.db.Transact(ctx, func(ctx context.Context) error {
		return s.mine(ctx, t).Updates(map[string]any{"lease": nil, "leased_until": nil}).Error
	})
}

// Due implements subscription.Rounds.
func (s *Subscriptions) Due(ctx context.Context, t subscription.Turn, most int) (load subscription.Load, err error) {
	var r subscriptionRow
	err = s.mine(ctx, t).Take(&r).Error
	if errors.Is(err, gorm.ErrRecordNotFound) {
		return load, subscription.ErrLost
	}
	now, health := s.db.now(), r.health()
	if err != nil || r.Status != string(subscription.Enabled) || health.Paused(now) {
		return subscription.Load{Rests: true}, s.db.classify(ctx, err)
	}
	query := s.deliveries(ctx, t.Site, t.SubscriptionID).Where("status = 'pending' AND next_at <= ?", now)
	if health.Probing(now) {
		query = query.Order("tries, id").Limit(1)
	} else {
		query = query.Order("next_at, id").Limit(most)
	}
	var rows []deliveryRow
	if err := query.Find(&rows).Error; err != nil || len(rows) == 0 {
		return load, s.db.classify(ctx, err)
	}
	load.Subscription = r.subscription(t.Site)
	if load.Keys, err = s.Keys(ctx, t.Site, t.SubscriptionID); err != nil {
		return load, err
	}
	load.Parcels, err = s.parcels(ctx, t.Site, rows)
	return load, err
}

// parcels puts deliveries and their events together.
func (s *Subscriptions) parcels(ctx context.Context, in site.Site, rows []deliveryRow) (parcels []subscription.Parcel, err error) {
	ids := make([]string, len(rows))
	for i, r := range rows {
		ids[i] = r.EventID
	}
	found, err := s.db.Events().named(ctx, in, ids...)
	if err != nil {
		return nil, err
	}
	byID := map[string]*event.Event{}
	for i := range found {
		byID[found[i].ID] = &found[i]
	}
	for _, r := range rows {
		parcels = append(parcels, subscription.Parcel{Delivery: r.delivery(), Event: byID[r.EventID]})
	}
	return parcels, nil
}

// Collect implements subscription.Rounds.
func (s *Subscriptions) Collect(ctx context.Context, t subscription.Turn, most int) (more bool, err error) {
	err = s.db.Transact(ctx, func(ctx context.Context) error {
		r, err := s.held(ctx, t)
		if err != nil {
			return err
		}
		next, err := s.db.Events().Read(ctx, t.Site, event.Query{After: r.Position, Types: r.EventTypes.V, Limit: most})
		if err != nil || next.Next == r.Position {
			return err
		}
		more = len(next.Events) > 0 || next.Next < next.Head
		rows, now := make([]deliveryRow, len(next.Events)), s.db.now()
		for i, e := range next.Events {
			rows[i] = deliveryRowOf(t.Site, subscription.NewDelivery(s.db.newID(), r.subscription(t.Site), e, now))
		}
		if err := s.insert(ctx, t.Site, rows); err != nil {
			return err
		}
		return s.mine(ctx, t).Update("position", next.Next).Error
	})
	return more, err
}

// Record implements subscription.Rounds.
func (s *Subscriptions) Record(
	ctx context.Context, t subscription.Turn, deliveryID string, judge func(subscription.Health, subscription.Delivery) subscription.Verdict,
) (before subscription.Subscription, err error) {
	err = s.db.Transact(ctx, func(ctx context.Context) error {
		r, err := s.held(ctx, t)
		if err != nil {
			return err
		}
		var d deliveryRow
		if err := s.deliveries(ctx, t.Site, t.SubscriptionID).Where("id = ?", deliveryID).Take(&d).Error; err != nil {
			return err
		}
		before = r.subscription(t.Site)
		return s.follow(ctx, r, before, judge(r.health(), d.delivery()))
	})
	return before, err
}

// follow writes what a verdict says.
func (s *Subscriptions) follow(ctx context.Context, r subscriptionRow, before subscription.Subscription, v subscription.Verdict) error {
	if err := s.settle(ctx, before.Site, v.Delivery); err != nil {
		return err
	}
	if v.Health != r.health() {
		if err := s.setHealth(ctx, before.Site, r.ID, v.Health); err != nil {
			return err
		}
	}
	if v.Resumed {
		if err := s.hasten(ctx, before.Site, r.ID); err != nil {
			return err
		}
	}
	return s.end(ctx, before, v.Disable)
}

// settle writes what became of a delivery.
func (s *Subscriptions) settle(ctx context.Context, in site.Site, d subscription.Delivery) error {
	r := deliveryRowOf(in, d)
	return s.deliveries(ctx, in, d.SubscriptionID).Where("id = ?", d.ID).Updates(map[string]any{
		"status": r.Status, "tries": r.Tries, "attempts": r.Attempts, "next_at": r.NextAt, "finished_at": r.FinishedAt,
	}).Error
}

// end disables a subscription for a reason and tells the site's feed; it comes last in its transaction. Without a reason, or when it is disabled already,
// nothing happens.
func (s *Subscriptions) end(ctx context.Context, one subscription.Subscription, why subscription.Reason) error {
	if why == "" || one.Status != subscription.Enabled {
		return nil
	}
	one.Status, one.DisabledReason, one.DisabledAt, one.UpdatedAt = subscription.Disabled, why, s.db.now(), s.db.now()
	if err := s.save(ctx, one.Site, one); err != nil {
		return err
	}
	data, err := json.Marshal(map[string]any{"subscription_id": one.ID, "reason": why, "disabled_at": one.DisabledAt})
	if err != nil {
		return err
	}
	_, err = s.db.Events().Append(ctx, one.Site, event.New{Type: event.SubscriptionDisabled, Data: data})
	return err
}

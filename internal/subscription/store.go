package subscription

import (
	"context"
	"time"

	"github.com/ivendnext/whatsapp-accounts/internal/event"
	"github.com/ivendnext/whatsapp-accounts/internal/secret"
	"github.com/ivendnext/whatsapp-accounts/internal/site"
)

// Store keeps subscriptions and the log of their deliveries. Every method is confined to one site; a subscription of another site is ErrNotFound, as
// is an id that is no UUID. A method that writes does so in one transaction, that of ctx if there is one, and decisions run inside it: an error of
// theirs is returned as it is and nothing is written.
type Store interface {
	// Insert writes a new subscription with its key. It begins behind the site's newest event.
	Insert(ctx context.Context, in site.Site, s Subscription, key secret.Text) error
	// Update changes a subscription as decide says. When that is to be a new chance, its failures are forgotten, and what is pending is due at once.
	Update(ctx context.Context, in site.Site, id string, decide func(Subscription) (after Subscription, afresh bool, err error)) (Subscription, error)
	// Rotate replaces the key. The one before stays until a time; one before that ends.
	Rotate(ctx context.Context, in site.Site, id string, key secret.Text, until time.Time, decide func(Subscription) (Subscription, error)) (Subscription, error)
	// Delete removes a subscription; its key goes at once, and its deliveries in steps, seen by nobody.
	Delete(ctx context.Context, in site.Site, id string, decide func(Subscription) error) error
	// Get reads one subscription.
	Get(ctx context.Context, in site.Site, id string) (Subscription, error)
	// List reads a page, newest first, of those that are older than after; an empty after begins with the newest.
	List(ctx context.Context, in site.Site, after string, limit int) (Page, error)
	// Keys opens the keys that sign now, the newest first.
	Keys(ctx context.Context, in site.Site, id string) ([]secret.Text, error)

	// Log reads a page of deliveries.
	Log(ctx context.Context, in site.Site, id string, q LogQuery) (LogPage, error)
	// Keep writes a finished delivery into the log.
	Keep(ctx context.Context, in site.Site, d Delivery) error
	// Redeliver makes deliveries of an event for the subscription that is named, or for all that are enabled and take it when none is. ErrEventNotFound,
	// ErrNotFound, ErrDisabled.
	Redeliver(ctx context.Context, in site.Site, eventID, id string, due func(Subscription, event.Event) Delivery) ([]Delivery, error)
}

// Page is some subscriptions. An empty Next means that there are no more.
type Page struct {
	Subscriptions []Subscription
	Next          string
}

// LogQuery selects deliveries; an empty status selects all.
type LogQuery struct {
	Status DeliveryStatus
	After  string // the id of the delivery to go on behind; empty begins with the newest
	Limit  int
}

// LogPage is some deliveries, newest first. An empty Next means that there are no more.
type LogPage struct {
	Deliveries []Delivery
	Next       string
}

// Turn is one courier's time with one subscription. Nobody else serves it until the lease ends or is given back.
type Turn struct {
	Site           site.Site
	SubscriptionID string
	Lease          string
}

// Load is what a courier carries next.
type Load struct {
	Subscription Subscription
	Keys         []secret.Text
	Parcels      []Parcel
	// Rests tells that nothing is to be sent now, whatever is pending: the subscription is disabled or paused.
	Rests bool
}

// Parcel is a delivery with its event, which is nil when it is no longer kept.
type Parcel struct {
	Delivery Delivery
	Event    *event.Event
}

// Rounds hands out turns. Every method but Claim is about a turn, and gives ErrLost when it is over; then nothing is written.
type Rounds interface {
	// Claim leases up to so many subscriptions that have something to do, for so long: enabled, not paused, served by nobody, and behind the feed of
	// their site or with a delivery that is due. Those that were served longest ago come first. None: there is nothing to do now. With sites, it looks
	// at no subscription of any other.
	Claim(ctx context.Context, most int, lease time.Duration, in ...site.Site) ([]Turn, error)
	// Extend makes the lease end so long from now.
	Extend(ctx context.Context, t Turn, lease time.Duration) error
	// Release gives the lease back; one that is lost is left alone.
	Release(ctx context.Context, t Turn) error
	// Due reads deliveries that are due: those that have waited longest, or one that was tried least when it is to be seen whether the subscriber is back.
	Due(ctx context.Context, t Turn, most int) (Load, error)
	// Collect makes deliveries of the next events of the feed, so many at most, and moves the position behind what was looked at. It reports whether
	// there is something to do now: a delivery was made, or there are more events.
	Collect(ctx context.Context, t Turn, most int) (more bool, err error)
	// Record writes what judge says of a delivery that was tried. It gives the subscription as it was before.
	Record(ctx context.Context, t Turn, deliveryID string, judge func(Health, Delivery) Verdict) (Subscription, error)
}

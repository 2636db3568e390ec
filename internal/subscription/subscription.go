// Package subscription pushes a site's events to the URLs of subscribers: who takes what, when it is tried again, when a subscriber is left alone.
// It knows neither the database that keeps deliveries nor the HTTP that carries them.
package subscription

import (
	"slices"
	"time"

	"github.com/ivendnext/whatsapp-accounts/internal/event"
	"github.com/ivendnext/whatsapp-accounts/internal/site"
)

// Status says whether a subscription is delivered to.
type Status string

// The statuses.
const (
	Enabled  Status = "enabled"
	Disabled Status = "disabled"
)

// Reason says why a subscription is disabled. It is empty while it is enabled.
type Reason string

// The reasons.
const (
	Requested Reason = "requested" // by whoever manages it
	Gone      Reason = "gone"      // the subscriber answered 410
	Failing   Reason = "failing"   // nothing but failures, for days
)

// Subscription is a URL that events of a site are posted to. Its signing secret is kept apart.
type Subscription struct {
	ID             string // UUIDv7
	Site           site.Site
	URL            string
	Types          []event.Type // in the order of the contract; empty: all
	Description    string
	Status         Status
	DisabledReason Reason
	DisabledAt     time.Time // zero while it is enabled
	SecretSetAt    time.Time
	CreatedAt      time.Time
	UpdatedAt      time.Time
}

// Takes reports whether events of the type are for the subscriber.
func (s Subscription) Takes(t event.Type) bool {
	return len(s.Types) == 0 || slices.Contains(s.Types, t)
}

// disabled is the subscription from now on without deliveries. One that is disabled keeps its reason.
func (s Subscription) disabled(why Reason, now time.Time) Subscription {
	if s.Status != Disabled {
		s.Status, s.DisabledReason, s.DisabledAt, s.UpdatedAt = Disabled, why, now, now
	}
	return s
}

// Health is how deliveries to a subscriber have gone lately. The zero Health has seen no failure since the last success.
type Health struct {
	Failures     int       // in a row
	FailingSince time.Time // the first of them
	FailedAt     time.Time // the last of them
	Pauses       int       // in a row
	PausedUntil  time.Time // nothing is sent before; after it one delivery is sent to see, until one succeeds
}

// Paused reports whether nothing is to be sent now.
func (h Health) Paused(now time.Time) bool { return now.Before(h.PausedUntil) }

// Probing reports whether one delivery is to be sent and no more, to see whether the subscriber is back.
func (h Health) Probing(now time.Time) bool { return !h.PausedUntil.IsZero() && !h.Paused(now) }

// DeliveryStatus says what became of a delivery.
type DeliveryStatus string

// The states of a delivery.
const (
	Pending   DeliveryStatus = "pending"
	Succeeded DeliveryStatus = "succeeded"
	Failed    DeliveryStatus = "failed"
)

// DeliveryStatuses lists the states in the order in which a delivery may come to them.
func DeliveryStatuses() []DeliveryStatus { return []DeliveryStatus{Pending, Succeeded, Failed} }

// Delivery is one event on its way to one subscriber.
type Delivery struct {
	ID             string // UUIDv7
	SubscriptionID string
	EventID        string
	Type           event.Type
	Status         DeliveryStatus
	Tries          int
	Attempts       []Attempt // the last of them, at most MaxAttempts, the oldest first
	NextAt         time.Time // when it is tried next; zero once it is finished
	CreatedAt      time.Time
	FinishedAt     time.Time // zero while it is pending
}

// MaxAttempts is how many attempts a delivery remembers.
const MaxAttempts = 20

// Attempt is one try of a delivery.
type Attempt struct {
	At     time.Time
	Status int    // the HTTP status; zero when there was no answer
	Detail string // what went wrong, in words of ours; empty when nothing did
	Took   time.Duration
}

// Succeeded reports whether the subscriber has taken the event.
func (a Attempt) Succeeded() bool { return a.Status >= 200 && a.Status <= 299 }

// Result is how a try ended, and what the subscriber wants us to wait.
type Result struct {
	Attempt
	RetryAfter time.Duration // zero: it said nothing
}

// NewDelivery is a delivery that is due at once.
func NewDelivery(id string, to Subscription, e event.Event, now time.Time) Delivery {
	return Delivery{ID: id, SubscriptionID: to.ID, EventID: e.ID, Type: e.Type, Status: Pending, NextAt: now, CreatedAt: now}
}

// Package event is what other services are told: an append-only feed for each site.
// It does not know where events come from, nor how they are delivered.
package event

import (
	"context"
	"encoding/json"
	"errors"
	"time"

	"github.com/ivendnext/whatsapp-accounts/internal/site"
)

// Type says what an event tells.
type Type string

// The types.
const (
	MessageReceived Type = "message.received"
	MessageStatus   Type = "message.status"
	TemplateStatus  Type = "template.status"
	AccountHealth   Type = "account.health"
	AccountChanged  Type = "account.changed"
	WebhookUnrouted Type = "webhook.unrouted" // proved, but for no account that may have it
	WebhookOther    Type = "webhook.other"    // of a kind that this service passes on without reading it

	SubscriptionDisabled Type = "subscription.disabled" // deliveries to a subscriber have ended, because it is gone or has failed for days
	SubscriptionTest     Type = "subscription.test"     // sent to one subscriber who asked for it; in no feed
)

// Types lists the types that a feed can hold, in the order of the contract.
func Types() []Type {
	return []Type{MessageReceived, MessageStatus, TemplateStatus, AccountHealth, AccountChanged, WebhookUnrouted, WebhookOther, SubscriptionDisabled}
}

// Event is one line of a site's feed.
type Event struct {
	ID        string // UUIDv7
	Position  int64  // in the feed of its site, from 1; a later event has a higher one, always
	Type      Type
	AccountID string // empty when it is about no account of the site
	CreatedAt time.Time
	Data      json.RawMessage // an object
	// ReadReceipt is how the automatic read receipt of a received message stands; nil when there is none to send.
	ReadReceipt *ReadReceipt
}

// ReadReceipt is how an automatic read receipt stands.
type ReadReceipt struct {
	State  ReceiptState
	At     time.Time // of the state
	Detail string    // why it failed, in words
}

// ReceiptState is what became of a read receipt.
type ReceiptState string

// The states of a read receipt.
const (
	ReceiptQueued    ReceiptState = "queued"
	ReceiptSent      ReceiptState = "sent"
	ReceiptFailed    ReceiptState = "failed"
	ReceiptCancelled ReceiptState = "cancelled" // the account was switched off, or its flag, before it was sent
)

// New is an event that is to be appended. An event with a Key is appended once: another with the same key changes nothing.
type New struct {
	Type      Type
	AccountID string
	Key       string
	Data      json.RawMessage
	// ReceiptID is the id of the read receipt that the message will have; empty for none.
	ReceiptID string
}

// ErrNotKept is an event that is not in the feed: it never was, or it was purged.
var ErrNotKept = errors.New("event: it is not kept")

// Query selects a page of the feed.
type Query struct {
	After     int64 // the position to begin behind; zero is the oldest that is kept
	Types     []Type
	AccountID string
	Limit     int
}

// Page is some events, the oldest first, and where the next page begins: behind everything that was looked at.
type Page struct {
	Events []Event
	Next   int64
	// Head is the position of the newest event when the page was read; a page that ends before it is not the last.
	Head int64
}

// Store keeps the feeds.
type Store interface {
	// Append adds events to a site's feed in the order given, in the transaction of ctx or in one of its own, and tells of each whether it
	// is new. Positions become visible in their order: who has read up to one never misses an earlier one.
	Append(ctx context.Context, s site.Site, events ...New) (fresh []bool, err error)
	// Read reads a page. An event that was purged is skipped.
	Read(ctx context.Context, s site.Site, q Query) (Page, error)
	// Keyed reads the event that was appended with the type, account and key of n. ErrNotKept.
	Keyed(ctx context.Context, s site.Site, n New) (Event, error)
	// Head gives the position of a site's newest event, zero when there is none.
	Head(ctx context.Context, s site.Site) (int64, error)
	// Purge removes events from before, a bounded number at a time, and tells how many.
	Purge(ctx context.Context, before time.Time) (int64, error)
}

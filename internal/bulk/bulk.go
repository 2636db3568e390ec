// Package bulk sends one template to many recipients: it takes them all or none, hands them on as messages at the pace of their account, and counts exactly.
// It knows no provider by name, no HTTP and no SQL, and it sends nothing itself.
package bulk

import (
	"encoding/json"
	"time"

	"github.com/ivendnext/whatsapp-accounts/internal/message"
	"github.com/ivendnext/whatsapp-accounts/internal/routing"
	"github.com/ivendnext/whatsapp-accounts/internal/site"
)

// Status says what is done with the recipients that wait.
type Status string

// The statuses.
const (
	Loading   Status = "loading"   // its recipients are being read, and nobody sees it
	Running   Status = "running"   // they become messages, one after the other
	Paused    Status = "paused"    // they wait
	Cancelled Status = "cancelled" // they never become messages
)

// MaxRecipients is how many recipients a bulk may have.
const MaxRecipients = 100_000

// MaxTitle and MaxName bound the texts of a bulk that people read, in characters.
const (
	MaxTitle = 140
	MaxName  = 140
)

// MaxReference is the longest reference, in characters.
const MaxReference = message.MaxReference

// Bulk is one template for many recipients.
type Bulk struct {
	ID           string // UUIDv7
	Site         site.Site
	Title        string
	TemplateID   string // the one that is sent: with an account of another home it is the twin of the one that was named
	AccountID    string
	Reason       routing.Reason // why this account
	IfUnknown    message.Policy
	SendAfter    time.Time // zero for at once
	DiscardAfter time.Time // zero leaves it to each message
	Status       Status
	Total        int
	CreatedBy    string // the name of the caller
	Retry        Retry
	CreatedAt    time.Time
	UpdatedAt    time.Time
}

// Retry says which of the messages that failed are to be sent again: those that failed until a time, behind the one that was looked at last. The zero Retry
// is none.
type Retry struct {
	Before time.Time
	From   string // the id of the message; empty is the beginning
}

// Recipient is one that has not become a message yet.
type Recipient struct {
	N         int // its place in the request, from 0
	To        string
	Name      string // for people; may be empty
	Reference string
	Composed  json.RawMessage // what the provider is given
}

// Counts is how far a bulk is. They always add up to its total.
type Counts struct {
	Pending int // have not become messages yet
	Of      map[message.Status]int
}

// Sum adds everything up.
func (c Counts) Sum() int {
	sum := c.Pending
	for _, n := range c.Of {
		sum += n
	}
	return sum
}

// Progress is a bulk with its counts, both as of one moment.
type Progress struct {
	Bulk
	Counts Counts
}

// Done reports whether nothing is left to be sent. What was sent may still be delivered or read.
func (p Progress) Done() bool {
	return p.Counts.Pending+p.Counts.Of[message.Queued]+p.Counts.Of[message.Sending] == 0 && (p.Retry == Retry{} || p.Status == Cancelled)
}

// message makes the message of a recipient whose turn has come.
func (b Bulk) message(r Recipient, id string, now time.Time) message.Message {
	m := message.OfTemplate(id, r.To, r.Composed, now)
	m.Site, m.AccountID, m.Reason, m.TemplateID, m.BulkID = b.Site, b.AccountID, b.Reason, b.TemplateID, b.ID
	m.Reference, m.IfUnknown = r.Reference, b.IfUnknown
	if m.DiscardAfter = b.DiscardAfter; m.DiscardAfter.IsZero() {
		m.DiscardAfter = now.Add(message.Lifetime)
	}
	return m
}

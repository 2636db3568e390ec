// Package template keeps the message templates of a site: what they say, the rules they obey, how they are filled in, and their approval.
// It knows no provider by name, no HTTP and no SQL, and it sends nothing.
package template

import (
	"maps"
	"reflect"
	"slices"
	"time"

	"github.com/ivendnext/whatsapp-accounts/internal/provider"
	"github.com/ivendnext/whatsapp-accounts/internal/site"
)

// Status says how far a template is: a word of ours, or of the provider that approves it.
type Status string

// The statuses that the service acts on. A provider has more, which are kept as it writes them; a template that has one of those is not sent.
const (
	Local    Status = "LOCAL"    // rendered here; nobody approves it
	New      Status = "DRAFT"    // never submitted
	Pending  Status = "PENDING"  // being reviewed
	Approved Status = "APPROVED" // may be sent
	Rejected Status = "REJECTED"
	Paused   Status = "PAUSED"
	Disabled Status = "DISABLED"
	Deleted  Status = "DELETED" // the provider has it no longer
)

// Template is a message template of one account.
type Template struct {
	ID         string // UUIDv7
	Site       site.Site
	AccountID  string
	Type       provider.Type // that of its account
	Home       string        // what it belongs to at the provider: its name and language are unique there
	Label      string        // what people call it
	Name       string        // what the API calls it
	Language   string        // the code
	Category   string        // empty where there are none
	Content    provider.TemplateContent
	Status     Status
	Reason     string // why it was rejected, in the provider's word; may be empty
	Quality    string // the provider's word; may be empty
	ProviderID string // the provider's id of it; empty while it has none
	// AtProvider is what the provider has of it; nil while it has nothing.
	AtProvider  *Held
	ToldAt      time.Time // of which time Status is; zero for those that nobody tells
	SubmittedAt time.Time // zero means never
	SyncedAt    time.Time // when the provider last listed it; zero means never
	CreatedAt   time.Time
	UpdatedAt   time.Time
}

// Held is what a provider has of a template.
type Held struct {
	Category string                   `json:"category"`
	Content  provider.TemplateContent `json:"content"`
}

// Unsubmitted reports whether the template says something that its provider has not been told: an edit, or all of it.
func (t Template) Unsubmitted() bool {
	return t.Status != Local && (t.AtProvider == nil || t.Category != t.AtProvider.Category || !Same(t.Content, t.AtProvider.Content))
}

// Sendable reports whether messages of it may be sent with its own account.
func (t Template) Sendable() bool { return t.Status == Approved || t.Status == Local }

// Same compares what templates say. Samples are for reviewers and do not count: a provider gives back others than it was given.
func Same(a, b provider.TemplateContent) bool {
	a.Samples, b.Samples = nil, nil
	return reflect.DeepEqual(tidied(a), tidied(b))
}

// tidied has one form for what is not there.
func tidied(c provider.TemplateContent) provider.TemplateContent {
	if len(c.Buttons) == 0 {
		c.Buttons = nil
	}
	if len(c.Samples) == 0 {
		c.Samples = nil
	}
	if len(c.Foreign) == 0 {
		c.Foreign = nil
	}
	return c
}

// Clone copies c deeply enough that the copy may be changed.
func Clone(c provider.TemplateContent) provider.TemplateContent {
	if c.Header != nil {
		header := *c.Header
		c.Header = &header
	}
	c.Buttons, c.Samples, c.Foreign = slices.Clone(c.Buttons), maps.Clone(c.Samples), slices.Clone(c.Foreign)
	return c
}

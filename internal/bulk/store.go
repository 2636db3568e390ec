package bulk

import (
	"context"
	"time"

	"github.com/ivendnext/whatsapp-accounts/internal/message"
	"github.com/ivendnext/whatsapp-accounts/internal/site"
)

// Queue is where the jobs wait that hand recipients on: their subject and order key is the bulk.
const Queue = "bulk-messages"

// Store keeps bulks and those of their recipients that are not messages yet. Every method is confined to one site; a bulk of another site is ErrNotFound, as
// is an id that is not a UUID, and all but the first four methods see none that is being loaded.
type Store interface {
	// Begin keeps a bulk that is to be loaded.
	Begin(ctx context.Context, b Bulk) error
	// Load keeps recipients of a bulk that is being loaded.
	Load(ctx context.Context, in site.Site, id string, some []Recipient) error
	// Start replaces a bulk that is being loaded by what it is when all of its recipients are, with its job. ErrNotFound when it was dropped.
	Start(ctx context.Context, b Bulk) error
	// Drop removes a bulk that is being loaded, with its recipients. Any other is left alone.
	Drop(ctx context.Context, in site.Site, id string) error

	// Read reads a bulk without its counts. ErrNotFound.
	Read(ctx context.Context, in site.Site, id string) (Bulk, error)
	// Get reads a bulk and its counts, as of one moment. ErrNotFound.
	Get(ctx context.Context, in site.Site, id string) (Progress, error)
	// List reads a page of bulks, newest first.
	List(ctx context.Context, in site.Site, q Query) (Page, error)
	// Update changes a bulk as decide says, inside the transaction, and has it looked at if decide asks for that. ErrNotFound.
	Update(ctx context.Context, in site.Site, id string, decide func(ctx context.Context, b Bulk) (after Bulk, look bool, err error)) (Bulk, error)
	// Enqueue has a bulk looked at, not before a time.
	Enqueue(ctx context.Context, in site.Site, id string, at time.Time) error

	// Fresh counts the messages of a bulk that wait for their first attempt, and no more than most.
	Fresh(ctx context.Context, in site.Site, id string, r Retry, most int) (int, error)
	// Take removes the next recipients, at most n, and gives them. The bulk must be held by Update.
	Take(ctx context.Context, in site.Site, id string, n int) ([]Recipient, error)
	// Failed counts the messages that a retry is about.
	Failed(ctx context.Context, in site.Site, id string, r Retry) (int, error)
	// Revive changes the next messages that a retry is about as revive says, each with a new job, at most n. It gives what is left of the retry.
	Revive(ctx context.Context, in site.Site, id string, r Retry, n int, revive func(message.Message) message.Message) (Retry, error)
	// Recall changes messages that are queued as recall says, at most n and passing over those that somebody holds, and tells how many.
	Recall(ctx context.Context, in site.Site, id string, n int, recall func(message.Message) (message.Message, error)) (int, error)
}

// Query selects bulks. An empty status selects all.
type Query struct {
	Status Status
	Limit  int
	After  string // the id that the page before ended with
}

// Page is some bulks. An empty Next means that there are no more.
type Page struct {
	Bulks []Bulk
	Next  string
}

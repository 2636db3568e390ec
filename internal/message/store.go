package message

import (
	"context"
	"time"

	"github.com/ivendnext/whatsapp-accounts/internal/account"
	"github.com/ivendnext/whatsapp-accounts/internal/site"
)

// Queue is where the jobs wait that send messages: their subject is a message. Those to one recipient of one account have one order key, so they go one
// after the other; what waits for a time of its own has none, so that nothing waits behind it, nor has what is one of a bulk, so that it takes no more than half of
// the workers from the others.
const Queue = "messages"

// Store keeps messages. Every method is confined to one site; a message of another site is ErrNotFound, as is an id that is not a UUID. Whatever changes a
// message tells the feed its new steps in the same transaction.
type Store interface {
	// Insert keeps messages, each with its job.
	Insert(ctx context.Context, s site.Site, messages ...Message) error
	// Get reads one message. ErrNotFound.
	Get(ctx context.Context, s site.Site, id string) (Message, error)
	// GetAll reads several at once, by their ids. Those that are not there are left out.
	GetAll(ctx context.Context, s site.Site, ids ...string) (map[string]Message, error)
	// List reads a page of messages, newest first.
	List(ctx context.Context, s site.Site, q Query) (Page, error)
	// Update changes a message as decide says, inside the transaction, and gives it as decided; what was told of it before its provider's id was known comes on top
	// when it is written. One that decide leaves alone is not written. ErrNotFound.
	Update(ctx context.Context, s site.Site, id string, decide func(Message) (Message, error)) (Message, error)
	// Begin changes several messages, each by how its account stands then, which stays so until the transaction ends, and gives them as they are then; those that
	// are not there are left out. They are believed to be as given: decide may see one so first and then, if it has changed meanwhile, as it is, and what it says then
	// counts. An account that is not there has the zero standing.
	Begin(ctx context.Context, s site.Site, believed []Message, decide func(Message, account.Standing) Message) (map[string]Message, error)
	// Conclude changes a message before the transaction ends, together with others. It is believed to be as given, as with Begin. One that is not there is left alone.
	Conclude(ctx context.Context, s site.Site, believed Message, decide func(Message) Message) error
	// Again enqueues another job for a message, in the transaction of ctx if there is one. It has no order key: nothing waits behind it.
	Again(ctx context.Context, s site.Site, id string, at time.Time) error
	// Transact runs fn in one transaction: every method that gets fn's context takes part.
	Transact(ctx context.Context, fn func(context.Context) error) error
	// Reserve takes the next places in the paces of accounts, each of which is named once, and gives the time of the first of each. All processes share the places.
	Reserve(ctx context.Context, s site.Site, places ...Places) (map[string]time.Time, error)
	// CountPair counts a message of a pair for all processes, with what one of them has counted by itself before: the pair is at rest by so much later, and that is told.
	// When it is not at rest for longer than room nothing is counted, and when it will be at rest is told all the same.
	CountPair(ctx context.Context, s site.Site, of Pair, count, room time.Duration) (rest time.Time, counted bool, err error)
	// Hold keeps the places of an account free until a time.
	Hold(ctx context.Context, s site.Site, accountID string, until time.Time) error
}

// Places are some places in the pace of an account.
type Places struct {
	AccountID string
	N         int
	Apart     time.Duration
}

// Query selects messages. Empty members select all.
type Query struct {
	Status    Status
	AccountID string
	To        string // as Recipient has it
	Reference string
	BulkID    string
	Limit     int
	After     string // the id that the page before ended with
}

// Page is some messages. An empty Next means that there are no more.
type Page struct {
	Messages []Message
	Next     string
}

package template

import (
	"context"
	"slices"
	"time"

	"github.com/ivendnext/whatsapp-accounts/internal/account"
	"github.com/ivendnext/whatsapp-accounts/internal/provider"
	"github.com/ivendnext/whatsapp-accounts/internal/site"
)

// Store keeps templates. Every method is confined to one site and refuses the zero site; a template of another site is ErrNotFound, as is an id that is not
// a UUID. Decisions run inside the transaction that writes what they decide; an error of one is returned as it is and nothing is written.
type Store interface {
	// Insert writes the template that decide makes for an account, which stays as it is until then. account.ErrNotFound, ErrExists.
	Insert(ctx context.Context, s site.Site, accountID string, decide func(account.Account) (Template, error)) (Template, error)
	// Update changes a template as decide says; one that decide leaves alone is not written. ErrNotFound, ErrExists.
	Update(ctx context.Context, s site.Site, id string, decide func(Template) (Template, error)) (Template, error)
	// Delete removes a template if decide agrees. ErrNotFound.
	Delete(ctx context.Context, s site.Site, id string, decide func(Template) error) error
	// Get reads one template. ErrNotFound.
	Get(ctx context.Context, s site.Site, id string) (Template, error)
	// List reads a page of templates, newest first.
	List(ctx context.Context, s site.Site, q Query) (Page, error)
	// Find reads the template of a home by its name and language. ErrNotFound.
	Find(ctx context.Context, s site.Site, t provider.Type, home, name, language string) (Template, error)

	// Enqueue has the templates of an account synced by whoever comes first.
	Enqueue(ctx context.Context, s site.Site, accountID string) error
	// EnqueueDue has those synced of Active accounts of some types, of any site, whose turn was not since before, those that wait longest first and at most limit
	// of them, and tells how many. Nobody else gives them their turn until then again.
	EnqueueDue(ctx context.Context, types []provider.Type, before time.Time, limit int) (int, error)
	// Synced tells when the last sync of an account began that was done; zero when none was.
	Synced(ctx context.Context, s site.Site, accountID string) (time.Time, error)
	// Reconcile writes what decide makes of the templates of a home, tells the feed of it, and keeps the outcome. Nothing is written when the account is gone or
	// Inactive by then.
	Reconcile(ctx context.Context, a account.Account, home string, o Outcome, decide func(have []Template) Changes) error
	// Unsynced keeps the outcome of a sync that was not done.
	Unsynced(ctx context.Context, s site.Site, accountID string, o Outcome) error
}

// Query selects templates. Empty members select all.
type Query struct {
	AccountID string // with the templates that the account shares with others
	Type      provider.Type
	Home      string // of the account
	Status    Status
	Prefix    string // of the name
	Among     Among
	Limit     int
	After     string // the id that the page before ended with
}

// Among selects by lists, of which an empty one selects all.
type Among struct {
	Names, Languages, Categories []string
	Statuses                     []Status
	// AtProvider leaves out what the provider does not have: drafts, and what was deleted there.
	AtProvider bool
}

// Page is some templates. An empty Next means that there are no more.
type Page struct {
	Templates []Template
	Next      string
}

// Texts lists what the query compares with texts that are kept.
func (q Query) Texts() []string {
	all := append([]string{q.Prefix, string(q.Status)}, slices.Concat(q.Among.Names, q.Among.Languages, q.Among.Categories)...)
	for _, s := range q.Among.Statuses {
		all = append(all, string(s))
	}
	return all
}

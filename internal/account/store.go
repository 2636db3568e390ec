package account

import (
	"context"

	"github.com/ivendnext/whatsapp-accounts/internal/provider"
	"github.com/ivendnext/whatsapp-accounts/internal/site"
)

// Store keeps accounts, designations and history. Every method is confined to one site and refuses the zero site;
// an account of another site is ErrNotFound, as is an id that is not a UUID.
//
// A method that writes does so in one transaction: the account, its secrets, the designations it takes and gives, its history line
// and that of every account that lost a designation. Decisions run inside that transaction, on the state that the write will replace,
// so what they saw cannot have changed by the time it is committed. An error of a decision is returned as it is and nothing is written.
type Store interface {
	// Insert writes a new account. ErrNameTaken, ErrValueTaken.
	Insert(ctx context.Context, s site.Site, spec provider.Spec, d Decision, e Entry) (Account, error)
	// Update changes an account as decide says; a decision without changes writes nothing. ErrNotFound, ErrNameTaken, ErrValueTaken.
	Update(ctx context.Context, s site.Site, id string, decide func(Account) (provider.Spec, Decision, Entry, error)) (Account, error)
	// Delete removes an account and whatever it holds. ErrNotFound, *Linked while templates belong to it.
	Delete(ctx context.Context, s site.Site, id string, decide func(Account) (Entry, error)) error
	// Get reads one account. ErrNotFound.
	Get(ctx context.Context, s site.Site, id string) (Account, error)
	// Identified reads the accounts of a type that have the value in a setting that identifies, the oldest first and at most so many.
	Identified(ctx context.Context, s site.Site, t provider.Type, field, value string, most int) ([]Account, error)
	// List reads a page of accounts.
	List(ctx context.Context, s site.Site, q Query) (Page, error)
	// History reads a page of an account's history, newest first. ErrNotFound when the account never was.
	History(ctx context.Context, s site.Site, id string, after string, limit int) (HistoryPage, error)

	// Holder reads the account that has the designation, whatever its status. ErrNoDefault.
	Holder(ctx context.Context, s site.Site, d Direction) (Account, error)
	// Designate gives the designation to an account if decide agrees, which also sees who holds it now; nil is nobody. A holder that asks
	// again changes nothing. ErrNotFound.
	Designate(ctx context.Context, s site.Site, d Direction, id string, decide func(a Account, holder *Account) (Entry, error)) (Account, error)
	// Vacate takes the designation from whoever holds it if decide agrees; when nobody does, decide sees nil and nothing happens.
	Vacate(ctx context.Context, s site.Site, d Direction, decide func(holder *Account) (Entry, error)) error
}

// Query selects accounts. Empty members select all.
type Query struct {
	Status Status
	Type   provider.Type
	Name   string // compared as names are: NameKey
	Prefix string // the beginning of a name; the page is then ordered by name
	Limit  int
	After  Position
}

// Position is where a page ended. Name is used only when the page is ordered by it.
type Position struct {
	Name string `json:"n,omitempty"`
	ID   string `json:"i,omitempty"`
}

// Page is some accounts, newest first unless a prefix was asked for. A zero Next means that there are no more.
type Page struct {
	Accounts []Account
	Next     Position
}

// HistoryPage is some history lines, newest first. An empty Next means that there are no more.
type HistoryPage struct {
	Entries []Entry
	Next    string
}

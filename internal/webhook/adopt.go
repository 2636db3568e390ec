package webhook

import (
	"context"
	"encoding/json"
	"errors"
	"slices"

	"github.com/ivendnext/whatsapp-accounts/internal/account"
	"github.com/ivendnext/whatsapp-accounts/internal/event"
	"github.com/ivendnext/whatsapp-accounts/internal/provider"
	"github.com/ivendnext/whatsapp-accounts/internal/secret"
	"github.com/ivendnext/whatsapp-accounts/internal/site"
)

// Accounts reads accounts as they are now.
type Accounts interface {
	// Get reads one. account.ErrNotFound.
	Get(ctx context.Context, in site.Site, id string) (account.Account, error)
}

// Feed reads a site's events.
type Feed interface {
	Read(ctx context.Context, in site.Site, q event.Query) (event.Page, error)
}

// Adopted says what became of the webhooks that were kept for nobody.
type Adopted struct {
	Adopted  int // handled now for the account
	Already  int // adopted before
	Unproved int // that the account's secret does not prove
	Gone     int // whose bodies are no longer kept
}

// Adopter gives an account the webhooks that came for it before it was there, or while it was Inactive or could not prove them.
type Adopter struct {
	accounts   Accounts
	feed       Feed
	candidates Candidates
	receipts   Receipts
	doors      map[provider.Type]Door
	wake       func()
}

// NewAdopter makes an adopter; wake tells the worker in this process that there is something to handle.
func NewAdopter(accounts Accounts, feed Feed, candidates Candidates, receipts Receipts, doors map[provider.Type]Door, wake func()) *Adopter {
	return &Adopter{accounts: accounts, feed: feed, candidates: candidates, receipts: receipts, doors: doors, wake: wake}
}

// adoptPage is how many events are read at once.
const adoptPage = 200

// Adopt looks through the site's webhook.unrouted events for those that name the account, proves each body again with the account's own secret, and has
// it handled for the account. What was handled before has no further effect. account.ErrNotFound, account.ErrInactive.
func (a *Adopter) Adopt(ctx context.Context, in site.Site, accountID string) (Adopted, error) {
	var done Adopted
	of, err := a.accounts.Get(ctx, in, accountID)
	if err != nil {
		return done, err
	}
	if !of.IsActive() {
		return done, account.ErrUnusable(of.Standing())
	}
	door, known := a.doors[of.Type]
	if !known {
		return done, nil
	}
	found, err := a.candidates.ByID(ctx, of.Type, of.ID, door.proof())
	if err != nil || len(found) == 0 {
		return done, err
	}
	task := adoption{Adopter: a, door: door, of: of, proofs: found[0].Proofs, seen: map[string]bool{}}
	err = task.run(ctx)
	if task.Adopted.Adopted > 0 && a.wake != nil {
		a.wake()
	}
	return task.Adopted, err
}

// adoption is one call of Adopt.
type adoption struct {
	*Adopter
	Adopted
	door   Door
	of     account.Account
	proofs []secret.Text
	seen   map[string]bool // receipts that were looked at
}

func (t *adoption) run(ctx context.Context) error {
	q := event.Query{Types: []event.Type{event.WebhookUnrouted}, Limit: adoptPage}
	for {
		page, err := t.feed.Read(ctx, t.of.Site, q)
		if err != nil {
			return err
		}
		for _, e := range page.Events {
			if id, inactive, mine := t.mine(e); mine && !t.seen[id] {
				t.seen[id] = true
				if err := t.adopt(ctx, id, inactive); err != nil {
					return err
				}
			}
		}
		if page.Next >= page.Head {
			return nil
		}
		q.After = page.Next
	}
}

// mine tells whether an unrouted event is for the account, its receipt, and whether it was for the account when it was Inactive.
func (t *adoption) mine(e event.Event) (receiptID string, inactive, mine bool) {
	var data map[string]json.RawMessage
	if json.Unmarshal(e.Data, &data) != nil || json.Unmarshal(data["receipt_id"], &receiptID) != nil {
		return "", false, false
	}
	if e.AccountID != "" {
		return receiptID, true, e.AccountID == t.of.ID
	}
	names := map[string]string{}
	for _, f := range t.door.Spec.Fields {
		var value string
		if f.Identifies && json.Unmarshal(data[f.Name], &value) == nil {
			names[f.Name] = value
		}
	}
	return receiptID, false, len(names) > 0 && is(t.of.Settings, names)
}

func (t *adoption) adopt(ctx context.Context, receiptID string, again bool) error {
	r, err := t.receipts.Receipt(ctx, receiptID)
	if errors.Is(err, ErrReceiptGone) {
		t.Gone++
		return nil
	}
	if err != nil {
		return err
	}
	party := Party{AccountID: t.of.ID, Site: t.of.Site}
	switch {
	case slices.Contains(r.Proved, party) && !again:
		t.Already++
		return nil
	case !slices.Contains(r.Proved, party) && !slices.ContainsFunc(t.proofs, func(s secret.Text) bool { return t.door.Receiver.Proves(r.Signature, r.Body, s) }):
		t.Unproved++
		return nil
	}
	err = t.receipts.Adopt(ctx, receiptID, party)
	if errors.Is(err, ErrReceiptGone) {
		t.Gone++
		return nil
	}
	t.Adopted.Adopted++
	return err
}

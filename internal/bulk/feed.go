package bulk

import (
	"context"
	"errors"
	"time"

	"github.com/ivendnext/whatsapp-accounts/internal/account"
	"github.com/ivendnext/whatsapp-accounts/internal/message"
	"github.com/ivendnext/whatsapp-accounts/internal/provider"
	"github.com/ivendnext/whatsapp-accounts/internal/routing"
	"github.com/ivendnext/whatsapp-accounts/internal/site"
)

const (
	// ahead is for how long a turn hands on messages.
	ahead = 2 * time.Second
	// again is when a bulk is looked at that is not done.
	again = time.Second
	// unpaced is how many messages a turn hands on whose provider sets no pace, and the most in any case: a turn is one transaction.
	unpaced = 200
)

// Router decides which account sends.
type Router interface {
	// Route gives the account to use, or a *routing.Refusal.
	Route(ctx context.Context, in site.Site, q routing.Query) (routing.Decision, error)
}

// Outbox takes messages to be sent.
type Outbox interface {
	// Insert keeps messages, each with its job.
	Insert(ctx context.Context, in site.Site, messages ...message.Message) error
}

// Feeder hands the recipients of bulks on as messages, no more at once than their account sends in a moment: whoever sends a single message with it never
// waits behind a whole bulk.
type Feeder struct {
	Store  Store
	Router Router
	Outbox Outbox
	Pace   func(account.Account) provider.SendRules
	Now    func() time.Time
	NewID  func() string
}

// Turn does the job of a bulk. What it returns hands some messages on, and has the bulk looked at again unless it is done, in the transaction that ends the job.
func (f *Feeder) Turn(ctx context.Context, in site.Site, id string) (commit func(context.Context) error, err error) {
	b, err := f.Store.Read(ctx, in, id)
	switch {
	case errors.Is(err, ErrNotFound):
		return nil, nil
	case err != nil:
		return nil, err
	case b.Status == Cancelled:
		return f.recall(in, id), nil
	case b.Status != Running:
		return nil, nil
	}
	d, err := f.Router.Route(ctx, in, routing.Query{AccountID: b.AccountID, TemplateID: b.TemplateID, Kind: routing.Kind(provider.TypeTemplate), Direction: account.Outgoing})
	refusal, refused := errors.AsType[*routing.Refusal](err)
	if err != nil && !refused {
		return nil, err
	}
	return func(ctx context.Context) error {
		_, err := f.Store.Update(ctx, in, id, func(ctx context.Context, b Bulk) (Bulk, bool, error) {
			if b.Status != Running {
				return b, false, nil
			}
			return f.hand(ctx, b, most(f.Pace(d.Account)), refusal)
		})
		return ignoringGone(err)
	}, nil
}

// most is how many messages a turn hands on.
func most(pace provider.SendRules) int {
	if pace.Apart <= 0 {
		return unpaced
	}
	return min(max(int(ahead/pace.Apart), 1), unpaced)
}

// hand makes messages of at most n recipients, or sends at most n messages again when there are none, unless enough are on their way. A bulk that is not done is looked at later.
func (f *Feeder) hand(ctx context.Context, b Bulk, n int, refusal *routing.Refusal) (Bulk, bool, error) {
	later := func(b Bulk) (Bulk, bool, error) {
		return b, false, f.Store.Enqueue(ctx, b.Site, b.ID, f.Now().Add(again))
	}
	waiting, err := f.Store.Fresh(ctx, b.Site, b.ID, b.Retry, 2*n)
	if err != nil {
		return b, false, err
	}
	if waiting >= 2*n {
		return later(b)
	}
	taken, err := f.take(ctx, b, n, refusal)
	if err != nil {
		return b, false, err
	}
	if taken == 0 && b.Retry != (Retry{}) { // in turns of their own: what was told already holds the feed, and whoever holds a message may wait for that
		b.Retry, err = f.Store.Revive(ctx, b.Site, b.ID, b.Retry, n, func(m message.Message) message.Message { return f.revive(b, m, refusal) })
		if err != nil {
			return b, false, err
		}
	}
	if taken < n && b.Retry == (Retry{}) {
		return b, false, nil
	}
	return later(b)
}

// take makes messages of the next recipients. When no account may send them any more they have failed, and say why.
func (f *Feeder) take(ctx context.Context, b Bulk, n int, refusal *routing.Refusal) (int, error) {
	recipients, err := f.Store.Take(ctx, b.Site, b.ID, n)
	if err != nil || len(recipients) == 0 {
		return 0, err
	}
	messages, now := make([]message.Message, len(recipients)), f.Now()
	for i, r := range recipients {
		messages[i] = b.message(r, f.NewID(), now)
		if refusal != nil {
			messages[i] = messages[i].Fail(message.RefusalOf(refusal), now)
		}
	}
	return len(messages), f.Outbox.Insert(ctx, b.Site, messages...)
}

func (f *Feeder) revive(b Bulk, m message.Message, refusal *routing.Refusal) message.Message {
	m = m.Revive(b.DiscardAfter, f.Now())
	if refusal != nil {
		m = m.Fail(message.RefusalOf(refusal), f.Now())
	}
	return m
}

// recall takes back messages of a cancelled bulk until none waits.
func (f *Feeder) recall(in site.Site, id string) func(context.Context) error {
	return func(ctx context.Context) error {
		n, err := recall(ctx, f.Store, in, id, f.Now)
		if err != nil || n == 0 {
			return err
		}
		return f.Store.Enqueue(ctx, in, id, time.Time{})
	}
}

// ignoringGone bears that a bulk was removed meanwhile.
func ignoringGone(err error) error {
	if errors.Is(err, ErrNotFound) {
		return nil
	}
	return err
}

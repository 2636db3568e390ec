package message

import (
	"context"
	"slices"
	"strings"
	"time"

	"github.com/ivendnext/whatsapp-accounts/internal/account"
	"github.com/ivendnext/whatsapp-accounts/internal/batch"
	"github.com/ivendnext/whatsapp-accounts/internal/site"
)

const (
	// together is how many attempts share the commit of their beginning at most.
	together = 64
	// beginWithin bounds that commit: it is not any single attempt's to break off.
	beginWithin = 5 * time.Second
)

// beginner commits that attempts begin. Those that come at the same time share a transaction.
type beginner struct {
	store Store
	now   func() time.Time
	batch *batch.Of[*beginning]
}

// beginning is an attempt that is about to begin.
type beginning struct {
	message Message
	ours    bool       // it was queued, and not what another job of the message has begun
	begun   chan begun // buffered
}

// begun is a message as it is when its beginning is committed.
type begun struct {
	message Message
	err     error
}

func newBeginner(store Store, now func() time.Time) *beginner {
	b := &beginner{store: store, now: now}
	b.batch = batch.New(batch.AtMost[*beginning](together), b.begin)
	return b
}

// do begins an attempt, and gives the message as it is then.
func (b *beginner) do(ctx context.Context, m Message) (Message, error) {
	one := &beginning{message: m, begun: make(chan begun, 1)}
	b.batch.Add(one)
	select {
	case as := <-one.begun:
		return as.message, as.err
	case <-ctx.Done():
		return m, ctx.Err()
	}
}

// begin begins some attempts in one transaction; when that fails, each in one of its own. The messages are locked in the order of their ids, as everybody does
// who locks several.
func (b *beginner) begin(some []*beginning) {
	ctx, cancel := context.WithTimeout(context.Background(), beginWithin)
	defer cancel()
	slices.SortFunc(some, func(x, y *beginning) int { return strings.Compare(x.message.ID, y.message.ID) })
	after, err := b.commit(ctx, some...)
	for i, one := range some {
		if err == nil {
			one.begun <- one.as(after[i])
			continue
		}
		alone, err := b.commit(ctx, one)
		if err != nil {
			one.begun <- begun{one.message, err}
			continue
		}
		one.begun <- one.as(alone[0])
	}
}

// as is the outcome of a commit: what another job has begun is not ours to send.
func (one *beginning) as(after Message) begun {
	if after.Status == Sending && !one.ours {
		return begun{after, errNotBegun}
	}
	return begun{message: after}
}

func (b *beginner) commit(ctx context.Context, some ...*beginning) ([]Message, error) {
	after := make([]Message, len(some))
	err := b.store.Transact(ctx, func(ctx context.Context) (err error) {
		if err := b.lock(ctx, some); err != nil {
			return err
		}
		for i, one := range some {
			m := one.message
			after[i], err = b.store.Begin(ctx, m.Site, m.ID, m.AccountID, func(m Message, a account.Account) Message {
				one.ours = m.Status == Queued
				return m.begin(a, b.now())
			})
			if err != nil {
				return err
			}
		}
		return nil
	})
	return after, err
}

// lock reads and locks all that some attempts are about.
func (b *beginner) lock(ctx context.Context, some []*beginning) error {
	for of, ofSite := range batch.Deal(some, func(one *beginning) site.Site { return one.message.Site }) {
		var ids, accounts []string
		for _, one := range ofSite {
			ids, accounts = append(ids, one.message.ID), append(accounts, one.message.AccountID)
		}
		slices.Sort(accounts)
		if err := b.store.Lock(ctx, of, ids, slices.Compact(accounts)); err != nil {
			return err
		}
	}
	return nil
}

package message

import (
	"context"
	"time"

	"github.com/ivendnext/whatsapp-accounts/internal/account"
	"github.com/ivendnext/whatsapp-accounts/internal/batch"
	"github.com/ivendnext/whatsapp-accounts/internal/site"
)

const (
	// together is how many attempts share the commit of their beginning at most.
	together = 256
	// beginWithin bounds that commit: it is not any single attempt's to break off.
	beginWithin = 5 * time.Second
	// aloneWithin bounds what is done for one of those whose shared work failed, so that one that is held up leaves time to the others, and allAloneWithin bounds all of them:
	// those who come meanwhile wait for them.
	aloneWithin    = time.Second
	allAloneWithin = 30 * time.Second
)

// beginner commits that attempts begin. Those that come at the same time share a transaction.
type beginner struct {
	store Store
	now   func() time.Time
	batch *batch.Of[*beginning]
}

// beginning is an attempt that is about to begin.
type beginning struct {
	believed Message
	message  Message    // as it is when that is committed; the zero message when it is not there
	ours     bool       // it was queued, and not what another job of the message has begun
	begun    chan error // buffered; message is nobody else's then
}

func newBeginner(store Store, now func() time.Time) *beginner {
	b := &beginner{store: store, now: now}
	b.batch = batch.New(batch.AtMost[*beginning](together), b.begin)
	return b
}

// do begins an attempt, and gives the message as it is then.
func (b *beginner) do(ctx context.Context, m Message) (Message, error) {
	one := &beginning{believed: m, begun: make(chan error, 1)}
	b.batch.Add(one)
	select {
	case err := <-one.begun:
		return one.message, err
	case <-ctx.Done():
		return m, ctx.Err()
	}
}

// begin begins some attempts in one transaction; when that fails, each in one of its own.
func (b *beginner) begin(some []*beginning) {
	ctx, cancel := context.WithTimeout(context.Background(), beginWithin)
	err := b.commit(ctx, some...)
	cancel()
	if err != nil && len(some) > 1 {
		b.beginAlone(some)
		return
	}
	for _, one := range some {
		one.begun <- one.as(err)
	}
}

// beginAlone begins attempts one by one. What is left when the time of all is over fails, and is tried again by its job.
func (b *beginner) beginAlone(some []*beginning) {
	eachAlone(some, func(ctx context.Context, one *beginning) { one.begun <- one.as(b.commit(ctx, one)) })
}

// eachAlone does one by one what failed together, each within its time.
func eachAlone[T any](some []T, do func(ctx context.Context, one T)) {
	all, cancel := context.WithTimeout(context.Background(), allAloneWithin)
	defer cancel()
	for _, one := range some {
		ctx, cancel := context.WithTimeout(all, aloneWithin)
		do(ctx, one)
		cancel()
	}
}

// as is the outcome of a commit: what another job has begun is not ours to send.
func (one *beginning) as(err error) error {
	switch {
	case err != nil:
		one.message = one.believed
		return err
	case one.message.Status == Sending && !one.ours:
		return errNotBegun
	}
	return nil
}

// commit begins attempts, and puts into each its message as it is then.
func (b *beginner) commit(ctx context.Context, some ...*beginning) error {
	return b.store.Transact(ctx, func(ctx context.Context) error {
		for of, ofSite := range batch.Deal(some, func(one *beginning) site.Site { return one.believed.Site }) {
			if err := b.commitOf(ctx, of, ofSite); err != nil {
				return err
			}
		}
		return nil
	})
}

// commitOf begins the attempts of one site. Of two jobs of one message, the first begins it.
func (b *beginner) commitOf(ctx context.Context, of site.Site, some []*beginning) error {
	believed, ours := make([]Message, 0, len(some)), make(map[string]bool, len(some))
	for _, one := range some {
		if _, twice := ours[one.believed.ID]; !twice {
			believed, ours[one.believed.ID] = append(believed, one.believed), false
		}
	}
	after, err := b.store.Begin(ctx, of, believed, func(m Message, a account.Standing) Message {
		ours[m.ID] = m.Status == Queued
		return m.begin(a, b.now())
	})
	for _, one := range some {
		id := one.believed.ID
		one.message, one.ours = after[id], ours[id]
		ours[id] = false
	}
	return err
}

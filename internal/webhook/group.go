package webhook

import (
	"context"
	"errors"
	"slices"
	"time"

	"github.com/ivendnext/whatsapp-accounts/internal/batch"
	"github.com/ivendnext/whatsapp-accounts/internal/fault"
)

const (
	// maxGroup is how many receipts share a commit at most.
	maxGroup = 256
	// maxGroupBytes bounds the bodies of one commit, beyond the first.
	maxGroupBytes = 8 << 20
	// keepWithin bounds one commit: it is not any single request's to break off, since others wait for it too.
	keepWithin = 5 * time.Second
	// regather is as many as are worth waiting for, and regatherWithin how long. More are not: while one group is written, the next arrives.
	regather       = 16
	regatherWithin = time.Millisecond
)

// group lets receipts that arrive together share a commit.
type group struct {
	receipts Receipts
	batch    *batch.Of[*entry]
}

type entry struct {
	receipt Receipt
	done    chan outcome // buffered
}

// outcome is what became of a receipt. It is not kept when it rests on what is not true any more.
type outcome struct {
	kept bool
	err  error
}

func newGroup(r Receipts) *group {
	g := &group{receipts: r}
	g.batch = batch.New(sizeOf, g.commit).Regathers(regather, regatherWithin)
	return g
}

// keep returns when the receipt is durable, or when it is not kept because a premise of it is not true. When ctx ends first it may become durable all the same.
func (g *group) keep(ctx context.Context, r Receipt) (kept bool, err error) {
	e := &entry{receipt: r, done: make(chan outcome, 1)}
	g.batch.Add(e)
	select {
	case o := <-e.done:
		return o.kept, o.err
	case <-ctx.Done():
		return false, ctx.Err()
	}
}

// sizeOf is how many of those that wait share the next commit.
func sizeOf(waiting []*entry) int {
	size, n := 0, 0
	for n < len(waiting) && n < maxGroup && (n == 0 || size+len(waiting[n].receipt.Body) <= maxGroupBytes) {
		size += len(waiting[n].receipt.Body)
		n++
	}
	return n
}

// commit writes a group. When that fails, each is tried alone once, so that one that cannot be kept does not take the others with it.
func (g *group) commit(some []*entry) {
	ctx, cancel := context.WithTimeout(context.Background(), keepWithin)
	defer cancel()
	all := make([]Receipt, len(some))
	for i, e := range some {
		all[i] = e.receipt
	}
	outdated, err := g.receipts.Keep(ctx, all)
	for _, e := range some {
		if err != nil && len(some) > 1 && !isAway(err) {
			outdated, err := g.receipts.Keep(ctx, []Receipt{e.receipt})
			e.done <- outcome{len(outdated) == 0 && err == nil, err}
			continue
		}
		e.done <- outcome{err == nil && !slices.Contains(outdated, e.receipt.ID), err}
	}
}

// isAway tells a database that cannot be reached: to try each receipt alone would only keep the next group waiting.
func isAway(err error) bool {
	known, found := errors.AsType[*fault.Error](err)
	return found && known.Kind == fault.Unavailable || errors.Is(err, context.DeadlineExceeded)
}

package webhook

import (
	"context"
	"errors"
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
)

// group lets receipts that arrive together share a commit.
type group struct {
	receipts Receipts
	batch    *batch.Of[*entry]
}

type entry struct {
	receipt Receipt
	kept    chan error // buffered
}

func newGroup(r Receipts) *group {
	g := &group{receipts: r}
	g.batch = batch.New(sizeOf, g.commit)
	return g
}

// keep returns when the receipt is durable. When ctx ends first it may become durable all the same.
func (g *group) keep(ctx context.Context, r Receipt) error {
	e := &entry{receipt: r, kept: make(chan error, 1)}
	g.batch.Add(e)
	select {
	case err := <-e.kept:
		return err
	case <-ctx.Done():
		return ctx.Err()
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
	err := g.receipts.Keep(ctx, all)
	for _, e := range some {
		if err != nil && len(some) > 1 && !isAway(err) {
			e.kept <- g.receipts.Keep(ctx, []Receipt{e.receipt})
			continue
		}
		e.kept <- err
	}
}

// isAway tells a database that cannot be reached: to try each receipt alone would only keep the next group waiting.
func isAway(err error) bool {
	known, found := errors.AsType[*fault.Error](err)
	return found && known.Kind == fault.Unavailable || errors.Is(err, context.DeadlineExceeded)
}

package message

import (
	"context"
	"sync"
	"time"

	"github.com/ivendnext/whatsapp-accounts/internal/batch"
	"github.com/ivendnext/whatsapp-accounts/internal/provider"
	"github.com/ivendnext/whatsapp-accounts/internal/site"
)

// places is how many places in the pace of a busy account a process takes at once: each costs the others its time when it is not used.
const places = 8

// manyAccounts is when those are forgotten that have been quiet.
const manyAccounts = 1000

// pacer keeps messages of an account apart, across all processes.
type pacer struct {
	store   Store
	now     func() time.Time
	takings *batch.Of[*taking]

	mu     sync.Mutex
	blocks map[string]*block
}

// block is the places of an account that this process has taken and not used.
type block struct {
	mu        sync.Mutex
	next, end time.Time
	busy      bool // the last block was used to its end
}

func newPacer(store Store, now func() time.Time) *pacer {
	p := &pacer{store: store, now: now, blocks: map[string]*block{}}
	p.takings = batch.New(batch.AtMost[*taking](together), p.takeTogether)
	return p
}

// take gives the time of the account's next free place.
func (p *pacer) take(ctx context.Context, in site.Site, accountID string, rules provider.SendRules) (time.Time, error) {
	if rules.Apart <= 0 {
		return p.now(), nil
	}
	b := p.block(accountID)
	b.mu.Lock()
	defer b.mu.Unlock()
	if !b.next.Before(b.end) || b.end.Before(p.now()) {
		n := 1
		if b.busy = !b.next.Before(b.end) && p.now().Sub(b.end) < places*rules.Apart; b.busy {
			n = places
		}
		first, err := p.reserve(ctx, in, Places{AccountID: accountID, N: n, Apart: rules.Apart})
		if err != nil {
			return time.Time{}, err
		}
		b.next, b.end = first, first.Add(time.Duration(n)*rules.Apart)
	}
	at := b.next
	b.next = at.Add(rules.Apart)
	return at, nil
}

// drop forgets the places of an account: the provider asked for a pause.
func (p *pacer) drop(accountID string) {
	b := p.block(accountID)
	b.mu.Lock()
	defer b.mu.Unlock()
	b.next, b.end = time.Time{}, time.Time{}
}

func (p *pacer) block(accountID string) *block {
	p.mu.Lock()
	defer p.mu.Unlock()
	b, known := p.blocks[accountID]
	if !known {
		if len(p.blocks) >= manyAccounts {
			clear(p.blocks) // what was taken and not used is lost, which is a moment of each
		}
		b = new(block)
		p.blocks[accountID] = b
	}
	return b
}

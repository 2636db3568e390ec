package event

import (
	"context"
	"sync"
	"time"

	"github.com/ivendnext/whatsapp-accounts/internal/site"
)

// MaxWait is how long a reader may wait for something new.
const MaxWait = 60 * time.Second

// lookEvery is how often a waiting reader looks for what another process has appended; what this one appends wakes it at once.
const lookEvery = 500 * time.Millisecond

// Feed reads the events of a site, and waits for them.
type Feed struct {
	store Store
	bell  *Bell
}

// NewFeed puts the use case on a store; bell rings when this process has appended something.
func NewFeed(store Store, bell *Bell) *Feed { return &Feed{store: store, bell: bell} }

// Read gives a page at once, or waits up to wait until there is at least one event in it. When ctx ends meanwhile it gives an empty page.
func (f *Feed) Read(ctx context.Context, in site.Site, q Query, wait time.Duration) (Page, error) {
	rung := f.bell.Listen(in)
	defer f.bell.Leave(in, rung)
	page, err := f.store.Read(ctx, in, q)
	if err != nil || len(page.Events) > 0 || wait <= 0 {
		return page, err
	}
	over := time.NewTimer(min(wait, MaxWait))
	defer over.Stop()
	look := time.NewTicker(lookEvery)
	defer look.Stop()
	for {
		select {
		case <-ctx.Done():
			return page, nil
		case <-over.C:
			return page, nil
		case <-rung:
		case <-look.C:
		}
		if page, err = f.again(ctx, in, q, page); err != nil || len(page.Events) > 0 {
			return page, err
		}
	}
}

// again looks behind what was looked at already, and only when there is something.
func (f *Feed) again(ctx context.Context, in site.Site, q Query, last Page) (Page, error) {
	q.After = last.Next
	head, err := f.store.Head(ctx, in)
	if err != nil || head <= last.Next {
		return last, err
	}
	return f.store.Read(ctx, in, q)
}

// Bell wakes those who wait for a site's events. The zero value is not ready; use NewBell.
type Bell struct {
	mu        sync.Mutex
	listeners map[site.Site]map[chan struct{}]bool
}

// NewBell makes a bell that nobody listens to.
func NewBell() *Bell { return &Bell{listeners: map[site.Site]map[chan struct{}]bool{}} }

// Listen gives a channel that receives after each Ring of the site; several rings may be one. Leave ends it.
func (b *Bell) Listen(in site.Site) chan struct{} {
	c := make(chan struct{}, 1)
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.listeners[in] == nil {
		b.listeners[in] = map[chan struct{}]bool{}
	}
	b.listeners[in][c] = true
	return c
}

// Leave ends what Listen began.
func (b *Bell) Leave(in site.Site, c chan struct{}) {
	b.mu.Lock()
	defer b.mu.Unlock()
	delete(b.listeners[in], c)
	if len(b.listeners[in]) == 0 {
		delete(b.listeners, in)
	}
}

// Ring tells that the site's feed has grown, after it was committed.
func (b *Bell) Ring(in site.Site) {
	b.mu.Lock()
	defer b.mu.Unlock()
	for c := range b.listeners[in] {
		select {
		case c <- struct{}{}:
		default:
		}
	}
}

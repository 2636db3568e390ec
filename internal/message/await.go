package message

import (
	"context"
	"sync"
	"time"

	"github.com/ivendnext/whatsapp-accounts/internal/site"
)

// lookEvery is how often whoever waits for a message looks for what another process did to it; what this one did wakes them at once.
const lookEvery = 500 * time.Millisecond

// Await waits until the first attempt to send a message has come to something, and gives the message as it is then. It waits for wait at most, and not at all
// for what is not due until then; when ctx ends meanwhile it gives what it saw last. ErrNotFound.
func (s *Service) Await(ctx context.Context, in site.Site, id string, wait time.Duration) (Message, error) {
	rung := s.bell.listen(id)
	defer s.bell.leave(id, rung)
	until := s.now().Add(wait)
	m, err := s.seen(ctx, in, id)
	if err != nil {
		return m, err
	}
	over := time.NewTimer(wait)
	defer over.Stop()
	look := time.NewTicker(lookEvery)
	defer look.Stop()
	for !m.settled(until) {
		select {
		case <-ctx.Done():
			return m, nil
		case <-over.C:
			return m, nil
		case <-rung:
		case <-look.C:
		}
		now, err := s.store.Get(ctx, in, id)
		switch {
		case err == nil:
			m = now
		case ctx.Err() == nil: // else nobody waits any more
			return m, err
		}
	}
	return m, nil
}

// readWithin bounds the first look at a message.
const readWithin = 5 * time.Second

// seen reads the message once, though ctx has ended: whoever is not to wait is told how it stands.
func (s *Service) seen(ctx context.Context, in site.Site, id string) (Message, error) {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), readWithin)
	defer cancel()
	return s.store.Get(ctx, in, id)
}

// settled reports whether nothing more is to be expected of a message until then.
func (m Message) settled(until time.Time) bool {
	switch m.Status {
	case Sending:
		return false
	case Queued:
		return m.SendAfter.After(until) || m.PacedUntil.After(until) || m.Timeline[len(m.Timeline)-1].Until.After(until)
	case Unknown, Accepted, Sent, Delivered, Read, Failed, Cancelled, Discarded:
	}
	return true
}

// Bell wakes those who wait for a message. The zero value is not ready; use NewBell.
type Bell struct {
	mu        sync.Mutex
	listeners map[string][]chan struct{}
}

// NewBell makes a bell that nobody listens to.
func NewBell() *Bell { return &Bell{listeners: map[string][]chan struct{}{}} }

// Ring tells that a message was changed, after it was committed.
func (b *Bell) Ring(id string) {
	b.mu.Lock()
	defer b.mu.Unlock()
	for _, c := range b.listeners[id] {
		select {
		case c <- struct{}{}:
		default: // it has yet to look for the ring before
		}
	}
}

func (b *Bell) listen(id string) chan struct{} {
	c := make(chan struct{}, 1)
	b.mu.Lock()
	defer b.mu.Unlock()
	b.listeners[id] = append(b.listeners[id], c)
	return c
}

func (b *Bell) leave(id string, c chan struct{}) {
	b.mu.Lock()
	defer b.mu.Unlock()
	var rest []chan struct{}
	for _, other := range b.listeners[id] {
		if other != c {
			rest = append(rest, other)
		}
	}
	if b.listeners[id] = rest; rest == nil {
		delete(b.listeners, id)
	}
}

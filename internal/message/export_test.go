package message

import (
	"context"
	"time"

	"github.com/ivendnext/whatsapp-accounts/internal/provider"
)

// WaitingToBegin is how many attempts wait while others begin.
func (s *Sender) WaitingToBegin() int {
	waiting, _ := s.begins.batch.State()
	return waiting
}

// WaitingForPlaces is how many accounts wait while the places of others are taken.
func (s *Sender) WaitingForPlaces() int {
	waiting, _ := s.pace.takings.State()
	return waiting
}

// Calls are calls.
type Calls struct{ *calls }

// NewCalls gives the calls of which each account may have so many.
func NewCalls(most int, now func() time.Time) *Calls { return &Calls{newCalls(most, now)} }

// Enter is enter.
func (c *Calls) Enter(accountID string, apart time.Duration, waited bool) (time.Duration, bool) {
	return c.enter(accountID, apart, waited)
}

// Leave is leave.
func (c *Calls) Leave(accountID string) { c.leave(accountID) }

// Pairs are pairs.
type Pairs struct{ *pairs }

// NewPairs gives pairs of which about twice as many are remembered.
func NewPairs(store Store, most int, now func() time.Time) *Pairs {
	p := newPairs(store, now)
	p.most = most
	return &Pairs{p}
}

// Wait is wait.
func (p *Pairs) Wait(ctx context.Context, m Message, rules provider.SendRules) (time.Duration, error) {
	return p.wait(ctx, m, rules)
}

// Remembered is how many pairs are remembered.
func (p *Pairs) Remembered() int { return len(p.recent) + len(p.older) }

// UnlessLate is how long a message waits at most.
func (s *Sender) UnlessLate(m Message, wait time.Duration) time.Duration {
	return s.unlessLate(m, wait)
}

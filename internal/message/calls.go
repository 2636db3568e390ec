package message

import (
	"sync"
	"time"
)

const (
	// busyFor is when a message is looked at again whose account had too many calls in flight, and busyAtMost when it is at the latest: one that comes meanwhile
	// may go first.
	busyFor    = 300 * time.Millisecond
	busyAtMost = 5 * time.Second
)

// calls are calls that are in flight or about to be, account by account: no account has so many that one which hangs takes all workers. Messages that are too
// many come back later, spread at the account's pace: if all came back at once they would find it as busy, again and again.
type calls struct {
	most int // of one account; zero is any number
	now  func() time.Time

	mu sync.Mutex
	of map[string]*inFlight
}

type inFlight struct {
	calls int
	back  time.Time // when the last of the messages comes back that were too many
}

func newCalls(most int, now func() time.Time) *calls {
	return &calls{most: most, now: now, of: map[string]*inFlight{}}
}

// enter counts a call of an account, which leave takes back, unless it has as many as it may: then it says how long to wait. apart is the account's pace; a
// message that has waited for something before does not stand in line again.
func (c *calls) enter(accountID string, apart time.Duration, waited bool) (wait time.Duration, entered bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	a := c.of[accountID]
	if a == nil {
		a = new(inFlight)
		c.of[accountID] = a
	}
	if c.most == 0 || a.calls < c.most {
		a.calls++
		return 0, true
	}
	if waited {
		return busyFor, false
	}
	now := c.now()
	a.back = a.back.Add(apart - apart/8) // queue.RetryAfter adds up to an eighth
	if first := now.Add(busyFor); a.back.Before(first) {
		a.back = first
	}
	if last := now.Add(busyAtMost); a.back.After(last) {
		a.back = last
	}
	return a.back.Sub(now), false
}

func (c *calls) leave(accountID string) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if a := c.of[accountID]; a.calls > 1 {
		a.calls--
		return
	}
	delete(c.of, accountID)
}

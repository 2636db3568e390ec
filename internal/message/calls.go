package message

import (
	"sync"
	"time"
)

const (
	// busyFor is when a message is looked at again whose account had too many calls in flight, and busyAtMost when it is at the latest.
	busyFor    = 300 * time.Millisecond
	busyAtMost = time.Minute
)

// calls are those that are in flight, and what is about to be, account by account: no account has so many that one which hangs takes all workers. What is too
// much comes back later, one after the other at the account's pace: if all came back at once they would find it as busy, again and again.
type calls struct {
	most int // of one account; zero is any number
	now  func() time.Time

	mu sync.Mutex
	of map[string]*inFlight
}

type inFlight struct {
	calls int
	back  time.Time // when the last of those comes back that were too many
}

func newCalls(most int, now func() time.Time) *calls {
	return &calls{most: most, now: now, of: map[string]*inFlight{}}
}

// enter counts a call of an account, which leave takes back, unless it has as many as it may: then it says how long to wait. apart is the account's pace.
func (c *calls) enter(accountID string, apart time.Duration) (wait time.Duration, entered bool) {
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
	now := c.now()
	if a.back = a.back.Add(apart); a.back.Before(now.Add(busyFor)) {
		a.back = now.Add(busyFor)
	}
	return min(a.back.Sub(now), busyAtMost), false
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

package message

import (
	"sync"
	"time"
)

const (
	// busyFor is when a message is looked at again whose account had too many calls in flight. The last of a line waits for busyAtMost, and one that comes meanwhile
	// may go first; where there are so many that each would be looked at oftener than lookEach allows, up to longestBusy.
	busyFor     = 300 * time.Millisecond
	busyAtMost  = 5 * time.Second
	longestBusy = time.Minute
	lookEach    = 5 * time.Millisecond
)

// calls are calls that are in flight or about to be, account by account: no account has so many that one which hangs takes all workers. Messages beyond that
// come back later, spread at the account's pace: if all came back at once they would find it as busy, again and again.
type calls struct {
	most int // of one account; zero is any number
	now  func() time.Time

	mu sync.Mutex
	of map[string]*inFlight
}

type inFlight struct {
	calls int
	back  time.Time // when the last of the messages comes back that were beyond that

	since  time.Time     // when the present line began
	turned int           // how many were turned away since
	line   time.Duration // how long it is at most
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
	return a.turnAway(c.now(), apart), false
}

// turnAway says how long a message waits that stands at the end of the line. The line is as long as those who were in the last one need, if each is to be looked at
// no oftener than once in it.
func (a *inFlight) turnAway(now time.Time, apart time.Duration) time.Duration {
	if passed := now.Sub(a.since); passed < 0 || passed >= a.line {
		a.line = min(max(time.Duration(a.turned)*lookEach, busyAtMost), longestBusy)
		a.since, a.turned = now, 0
	}
	a.turned++
	first, last := now.Add(busyFor), now.Add(a.line)
	if a.back = a.back.Add(apart); a.back.Before(first) {
		a.back = first
	}
	if a.back.After(last) {
		a.back = last
	}
	return a.back.Sub(now)
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

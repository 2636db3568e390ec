package httpapi

import (
	"net/netip"
	"sync"
	"time"

	"github.com/ivendnext/whatsapp-accounts/internal/fault"
)

// errTooManyFailures goes to whoever tries keys, before the database is asked.
var errTooManyFailures = fault.New(fault.TooMany, "too_many_failures", "Too many wrong API keys came from this address, so this one was not looked at.",
	"Wait as long as Retry-After says, then send a key of this installation; whatsapp-accounts apikey create makes one.")

// watched bounds how many addresses are remembered in each of the two halves, and so the memory, to about 4 MiB.
const watched = 16 << 10

// failures lets each address try so many wrong keys: a bucket of attempts, which is full at first and fills up again within a minute. Of a
// bucket it is enough to remember when it will be full again: each attempt that is missing until then is a pace.
//
// Addresses are remembered in two halves. When the young half is full it becomes the old one, and what was in the old one is forgotten: by
// then as many other addresses have come as fit into it. Whoever has that many addresses is held up by no count of any of them.
type failures struct {
	mu         sync.Mutex
	pace       time.Duration // in which one attempt comes back; 0 sets no limit
	young, old map[netip.Prefix]time.Time
	half       int
}

func newFailures(perMinute int) *failures {
	f := &failures{young: map[netip.Prefix]time.Time{}, half: watched}
	if perMinute > 0 {
		f.pace = time.Minute / time.Duration(perMinute)
	}
	return f
}

// take takes an attempt from the address's bucket before it is made, so that attempts made side by side are all counted. When there is none
// it tells how long it is until there is one.
func (f *failures) take(of netip.Prefix, now time.Time) (wait time.Duration) {
	if f.pace == 0 {
		return 0
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	full := f.full(of, now).Add(f.pace)
	if wait = full.Sub(now) - time.Minute; wait > 0 {
		return wait
	}
	f.keep(of, full)
	return 0
}

// giveBack returns an attempt that was no failure.
func (f *failures) giveBack(of netip.Prefix, now time.Time) {
	if f.pace == 0 {
		return
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	f.keep(of, f.full(of, now).Add(-f.pace))
}

// full is when the address's bucket will be full again: now, if it is.
func (f *failures) full(of netip.Prefix, now time.Time) time.Time {
	at, known := f.young[of]
	if !known {
		at = f.old[of]
	}
	if at.Before(now) {
		return now
	}
	return at
}

func (f *failures) keep(of netip.Prefix, full time.Time) {
	if _, known := f.young[of]; !known && len(f.young) >= f.half {
		f.young, f.old = map[netip.Prefix]time.Time{}, f.young
	}
	f.young[of] = full
}

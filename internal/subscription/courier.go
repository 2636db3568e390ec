package subscription

import (
	"cmp"
	"context"
	"log/slog"
	"maps"
	"math/rand/v2"
	"slices"
	"sync"
	"time"

	"github.com/ivendnext/whatsapp-accounts/internal/site"
)

// Tally counts what couriers do.
type Tally interface {
	// Delivered counts an attempt by what became of the delivery.
	Delivered(o Outcome)
	// Ended counts a subscription that was disabled, other than by whoever manages it.
	Ended(why Reason)
}

// Config says how a courier works. What is zero has the default that is given.
type Config struct {
	Sender    Sender
	Encode    Encode
	Tally     Tally
	Log       *slog.Logger
	Now       func() time.Time // UTC, cut to microseconds
	Most      int              // subscriptions served at once, each by a goroutine of its own; 256
	InFlight  int              // deliveries to one subscriber at once; 8
	Lease     time.Duration    // how long a process that died keeps its turns from the others; it is renewed while a turn lasts; 30 seconds
	PollEvery time.Duration    // how long what nobody woke us for waits at most: another process's events, a delivery whose time has come; a second
	Chance    func() float64   // from 0 to 1, spreads retries; by chance
	Grace     time.Duration    // how long what was sent may take when Run is to end; 5 seconds
}

func (c Config) complete() Config {
	c.Most, c.InFlight = cmp.Or(c.Most, 256), cmp.Or(c.InFlight, 8)
	c.Lease, c.PollEvery, c.Grace = cmp.Or(c.Lease, 30*time.Second), cmp.Or(c.PollEvery, time.Second), cmp.Or(c.Grace, 5*time.Second)
	if c.Chance == nil {
		c.Chance = chance
	}
	return c
}

const (
	// storeWithin bounds what is asked of the store when the context is no bound: the database may be away.
	storeWithin = 5 * time.Second
	// writeAgain is how long a courier waits that could not record what it has sent.
	writeAgain = 200 * time.Millisecond
	// atLeast is how far apart looks for work are, however often we are woken: a busy feed wakes us with every commit.
	atLeast = 20 * time.Millisecond
	// page is how many deliveries are read at once, and events how many events become deliveries at once.
	page   = 64
	events = 200
)

// Courier carries deliveries to subscribers, each subscriber by itself: one that hangs holds up no other. Any number of processes may run one.
//
// Woken, it looks only at the sites that it was woken for: a look at everybody costs more, the more subscribers there are. That is for the poll, and for when
// somebody may have been left standing, wherever.
//
// A subscriber gets an event at least once: what was sent just before a process died is sent again, with the same id. There is no order.
type Courier struct {
	Config
	rounds Rounds
	wake   chan struct{}

	mu    sync.Mutex
	heard map[site.Site]bool // where something has come up since the last look
}

// NewCourier makes a courier that does nothing until Run.
func NewCourier(rounds Rounds, c Config) *Courier {
	return &Courier{Config: c.complete(), rounds: rounds, wake: make(chan struct{}, 1), heard: map[site.Site]bool{}}
}

// Wake makes the courier look for work of a site at once. It never waits for a look to end.
func (c *Courier) Wake(in site.Site) {
	c.mu.Lock()
	c.heard[in] = true
	c.mu.Unlock()
	ring(c.wake)
}

// sites gives those that it was woken for since it was last asked.
func (c *Courier) sites() []site.Site {
	c.mu.Lock()
	defer c.mu.Unlock()
	all := slices.Collect(maps.Keys(c.heard))
	clear(c.heard)
	return all
}

func ring(bell chan struct{}) {
	select {
	case bell <- struct{}{}:
	default: // it rings already
	}
}

// Run delivers until ctx ends. Then it begins nothing more, lets what was sent be answered within the grace, gives its turns back and returns.
func (c *Courier) Run(ctx context.Context) {
	sending, cut := context.WithCancel(context.WithoutCancel(ctx))
	defer cut()
	seats := make(chan struct{}, c.Most)
	var crew sync.WaitGroup
	poll := time.NewTicker(c.PollEvery)
	defer poll.Stop()
	for everywhere := true; ctx.Err() == nil; {
		vacant := c.Most - len(seats)
		turns, left := c.look(ctx, vacant, everywhere)
		for _, t := range turns {
			seats <- struct{}{}
			crew.Go(func() {
				c.serve(sending, ctx, t)
				<-seats
				c.Wake(t.Site) // it may have more to do, or its seat may be wanted
			})
		}
		if everywhere {
			poll.Reset(c.PollEvery) // a look that takes long is followed by a rest all the same
		}
		everywhere = c.rest(ctx, poll) || left
	}
	defer time.AfterFunc(c.Grace, cut).Stop()
	crew.Wait()
}

// look claims turns, everywhere or where it was woken for, and reports whether somebody may be left standing: it has no seat for more, or could not look. It is
// not broken off when ctx ends: what it leases must be given back.
func (c *Courier) look(ctx context.Context, most int, everywhere bool) (turns []Turn, left bool) {
	in := c.sites()
	switch {
	case most == 0:
		return nil, true
	case everywhere:
		in = nil
	case len(in) == 0:
		return nil, false
	}
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), storeWithin)
	defer cancel()
	turns, err := c.rounds.Claim(ctx, most, c.Lease, in...)
	if err != nil {
		c.Log.Error("subscriptions to deliver to cannot be claimed", "cause", err)
	}
	return turns, err != nil || len(turns) == most
}

// rest waits until looking again makes sense, and reports whether it is time for a look everywhere.
func (c *Courier) rest(ctx context.Context, poll *time.Ticker) bool {
	short := time.NewTimer(min(atLeast, c.PollEvery))
	defer short.Stop()
	select {
	case <-ctx.Done():
		return false
	case <-short.C:
	}
	select {
	case <-ctx.Done():
	case <-c.wake:
	case <-poll.C:
		return true
	}
	select {
	case <-poll.C: // those who ring all the time keep nobody from it
		return true
	default:
		return false
	}
}

// chance is from 0 to 1.
func chance() float64 { return rand.Float64() } //nolint:gosec // it spreads load and guards nothing

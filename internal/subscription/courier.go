package subscription

import (
	"cmp"
	"context"
	"log/slog"
	"math/rand/v2"
	"sync"
	"time"
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
// A subscriber gets an event at least once: what was sent just before a process died is sent again, with the same id. There is no order.
type Courier struct {
	Config
	rounds Rounds
	wake   chan struct{}
}

// NewCourier makes a courier that does nothing until Run.
func NewCourier(rounds Rounds, c Config) *Courier {
	return &Courier{Config: c.complete(), rounds: rounds, wake: make(chan struct{}, 1)}
}

// Wake makes the courier look for work at once. It never waits.
func (c *Courier) Wake() { ring(c.wake) }

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
	for ctx.Err() == nil {
		for _, t := range c.claim(ctx, c.Most-len(seats)) {
			seats <- struct{}{}
			crew.Go(func() {
				c.serve(sending, ctx, t)
				<-seats
				c.Wake() // it may have more to do, or its seat may be wanted
			})
		}
		c.rest(ctx)
	}
	defer time.AfterFunc(c.Grace, cut).Stop()
	crew.Wait()
}

// claim is not broken off when ctx ends: what it leases must be given back.
func (c *Courier) claim(ctx context.Context, most int) []Turn {
	if most == 0 {
		return nil
	}
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), storeWithin)
	defer cancel()
	turns, err := c.rounds.Claim(ctx, most, c.Lease)
	if err != nil {
		c.Log.Error("subscriptions to deliver to cannot be claimed", "cause", err)
	}
	return turns
}

// rest waits until looking again makes sense.
func (c *Courier) rest(ctx context.Context) {
	short := time.NewTimer(min(atLeast, c.PollEvery))
	defer short.Stop()
	poll := time.NewTimer(c.PollEvery)
	defer poll.Stop()
	select {
	case <-ctx.Done():
		return
	case <-short.C:
	}
	select {
	case <-ctx.Done():
	case <-c.wake:
	case <-poll.C:
	}
}

// chance is from 0 to 1.
func chance() float64 { return rand.Float64() } //nolint:gosec // it spreads load and guards nothing

package subscription

import (
	"context"
	"errors"
	"fmt"
	"runtime/debug"
	"sync"
	"sync/atomic"
	"time"
)

// turn is a courier serving one subscription.
type turn struct {
	*Courier
	Turn
	ctx  context.Context // of what is sent: ends when the lease is lost or the grace is over
	life context.Context // of Run: when it ends, nothing more is begun
}

// serve serves a subscription until it has nothing to do now, and gives the lease back.
func (c *Courier) serve(ctx, life context.Context, t Turn) {
	ctx, lose := context.WithCancel(ctx)
	defer lose()
	round := &turn{Courier: c, Turn: t, ctx: ctx, life: life}
	var heart sync.WaitGroup
	heart.Go(func() { round.keep(lose) })
	if err := round.guarded(round.work); err != nil && !errors.Is(err, ErrLost) && !round.stops() {
		c.Log.Error("deliveries to a subscription were broken off", "site", t.Site.String(), "subscription_id", t.SubscriptionID, "cause", err)
	}
	lose()
	heart.Wait()
	round.giveBack()
}

// keep renews the lease until ctx ends. Without it another courier may serve the subscription, so what is being sent is broken off.
func (t *turn) keep(lose func()) {
	until := t.Now().Add(t.Config.Lease)
	beat := time.NewTicker(t.Config.Lease / 3)
	defer beat.Stop()
	for {
		select {
		case <-t.ctx.Done():
			return
		case <-beat.C:
		}
		begun := t.Now()
		err := t.extend()
		switch {
		case err == nil:
			until = begun.Add(t.Config.Lease)
		case errors.Is(err, ErrLost) || !t.Now().Before(until):
			lose()
			return
		}
	}
}

func (t *turn) extend() error {
	ctx, cancel := context.WithTimeout(t.ctx, t.Config.Lease/3)
	defer cancel()
	return t.rounds.Extend(ctx, t.Turn, t.Config.Lease)
}

func (t *turn) stops() bool { return t.life.Err() != nil || t.ctx.Err() != nil }

func (t *turn) giveBack() {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(t.ctx), storeWithin)
	defer cancel()
	if err := t.rounds.Release(ctx, t.Turn); err != nil {
		t.Log.Error("a subscription cannot be given back; its lease will end", "site", t.Site.String(), "subscription_id", t.SubscriptionID, "cause", err)
	}
}

// guarded turns a panic into an error. Neither tells what was panicked with: it may hold a secret.
func (t *turn) guarded(do func() error) (err error) {
	defer func() {
		if cause := recover(); cause != nil {
			err = fmt.Errorf("panic: %T", cause)
			t.Log.Error("panic", "cause", fmt.Sprintf("%T", cause), "stack", string(debug.Stack()), "subscription_id", t.SubscriptionID)
		}
	}()
	return do()
}

// work sends what is due, then makes deliveries of what is new, until there is neither. New events wait until everything due is sent, so that a
// subscriber who is slow has few deliveries in the database and a position far behind.
func (t *turn) work() error {
	for !t.stops() {
		load, err := t.rounds.Due(t.ctx, t.Turn, page)
		if err != nil || load.Rests {
			return err
		}
		if len(load.Parcels) > 0 {
			if goOn, err := t.carry(load); err != nil || !goOn {
				return err
			}
			continue
		}
		if more, err := t.rounds.Collect(t.ctx, t.Turn, events); err != nil || !more {
			return err
		}
	}
	return nil
}

// carry sends a load, so many at once, until one of them says that it is enough for now.
func (t *turn) carry(load Load) (goOn bool, err error) {
	var (
		crew   sync.WaitGroup
		enough atomic.Bool
		mu     sync.Mutex
		slots  = make(chan struct{}, t.InFlight)
	)
	for _, p := range load.Parcels {
		slots <- struct{}{}
		if enough.Load() || t.stops() {
			break
		}
		crew.Go(func() {
			defer func() { <-slots }()
			failed := t.guarded(func() error {
				goOn, err := t.deliver(load, p)
				if !goOn {
					enough.Store(true)
				}
				return err
			})
			if failed != nil {
				enough.Store(true)
				mu.Lock()
				defer mu.Unlock()
				err = errors.Join(err, failed)
			}
		})
	}
	crew.Wait()
	return !enough.Load() && !t.stops(), err
}

// deliver sends one delivery and records how that ended. It reports whether others may follow.
func (t *turn) deliver(load Load, p Parcel) (goOn bool, err error) {
	judged := func(h Health, d Delivery) Verdict { return lapsed(h, d, t.Now()) }
	if p.Event != nil {
		body, err := t.Encode(*p.Event)
		if err != nil {
			return false, err
		}
		r := t.Sender.Send(t.ctx, signed(load.Subscription.URL, p.Event.ID, t.Now(), body, load.Keys))
		if t.ctx.Err() != nil && !r.Succeeded() {
			return false, nil // broken off by us: it counts as no attempt and is sent again
		}
		judged = func(h Health, d Delivery) Verdict { return judge(h, d, r, t.Now(), t.Chance()) }
	}
	return t.record(p.Delivery.ID, judged)
}

// record writes how an attempt ended and tells what follows. It tries again for as long as a lease lasts: what is not recorded is sent again.
func (t *turn) record(id string, judged func(Health, Delivery) Verdict) (goOn bool, err error) {
	over := time.NewTimer(t.Config.Lease)
	defer over.Stop()
	for {
		v, before, err := t.write(id, judged)
		if err == nil {
			t.count(v, before)
			return v.Disable == "" && !v.Health.Paused(t.Now()), nil
		}
		if errors.Is(err, ErrLost) || t.stops() {
			return false, err
		}
		select {
		case <-over.C:
			return false, err
		case <-t.life.Done():
		case <-t.ctx.Done():
		case <-time.After(writeAgain):
		}
	}
}

func (t *turn) write(id string, judged func(Health, Delivery) Verdict) (v Verdict, before Subscription, err error) {
	// What was sent is recorded even when we are told to stop meanwhile.
	ctx, cancel := context.WithTimeout(context.WithoutCancel(t.ctx), storeWithin)
	defer cancel()
	before, err = t.rounds.Record(ctx, t.Turn, id, func(h Health, d Delivery) Verdict {
		v = judged(h, d)
		return v
	})
	return v, before, err
}

// count tells of a verdict whoever watches.
func (t *turn) count(v Verdict, before Subscription) {
	t.Tally.Delivered(v.Outcome)
	if v.Disable != "" && before.Status == Enabled {
		t.Tally.Ended(v.Disable)
		t.Log.Error("a subscription is disabled", "site", t.Site.String(), "subscription_id", t.SubscriptionID, "reason", string(v.Disable),
			"failing_since", v.Health.FailingSince, "failures", v.Health.Failures)
	}
}

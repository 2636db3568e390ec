package queue_test

import (
	"context"
	"fmt"
	"slices"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/ivendnext/whatsapp-accounts/internal/queue"
)

// together is a handler whose runs all come to their end at once: each waits until so many have begun.
func (d *desk) together(runs int, h queue.Handler) queue.Handler {
	var begun sync.WaitGroup
	begun.Add(runs)
	return func(ctx context.Context, j queue.Job) (func(context.Context) error, error) {
		begun.Done()
		begun.Wait()
		return h(ctx, j)
	}
}

func TestRunsThatEndTogetherShareTransactions(t *testing.T) {
	onBoth(t, func(d *desk) {
		w, c := &watched{Store: d.Jobs}, d.config()
		c.Workers, c.Batch, c.Together = 8, 1, 8
		subjects := []string{"a1", "b1", "c1", "d1", "e1", "f1", "g1", "h1"}
		d.enqueue(subjects...)
		d.runOn(w, c, d.together(len(subjects), d.does))
		d.until(queue.Depth{})
		require.ElementsMatch(d, subjects, d.done())
		require.Less(d, int(w.committed.Load()), len(subjects))
	})
}

func TestOneBadCommitDoesNotSpoilThoseOfOtherRuns(t *testing.T) {
	onBoth(t, func(d *desk) {
		c := d.config()
		c.Workers, c.Batch, c.Together = 4, 1, 4
		d.enqueue("a1", "b1", "c1", "d1")
		w := d.run(c, d.together(4, d.spoiling("b1", queue.Permanent(errBroken))))
		d.until(queue.Depth{Parked: 1})
		w.stop()
		require.ElementsMatch(d, []string{"a1", "c1", "d1"}, d.done())
	})
}

func TestARunThatLostItsLeaseEndsNothingAndSpoilsNoOther(t *testing.T) {
	onBoth(t, func(d *desk) {
		c := d.config()
		c.Workers, c.Batch, c.Together = 4, 1, 4
		d.enqueue("a1", "b1", "c1", "d1")
		var lost atomic.Bool
		w := d.run(c, d.together(4, func(ctx context.Context, j queue.Job) (func(context.Context) error, error) {
			if j.Subject == "b1" && lost.CompareAndSwap(false, true) { // somebody else gives it up in its name
				require.NoError(d, d.Park(ctx, j, "taken away"))
			}
			return d.does(ctx, j)
		}))
		d.until(queue.Depth{Parked: 1})
		w.stop()
		require.ElementsMatch(d, []string{"a1", "c1", "d1"}, d.done())
	})
}

func TestALargeCrewClaimsForSeveralAtOnce(t *testing.T) {
	onBoth(t, func(d *desk) {
		const jobs, workers = 160, 32
		w, c := &watched{Store: d.Jobs}, d.config()
		c.Workers, c.Each, c.Batch, c.Together = workers, 1, 1, workers
		subjects := make([]string, jobs)
		for i := range subjects {
			subjects[i] = fmt.Sprintf("-%d", i)
		}
		d.enqueue(subjects...)
		d.runOn(w, c, d.does)
		d.until(queue.Depth{})
		require.ElementsMatch(d, subjects, d.done())
		require.Less(d, int(w.claims.Load()), jobs/4)
	})
}

// lateKey is where a transaction of late keeps what is to be done before it is committed.
type lateKey struct{}

// late is a store that does before a commit what was left until then.
type late struct{ queue.Store }

func (l late) Transact(ctx context.Context, fn func(context.Context) error) error {
	return l.Store.Transact(ctx, func(ctx context.Context) error {
		var left []func()
		if err := fn(context.WithValue(ctx, lateKey{}, &left)); err != nil {
			return err
		}
		for _, do := range left {
			do()
		}
		return nil
	})
}

func TestAPanicBeforeASharedCommitCostsOnlyItsJob(t *testing.T) {
	for what, alone := range map[string]bool{"of several runs": false, "of one": true} {
		t.Run(what, func(t *testing.T) {
			onBoth(t, func(d *desk) {
				c, subjects := d.config(), []string{"a1", "b1", "c1", "d1"}
				c.Workers, c.Batch, c.Together, c.MaxAttempts = 4, 1, 4, 1
				if alone {
					c.Workers, c.Batch, c.Together, subjects = 1, 4, 1, []string{"a1", "a2", "b1", "a3"}
				}
				d.enqueue(subjects...)
				h := func(ctx context.Context, j queue.Job) (func(context.Context) error, error) {
					return func(ctx context.Context) error {
						if j.Subject == "b1" {
							left := ctx.Value(lateKey{}).(*[]func())
							*left = append(*left, func() { panic("a secret") })
						}
						return d.leaves(d.Jobs, j)(ctx)
					}, nil
				}
				if !alone {
					h = d.together(len(subjects), h)
				}
				w := d.runOn(late{d.Jobs}, c, h)
				d.until(queue.Depth{Parked: 1})
				w.stop()
				require.ElementsMatch(d, slices.DeleteFunc(subjects, func(s string) bool { return s == "b1" }), d.done())
				require.Contains(d, d.parked()[0].LastError, "panic: string")
				require.NotContains(d, d.log.String(), "a secret")
			})
		})
	}
}

// TestALargeCrewThatHasNothingToClaimWaitsForOthersToEnd ends runs one by one beside one that goes on.
func TestALargeCrewThatHasNothingToClaimWaitsForOthersToEnd(t *testing.T) {
	onBoth(t, func(d *desk) {
		const short = 12
		w, c := &watched{Store: d.Jobs}, d.config()
		c.Workers, c.Each, c.Batch, c.Gather = 32, 1, 1, time.Hour
		next, begun := make(chan struct{}), make(chan struct{}, short+1)
		d.enqueue(slices.Repeat([]string{"-"}, short+1)...)
		d.runOn(w, c, func(ctx context.Context, j queue.Job) (func(context.Context) error, error) {
			begun <- struct{}{}
			<-next
			return d.does(ctx, j)
		})
		for range short + 1 {
			<-begun
		}
		d.eventually(func() bool { return w.claims.Load() > 1 }, "another look, which finds nothing")
		before := w.claims.Load()
		for n := range short {
			next <- struct{}{}
			d.until(queue.Depth{Leased: short - n})
		}
		require.Equal(d, before, w.claims.Load())
		close(next)
		d.until(queue.Depth{})
		d.eventually(func() bool { return w.claims.Load() > before }, "a look when nobody is at work")
	})
}

func TestALargeCrewThatIsWokenLooksAtOnceThoughOthersAreAtWork(t *testing.T) {
	onBoth(t, func(d *desk) {
		c := d.config()
		c.Workers, c.Gather = 32, time.Hour
		next, begun := make(chan struct{}), make(chan string)
		d.enqueue("a1", "b1")
		w := d.run(c, func(ctx context.Context, j queue.Job) (func(context.Context) error, error) {
			begun <- j.Subject
			<-next
			return d.does(ctx, j)
		})
		<-begun
		<-begun
		for _, subject := range []string{"c1", "d1", "e1"} {
			next <- struct{}{} // one of the two has ended: others are waited for
			d.enqueue(subject)
			w.Wake()
			require.Equal(d, subject, <-begun)
		}
		close(next)
		d.until(queue.Depth{})
	})
}

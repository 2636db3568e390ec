package queue_test

import (
	"context"
	"fmt"
	"sync"
	"sync/atomic"
	"testing"

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

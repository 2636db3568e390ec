package queue_test

import (
	"context"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/ivendnext/whatsapp-accounts/internal/queue"
)

// takes is a handler that takes that long, by the clock of the test, and tells when it began, by the real one.
func (d *desk) takes(worked time.Duration, begun chan time.Time) queue.Handler {
	return func(ctx context.Context, j queue.Job) (func(context.Context) error, error) {
		begun <- time.Now()
		d.clock.advance(worked)
		return d.does(ctx, j)
	}
}

func TestWhatIsUrgentHasThreeQuartersOfTheTimeAndJobsAreDoneAllTheSame(t *testing.T) {
	onBoth(t, func(d *desk) {
		const worked = 30 * time.Millisecond
		begun, c := make(chan time.Time, 3), d.config()
		c.Workers, c.Each, c.Batch, c.Urgent = 1, 1, 1, func() bool { return true }
		d.enqueue("a1", "b1", "c1")
		d.run(c, d.takes(worked, begun))
		d.until(queue.Depth{})
		first, second, third := <-begun, <-begun, <-begun
		assert.GreaterOrEqual(d, second.Sub(first), 3*worked)
		assert.GreaterOrEqual(d, third.Sub(second), 3*worked)
	})
}

func TestABurstOfWhatIsUrgentIsOverBeforeAnyJobIsBegun(t *testing.T) {
	onBoth(t, func(d *desk) {
		var urgent atomic.Bool
		urgent.Store(true)
		asked, begun, c := make(chan struct{}, 100), make(chan time.Time, 1), d.config()
		c.Patience = time.Hour
		c.Urgent = func() bool {
			select {
			case asked <- struct{}{}:
			default:
			}
			return urgent.Load()
		}
		d.enqueue("a1")
		d.run(c, d.takes(0, begun))
		for range 10 {
			<-asked
		}
		require.Empty(d, begun, "it stands back")
		urgent.Store(false)
		d.until(queue.Depth{})
		require.Len(d, begun, 1)
	})
}

func TestJobsAreDoneOncePatienceIsOverThoughSomethingIsStillUrgent(t *testing.T) {
	onBoth(t, func(d *desk) {
		begun, c := make(chan time.Time, 1), d.config()
		c.Patience = 50 * time.Millisecond
		var asked, before atomic.Int32
		c.Urgent = func() bool { asked.Add(1); d.clock.advance(10 * time.Millisecond); return true }
		d.enqueue("a1")
		does := d.takes(0, begun)
		d.run(c, func(ctx context.Context, j queue.Job) (func(context.Context) error, error) {
			before.Store(asked.Load())
			return does(ctx, j)
		})
		d.until(queue.Depth{})
		require.Len(d, begun, 1)
		require.GreaterOrEqual(d, before.Load(), int32(5), "it stood back until then")
	})
}

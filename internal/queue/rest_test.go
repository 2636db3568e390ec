package queue_test

import (
	"context"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"

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

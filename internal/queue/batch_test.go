package queue_test

import (
	"context"
	"errors"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/ivendnext/whatsapp-accounts/internal/queue"
)

// watched is a store that counts transactions that were committed.
type watched struct {
	queue.Store
	committed atomic.Int32
	claims    atomic.Int32
}

func (w *watched) Claim(ctx context.Context, of string, want queue.Want, lease time.Duration) ([][]queue.Job, error) {
	w.claims.Add(1)
	return w.Store.Claim(ctx, of, want, lease)
}

func (w *watched) Transact(ctx context.Context, fn func(context.Context) error) error {
	err := w.Store.Transact(ctx, fn)
	if err == nil {
		w.committed.Add(1)
	}
	return err
}

func TestJobsOfOneKeyAreCommittedTogether(t *testing.T) {
	onBoth(t, func(d *desk) {
		w, c := &watched{Store: d.Jobs}, d.config()
		c.Workers = 1
		d.enqueue("a1", "a2", "a3", "-1", "-2")
		d.runOn(w, c, d.does)
		d.until(queue.Depth{})
		require.ElementsMatch(d, []string{"a1", "a2", "a3", "-1", "-2"}, d.done())
		require.EqualValues(d, 2, w.committed.Load())
	})
}

func TestBatchIsNoLargerThanItMayBe(t *testing.T) {
	onBoth(t, func(d *desk) {
		w, c := &watched{Store: d.Jobs}, d.config()
		c.Workers, c.Batch, c.Each = 1, 2, 10
		d.enqueue("a1", "a2", "a3", "-1", "-2", "-3")
		d.runOn(w, c, d.does)
		d.until(queue.Depth{})
		require.EqualValues(d, 4, w.committed.Load())
		require.ElementsMatch(d, []string{"a1", "a2", "a3", "-1", "-2", "-3"}, d.done())
	})
}

// spoiling breaks the commit of one subject, after it has written.
func (d *desk) spoiling(subject string, broken error) queue.Handler {
	return func(_ context.Context, j queue.Job) (func(context.Context) error, error) {
		return func(ctx context.Context) error {
			err := d.leaves(d.Jobs, j)(ctx)
			if j.Subject == subject {
				return errors.Join(err, broken)
			}
			return err
		}, nil
	}
}

func TestOneBadCommitDoesNotSpoilItsBatch(t *testing.T) {
	for what, c := range map[string]struct {
		broken error
		left   queue.Depth
		done   []string
	}{
		"tried again": {errBroken, queue.Depth{Waiting: 1, Ready: 1}, []string{"a1", "-1", "-3"}},
		"parked":      {queue.Permanent(errBroken), queue.Depth{Parked: 1}, []string{"a1", "a3", "-1", "-3"}},
	} {
		t.Run(what, func(t *testing.T) {
			onBoth(t, func(d *desk) {
				d.enqueue("a1", "a2", "a3")
				w := d.run(d.config(), d.spoiling("a2", c.broken))
				d.until(c.left)
				w.stop()
				d.enqueue("-1", "-2", "-3")
				w = d.run(d.config(), d.spoiling("-2", c.broken))
				left := c.left
				left.Waiting, left.Parked = 2*left.Waiting, 2*left.Parked
				d.until(left)
				w.stop()
				require.ElementsMatch(d, c.done, d.done())
				require.Equal(d, left, d.depth())
			})
		})
	}
}

func TestStatementThatFailsUndoesTheBatchOnlyUntilItIsDoneOneByOne(t *testing.T) {
	onBoth(t, func(d *desk) {
		d.enqueue("a1", "a2", "a3")
		d.run(d.config(), func(ctx context.Context, j queue.Job) (func(context.Context) error, error) {
			if j.Subject == "a2" {
				return func(ctx context.Context) error {
					return queue.Permanent(d.Enqueue(ctx, queue.New{Site: d.home})) // a row that both databases refuse
				}, nil
			}
			return d.does(ctx, j)
		})
		d.until(queue.Depth{Parked: 1})
		require.Equal(d, []string{"a1", "a3"}, d.done())
	})
}

func TestHandlersBeforeTheOneThatFailedAreNotRepeated(t *testing.T) {
	onBoth(t, func(d *desk) {
		var calls atomic.Int32
		d.enqueue("a1", "a2", "a3")
		d.run(d.config(), func(ctx context.Context, j queue.Job) (func(context.Context) error, error) {
			calls.Add(1)
			if j.Subject == "a2" {
				return nil, queue.Permanent(errBroken)
			}
			return d.does(ctx, j)
		})
		d.until(queue.Depth{Parked: 1})
		require.Equal(d, []string{"a1", "a3"}, d.done())
		require.EqualValues(d, 3, calls.Load())
	})
}

func TestJobsBehindOneThatIsTriedAgainHaveNotBeenAttempted(t *testing.T) {
	onBoth(t, func(d *desk) {
		d.enqueue("a1", "a2")
		w := d.run(d.config(), d.failing(errBroken))
		d.untilTried(1, queue.Depth{Waiting: 1, Ready: 1})
		w.stop()
		d.clock.advance(time.Minute)
		var attempts []int
		d.run(d.config(), func(_ context.Context, j queue.Job) (func(context.Context) error, error) {
			attempts = append(attempts, j.Attempt)
			return nil, nil
		})
		d.until(queue.Depth{})
		require.Equal(d, []int{2, 1}, attempts)
	})
}

func TestABatchEndsWhenItsHandlersHoldMuch(t *testing.T) {
	onBoth(t, func(d *desk) {
		held, together := 0, []int{}
		d.enqueue("a1", "a2", "a3", "a4", "a5", "a6")
		d.run(d.config(), func(ctx context.Context, j queue.Job) (func(context.Context) error, error) {
			held++
			switch j.Subject {
			case "a3":
				queue.Hold(ctx, 3<<20)
			case "a4", "a5":
				queue.Hold(ctx, 600<<10)
			}
			return func(ctx context.Context) error {
				if held > 0 {
					together, held = append(together, held), 0
				}
				return d.leaves(d.Jobs, j)(ctx)
			}, nil
		})
		d.until(queue.Depth{})
		require.Equal(d, []string{"a1", "a2", "a3", "a4", "a5", "a6"}, d.done())
		require.Equal(d, []int{3, 2, 1}, together, "each ends behind the one with which it is too much")
	})
}

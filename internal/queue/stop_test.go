package queue_test

import (
	"context"
	"errors"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/ivendnext/whatsapp-accounts/internal/queue"
)

// held is a handler that waits until it is let go or cut short.
type held struct {
	d     *desk
	begun chan string
	free  chan struct{}
}

func (d *desk) holding() held {
	return held{d, make(chan string, 100), make(chan struct{})}
}

func (h held) handle(ctx context.Context, j queue.Job) (func(context.Context) error, error) {
	h.begun <- j.Subject
	select {
	case <-h.free:
	case <-ctx.Done():
		return nil, ctx.Err()
	}
	return h.d.does(ctx, j)
}

func TestStopLetsHandlersFinishAndGivesBackTheRest(t *testing.T) {
	onBoth(t, func(d *desk) {
		h, c := d.holding(), d.config()
		d.enqueue("a1", "a2", "a3")
		w := d.run(c, h.handle)
		require.Equal(d, "a1", <-h.begun)
		stopped := make(chan struct{})
		go func() { defer close(stopped); w.stop() }()
		select {
		case <-stopped:
			d.Fatal("stopped while a handler runs")
		case <-time.After(20 * time.Millisecond):
		}
		close(h.free)
		<-stopped
		require.Equal(d, []string{"a1"}, d.done())
		require.Equal(d, queue.Depth{Ready: 2}, d.depth(), "and nobody waits for a lease")
		require.Empty(d, h.begun)
	})
}

func TestHandlerThatTakesLongerThanTheGraceIsCutShortAndItsJobGivenBack(t *testing.T) {
	onBoth(t, func(d *desk) {
		h, c := d.holding(), d.config()
		c.Grace = time.Millisecond
		d.enqueue("a1", "-1")
		w := d.run(c, h.handle)
		<-h.begun
		<-h.begun
		w.stop()
		require.Equal(d, queue.Depth{Ready: 2}, d.depth())
		runs, err := d.Claim(d.Context(), work, queue.Want{Runs: 2, Each: 1}, time.Minute)
		require.NoError(d, err)
		require.Equal(d, []int{1, 1}, []int{runs[0][0].Attempt, runs[1][0].Attempt}, "which was not the job's fault")
	})
}

func TestHandlerThatNeverReturnsIsLeftBehind(t *testing.T) {
	onBoth(t, func(d *desk) {
		c, begun, free := d.config(), make(chan struct{}), make(chan struct{})
		c.Grace = time.Millisecond
		defer close(free)
		d.enqueue("a1")
		w := d.run(c, func(context.Context, queue.Job) (func(context.Context) error, error) {
			close(begun)
			<-free
			return nil, errBroken
		})
		<-begun
		w.stop()
		require.Contains(d, d.log.String(), "left behind")
		require.Equal(d, queue.Depth{Leased: 1}, d.depth())
	})
}

func TestWorkerThatStopsClaimsNothing(t *testing.T) {
	onBoth(t, func(d *desk) {
		d.enqueue("a1")
		ctx, cancel := context.WithCancel(d.Context())
		cancel()
		queue.NewWorker(d.Jobs, d.config(), d.does).Run(ctx)
		require.Equal(d, queue.Depth{Ready: 1}, d.depth())
	})
}

func TestLateWorkerUndoesWhatItCommits(t *testing.T) {
	onBoth(t, func(d *desk) {
		h, c := d.holding(), d.config()
		c.Workers = 1
		d.enqueue("a1", "a2")
		d.run(c, h.handle)
		<-h.begun
		d.clock.advance(time.Minute) // its lease ends
		d.run(d.config(), d.does)
		d.until(queue.Depth{})
		close(h.free)
		d.eventually(func() bool { return d.logged("the lease of a job is lost") }, "told")
		require.Equal(d, []string{"a1", "a2"}, d.done())
	})
}

func (d *desk) logged(text string) bool { return strings.Contains(d.log.String(), text) }

// beating is a store that renews a lease when the test says so.
type beating struct {
	queue.Store
	beat   chan struct{}
	beaten chan error
}

func (d *desk) beating() beating {
	return beating{d.Jobs, make(chan struct{}), make(chan error)}
}

func (b beating) Extend(ctx context.Context, lease time.Duration, jobs ...queue.Job) error {
	select {
	case <-b.beat:
	case <-ctx.Done():
		return ctx.Err()
	}
	err := b.Store.Extend(ctx, lease, jobs...)
	b.beaten <- err
	return err
}

// once lets one beat happen that reaches the database.
func (b beating) once() (err error) {
	for {
		b.beat <- struct{}{}
		if err = <-b.beaten; err == nil || errors.Is(err, queue.ErrLost) {
			return err
		}
	}
}

func TestLeaseIsRenewedWhileAHandlerRuns(t *testing.T) {
	onBoth(t, func(d *desk) {
		h, b, c := d.holding(), d.beating(), d.config()
		c.Lease, c.Workers = 3*time.Second, 1
		d.enqueue("a1")
		d.runOn(b, c, h.handle)
		<-h.begun
		for range 3 {
			d.clock.advance(c.Lease - time.Microsecond)
			require.NoError(d, b.once())
			d.requireNothingToDo()
		}
		close(h.free)
		d.until(queue.Depth{})
		require.Equal(d, []string{"a1"}, d.done())
	})
}

func TestHandlerIsToldThatItsLeaseIsLost(t *testing.T) {
	onBoth(t, func(d *desk) {
		h, b, c := d.holding(), d.beating(), d.config()
		c.Lease, c.Workers = time.Second, 1
		told := make(chan error, 1)
		d.enqueue("a1")
		d.runOn(b, c, func(ctx context.Context, j queue.Job) (func(context.Context) error, error) {
			commit, err := h.handle(ctx, j)
			told <- context.Cause(ctx)
			return commit, err
		})
		<-h.begun
		d.clock.advance(c.Lease)
		runs, err := d.Claim(d.Context(), work, queue.Want{Runs: 1, Each: 1}, time.Hour)
		require.NoError(d, err)
		require.ErrorIs(d, b.once(), queue.ErrLost)
		require.ErrorIs(d, <-told, queue.ErrLost)
		require.NoError(d, d.Finish(d.Context(), runs[0]...), "the other one is not disturbed")
	})
}

func TestHandlerIsToldThatItsLeaseMayBeLostWhenTheDatabaseIsAway(t *testing.T) {
	onBoth(t, func(d *desk) {
		h, c, told := d.holding(), d.config(), make(chan error, 1)
		c.Lease, c.Workers = 30*time.Millisecond, 1
		d.enqueue("a1")
		d.runOn(d.beating(), c, func(ctx context.Context, j queue.Job) (func(context.Context) error, error) {
			commit, err := h.handle(ctx, j)
			told <- context.Cause(ctx)
			return commit, err
		})
		<-h.begun
		d.clock.advance(c.Lease)
		require.ErrorIs(d, <-told, queue.ErrLost)
	})
}

// broken is a store whose first claims fail.
type broken struct {
	queue.Store
	fails atomic.Int32
}

func (b *broken) Claim(ctx context.Context, of string, want queue.Want, lease time.Duration) ([][]queue.Job, error) {
	if b.fails.Add(-1) >= 0 {
		return nil, errBroken
	}
	return b.Store.Claim(ctx, of, want, lease)
}

func TestWorkerThatCouldNotClaimTriesAgainSoon(t *testing.T) {
	onBoth(t, func(d *desk) {
		b := &broken{Store: d.Jobs}
		b.fails.Store(1)
		d.enqueue("a1")
		d.runOn(b, d.config(), d.does)
		d.until(queue.Depth{})
		require.Contains(d, d.log.String(), "jobs cannot be claimed")
	})
}

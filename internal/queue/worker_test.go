package queue_test

import (
	"context"
	"runtime"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/ivendnext/whatsapp-accounts/internal/fault"
	"github.com/ivendnext/whatsapp-accounts/internal/queue"
)

func TestJobIsDoneAndItsEffectIsCommittedWithIt(t *testing.T) {
	onBoth(t, func(d *desk) {
		d.enqueue("a1", "b1", "a2", "-1", "-2")
		d.run(d.config(), d.does)
		d.until(queue.Depth{})
		require.ElementsMatch(d, []string{"a1", "a2", "b1", "-1", "-2"}, d.done())
	})
}

func TestWorkerThatIsWokenDoesNotWaitForThePoll(t *testing.T) {
	onBoth(t, func(d *desk) {
		seen := make(chan string)
		w := d.run(d.config(), func(_ context.Context, j queue.Job) (func(context.Context) error, error) {
			seen <- j.Subject
			return nil, nil
		})
		for _, s := range []string{"a1", "a2", "-1"} {
			d.enqueue(s)
			w.Wake()
			require.Equal(d, s, <-seen)
			d.until(queue.Depth{})
		}
	})
}

func TestWorkerFindsWhatNobodyWokeItFor(t *testing.T) {
	onBoth(t, func(d *desk) {
		c := d.config()
		c.PollEvery = 10 * time.Millisecond
		d.run(c, d.does)
		d.enqueue("a1")
		d.until(queue.Depth{})
	})
}

func TestJobBehindAnotherOfItsKeyIsDoneWithoutAPoll(t *testing.T) {
	onBoth(t, func(d *desk) {
		c := d.config()
		c.Workers, c.Batch = 4, 1
		d.enqueue("a1", "a2", "a3", "b1", "b2")
		d.run(c, d.does)
		d.until(queue.Depth{})
		require.Equal(d, []string{"a1", "a2", "a3", "b1", "b2"}, d.done())
	})
}

func TestDifferentKeysAreDoneSideBySide(t *testing.T) {
	onBoth(t, func(d *desk) {
		var together sync.WaitGroup
		together.Add(4)
		d.enqueue("a1", "b1", "-1", "-2")
		c := d.config()
		c.Batch = 1
		d.run(c, func(context.Context, queue.Job) (func(context.Context) error, error) {
			together.Done()
			together.Wait() // each waits for all
			return nil, nil
		})
		d.until(queue.Depth{})
	})
}

func TestAJobIsBegunWhenItsTimeHasComeWhetherOrNotItHasAKey(t *testing.T) {
	onBoth(t, func(d *desk) {
		at := d.clock.now().Add(50 * time.Millisecond)
		for _, key := range []string{"a", ""} {
			require.NoError(d, d.Enqueue(d.Context(), queue.New{Queue: work, OrderKey: key, Site: d.home, Subject: "x" + key, RunAt: at}))
		}
		d.clock.advance(50*time.Millisecond - time.Microsecond) // a microsecond is left, for which nobody polls
		looked := make(chan struct{}, 100)
		d.runOn(&looking{d.Jobs, looked}, d.config(), d.does)
		<-looked
		d.clock.advance(time.Microsecond)
		d.until(queue.Depth{})
		require.ElementsMatch(d, []string{"xa", "x"}, d.done())
	})
}

// TestAClaimThatFailsIsNotMadeAgainForWhatIsDue has a store that can be read only, and a job that is due.
func TestAClaimThatFailsIsNotMadeAgainForWhatIsDue(t *testing.T) {
	d := onSQLite(t)
	require.NoError(t, d.Enqueue(t.Context(), queue.New{Queue: work, Site: d.home, Subject: "x", RunAt: d.clock.now().Add(time.Second)}))
	d.clock.advance(time.Second)
	claimed := make(chan struct{}, 1000)
	w := d.runOn(&unclaimable{d.Jobs, claimed}, d.config(), d.does)
	<-claimed
	<-claimed // a second later or so
	w.stop()
	require.Empty(t, claimed)
}

type unclaimable struct {
	queue.Store

	claimed chan struct{}
}

func (u *unclaimable) Claim(context.Context, string, queue.Want, time.Duration) ([][]queue.Job, error) {
	u.claimed <- struct{}{}
	return nil, errBroken
}

func TestAHandlerThatEndsItsGoroutineLeavesItsPlaceToAnother(t *testing.T) {
	d := onSQLite(t)
	d.enqueue("a1", "b1")
	c, ends := d.config(), new(atomic.Int32)
	c.Workers, c.Batch = 1, 1
	w := d.run(c, func(ctx context.Context, j queue.Job) (func(context.Context) error, error) {
		if ends.Add(1) == 1 {
			runtime.Goexit()
		}
		return d.does(ctx, j)
	})
	d.until(queue.Depth{Leased: 1})
	d.clock.advance(time.Minute)
	w.Wake()
	d.until(queue.Depth{})
	require.ElementsMatch(t, []string{"a1", "b1"}, d.done(), "its job is done when its lease is over")
}

// looking tells when the next job was asked for.
type looking struct {
	queue.Store

	looked chan struct{}
}

func (l *looking) Next(ctx context.Context, of string) (time.Time, bool, error) {
	at, found, err := l.Store.Next(ctx, of)
	select {
	case l.looked <- struct{}{}:
	default:
	}
	return at, found, err
}

// failing fails as often as the errors go, then does its job.
func (d *desk) failing(errs ...error) queue.Handler {
	var mu sync.Mutex
	return func(ctx context.Context, j queue.Job) (func(context.Context) error, error) {
		mu.Lock()
		defer mu.Unlock()
		defer d.tried.Add(1)
		if len(errs) > 0 {
			err := errs[0]
			errs = errs[1:]
			return nil, err
		}
		return d.does(ctx, j)
	}
}

// untilTried waits until failing has been called so often and the work is as it should be.
func (d *desk) untilTried(times int32, want queue.Depth) {
	d.Helper()
	d.eventually(func() bool { return d.tried.Load() == times && d.depth() == want }, want)
}

func (d *desk) requireNothingToDo() {
	d.Helper()
	runs, err := d.Claim(d.Context(), work, queue.Want{Runs: 1, Each: 1}, time.Minute)
	require.NoError(d, err)
	require.Empty(d, runs)
}

func TestJobThatFailedWaitsLongerEachTimeAndHoldsUpItsKey(t *testing.T) {
	onBoth(t, func(d *desk) {
		d.enqueue("a1", "a2")
		w := d.run(d.config(), d.failing(errBroken, errBroken))
		least := 30 * time.Second // half of the back-off
		for n := range int32(2) {
			d.untilTried(n+1, queue.Depth{Waiting: 1, Ready: 1})
			d.clock.advance(least - time.Microsecond)
			d.requireNothingToDo()
			d.clock.advance(least + time.Microsecond)
			w.Wake()
			least *= 2
		}
		d.until(queue.Depth{})
		require.Equal(d, []string{"a1", "a2"}, d.done())
	})
}

func TestErrorSaysWhenToTryAgain(t *testing.T) {
	later := fault.New(fault.TooMany, "x", "x", "x")
	later.RetryAfter = 8 * time.Hour
	for what, err := range map[string]error{"marked": queue.RetryAfter(errBroken, 8*time.Hour), "fault": later} {
		t.Run(what, func(t *testing.T) {
			onBoth(t, func(d *desk) {
				d.enqueue("a1")
				w := d.run(d.config(), d.failing(err))
				d.until(queue.Depth{Waiting: 1})
				w.stop()
				d.clock.advance(8*time.Hour - time.Microsecond)
				d.requireNothingToDo()
				d.clock.advance(time.Hour + time.Microsecond)
				d.run(d.config(), d.does)
				d.until(queue.Depth{})
			})
		})
	}
}

func TestPermanentErrorParksAtOnceAndLetsOthersPass(t *testing.T) {
	onBoth(t, func(d *desk) {
		d.enqueue("a1", "a2", "a3")
		d.run(d.config(), d.failing(queue.Permanent(errBroken)))
		d.until(queue.Depth{Parked: 1})
		require.Equal(d, []string{"a2", "a3"}, d.done())
		p := d.parked()[0]
		require.Equal(d, []any{"a1", 1, "broken", d.clock.now()}, []any{p.Subject, p.Attempt, p.LastError, p.ParkedAt})
	})
}

func TestJobIsParkedWhenItsAttemptsAreUsedUp(t *testing.T) {
	onBoth(t, func(d *desk) {
		d.enqueue("a1", "a2")
		w := d.run(d.config(), d.failing(errBroken, errBroken, errBroken))
		for n := range int32(2) {
			d.untilTried(n+1, queue.Depth{Waiting: 1, Ready: 1})
			d.clock.advance(time.Hour)
			w.Wake()
		}
		d.until(queue.Depth{Parked: 1})
		require.Equal(d, 3, d.parked()[0].Attempt)
		require.Equal(d, []string{"a2"}, d.done())
	})
}

func TestReplayedJobIsDone(t *testing.T) {
	onBoth(t, func(d *desk) {
		d.enqueue("a1")
		w := d.run(d.config(), d.failing(queue.Permanent(errBroken)))
		d.until(queue.Depth{Parked: 1})
		n, err := d.Replay(d.Context(), d.home, []string{d.parked()[0].ID})
		require.NoError(d, err)
		require.Equal(d, 1, n)
		w.Wake()
		d.until(queue.Depth{})
		require.Equal(d, []string{"a1"}, d.done())
	})
}

func TestJobThatTakesTheProcessDownIsParkedAndTakesNobodyWithIt(t *testing.T) {
	onBoth(t, func(d *desk) {
		d.enqueue("a1", "a2")
		for range 3 { // processes that die
			_, err := d.Claim(d.Context(), work, queue.Want{Runs: 1, Each: 8}, time.Minute)
			require.NoError(d, err)
			d.clock.advance(time.Minute)
		}
		d.enqueue("-1")
		d.run(d.config(), d.does)
		d.until(queue.Depth{Parked: 1})
		require.Equal(d, "a1", d.parked()[0].Subject)
		require.ElementsMatch(d, []string{"a2", "-1"}, d.done())
	})
}

func TestPanicIsAFailedAttemptAndIsToldWithoutItsValue(t *testing.T) {
	onBoth(t, func(d *desk) {
		for i, h := range []queue.Handler{
			func(context.Context, queue.Job) (func(context.Context) error, error) { panic("hunter2") },
			func(context.Context, queue.Job) (func(context.Context) error, error) {
				return func(context.Context) error { panic("hunter2") }, nil
			},
		} {
			d.enqueue("-1")
			w := d.run(d.config(), h)
			d.until(queue.Depth{Waiting: i + 1})
			w.stop()
		}
		require.Contains(d, d.log.String(), "worker_test.go")
		require.Contains(d, d.log.String(), "panic: string")
		require.NotContains(d, d.log.String(), "hunter2")
	})
}

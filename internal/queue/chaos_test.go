package queue_test

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"math/rand/v2"
	"slices"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/ivendnext/whatsapp-accounts/internal/queue"
	"github.com/ivendnext/whatsapp-accounts/internal/store"
)

// lease is long: it ends when a test advances the clock.
const lease = time.Minute

// numbered are so many jobs for each key, in the order in which they are enqueued.
func numbered(keys string, each int) (all []string) {
	for n := range each {
		for _, key := range keys {
			all = append(all, fmt.Sprintf("%c%04d", key, n))
		}
	}
	return all
}

// requireOnceInOrder tells that every job had its effect once, and those of one key in their order.
func (d *desk) requireOnceInOrder(jobs []string) {
	d.Helper()
	done := d.done()
	byKey := map[byte][]string{}
	for _, s := range done {
		byKey[s[0]] = append(byKey[s[0]], s)
	}
	for key, of := range byKey {
		require.True(d, key == '-' || slices.IsSorted(of), "%c: %v", key, of)
	}
	slices.Sort(done)
	require.Equal(d, slices.Sorted(slices.Values(jobs)), done)
}

func TestTwoProcessesShareTheWorkAndNeverAKey(t *testing.T) {
	onBoth(t, func(d *desk) {
		jobs := numbered("abcdefgh-", 25)
		d.enqueue(jobs...)
		var busy [256]atomic.Int32
		begun := [2]chan struct{}{make(chan struct{}), make(chan struct{})}
		first := [2]sync.Once{}
		for n, s := range []*store.Jobs{d.Jobs, d.database().Jobs()} {
			c := d.config()
			c.PollEvery, c.Batch = 5*time.Millisecond, 5
			d.runOn(s, c, func(ctx context.Context, j queue.Job) (func(context.Context) error, error) {
				key := j.Subject[0]
				if busy[key].Add(1) > 1 && key != '-' {
					d.Errorf("two at once: %s", j.Subject)
				}
				defer busy[key].Add(-1)
				first[n].Do(func() { close(begun[n]) })
				select { // who is faster leaves something to the other
				case <-begun[1-n]:
				case <-ctx.Done():
				}
				return d.leaves(s, j), nil
			})
		}
		d.until(queue.Depth{})
		d.requireOnceInOrder(jobs)
	})
}

// unruly is a process that dies now and then: it is stopped in the middle of its work, its handlers fail, panic and hang, its transactions break before
// and after they have written, it forgets what it has leased, and its leases end under its hands.
type unruly struct {
	d *desk
	*store.Jobs
	steps *atomic.Int64 // of all processes
}

// handle does its job more often than not.
func (u unruly) handle(ctx context.Context, j queue.Job, die func()) (func(context.Context) error, error) {
	u.steps.Add(1)
	switch rand.N(16) {
	case 0:
		return nil, errBroken
	case 1:
		panic("a defect")
	case 2:
		die()
		<-ctx.Done()
		return nil, ctx.Err()
	case 3:
		die()
	case 4:
		u.d.clock.advance(lease)
	case 5:
		return func(ctx context.Context) error { return errors.Join(u.d.leaves(u.Jobs, j)(ctx), errBroken) }, nil
	case 6:
		return func(ctx context.Context) error {
			_ = u.d.leaves(u.Jobs, j)(ctx)
			panic("a defect")
		}, nil
	}
	return u.d.leaves(u.Jobs, j), nil
}

// Release is forgotten now and then, as by a process that was killed.
func (u unruly) Release(ctx context.Context, jobs ...queue.Job) error {
	if rand.N(2) == 0 {
		return nil
	}
	return u.Jobs.Release(ctx, jobs...)
}

// Transact breaks now and then after everything is written.
func (u unruly) Transact(ctx context.Context, fn func(context.Context) error) error {
	return u.Jobs.Transact(ctx, func(ctx context.Context) error {
		if err := fn(ctx); err != nil || rand.N(10) > 0 {
			return err
		}
		return errBroken
	})
}

// live runs the process, again and again, until the work is done.
func (u unruly) live(over context.Context) {
	c := u.d.config()
	c.PollEvery, c.Grace, c.MaxAttempts, c.Lease, c.Log = 5*time.Millisecond, time.Millisecond, 1_000_000, lease, slog.New(slog.DiscardHandler)
	c.Backoff = queue.Backoff{First: time.Second, Max: 2 * time.Second}
	for over.Err() == nil {
		ctx, die := context.WithCancel(over)
		c.Batch, c.Each = 1+rand.N(4), 1+rand.N(6)
		queue.NewWorker(u, c, func(ctx context.Context, j queue.Job) (func(context.Context) error, error) {
			return u.handle(ctx, j, die)
		}).Run(ctx)
		die()
	}
}

func TestThroughAnyCrashEveryJobHasItsEffectOnceAndInOrder(t *testing.T) {
	onBoth(t, func(d *desk) {
		jobs := numbered("abcdef-", 8)
		over, end := context.WithCancel(d.Context())
		var lives sync.WaitGroup
		var steps atomic.Int64
		for _, s := range []*store.Jobs{d.Jobs, d.database().Jobs()} {
			for range 2 {
				lives.Go(func() { unruly{d, s, &steps}.live(over) })
			}
		}
		for _, s := range jobs {
			d.enqueue(s)
		}
		for before := int64(-1); d.depth() != (queue.Depth{}); time.Sleep(10 * time.Millisecond) {
			now := steps.Load()
			if now == before { // everybody waits for a time to come
				d.clock.advance(lease)
			}
			require.Less(d, now, int64(100*len(jobs)), "it gets nowhere")
			before = now
		}
		end()
		lives.Wait()
		d.requireOnceInOrder(jobs)
	})
}

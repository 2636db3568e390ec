package queue

import (
	"cmp"
	"context"
	"errors"
	"log/slog"
	"sync/atomic"
	"time"

	"github.com/ivendnext/whatsapp-accounts/internal/batch"
)

// Handler does a job. It works first, with no transaction open, so that it may call the outside and take its time; what it returns is then run in one
// transaction together with the removal of the job, and nil is fine when there is nothing to write.
//
// A job may be handled more than once: after a crash, a lost lease, a commit that failed. So what is done outside must bear repetition. commit has an
// effect once at most, but may be run again after a transaction that was undone. In a batch every handler runs before the first commit: what depends on
// the jobs before it belongs into commit. An error is kept with the job and logged, so it must hold no secret.
type Handler func(ctx context.Context, j Job) (commit func(context.Context) error, err error)

// Config says how a worker works. What is zero has the default that is given.
type Config struct {
	Queue       string
	Workers     int           // runs at once; 4
	Batch       int           // the most jobs of a run that are committed together; 1
	Together    int           // the most runs whose commits share a transaction, when they come to an end at the same time; 1. What they commit must not depend on another's.
	Each        int           // the most jobs of a run, leased at once and done one after the other: more for short work, one for long work without order; Batch
	Lease       time.Duration // how long a process that died keeps its jobs from the others; it is renewed while a handler runs; a minute
	PollEvery   time.Duration // how long a job waits at most that nobody woke us for: one of another process; a second
	Gather      time.Duration // how long a large crew waits at most for more runs to end before it looks for jobs; 20 ms
	Backoff     Backoff       // a second, doubled up to an hour
	MaxAttempts int           // after so many a job is parked; 20
	Grace       time.Duration // how long handlers may go on when Run is to end, before their context ends; 10 seconds
	// Urgent tells that something else on this machine is more urgent, if there is anything. While it is true nothing is begun for as long as Patience
	// lasts, which grows again while it is false; after that a run is followed by a rest that is three times as long, so that a quarter of the time
	// remains for jobs whatever comes.
	Urgent   func() bool
	Patience time.Duration // 0
	Now      func() time.Time
	Log      *slog.Logger
}

func (c Config) complete() Config {
	c.Workers, c.Batch, c.MaxAttempts = cmp.Or(c.Workers, 4), cmp.Or(c.Batch, 1), cmp.Or(c.MaxAttempts, 20)
	c.Together, c.Each = cmp.Or(c.Together, 1), max(c.Each, c.Batch)
	c.Lease, c.PollEvery, c.Grace = cmp.Or(c.Lease, time.Minute), cmp.Or(c.PollEvery, time.Second), cmp.Or(c.Grace, 10*time.Second)
	c.Gather = cmp.Or(c.Gather, 20*time.Millisecond)
	c.Backoff.First, c.Backoff.Max = cmp.Or(c.Backoff.First, time.Second), cmp.Or(c.Backoff.Max, time.Hour)
	return c
}

const (
	// storeWithin bounds what is written when the context is over already: the database may be away.
	storeWithin = 5 * time.Second
	// againAfter is how long a worker waits at most after it could not claim.
	againAfter = time.Second
	// cutShort is how long a handler has to return when its context has ended; after that it is left behind.
	cutShort = 2 * time.Second
	// largeCrew is how many workers claim for several at once.
	largeCrew = 16
	// endsAtOnce is how many shared commits go on at once, and manyEnds how many runs must wait for a second one to begin.
	endsAtOnce = 2
	manyEnds   = 64
	// longestRest bounds a rest after a run that took long for another reason than what is urgent.
	longestRest = time.Second
)

// errStopping is why the context of a handler ends that took longer than the grace.
var errStopping = errors.New("the service stops")

// Worker does the jobs of one queue. Jobs of one key are done one after the other, different keys side by side, in this process and in all others.
type Worker struct {
	Config
	store  Store
	handle Handler
	wake   chan struct{}
	ends   *batch.Of[*ending]
}

// NewWorker makes a worker that does nothing until Run.
func NewWorker(store Store, c Config, h Handler) *Worker {
	w := &Worker{Config: c.complete(), store: store, handle: h, wake: make(chan struct{}, 1)}
	w.ends = batch.New(batch.AtMost[*ending](w.Together), w.endTogether).Alongside(endsAtOnce, manyEnds)
	return w
}

// Wake makes the worker look for jobs at once. Call it after the commit of an Enqueue; it never waits.
func (w *Worker) Wake() {
	select {
	case w.wake <- struct{}{}:
	default: // it is about to look anyway
	}
}

// Run does jobs until ctx ends. Then it claims nothing more, lets the handlers that run finish within the grace, gives back what was not begun, so that
// others need not wait for the leases to end, and returns.
func (w *Worker) Run(ctx context.Context) {
	handlers, cut := context.WithCancelCause(context.WithoutCancel(ctx))
	defer cut(nil)
	crew, patience := newCrew(w.Workers, w.Gather), patience{most: w.Patience, left: w.Patience, at: w.Now()}
	defer close(crew.runs)
	after := ""
	for w.stand(ctx, &patience); ctx.Err() == nil; w.stand(ctx, &patience) {
		looked := w.Now()
		until := looked.Add(w.Lease)
		runs, err := w.claim(ctx, w.Workers-crew.running, after)
		for _, jobs := range runs {
			after = cmp.Or(jobs[0].OrderKey, after)
			crew.start(func() {
				begun := w.Now()
				w.do(handlers, ctx, jobs, until)
				w.rest(ctx, w.Now().Sub(begun))
			})
		}
		if crew.running == w.Workers {
			crew.await(ctx.Done(), nil, nil)
		} else if len(runs) == 0 {
			w.wait(ctx, crew, w.Now().Sub(looked), err)
		}
		crew.gather(ctx.Done())
	}
	defer time.AfterFunc(w.Grace, func() { cut(errStopping) }).Stop()
	if !crew.wait(w.Grace + cutShort) {
		w.Log.Error("handlers did not return and are left behind", "queue", w.Queue, "running", crew.running)
	}
}

// claim claims runs for that many idle workers. It is not broken off when ctx ends: what it leases must be given back.
func (w *Worker) claim(ctx context.Context, idle int, after string) ([][]Job, error) {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), storeWithin)
	defer cancel()
	runs, err := w.store.Claim(ctx, w.Queue, Want{Runs: idle, Each: w.Each, After: after}, w.Lease)
	if err != nil {
		w.Log.Error("jobs cannot be claimed", "queue", w.Queue, "cause", err)
	}
	return runs, err
}

// wait waits until looking again makes sense: some runs have ended, whose keys may have more; somebody enqueued; or it is time to poll. When nothing could be claimed
// because of an error, whoever woke us must not wait for the poll. took is how long it took to find nothing.
func (w *Worker) wait(ctx context.Context, c *crew, took time.Duration, failed error) {
	pace := w.PollEvery
	if failed != nil {
		pace = min(pace, againAfter)
	}
	pace += chance(pace/4) - pace/8
	if failed == nil {
		pace = w.untilNext(ctx, pace, took)
	}
	poll := time.NewTimer(pace)
	defer poll.Stop()
	if c.await(ctx.Done(), w.wake, poll.C) {
		c.linger(ctx.Done(), w.wake)
	}
}

// untilNext is how long nothing is to be looked for, most at most: until the time of a job comes that waits. Jobs that come one after the other are gathered, and no more time
// is spent on looking than on waiting.
func (w *Worker) untilNext(ctx context.Context, most, took time.Duration) time.Duration {
	ctx, cancel := context.WithTimeout(ctx, storeWithin)
	defer cancel()
	at, found, err := w.store.Next(ctx, w.Queue)
	if err != nil || !found { // the claim has told what is wrong with the store
		return most
	}
	return min(most, max(at.Sub(w.Now()), w.Gather, took)+chance(w.Gather))
}

// rest lets go first what is more urgent than the jobs.
func (w *Worker) rest(ctx context.Context, worked time.Duration) {
	if w.Urgent == nil || !w.Urgent() {
		return
	}
	timer := time.NewTimer(min(3*worked, longestRest))
	defer timer.Stop()
	select {
	case <-ctx.Done():
	case <-timer.C:
	}
}

// crew is the runs that are being done; only the goroutine of Run asks it.
type crew struct {
	workers int           // as many may run
	running int           // as many do
	hired   atomic.Int64  // the goroutines that do them, one after the other: as many as have ever run at once, since the stack of a new one is small and has to grow
	moment  time.Duration // how long others are waited for at most
	runs    chan func()
	ended   chan struct{}
}

func newCrew(workers int, moment time.Duration) *crew {
	return &crew{workers: workers, moment: moment, runs: make(chan func(), workers), ended: make(chan struct{}, workers)}
}

// start has a run done. There is a goroutine for it: those that are hired do no more than what runs.
func (c *crew) start(do func()) {
	if c.running++; int64(c.running) > c.hired.Load() {
		c.hired.Add(1)
		go c.work()
	}
	c.runs <- do
}

// work does runs until there are to be no more.
func (c *crew) work() {
	for do := range c.runs {
		c.do(do)
	}
}

// do does one run. One that ends its goroutine takes the place of nobody.
func (c *crew) do(do func()) {
	returned := false
	defer func() {
		if !returned {
			c.hired.Add(-1)
		}
		c.ended <- struct{}{}
	}()
	do()
	returned = true
}

// await waits for any of these, or for the end of a run, which is what it tells, and of all others that have ended by then.
func (c *crew) await(done, wake <-chan struct{}, poll <-chan time.Time) (ended bool) {
	select {
	case <-done:
	case <-wake:
	case <-poll:
	case <-c.ended:
		c.running--
		ended = true
	}
	for range len(c.ended) {
		<-c.ended
		c.running--
	}
	return ended
}

// crowded reports that most of a large crew is at work.
func (c *crew) crowded() bool { return c.workers >= largeCrew && c.running > c.workers-c.workers/4 }

// linger is for a large crew that found nothing more to do, and of which a run has ended: it waits a moment for others to end, since looking again costs about the
// same for the key of one as for those of many. Whoever wakes the worker ends that, and nobody is waited for when nobody is at work.
func (c *crew) linger(done, wake <-chan struct{}) {
	if c.workers < largeCrew {
		return
	}
	moment := time.NewTimer(c.moment)
	defer moment.Stop()
	for c.running > 0 && !c.crowded() && c.await(done, wake, moment.C) {
	}
}

// gather waits, while most of a large crew is at work, until a quarter is not, or for a moment: to claim costs about the same for one job and for twenty. An idle
// crew waits for nothing.
func (c *crew) gather(done <-chan struct{}) {
	if !c.crowded() {
		return
	}
	moment := time.NewTimer(c.moment)
	defer moment.Stop()
	for c.crowded() && c.await(done, nil, moment.C) {
	}
}

// wait waits for every run, but no longer than d.
func (c *crew) wait(d time.Duration) (ended bool) {
	timer := time.NewTimer(d)
	defer timer.Stop()
	for c.running > 0 {
		select {
		case <-c.ended:
			c.running--
		case <-timer.C:
			return false
		}
	}
	return true
}

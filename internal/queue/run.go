package queue

import (
	"context"
	"errors"
	"fmt"
	"runtime/debug"
	"sync"
	"time"
)

// errGaveUp parks a job whose last attempt ended without a word: the process died, or its lease was lost.
var errGaveUp = Permanent(errors.New("no attempt came to an end"))

// run is jobs that are done one after the other under one lease.
type run struct {
	*Worker
	ctx  context.Context // of the handlers: ends when the lease is lost or the grace is over
	life context.Context // of Run

	mu   sync.Mutex
	left []Job // not done yet, in their order
}

// work is what a handler wants committed for a job.
type work struct {
	job    Job
	commit func(context.Context) error
}

// do does the jobs of one run, which are leased until then, and gives back what it did not come to.
func (w *Worker) do(ctx, life context.Context, jobs []Job, until time.Time) {
	ctx, cancel := context.WithCancelCause(ctx)
	r := &run{Worker: w, ctx: ctx, life: life, left: jobs}
	still := make(chan struct{})
	heart := time.AfterFunc(r.Lease/3, func() { // most runs are over by then, and cost no goroutine more
		defer close(still)
		r.keep(until, cancel)
	})
	r.leased(cancel, heart, still)
	r.giveBack()
}

// leased does the jobs and ends the renewal of their lease, whatever becomes of the goroutine: a handler that ends it leaves its jobs to whoever comes when the lease is over.
func (r *run) leased(cancel context.CancelCauseFunc, heart *time.Timer, still <-chan struct{}) {
	defer func() {
		cancel(nil)
		if !heart.Stop() {
			<-still
		}
	}()
	r.work()
}

// keep renews the lease, now and then until ctx ends. Without it the jobs may be somebody else's, and the handler is told to stop.
func (r *run) keep(until time.Time, lose context.CancelCauseFunc) {
	beat := time.NewTicker(r.Lease / 3)
	defer beat.Stop()
	for r.ctx.Err() == nil {
		begun := r.Now()
		err := r.extend()
		switch {
		case err == nil:
			until = begun.Add(r.Lease)
		case errors.Is(err, ErrLost), !r.Now().Before(until):
			lose(ErrLost)
			return
		}
		select {
		case <-r.ctx.Done():
		case <-beat.C:
		}
	}
}

func (r *run) extend() error {
	ctx, cancel := context.WithTimeout(r.ctx, r.Lease/3)
	defer cancel()
	return r.store.Extend(ctx, r.Lease, r.jobs()...)
}

// jobs are those that are not done.
func (r *run) jobs() []Job {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.left
}

// drop forgets the first n jobs: they are done, or somebody else's matter.
func (r *run) drop(n int) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.left = r.left[n:]
}

func (r *run) giveBack() {
	jobs := r.jobs()
	if len(jobs) == 0 {
		return
	}
	ctx, cancel := context.WithTimeout(context.WithoutCancel(r.ctx), storeWithin)
	defer cancel()
	if err := r.store.Release(ctx, jobs...); err != nil {
		r.Log.Error("jobs cannot be given back", "queue", r.Queue, "jobs", len(jobs), "cause", err)
	}
}

// work handles a batch, commits it together, and deals with the first that failed; then with what is left behind that.
func (r *run) work() {
	for len(r.jobs()) > 0 && !r.stops() {
		done, err := r.handleBatch()
		if !r.commitAll(done) || err != nil && !r.failed(r.jobs()[0], err) {
			return
		}
	}
}

// stops tells that no further job is to be begun.
func (r *run) stops() bool { return r.life.Err() != nil || r.ctx.Err() != nil }

// handleBatch runs the handlers of a batch, in order, until one fails, they hold much, or the service stops.
func (r *run) handleBatch() (done []work, err error) {
	jobs := r.jobs()
	jobs = jobs[:min(r.Batch, len(jobs))]
	ctx := r.ahead(jobs)
	for _, j := range jobs {
		if len(done) > 0 && (full(ctx) || r.stops()) {
			break
		}
		commit, err := r.try(ctx, j)
		if err != nil {
			return done, err
		}
		done = append(done, work{j, commit})
	}
	return done, nil
}

// try runs the handler of one job.
func (r *run) try(ctx context.Context, j Job) (commit func(context.Context) error, err error) {
	if j.Attempt > r.MaxAttempts {
		return nil, errGaveUp
	}
	err = r.guarded([]Job{j}, func() error {
		commit, err = r.handle(ctx, j)
		return err
	})
	return commit, err
}

// guarded turns a panic into an error. Neither tells what was panicked with: it may hold a secret. Of jobs that are ended together the first is named; then each is
// ended alone, and the log has the one whose it is.
func (w *Worker) guarded(jobs []Job, do func() error) (err error) {
	defer func() {
		if cause := recover(); cause != nil {
			err = fmt.Errorf("panic: %T", cause)
			w.Log.Error("panic", "cause", fmt.Sprintf("%T", cause), "stack", string(debug.Stack()), "queue", w.Queue, "job", jobs[0].ID, "jobs", len(jobs))
		}
	}()
	return do()
}

// commitAll commits together; when that fails, one by one, so that one bad job does not spoil its batch. It reports whether the run goes on.
func (r *run) commitAll(done []work) (goOn bool) {
	if len(done) == 0 {
		return true
	}
	err := r.commit(done...)
	if err == nil {
		return true
	}
	if len(done) == 1 || errors.Is(err, ErrLost) {
		return r.failed(done[0].job, err)
	}
	for _, one := range done {
		if err := r.commit(one); err != nil && !r.failed(one.job, err) {
			return false
		}
	}
	return true
}

// commit ends work in one transaction, with that of other runs if the worker says so.
func (r *run) commit(done ...work) error {
	e := &ending{run: r, done: done, ended: make(chan error, 1)}
	if r.Together > 1 {
		r.ends.Add(e)
	} else {
		e.ended <- r.end(r.ctx, e)
	}
	err := <-e.ended
	if err == nil {
		r.drop(len(done))
	}
	return err
}

// failed deals with the first job that is left, whose attempt failed, and reports whether those behind it may go on.
func (r *run) failed(j Job, err error) (goOn bool) {
	log := r.Log.With("queue", r.Queue, "job", j.ID, "site", j.Site.String(), "subject", j.Subject, "attempt", j.Attempt, "cause", err)
	if errors.Is(err, ErrLost) || errors.Is(context.Cause(r.ctx), ErrLost) {
		log.Warn("the lease of a job is lost")
		return false
	}
	if r.ctx.Err() != nil {
		return false // cut short by the end of the service, which is not the job's fault
	}
	ctx, cancel := context.WithTimeout(r.ctx, storeWithin)
	defer cancel()
	parks := isPermanent(err) || j.Attempt >= r.MaxAttempts
	var put error
	if parks {
		log.Error("a job is parked")
		put = r.store.Park(ctx, j, err.Error())
	} else {
		wait := r.Backoff.after(j.Attempt, err)
		log.Warn("a job is tried again", "wait_ms", wait.Milliseconds())
		put = r.store.Retry(ctx, j, r.Now().Add(wait), err.Error())
	}
	if put != nil {
		log.Error("a job that failed cannot be put aside; its lease will end", "problem", put)
		return false
	}
	r.drop(1)
	return parks || j.OrderKey == ""
}

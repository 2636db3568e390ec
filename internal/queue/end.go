package queue

import "context"

// ending is work of one run that is to be committed.
type ending struct {
	run   *run
	done  []work
	ended chan error // buffered
}

// endTogether ends work of several runs in one transaction. When that fails, each is tried alone, so that one that cannot be committed, or has lost its lease,
// does not spoil the others.
func (w *Worker) endTogether(some []*ending) {
	if len(some) == 1 {
		some[0].ended <- w.end(some[0].run.ctx, some...)
		return
	}
	ctx, cancel := context.WithTimeout(context.Background(), storeWithin)
	err := w.end(ctx, some...)
	cancel()
	for _, e := range some {
		if err != nil {
			e.ended <- w.end(e.run.ctx, e)
			continue
		}
		e.ended <- nil
	}
}

// end removes the jobs and runs their commits in one transaction. Removing comes first: whoever lost the lease finds out before it writes. A panic in what a commit
// has left to be done at the end of the transaction is an error of it.
func (w *Worker) end(ctx context.Context, some ...*ending) error {
	var jobs []Job
	for _, e := range some {
		for _, d := range e.done {
			jobs = append(jobs, d.job)
		}
	}
	return w.guarded(jobs, func() error {
		return w.store.Transact(ctx, func(ctx context.Context) error {
			if err := w.store.Finish(ctx, jobs...); err != nil {
				return err
			}
			for _, e := range some {
				if err := e.commit(ctx); err != nil {
					return err
				}
			}
			return nil
		})
	})
}

// commit runs the commits of one run in the transaction of ctx.
func (e *ending) commit(ctx context.Context) error {
	for _, d := range e.done {
		if d.commit == nil {
			continue
		}
		if err := e.run.guarded([]Job{d.job}, func() error { return d.commit(ctx) }); err != nil {
			return err
		}
	}
	return nil
}

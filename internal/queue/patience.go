package queue

import (
	"context"
	"time"
)

// lookAgain is how often a worker that stands back looks whether it still has to.
const lookAgain = 10 * time.Millisecond

// patience is how much longer jobs wait for what is more urgent. A burst that is over before it ends costs them nothing but the wait; it comes back as it went,
// so that what is urgent every now and then cannot keep them waiting for ever.
type patience struct {
	most, left time.Duration
	at         time.Time // when left was true
	urgent     bool      // what was found then
}

// lasts reports whether the jobs wait.
func (p *patience) lasts(urgent bool, now time.Time) bool {
	passed := now.Sub(p.at)
	if p.urgent {
		passed = -passed
	}
	p.left = min(max(p.left+passed, 0), p.most)
	p.urgent, p.at = urgent, now
	return urgent && p.left > 0
}

// stand begins nothing while something else is more urgent and patience lasts.
func (w *Worker) stand(ctx context.Context, p *patience) {
	if w.Urgent == nil || w.Patience == 0 {
		return
	}
	for p.lasts(w.Urgent(), w.Now()) {
		select {
		case <-ctx.Done():
			return
		case <-time.After(lookAgain):
		}
	}
}

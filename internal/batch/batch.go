// Package batch lets callers that come together share work, such as a commit. It does not know what the work is.
package batch

import (
	"runtime"
	"sync"
	"time"
)

// Of is work on things of one type. Nobody waits for company, unless it Regathers: whoever does the work takes what has queued while it did the last.
type Of[T any] struct {
	size   func(waiting []T) int
	do     func(some []T)
	enough int           // as many make it not worth while to wait for more
	within time.Duration // how long those who were served just now are waited for
	most   int           // as many works go on at once
	crowd  int           // as many must wait for another to begin beside those that go on
	late   time.Duration // after so long a work is not waited for; zero is never

	mu      sync.Mutex
	waiting []T
	running int
	want    int           // as many are waited for
	come    chan struct{} // closed when they have come; nil when nobody is waited for
}

// New makes one that is idle. size says how many of those that wait, in their order, are taken at once: at least one of some. do works on them, in a goroutine of
// its own, and one do at a time unless more may go on Alongside.
func New[T any](size func(waiting []T) int, do func(some []T)) *Of[T] {
	return &Of[T]{size: size, do: do, most: 1}
}

// Alongside lets up to most works go on at once, of which each but the first begins when a crowd waits: work that is long in other hands, such as those of a database,
// else leaves ours idle meanwhile, and fewer are worth no work of their own. It is not for work that Regathers.
func (b *Of[T]) Alongside(most, crowd int) *Of[T] {
	b.most, b.crowd = most, crowd
	return b
}

// Regathers makes work that follows upon work wait a moment for those who were served just now, until enough have come or all of them are back: whoever asks again
// as soon as it was answered would else be split between two works for good, each for half of them. Who comes first waits for nobody, nor does who comes alone.
func (b *Of[T]) Regathers(enough int, within time.Duration) *Of[T] {
	b.enough, b.within = enough, within
	return b
}

// GoesOn lets those who wait go on when a work has not ended after so long: it hangs, perhaps, and whoever comes later is not to hang with it.
func (b *Of[T]) GoesOn(after time.Duration) *Of[T] {
	b.late = after
	return b
}

// AtMost is a size that goes by the number alone.
func AtMost[T any](most int) func(waiting []T) int {
	return func(waiting []T) int { return min(len(waiting), most) }
}

// Add queues one and returns at once.
func (b *Of[T]) Add(one T) {
	b.mu.Lock()
	b.waiting = append(b.waiting, one)
	if b.come != nil && len(b.waiting) == b.want {
		close(b.come)
		b.come = nil
	}
	begin := b.running == 0 || b.running < b.most && len(b.waiting) >= b.crowd
	if begin {
		b.running++
	}
	b.mu.Unlock()
	if begin {
		go b.run()
	}
}

// run works until nobody waits. Whoever is ready to run goes first, since they may be about to come, and the more come the less work is for each; when nobody is,
// that takes no time.
func (b *Of[T]) run() {
	for {
		runtime.Gosched()
		some := b.take()
		if len(some) == 0 {
			return
		}
		if late := b.work(some); late {
			return // another goes on in its place
		}
		b.regather(len(some))
	}
}

// work does the work, and tells whether it took so long that others have gone on.
func (b *Of[T]) work(some []T) (late bool) {
	if b.late == 0 {
		b.do(some)
		return false
	}
	timer := time.AfterFunc(b.late, b.goOn)
	b.do(some)
	return !timer.Stop()
}

// goOn takes the place of a work that is late.
func (b *Of[T]) goOn() {
	b.mu.Lock()
	defer b.mu.Unlock()
	if len(b.waiting) == 0 {
		b.running--
		return
	}
	go b.run()
}

// regather waits for those who were served just now.
func (b *Of[T]) regather(served int) {
	come := b.expect(served)
	if come == nil {
		return
	}
	timer := time.NewTimer(b.within)
	defer timer.Stop()
	select {
	case <-come:
	case <-timer.C:
	}
}

// expect gives what is closed when enough have come, or nil when nobody is to be waited for.
func (b *Of[T]) expect(served int) <-chan struct{} {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.want = min(len(b.waiting)+served, b.enough)
	if served > 1 && len(b.waiting) < b.want {
		b.come = make(chan struct{})
	}
	return b.come
}

// take gives those that are next; none means that run ends: nobody waits, or few enough for another that goes on.
func (b *Of[T]) take() []T {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.come = nil
	if len(b.waiting) == 0 || b.running > 1 && len(b.waiting) < b.crowd {
		b.running--
		return nil
	}
	n := b.size(b.waiting)
	some := b.waiting[:n:n]
	b.waiting = b.waiting[n:]
	return some
}

// State tells how many wait, and whether work is being done.
func (b *Of[T]) State() (waiting int, busy bool) {
	b.mu.Lock()
	defer b.mu.Unlock()
	return len(b.waiting), b.running > 0
}

// Package batch lets callers that come together share work, such as a commit. It does not know what the work is.
package batch

import (
	"runtime"
	"sync"
	"time"
)

// Of is work on things of one type. Nobody waits for company: whoever does the work takes what has queued while it did the last.
type Of[T any] struct {
	size  func(waiting []T) int
	do    func(some []T)
	after time.Duration // how long those who have just been served are waited for

	mu      sync.Mutex
	waiting []T
	running bool
	want    int           // as many are waited for
	come    chan struct{} // closed when they have come; nil while nobody waits for them
}

// New makes one that is idle. size says how many of those that wait, in their order, are taken at once: at least one of some. do works on them, in a goroutine of
// its own, and one do at a time.
func New[T any](size func(waiting []T) int, do func(some []T)) *Of[T] {
	return &Of[T]{size: size, do: do}
}

// Regathers makes work wait until as many have come as the last work was for, beside those who have waited since then, but no longer than that: whoever asks again as soon as
// it was answered is back by then, and would else be split between two works for good. Nobody who comes first waits, nor who comes alone.
func (b *Of[T]) Regathers(within time.Duration) *Of[T] {
	b.after = within
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
	if b.come != nil && len(b.waiting) >= b.want {
		close(b.come)
		b.come = nil
	}
	begin := !b.running
	b.running = true
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
		b.do(some)
		b.regather(len(some))
	}
}

// regather waits for those who were served just now.
func (b *Of[T]) regather(served int) {
	b.mu.Lock()
	if b.after == 0 || served == 1 {
		b.mu.Unlock()
		return
	}
	come := make(chan struct{})
	b.want, b.come = len(b.waiting)+served, come
	b.mu.Unlock()
	timer := time.NewTimer(b.after)
	defer timer.Stop()
	select {
	case <-come:
	case <-timer.C:
	}
	b.mu.Lock()
	b.come = nil
	b.mu.Unlock()
}

// take gives those that are next; none means that run ends.
func (b *Of[T]) take() []T {
	b.mu.Lock()
	defer b.mu.Unlock()
	n := 0
	if len(b.waiting) > 0 {
		n = b.size(b.waiting)
	}
	some := b.waiting[:n:n]
	b.waiting = b.waiting[n:]
	b.running = n > 0
	return some
}

// State tells how many wait, and whether work is being done.
func (b *Of[T]) State() (waiting int, busy bool) {
	b.mu.Lock()
	defer b.mu.Unlock()
	return len(b.waiting), b.running
}

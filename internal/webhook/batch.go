package webhook

import "sync"

// batch lets callers that come together share work. Nobody waits for company: whoever does the work takes what has queued while it did the last.
type batch[T any] struct {
	// size says how many of those that wait, in their order, are taken at once; at least one of some.
	size func(waiting []T) int
	do   func(some []T)

	mu      sync.Mutex
	waiting []T
	running bool
}

// add queues one and returns at once.
func (b *batch[T]) add(one T) {
	b.mu.Lock()
	b.waiting = append(b.waiting, one)
	begin := !b.running
	b.running = true
	b.mu.Unlock()
	if begin {
		go b.run()
	}
}

// run works until nobody waits.
func (b *batch[T]) run() {
	for {
		some := b.take()
		if len(some) == 0 {
			return
		}
		b.do(some)
	}
}

// take gives those that are next; none means that run ends.
func (b *batch[T]) take() []T {
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

package batch

import (
	"context"
	"time"
)

// Reads answers questions of one kind. Those that come together are answered by one look.
type Reads[K comparable, V any] struct {
	within time.Duration
	read   func(ctx context.Context, keys []K) (map[K]V, error)
	asked  *Of[*question[K, V]]
}

// question is asked once; answered is buffered.
type question[K comparable, V any] struct {
	key      K
	answered chan reply[V]
}

type reply[V any] struct {
	value V
	found bool
	err   error
}

// NewReads makes one that is idle. read looks at most so many keys up at once, each of them once, and gives what it finds; it belongs to nobody who asked, so
// it has a time limit of its own.
func NewReads[K comparable, V any](most int, within time.Duration, read func(ctx context.Context, keys []K) (map[K]V, error)) *Reads[K, V] {
	r := &Reads[K, V]{within: within, read: read}
	r.asked = New(AtMost[*question[K, V]](most), r.answer)
	return r
}

// Get gives what is there now under a key. Whatever it gives was read after it was asked.
func (r *Reads[K, V]) Get(ctx context.Context, key K) (value V, found bool, err error) {
	q := &question[K, V]{key: key, answered: make(chan reply[V], 1)}
	r.asked.Add(q)
	select {
	case a := <-q.answered:
		return a.value, a.found, a.err
	case <-ctx.Done():
		return value, false, ctx.Err()
	}
}

func (r *Reads[K, V]) answer(some []*question[K, V]) {
	ctx, cancel := context.WithTimeout(context.Background(), r.within)
	defer cancel()
	keys, known := make([]K, 0, len(some)), make(map[K]bool, len(some))
	for _, q := range some {
		if !known[q.key] {
			known[q.key] = true
			keys = append(keys, q.key)
		}
	}
	values, err := r.read(ctx, keys)
	for _, q := range some {
		value, found := values[q.key]
		q.answered <- reply[V]{value, found && err == nil, err}
	}
}

// State tells how many questions wait, and whether one is being answered.
func (r *Reads[K, V]) State() (waiting int, busy bool) { return r.asked.State() }

// Key names a thing of something: of a site, say.
type Key[G comparable] struct {
	Of G
	ID string
}

// ReadsOf is NewReads for what is looked up by the ids of one site, say, at a time.
func ReadsOf[G comparable, V any](most int, within time.Duration, read func(ctx context.Context, of G, ids ...string) (map[string]V, error)) *Reads[Key[G], V] {
	return NewReads(most, within, func(ctx context.Context, keys []Key[G]) (map[Key[G]]V, error) {
		found := make(map[Key[G]]V, len(keys))
		for of, some := range Deal(keys, func(k Key[G]) G { return k.Of }) {
			ids := make([]string, len(some))
			for i, k := range some {
				ids[i] = k.ID
			}
			values, err := read(ctx, of, ids...)
			if err != nil {
				return nil, err
			}
			for id, v := range values {
				found[Key[G]{of, id}] = v
			}
		}
		return found, nil
	})
}

// Deal gives each what is theirs, in the order in which it was.
func Deal[G comparable, T any](some []T, whose func(T) G) map[G][]T {
	dealt := map[G][]T{}
	for _, one := range some {
		dealt[whose(one)] = append(dealt[whose(one)], one)
	}
	return dealt
}

package batch

import (
	"context"
	"iter"
	"maps"
	"slices"
	"strings"
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

// GoesOn lets those who wait go on when a look has not ended after so long, as Of.GoesOn.
func (r *Reads[K, V]) GoesOn(after time.Duration) *Reads[K, V] {
	r.asked.GoesOn(after)
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
	r.look(ctx, some)
}

// look looks everything up at once; when that fails, each by itself, so that one that cannot be read does not spoil the others.
func (r *Reads[K, V]) look(ctx context.Context, some []*question[K, V]) {
	keys, known := make([]K, 0, len(some)), make(map[K]bool, len(some))
	for _, q := range some {
		if !known[q.key] {
			known[q.key] = true
			keys = append(keys, q.key)
		}
	}
	values, err := r.read(ctx, keys)
	for _, q := range some {
		if err != nil && len(keys) > 1 {
			r.look(ctx, []*question[K, V]{q})
			continue
		}
		value, found := values[q.key]
		q.answered <- reply[V]{value, found && err == nil, err}
	}
}

// State tells how many questions wait, and whether one is being answered.
func (r *Reads[K, V]) State() (waiting int, busy bool) { return r.asked.State() }

// Key names a thing of something: of a site, say.
type Key[G Owner] struct {
	Of G
	ID string
}

// ReadsOf is NewReads for what is looked up by the ids of one site, say, at a time.
func ReadsOf[G Owner, V any](most int, within time.Duration, read func(ctx context.Context, of G, ids ...string) (map[string]V, error)) *Reads[Key[G], V] {
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

// Owner is whose things are: a site, say.
type Owner interface {
	comparable
	String() string
}

// Deal gives each owner what is theirs, in the order in which it was; the owners in the order of their names, in which everybody locks who locks for several.
func Deal[G Owner, T any](some []T, whose func(T) G) iter.Seq2[G, []T] {
	dealt := map[G][]T{}
	for _, one := range some {
		dealt[whose(one)] = append(dealt[whose(one)], one)
	}
	owners := slices.SortedFunc(maps.Keys(dealt), func(x, y G) int { return strings.Compare(x.String(), y.String()) })
	return func(yield func(G, []T) bool) {
		for _, of := range owners {
			if !yield(of, dealt[of]) {
				return
			}
		}
	}
}

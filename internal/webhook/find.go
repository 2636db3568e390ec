package webhook

import (
	"context"
	"maps"
	"slices"

	"github.com/ivendnext/whatsapp-accounts/internal/batch"
	"github.com/ivendnext/whatsapp-accounts/internal/provider"
)

const (
	// maxQuestions is how many bodies share a look-up at most.
	maxQuestions = 64
	// maxShared is how many names a body may have that shares one: a longer list is looked up alone.
	maxShared = 8
	// maxShares is how many candidates a shared look-up may find: beyond that one body's many could have crowded out another's, so each is looked
	// up alone. It is well below what Candidates.Named reads at most.
	maxShares = 500
)

// finder lets bodies that arrive together share a look-up of whom they name. It begins after each of them has arrived, so that nobody is told what
// was true before.
type finder struct {
	candidates Candidates
	batch      *batch.Of[*question]
}

// question is whom one body names.
type question struct {
	door  Door
	names provider.Names
	found chan answer // buffered
}

type answer struct {
	candidates []Candidate
	err        error
}

func newFinder(c Candidates) *finder {
	f := &finder{candidates: c}
	f.batch = batch.New(alike, f.ask)
	return f
}

// named finds the accounts that the names are of, as Candidates.Named does.
func (f *finder) named(ctx context.Context, door Door, names provider.Names) ([]Candidate, error) {
	if count(names) > maxShared {
		return f.candidates.Named(ctx, door.Spec.Type, names, door.proof())
	}
	q := &question{door: door, names: names, found: make(chan answer, 1)}
	f.batch.Add(q)
	select {
	case a := <-q.found:
		return a.candidates, a.err
	case <-ctx.Done():
		return nil, ctx.Err()
	}
}

func count(names provider.Names) (n int) {
	for _, values := range names {
		n += len(values)
	}
	return n
}

// alike is how many of those that wait are of the first one's provider and share its look-up.
func alike(waiting []*question) int {
	n := 1
	for n < len(waiting) && n < maxQuestions && waiting[n].door.Spec.Type == waiting[0].door.Spec.Type {
		n++
	}
	return n
}

// ask looks up what some bodies name and tells each what is its own.
//
// When that fails, or finds too much, each is looked up alone, so that one body cannot keep the others from being taken.
func (f *finder) ask(some []*question) {
	ctx, cancel := context.WithTimeout(context.Background(), keepWithin)
	defer cancel()
	all, err := f.lookUp(ctx, some[0].door, union(some))
	named := byName(all)
	for _, q := range some {
		if len(some) > 1 && (len(all) > maxShares || err != nil && !isAway(err)) {
			alone, err := f.lookUp(ctx, q.door, q.names)
			q.found <- answer{alone, err}
			continue
		}
		q.found <- answer{q.own(named), err}
	}
}

func (f *finder) lookUp(ctx context.Context, door Door, names provider.Names) ([]Candidate, error) {
	return f.candidates.Named(ctx, door.Spec.Type, names, door.proof())
}

// union is every name that is asked for, once.
func union(some []*question) provider.Names {
	all := provider.Names{}
	for _, q := range some {
		for field, values := range q.names {
			for _, v := range values {
				if !slices.Contains(all[field], v) {
					all[field] = append(all[field], v)
				}
			}
		}
	}
	return all
}

// name is one of the values that a provider names accounts by.
type name struct{ field, value string }

func byName(all []Candidate) map[name][]Candidate {
	named := make(map[name][]Candidate, len(all))
	for _, c := range all {
		for field, value := range c.Names {
			named[name{field, value}] = append(named[name{field, value}], c)
		}
	}
	return named
}

// own are those that the body names.
func (q *question) own(named map[name][]Candidate) (mine []Candidate) {
	for _, field := range slices.Sorted(maps.Keys(q.names)) {
		for _, value := range q.names[field] {
			mine = append(mine, named[name{field, value}]...)
		}
	}
	return mine
}

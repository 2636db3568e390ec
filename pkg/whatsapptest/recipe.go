package whatsapptest

import "slices"

// recipe is a fault and the calls that it befalls.
type recipe struct {
	fault Fault
	kinds []Kind
	left  int // how many more; negative: no end
	every int // of the calls that match, each so many
	seen  int
}

// FailNext lets f befall the next n calls of these kinds; without kinds, of all. Recipes are tried in the order in which they were given,
// and a call meets at most one.
func (d *double) FailNext(n int, f Fault, kinds ...Kind) {
	d.add(&recipe{fault: f, kinds: kinds, left: max(n, 0), every: 1})
}

// FailEvery lets f befall each nth call of these kinds, until [Meta.Heal]; 1 is every one. Without kinds it counts all calls.
func (d *double) FailEvery(n int, f Fault, kinds ...Kind) {
	d.add(&recipe{fault: f, kinds: kinds, left: -1, every: max(n, 1)})
}

// Heal forgets all recipes. Calls that hang go on hanging.
func (d *double) Heal() {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.recipes = nil
}

func (d *double) add(r *recipe) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.recipes = append(d.recipes, r)
}

// follow finds the fault of a call, if it meets one.
func (d *double) follow(kind Kind) Fault {
	d.mu.Lock()
	defer d.mu.Unlock()
	for _, r := range d.recipes {
		if r.befalls(kind) {
			return r.fault
		}
	}
	return Fault{}
}

func (r *recipe) befalls(kind Kind) bool {
	if r.left == 0 || len(r.kinds) > 0 && !slices.Contains(r.kinds, kind) {
		return false
	}
	r.seen++
	if r.seen%r.every != 0 {
		return false
	}
	if r.left > 0 {
		r.left--
	}
	return true
}

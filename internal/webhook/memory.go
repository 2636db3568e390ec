package webhook

import (
	"crypto/sha256"
	"maps"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/ivendnext/whatsapp-accounts/internal/provider"
)

const (
	// memoryLasts is how long what was found is used without being looked up again.
	memoryLasts = 5 * time.Minute
	// maxRemembered bounds what is remembered in all, and maxRecollection what is remembered of one address, in bytes or so.
	maxRemembered   = 4 << 20
	maxRecollection = 64 << 10
	// entryBytes is about what an address, or a candidate, takes beside its texts, and factBytes what a secret does.
	entryBytes = 200
	factBytes  = 100
)

// Address is one of the ways in which a delivery says whom it is for: the value of a field, or, when the field is empty, the account's id.
type Address struct {
	Type  provider.Type
	Field string
	Value string
	Proof string // the field whose secrets prove
}

// Premise is what was remembered of an address: a receipt that rests on it is kept only while the database still says the same.
type Premise struct {
	Address
	Facts [sha256.Size]byte // FactsOf the candidates
}

// FactsOf is a digest of everything that was read of the candidates of an address, in the order of its bytes: different when there is one more or one less,
// when a status is another, or a secret. Those of nobody are the digest of nothing.
func FactsOf(some []Candidate) (digest [sha256.Size]byte) {
	var all []string
	for _, c := range some {
		all = append(all, c.Facts...)
	}
	slices.Sort(all)
	h := sha256.New()
	for _, fact := range all {
		h.Write([]byte(fact))
	}
	h.Sum(digest[:0])
	return digest
}

// memory keeps what addresses last resolved to, so that a webhook need not wait for a look-up before it waits for its commit.
//
// It is never believed. Whatever is proved from it is kept by a statement that compares its premises with the database, in the transaction that keeps
// the receipt; when one is not true any more, the receipt is not kept, and the delivery is judged as if nothing had been remembered. Whatever is not
// proved from it is not refused from it either. So an account that was deleted, a secret that was replaced, removed or sealed anew under another key, and an account
// that gained the address, whichever process wrote it, all end what is remembered of the address with the next delivery that names it.
//
// Secrets are in it in clear, as secret.Text. They are for no longer than memoryLasts since they were read, and a step of Acceptor.Forget. They are the Proofs of
// every account at every address that a body named which somebody proved, whether the account did or not and whatever its site and status; and, where bodies name
// nobody, the Hidden of the account that was posted to by its id and proved the body. Strangers, who prove nothing, can fill nothing.
type memory struct {
	mu    sync.RWMutex
	known map[Address]recollection
	size  int
}

// recollection is what was found at an address.
type recollection struct {
	candidates []Candidate
	facts      [sha256.Size]byte
	at         time.Time
	size       int
}

func newMemory() *memory { return &memory{known: map[Address]recollection{}} }

// over reports that a recollection's time has come. The clock may have been put back.
func (r recollection) over(now time.Time) bool {
	passed := now.Sub(r.at)
	return passed < 0 || passed >= memoryLasts
}

// recall gives what is remembered of addresses, and on what it rests. Not known when one of them is not.
func (m *memory) recall(addresses []Address, now time.Time) (all []Candidate, on []Premise, known bool) {
	m.mu.RLock()
	defer m.mu.RUnlock()
	for _, a := range addresses {
		r, have := m.known[a]
		if !have || r.over(now) {
			return nil, nil, false
		}
		all, on = append(all, r.candidates...), append(on, Premise{a, r.facts})
	}
	return all, on, len(addresses) > 0
}

// remember keeps what a look-up has found at each of the addresses.
func (m *memory) remember(addresses []Address, found []Candidate, now time.Time) {
	if len(found) > maxShares {
		return // there may be more than a look-up reads
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	for _, a := range addresses {
		m.drop(a)
		if r := recollectionOf(a, found, now); r.size <= maxRecollection {
			m.makeRoom(r.size)
			a.Value = strings.Clone(a.Value) // it may be a part of a long line, which would stay with it
			m.known[a] = r
			m.size += r.size
		}
	}
}

// makeRoom forgets some, whichever they are.
func (m *memory) makeRoom(size int) {
	for a := range m.known {
		if m.size+size <= maxRemembered {
			return
		}
		m.drop(a)
	}
}

func (m *memory) drop(a Address) {
	m.size -= m.known[a].size
	delete(m.known, a)
}

// recollectionOf keeps of those who were found at an address what proves a body.
func recollectionOf(a Address, found []Candidate, now time.Time) recollection {
	r := recollection{at: now, size: entryBytes + len(a.Value)}
	for _, c := range found {
		if a.Field == "" || c.Names[a.Field] == a.Value {
			r.candidates = append(r.candidates, c)
			r.size += entryBytes + c.size()
		}
	}
	r.facts = FactsOf(r.candidates)
	for i := range r.candidates {
		r.candidates[i].Facts, r.candidates[i].Names = nil, nil
	}
	return r
}

// size is what its secrets take, or more: what is sealed is longer than what it seals.
func (c Candidate) size() (bytes int) {
	for _, fact := range c.Facts {
		bytes += factBytes + len(fact)
	}
	return bytes
}

// forget drops what turned out not to be true any more, unless it was looked up anew meanwhile.
func (m *memory) forget(some []Premise) {
	m.mu.Lock()
	defer m.mu.Unlock()
	for _, p := range some {
		if r, have := m.known[p.Address]; have && r.facts == p.Facts {
			m.drop(p.Address)
		}
	}
}

// sweep drops whatever is over.
func (m *memory) sweep(now time.Time) {
	m.mu.Lock()
	defer m.mu.Unlock()
	for a, r := range m.known {
		if r.over(now) {
			m.drop(a)
		}
	}
}

// addressesOf lists how a delivery says whom it is for; none when it names nobody, or so many that it is looked up alone.
func addressesOf(door Door, accountID string, names provider.Names) []Address {
	proof := door.proof()
	if accountID != "" {
		return []Address{{Type: door.Spec.Type, Value: accountID, Proof: proof}}
	}
	n := count(names)
	if n > maxShared {
		return nil
	}
	all := make([]Address, 0, n)
	for _, field := range slices.Sorted(maps.Keys(names)) {
		for _, value := range names[field] {
			all = append(all, Address{Type: door.Spec.Type, Field: field, Value: value, Proof: proof})
		}
	}
	return all
}

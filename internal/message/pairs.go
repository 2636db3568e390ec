package message

import (
	"context"
	"hash/maphash"
	"sync"
	"time"

	"github.com/ivendnext/whatsapp-accounts/internal/provider"
	"github.com/ivendnext/whatsapp-accounts/internal/site"
)

// Pair is an account and one of those it writes to.
type Pair struct {
	AccountID string
	To        provider.Recipient
}

// pairs keeps the messages of each pair apart: a leaky bucket of PairBurst messages that leaks one each PairApart. The first message that a process sends to a
// recipient in a while is counted by that process alone, since most of them are the only ones; from the second on, with the first, they are counted for all processes.
// Each process may so exceed the burst by one.
type pairs struct {
	store Store
	now   func() time.Time
	most  int // as many are remembered in each of recent and older
	seed  maphash.Seed

	mu            sync.Mutex
	recent, older map[uint64]met
	begun         time.Time // when recent was
}

// met is a pair of which a message was counted.
type met struct {
	rest   time.Time // when it is at rest, as far as this process has counted
	shared bool      // what was counted is counted for all
}

// manyPairs are remembered with a few megabytes.
const manyPairs = 1 << 15

func newPairs(store Store, now func() time.Time) *pairs {
	return &pairs{store: store, now: now, most: manyPairs, seed: maphash.MakeSeed(), recent: map[uint64]met{}, begun: now()}
}

// wait is how long a message has to wait so that its pair keeps to its pace; at zero it has been counted.
func (p *pairs) wait(ctx context.Context, in site.Site, of Pair, rules provider.SendRules) (time.Duration, error) {
	if rules.PairApart <= 0 {
		return 0, nil
	}
	owed, known := p.meet(of, rules)
	if !known {
		return 0, nil
	}
	room := time.Duration(rules.PairBurst-1) * rules.PairApart
	rest, counted, err := p.store.CountPair(ctx, in, of, owed+rules.PairApart, room)
	if err != nil || !counted {
		p.owe(of, owed)
	}
	if err != nil || counted {
		return 0, err
	}
	return max(rest.Sub(p.now().Add(room)), 1), nil
}

// meet counts a message of a pair that was not met in a while. Of one that was it gives what is still to be counted for all, which the caller now does.
func (p *pairs) meet(of Pair, rules provider.SendRules) (owed time.Duration, known bool) {
	key, now := p.key(of), p.now()
	p.mu.Lock()
	defer p.mu.Unlock()
	p.forget(now, time.Duration(rules.PairBurst)*rules.PairApart)
	m, known := p.recent[key]
	if !known {
		m, known = p.older[key]
	}
	if !known {
		p.recent[key] = met{rest: now.Add(rules.PairApart)}
		return 0, false
	}
	if !m.shared {
		owed = max(0, m.rest.Sub(now))
	}
	p.recent[key] = met{m.rest, true}
	return owed, true
}

// forget drops those who were met long ago, once as many have been met since as are remembered or a while is over.
func (p *pairs) forget(now time.Time, while time.Duration) {
	age := now.Sub(p.begun)
	if len(p.recent) < p.most && age <= while {
		return
	}
	if age > 2*while {
		p.recent = nil
	}
	p.recent, p.older, p.begun = map[uint64]met{}, p.recent, now
}

// owe takes back what was to be counted for all, and was not.
func (p *pairs) owe(of Pair, owed time.Duration) {
	if owed == 0 {
		return
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	p.recent[p.key(of)] = met{p.now().Add(owed), false}
}

// key stands for a pair. Two that have the same are counted for all from the first on, which is no harm.
func (p *pairs) key(of Pair) uint64 { return maphash.Comparable(p.seed, of) }

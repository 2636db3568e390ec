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
// recipient in a while is counted by that process alone, since most of them are the only ones; from the second on, with what is left of the first, they are counted for
// all processes. So each may exceed the burst by one, whenever it has forgotten the recipient.
type pairs struct {
	store Store
	now   func() time.Time
	most  int // as many are remembered in each of recent and older
	seed  maphash.Seed
	turns [64]sync.Mutex // one at a time counts a pair, or another that shares its turn

	mu            sync.Mutex
	recent, older map[uint64]met
	begun         time.Time // when recent was
}

// met is a pair of which a message was counted.
type met struct {
	by     uint64    // which message was counted last, and for which attempt
	rest   time.Time // when the pair is at rest, as far as this process has counted by itself
	full   time.Time // until when it is full; zero when that is not known
	shared bool      // what was counted is counted for all
}

const (
	// manyPairs are remembered with a few megabytes.
	manyPairs = 1 << 15
	// metFor is how long a pair is remembered at least, unless too many others are met: as long as Meta's is at rest after a burst.
	metFor = 270 * time.Second
)

func newPairs(store Store, now func() time.Time) *pairs {
	return &pairs{store: store, now: now, most: manyPairs, seed: maphash.MakeSeed(), recent: map[uint64]met{}, begun: now()}
}

// wait is how long a message has to wait so that its pair keeps to its pace; at zero it has been counted, once for each attempt however often it is looked at.
func (p *pairs) wait(ctx context.Context, m Message, rules provider.SendRules) (time.Duration, error) {
	if rules.PairApart <= 0 {
		return 0, nil
	}
	of := Pair{m.AccountID, m.To}
	key, leave := p.enter(of)
	defer leave()
	by := maphash.Comparable(p.seed, attempt{m.ID, m.Attempts})
	before, known := p.recall(key)
	now := p.now()
	switch {
	case !known:
		p.note(key, met{by: by, rest: now.Add(rules.PairApart)})
		return 0, nil
	case before.by == by:
		return 0, nil
	case now.Before(before.full):
		p.note(key, before) // it is remembered as long as somebody asks
		return before.full.Sub(now), nil
	}
	return p.count(ctx, m.Site, of, key, before, by, rules)
}

// enter waits for the turn of a pair, and gives what it is remembered by: two pairs with the same would only be counted too soon, and too high.
func (p *pairs) enter(of Pair) (key uint64, leave func()) {
	key = maphash.Comparable(p.seed, of)
	turn := &p.turns[key%uint64(len(p.turns))]
	turn.Lock()
	return key, turn.Unlock
}

type attempt struct {
	messageID string
	before    int
}

// count counts a message for all, with what is left of one that was counted by this process alone.
func (p *pairs) count(ctx context.Context, in site.Site, of Pair, key uint64, before met, by uint64, rules provider.SendRules) (time.Duration, error) {
	owed := time.Duration(0)
	if !before.shared {
		owed = max(0, before.rest.Sub(p.now()))
	}
	room := time.Duration(rules.PairBurst-1)*rules.PairApart - owed
	if room < 0 {
		return -room, nil
	}
	rest, counted, err := p.store.CountPair(ctx, in, of, owed+rules.PairApart, room)
	if err != nil {
		return 0, err
	}
	if counted {
		p.note(key, met{by: by, shared: true})
		return 0, nil
	}
	before.full = rest.Add(-room)
	p.note(key, before)
	return max(before.full.Sub(p.now()), time.Nanosecond), nil // zero is for what was counted
}

// fill notes that the provider takes no more of a message's pair until a time, whatever was counted.
func (p *pairs) fill(m Message, until time.Time) {
	key, leave := p.enter(Pair{m.AccountID, m.To})
	defer leave()
	if pair, _ := p.recall(key); pair.full.Before(until) {
		pair.full = until
		p.note(key, pair)
	}
}

// recall gives what is remembered of a pair.
func (p *pairs) recall(key uint64) (m met, known bool) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.forget(p.now())
	if m, known = p.recent[key]; !known {
		m, known = p.older[key]
	}
	return m, known
}

func (p *pairs) note(key uint64, m met) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.recent[key] = m
}

// forget drops those who were met long ago, once as many have been met since as are remembered or their time is over.
func (p *pairs) forget(now time.Time) {
	age := now.Sub(p.begun)
	if len(p.recent) < p.most && age <= metFor {
		return
	}
	if age > 2*metFor {
		p.recent = nil
	}
	p.recent, p.older, p.begun = map[uint64]met{}, p.recent, now
}

package apikey

import (
	"sync"
	"time"
)

// coarse is how exact the record of a key's last use is. Finer would cost a write per request and tell nobody more.
const coarse = time.Minute

// usage gathers which keys were used, so that recording it costs a request next to nothing.
type usage struct {
	mu   sync.Mutex
	seen map[string]time.Time
}

// note remembers a use that the key's row does not tell yet.
func (u *usage) note(k Key, at time.Time) {
	if at.Sub(k.LastUsedAt) < coarse {
		return
	}
	u.mu.Lock()
	defer u.mu.Unlock()
	u.seen[k.ID] = at
}

// take gives what was gathered and starts anew.
// putBack remembers again what could not be written, unless something newer is known.
func (u *usage) putBack(unwritten map[string]time.Time) {
	u.mu.Lock()
	defer u.mu.Unlock()
	for id, at := range unwritten {
		if u.seen[id].Before(at) {
			u.seen[id] = at
		}
	}
}

func (u *usage) take() map[string]time.Time {
	u.mu.Lock()
	defer u.mu.Unlock()
	seen := u.seen
	u.seen = make(map[string]time.Time, len(seen))
	return seen
}

package store

import (
	"sync"

	"github.com/ivendnext/whatsapp-accounts/internal/site"
)

// mostKept bounds the sealed secrets that are kept in mind, in bytes with what each row costs beside: those of some two thousand accounts.
const (
	mostKept = 2 << 20
	rowKept  = 200
)

// kept are secrets of accounts, sealed as the database has them, as they were at one revision: as long as that is the last, they need not be read again.
// Whoever asks for them reads the revision first, so that nobody is given what is no longer there.
type kept struct {
	mu    sync.Mutex
	at    string // the id of the revision; empty when there is none
	of    map[accountOf][]secretRow
	bytes int
}

// accountOf names an account of a site. It is that of no other site.
type accountOf struct{ site, id string }

// known gives the secrets of those accounts that are known at a revision, and the ids of the others. The rows are nobody's to change.
func (k *kept) known(at string, in site.Site, ids []string) (rows []secretRow, others []string) {
	k.mu.Lock()
	defer k.mu.Unlock()
	if at == "" || at != k.at {
		return nil, ids
	}
	for _, id := range ids {
		theirs, known := k.of[accountOf{in.String(), id}]
		if !known {
			others = append(others, id)
		}
		rows = append(rows, theirs...)
	}
	return rows, others
}

// learn keeps in mind what was read at a revision: all secrets of some accounts of a site. When there is no room, everything else is forgotten.
func (k *kept) learn(at string, in site.Site, ids []string, read []secretRow) {
	theirs := make(map[string][]secretRow, len(ids))
	for _, r := range read {
		theirs[r.AccountID] = append(theirs[r.AccountID], r)
	}
	k.mu.Lock()
	defer k.mu.Unlock()
	if k.of == nil || k.at != at {
		k.forget(at)
	}
	for _, id := range ids {
		k.add(accountOf{in.String(), id}, theirs[id])
	}
}

func (k *kept) add(of accountOf, theirs []secretRow) {
	if _, known := k.of[of]; known {
		return // at the same revision
	}
	cost := rowKept
	for _, r := range theirs {
		cost += rowKept + len(r.Sealed)
	}
	if k.bytes+cost > mostKept {
		k.forget(k.at)
	}
	k.of[of] = theirs
	k.bytes += cost
}

func (k *kept) forget(at string) {
	k.at, k.of, k.bytes = at, map[accountOf][]secretRow{}, 0
}

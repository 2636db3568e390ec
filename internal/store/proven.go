package store

import (
	"context"
	"crypto/sha256"
	"database/sql"
	"encoding/binary"
	"slices"
	"sync"
	"time"

	"github.com/ivendnext/whatsapp-accounts/internal/webhook"
)

// mostProven bounds how many premises are kept in mind, by 32 bytes each.
const mostProven = 10_000

// revision is a state of all accounts, as far as webhooks are proved by them and calls are made with their secrets: with every change the database draws another id for it (account_revision).
type revision struct {
	id    string       // empty when it is not known, which is the same as no other
	until sql.NullTime // when a secret that was replaced ends next, which changes no row
}

func (r revision) ended(now time.Time) bool { return r.until.Valid && !now.Before(r.until.Time) }

func (r revision) is(other revision) bool {
	return r.id == other.id && r.until.Valid == other.until.Valid && r.until.Time.Equal(other.until.Time)
}

// proven are premises that were found true at one revision: as long as that is the last, they need not be compared again.
type proven struct {
	mu       sync.Mutex
	at       revision
	premises map[[sha256.Size]byte]bool
}

// all gives the id of the revision at which all premises of receipts were found true, if there is one and there are any. It may be the last or not.
func (p *proven) all(receipts []webhook.Receipt, now time.Time) (id string, known bool) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.at.id == "" || p.at.ended(now) {
		return "", false
	}
	for _, r := range receipts {
		for _, premise := range r.Premises {
			if !p.premises[digestOf(premise)] {
				return "", false
			}
			known = true
		}
	}
	return p.at.id, known
}

// learn keeps the premises of receipts in mind, which were found true at a revision unless they are outdated.
func (p *proven) learn(at revision, receipts []webhook.Receipt, outdated []string) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.premises == nil || !p.at.is(at) {
		p.at, p.premises = at, map[[sha256.Size]byte]bool{}
	}
	for _, r := range receipts {
		if slices.Contains(outdated, r.ID) {
			continue
		}
		for _, premise := range r.Premises {
			p.add(digestOf(premise))
		}
	}
}

func (p *proven) add(premise [sha256.Size]byte) {
	if len(p.premises) == mostProven && !p.premises[premise] {
		p.premises = map[[sha256.Size]byte]bool{}
	}
	p.premises[premise] = true
}

// digestOf tells a premise from every other: what a stranger can make long is not kept.
func digestOf(p webhook.Premise) [sha256.Size]byte {
	var text []byte
	for _, part := range []string{string(p.Type), p.Field, p.Value, p.Proof} {
		text = append(binary.AppendUvarint(text, uint64(len(part))), part...)
	}
	return sha256.Sum256(append(text, p.Facts[:]...))
}

// revision reads the last revision, as the transaction of ctx sees it.
func (db *DB) revision(ctx context.Context) (at revision, err error) {
	err = accountRevision.scan(db.acrossSites(ctx, "the accounts of all sites have one revision"), []any{db.now()}, &at.id, &at.until)
	return at, err
}

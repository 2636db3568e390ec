package store

import (
	"context"
	"database/sql"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/ivendnext/whatsapp-accounts/internal/webhook"
)

// mostProven bounds how many premises are kept in mind. They are those of addresses that webhook remembers, which are fewer by far.
const mostProven = 10_000

// revision is a state of all accounts, as far as webhooks are proved by them: the database moves its number with every change (account_revision).
type revision struct {
	number int64
	until  sql.NullTime // when a secret that was replaced ends next, which moves nothing
}

func (r revision) ended(now time.Time) bool { return r.until.Valid && !now.Before(r.until.Time) }

func (r revision) is(other revision) bool {
	return r.number == other.number && r.until.Valid == other.until.Valid && r.until.Time.Equal(other.until.Time)
}

// proven are premises that were found true at one revision: as long as that is the last, they need not be looked at again.
type proven struct {
	mu       sync.Mutex
	at       revision
	premises map[webhook.Premise]bool
}

// all gives the revision at which all premises of receipts are known to be true, if there is one. It may be the last or not.
func (p *proven) all(receipts []webhook.Receipt, now time.Time) (number int64, known bool) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.premises == nil || p.at.ended(now) {
		return 0, false
	}
	for _, r := range receipts {
		for _, premise := range r.Premises {
			if !p.premises[premise] {
				return 0, false
			}
		}
	}
	return p.at.number, true
}

// learn keeps the premises of receipts in mind, which were found true at a revision unless they are outdated.
func (p *proven) learn(at revision, receipts []webhook.Receipt, outdated []string) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.premises == nil || !p.at.is(at) {
		p.at, p.premises = at, map[webhook.Premise]bool{}
	}
	for _, r := range receipts {
		if slices.Contains(outdated, r.ID) {
			continue
		}
		for _, premise := range r.Premises {
			p.add(premise)
		}
	}
}

func (p *proven) add(premise webhook.Premise) {
	if p.premises[premise] {
		return
	}
	if len(p.premises) == mostProven {
		p.premises = map[webhook.Premise]bool{}
	}
	premise.Value = strings.Clone(premise.Value) // it may be a part of a long line, which would stay with it
	p.premises[premise] = true
}

// revision reads the last revision, as the transaction of ctx sees it.
func (db *DB) revision(ctx context.Context) (at revision, err error) {
	err = accountRevision.scan(db.acrossSites(ctx, "the accounts of all sites have one revision"), []any{db.now()}, &at.number, &at.until)
	return at, err
}

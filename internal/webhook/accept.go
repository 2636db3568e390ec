package webhook

import (
	"context"
	"crypto/sha256"
	"errors"
	"slices"
	"sync/atomic"
	"time"

	"github.com/ivendnext/whatsapp-accounts/internal/provider"
	"github.com/ivendnext/whatsapp-accounts/internal/secret"
)

// The bounds of the work that a stranger can make us do with one request.
const (
	maxProofs   = 64 // distinct secrets that a body is tried against
	maxDefaults = 32 // default incoming accounts that a body which names nobody is tried for
)

// Door is one provider as webhooks come in: what it is, and how it is read.
type Door struct {
	Spec     provider.Spec
	Receiver provider.Receiver
}

func (d Door) proof() string {
	f, _ := d.Spec.FieldWhere(func(f provider.Field) bool { return f.ProvesWebhooks })
	return f.Name
}

// hides reports whether secrets of the account are to be taken out of bodies. They are not where bodies name accounts: such a body is looked up without
// what would be hidden, and it is kept in the same way when the path names the account.
func (d Door) hides() bool {
	_, named := d.Spec.FieldWhere(func(f provider.Field) bool { return f.Identifies })
	return !named
}

// Delivery is a webhook as it arrives: nothing of it is proved.
type Delivery struct {
	AccountID string // the account that the path names; empty when it names none
	Signature string // as the header gave it; empty when there was none
	Body      []byte
}

// Acceptance says how a delivery ended. It is for the log and the metrics.
type Acceptance string

// The ways in which a delivery ends.
const (
	Accepted   Acceptance = "accepted"
	NoAccount  Acceptance = "no_account" // it names no account that is here
	NoSecret   Acceptance = "no_secret"  // no account that it names has a secret to prove it with
	Unsigned   Acceptance = "unsigned"
	BadProof   Acceptance = "bad_signature"
	Unreadable Acceptance = "unreadable"
)

// Witness is told what becomes of deliveries, account by account. It must not block.
type Witness interface {
	Signed(p Party, at time.Time)
	BadlySigned(p Party, how Acceptance, at time.Time)
}

// Acceptor proves webhooks and makes them durable.
type Acceptor struct {
	candidates    Candidates
	finder        *finder
	memory        *memory
	group         *group
	witness       Witness
	allowUnsigned bool
	wake          func()
	now           func() time.Time
	newID         func() string
	busy          atomic.Int32 // deliveries that are not answered yet
	crowdedAt     atomic.Int64 // when one of a crowd was accepted for the last time, in nanoseconds
}

// crowd is how many deliveries at once are many: they come faster than they are taken. A provider that has all its webhooks answered within some
// milliseconds has fewer open, at any rate that two cores can take.
const crowd = 12

// crowdLasts is how long it takes to be sure that a crowd is gone: those that were answered together may all come back. Whoever was refused is no sign of it:
// strangers must not hold up what was taken.
const crowdLasts = 50 * time.Millisecond

// Crowded reports whether webhooks come faster than they are taken. Those that were taken can wait; the others are lost to a provider's patience.
func (a *Acceptor) Crowded() bool {
	passed := time.Duration(a.now().UnixNano() - a.crowdedAt.Load())
	return a.busy.Load() >= crowd || passed >= 0 && passed < crowdLasts // the clock may have been put back
}

// Options are what an acceptor may be told.
type Options struct {
	// AllowUnsigned accepts a missing secret or signature, never a wrong signature. It is for development.
	AllowUnsigned bool
	Witness       Witness
	// Wake tells the worker in this process that there is something to handle.
	Wake  func()
	Now   func() time.Time
	NewID func() string
}

// NewAcceptor makes an acceptor.
func NewAcceptor(candidates Candidates, receipts Receipts, o Options) *Acceptor {
	return &Acceptor{
		candidates: candidates, finder: newFinder(candidates), memory: newMemory(), group: newGroup(receipts),
		witness: o.Witness, allowUnsigned: o.AllowUnsigned, wake: o.Wake, now: o.Now, newID: o.NewID,
	}
}

// Accept proves a delivery and returns once it is durable. ErrUnproved when no account proves it; the acceptance then says why.
func (a *Acceptor) Accept(ctx context.Context, door Door, d Delivery) (Acceptance, error) {
	a.busy.Add(1)
	defer a.busy.Add(-1)
	m := mail{door: door, Delivery: d, results: results{}}
	if d.AccountID == "" {
		m.names = door.Receiver.Names(d.Body)
	}
	m.addresses = addressesOf(door, d.AccountID, m.names)
	kept, err := a.fromMemory(ctx, m)
	if err != nil {
		return "", err
	}
	if !kept {
		if why, err := a.afresh(ctx, m); err != nil {
			return why, err
		}
	}
	if a.busy.Load() >= crowd {
		a.crowdedAt.Store(a.now().UnixNano())
	}
	if a.wake != nil {
		a.wake()
	}
	return Accepted, nil
}

// mail is a delivery with whom it is for.
type mail struct {
	Delivery
	door      Door
	names     provider.Names
	addresses []Address
	results   results
}

// results are whether secrets, by their fingerprints, prove one body. Nothing else decides it, so a body that is judged a second time, by what was looked up,
// is not tried again: it would cost a forger's body twice the work, and its time would say that the address is remembered.
type results map[[sha256.Size]byte]bool

// fromMemory keeps a delivery that is proved by what is remembered, if that is still true. It refuses nothing, and nobody is told of what it did not keep.
func (a *Acceptor) fromMemory(ctx context.Context, m mail) (kept bool, err error) {
	all, premises, known := a.memory.recall(m.addresses, a.now())
	if !known {
		return false, nil
	}
	judged := a.prove(m, all)
	r, ready := a.receipt(m, all, judged)
	if !ready {
		return false, nil
	}
	r.Premises = premises
	kept, err = a.group.keep(ctx, r)
	switch {
	case err != nil:
		return false, err
	case !kept:
		a.memory.forget(premises)
		return false, nil
	}
	a.tell(judged, r.ReceivedAt)
	return true, nil
}

// afresh looks up whom a delivery is for, and keeps it if one of them proves it. Otherwise it says why.
func (a *Acceptor) afresh(ctx context.Context, m mail) (why Acceptance, err error) {
	all, err := a.find(ctx, m)
	if err != nil {
		return "", err
	}
	judged := a.prove(m, all)
	a.tell(judged, a.now())
	if len(judged.proved) == 0 {
		return judged.why, ErrUnproved
	}
	r, readable := a.receipt(m, all, judged)
	if !readable {
		return Unreadable, ErrUnproved
	}
	a.memory.remember(m.addresses, all, r.ReceivedAt)
	kept, err := a.group.keep(ctx, r)
	if err == nil && !kept {
		err = errNotKept
	}
	return "", err
}

// errNotKept is a receipt that rests on nothing remembered, and was not kept all the same: whatever the reason, it must not be acknowledged.
var errNotKept = errors.New("the webhook was not kept")

// Forget drops what is remembered and over. It is to be called now and then: nothing else would drop the secrets of accounts that receive no more webhooks.
func (a *Acceptor) Forget(context.Context) error {
	a.memory.sweep(a.now())
	return nil
}

// find gives the candidates. A body that names nobody is tried for the default incoming accounts; one that names strangers is not.
func (a *Acceptor) find(ctx context.Context, m mail) ([]Candidate, error) {
	switch {
	case m.AccountID != "":
		found, err := a.candidates.ByID(ctx, m.door.Spec.Type, m.AccountID, m.door.proof())
		if !m.door.hides() {
			for i := range found {
				found[i].Hidden = nil // nothing needs them, and they would be remembered
			}
		}
		return found, err
	case m.names.Nobody():
		return a.candidates.DefaultIncoming(ctx, m.door.Spec.Type, m.door.proof(), maxDefaults)
	}
	return a.finder.named(ctx, m.door, m.names)
}

// receipt is what is kept of a delivery. Not ready when nobody proves it, or when it cannot be read.
func (a *Acceptor) receipt(m mail, all []Candidate, judged judgement) (r Receipt, ready bool) {
	if len(judged.proved) == 0 {
		return r, false
	}
	body, readable := m.door.Receiver.Redact(m.Body, hidden(all)...)
	if !readable {
		return r, false
	}
	r = Receipt{ID: a.newID(), Type: m.door.Spec.Type, Confined: m.AccountID != "", Proved: byAccount(judged.proved), Body: body, ReceivedAt: a.now()}
	if !m.door.Receiver.SignatureIsSecret() {
		r.Signature = m.Signature
	}
	return r, true
}

// judgement says of the candidates which of them prove a delivery.
type judgement struct {
	verdicts []verdict
	proved   []Party
	why      Acceptance // why none of them does, if none does
}

type verdict struct {
	party Party
	how   Acceptance
}

// prove finds the accounts that prove the body with a secret of their own.
func (a *Acceptor) prove(m mail, all []Candidate) judgement {
	check := prover{mail: m, allowUnsigned: a.allowUnsigned, tried: results{}}
	judged, seen := judgement{why: NoAccount}, map[string]bool{}
	for _, c := range all {
		if seen[c.AccountID] {
			continue
		}
		seen[c.AccountID] = true
		v := verdict{Party{AccountID: c.AccountID, Site: c.Site}, check.judge(c)}
		judged.verdicts = append(judged.verdicts, v)
		if v.how == Accepted {
			judged.proved = append(judged.proved, v.party)
		} else {
			judged.why = v.how
		}
	}
	return judged
}

// tell tells the witness.
func (a *Acceptor) tell(judged judgement, at time.Time) {
	for _, v := range judged.verdicts {
		if v.how == Accepted {
			a.witness.Signed(v.party, at)
		} else {
			a.witness.BadlySigned(v.party, v.how, at)
		}
	}
}

// prover judges a body by secrets, each distinct one once. It makes use of the results of an earlier judgement, but counts what it judges by itself: whom it
// finds does not depend on what was remembered.
type prover struct {
	mail
	allowUnsigned bool
	tried         results
}

func (p *prover) judge(c Candidate) Acceptance {
	switch {
	case len(c.Proofs) == 0 && p.allowUnsigned, p.Signature == "" && p.allowUnsigned:
		return Accepted
	case len(c.Proofs) == 0:
		return NoSecret
	case p.Signature == "":
		return Unsigned
	}
	if slices.ContainsFunc(c.Proofs, p.proves) {
		return Accepted
	}
	return BadProof
}

func (p *prover) proves(s secret.Text) bool {
	fingerprint := s.Fingerprint()
	if proved, tried := p.tried[fingerprint]; tried || len(p.tried) >= maxProofs {
		return proved
	}
	proved, known := p.results[fingerprint]
	if !known {
		proved = p.door.Receiver.Proves(p.Signature, p.Body, s)
		p.results[fingerprint] = proved
	}
	p.tried[fingerprint] = proved
	return proved
}

func hidden(all []Candidate) []secret.Text {
	var secrets []secret.Text
	for _, c := range all {
		secrets = append(secrets, c.Hidden...)
	}
	return secrets
}

package webhook

import (
	"context"
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
		candidates: candidates, finder: newFinder(candidates), group: newGroup(receipts), witness: o.Witness, allowUnsigned: o.AllowUnsigned, wake: o.Wake, now: o.Now, newID: o.NewID,
	}
}

// Accept proves a delivery and returns once it is durable. ErrUnproved when no account proves it; the acceptance then says why.
func (a *Acceptor) Accept(ctx context.Context, door Door, d Delivery) (Acceptance, error) {
	a.busy.Add(1)
	defer a.busy.Add(-1)
	all, err := a.find(ctx, door, d)
	if err != nil {
		return "", err
	}
	proved, why := a.prove(door, d, all)
	if len(proved) == 0 {
		return why, ErrUnproved
	}
	body, readable := door.Receiver.Redact(d.Body, hidden(all)...)
	if !readable {
		return Unreadable, ErrUnproved
	}
	r := Receipt{ID: a.newID(), Type: door.Spec.Type, Confined: d.AccountID != "", Proved: byAccount(proved), Body: body, ReceivedAt: a.now()}
	if !door.Receiver.SignatureIsSecret() {
		r.Signature = d.Signature
	}
	if err := a.group.keep(ctx, r); err != nil {
		return "", err
	}
	if a.busy.Load() >= crowd {
		a.crowdedAt.Store(a.now().UnixNano())
	}
	if a.wake != nil {
		a.wake()
	}
	return Accepted, nil
}

// find gives the candidates. A body that names nobody is tried for the default incoming accounts; one that names strangers is not.
func (a *Acceptor) find(ctx context.Context, door Door, d Delivery) ([]Candidate, error) {
	if d.AccountID != "" {
		return a.candidates.ByID(ctx, door.Spec.Type, d.AccountID, door.proof())
	}
	names := door.Receiver.Names(d.Body)
	if names.Nobody() {
		return a.candidates.DefaultIncoming(ctx, door.Spec.Type, door.proof(), maxDefaults)
	}
	return a.finder.named(ctx, door, names)
}

// prove gives the accounts that prove the body with a secret of their own, and otherwise why there are none.
func (a *Acceptor) prove(door Door, d Delivery, all []Candidate) (proved []Party, why Acceptance) {
	check := prover{door: door, delivery: d, allowUnsigned: a.allowUnsigned, known: map[[32]byte]bool{}}
	why, at, seen := NoAccount, a.now(), map[string]bool{}
	for _, c := range all {
		if seen[c.AccountID] {
			continue
		}
		seen[c.AccountID] = true
		party := Party{AccountID: c.AccountID, Site: c.Site}
		switch outcome := check.judge(c); outcome {
		case Accepted:
			proved = append(proved, party)
			a.witness.Signed(party, at)
		default:
			a.witness.BadlySigned(party, outcome, at)
			why = outcome
		}
	}
	return proved, why
}

// prover tries a body against secrets, each distinct one once.
type prover struct {
	door          Door
	delivery      Delivery
	allowUnsigned bool
	known         map[[32]byte]bool
}

func (p *prover) judge(c Candidate) Acceptance {
	switch {
	case len(c.Proofs) == 0 && p.allowUnsigned, p.delivery.Signature == "" && p.allowUnsigned:
		return Accepted
	case len(c.Proofs) == 0:
		return NoSecret
	case p.delivery.Signature == "":
		return Unsigned
	}
	if slices.ContainsFunc(c.Proofs, p.proves) {
		return Accepted
	}
	return BadProof
}

func (p *prover) proves(s secret.Text) bool {
	fingerprint := s.Fingerprint()
	if known, tried := p.known[fingerprint]; tried || len(p.known) >= maxProofs {
		return known
	}
	p.known[fingerprint] = p.door.Receiver.Proves(p.delivery.Signature, p.delivery.Body, s)
	return p.known[fingerprint]
}

func hidden(all []Candidate) []secret.Text {
	var secrets []secret.Text
	for _, c := range all {
		secrets = append(secrets, c.Hidden...)
	}
	return secrets
}

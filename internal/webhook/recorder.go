package webhook

import (
	"context"
	"encoding/json"
	"errors"
	"sync"
	"time"

	"github.com/ivendnext/whatsapp-accounts/internal/account"
)

// Cure says what an operator or manager can do about a refusal.
func (a Acceptance) Cure() string {
	switch a {
	case NoAccount:
		return "No account here has the ids that the request names: create the account, or remove the subscription at the provider."
	case NoSecret:
		return "Enter the App Secret (Meta) or the Webhook Secret (WASender) at the account: without it nothing can be proved."
	case Unsigned:
		return "The request has no signature: it is not from the provider, or a proxy in front removes the header."
	case BadProof:
		return "The secret at the account is not the one that the provider signs with, a proxy in front changes the body, or somebody forges requests."
	case Unreadable:
		return "The body is not JSON: it is not from the provider."
	case Accepted:
	}
	return ""
}

// Cure says what a manager can do about a refused verification.
func (o Outcome) Cure() string {
	switch o {
	case UnknownToken, NoToken:
		return "Enter the same verify token at Meta and at the account, and see that the account is Active."
	case WrongMode, NoChallenge, UnreadableForm:
		return "The request is not one that Meta makes: look at what stands between Meta and this service."
	case Verified:
	}
	return ""
}

// The facts of health that come from deliveries and verifications.
const (
	FactSigned       = "last_signed_webhook"
	FactRefused      = "last_refused_webhook"
	FactVerification = "last_verification"
)

// maxRecorded bounds what is remembered between two writings: strangers can make us refuse for many accounts.
const maxRecorded = 10_000

// Learner writes facts of an account's health.
type Learner interface {
	Learn(ctx context.Context, p Party, facts map[string]Fact) error
}

// Recorder remembers what becomes of deliveries and writes it down now and then: a write for each would make every webhook two.
type Recorder struct {
	learner Learner
	mu      sync.Mutex
	facts   map[Party]map[string]Fact
	waiting []Party // the keys of facts, in the order of their first note since they were last written down
}

// NewRecorder makes a recorder.
func NewRecorder(l Learner) *Recorder {
	return &Recorder{learner: l, facts: map[Party]map[string]Fact{}}
}

// Signed implements Witness.
func (r *Recorder) Signed(p Party, at time.Time) { r.note(p, FactSigned, json.RawMessage("{}"), at) }

// BadlySigned implements Witness.
func (r *Recorder) BadlySigned(p Party, how Acceptance, at time.Time) {
	r.note(p, FactRefused, written(map[string]string{"reason": string(how), "fix": how.Cure()}), at)
}

// Verified implements VerificationWitness.
func (r *Recorder) Verified(p Party, how Outcome, at time.Time) {
	value := map[string]string{"outcome": string(how)}
	if fix := how.Cure(); fix != "" {
		value["fix"] = fix
	}
	r.note(p, FactVerification, written(value), at)
}

// written is a value of texts, which always can be written.
func written(value map[string]string) json.RawMessage {
	text, _ := json.Marshal(value)
	return text
}

func (r *Recorder) note(p Party, fact string, value json.RawMessage, at time.Time) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.facts[p] == nil {
		if len(r.facts) >= maxRecorded {
			return
		}
		r.facts[p] = map[string]Fact{}
		r.waiting = append(r.waiting, p)
	}
	r.facts[p][fact] = Fact{At: at, Value: value}
}

// Flush writes down what was noted. What cannot be written is dropped: the next delivery says it again.
func (r *Recorder) Flush(ctx context.Context) error { return r.FlushSome(ctx, maxRecorded) }

// FlushSome is Flush for at most so many accounts, those that have waited longest first: called at a fixed pace it costs no more when thousands
// of accounts are busy, and then each is written down less often.
func (r *Recorder) FlushSome(ctx context.Context, most int) error {
	var errs []error
	for _, n := range r.take(most) {
		if err := r.learner.Learn(ctx, n.party, n.facts); err != nil && !errors.Is(err, account.ErrNotFound) {
			errs = append(errs, err)
		}
	}
	return errors.Join(errs...)
}

// noted is what was noted of one account.
type noted struct {
	party Party
	facts map[string]Fact
}

func (r *Recorder) take(most int) []noted {
	r.mu.Lock()
	defer r.mu.Unlock()
	most = min(most, len(r.waiting))
	taken := make([]noted, most)
	for i, p := range r.waiting[:most] {
		taken[i] = noted{party: p, facts: r.facts[p]}
		delete(r.facts, p)
	}
	r.waiting = append([]Party(nil), r.waiting[most:]...)
	return taken
}

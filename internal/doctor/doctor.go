// Package doctor finds the link that is broken when nothing arrives for an account: it looks at the account, plays its provider against the
// service's own public URL, and asks the provider. It changes no account, and does not know how a provider writes its requests.
package doctor

import (
	"context"
	"crypto/x509"
	"net/netip"
	"time"

	"github.com/ivendnext/whatsapp-accounts/internal/account"
	"github.com/ivendnext/whatsapp-accounts/internal/provider"
	"github.com/ivendnext/whatsapp-accounts/internal/site"
	"github.com/ivendnext/whatsapp-accounts/internal/webhook"
)

// State is what was found of a link.
type State string

// The states. What could not be looked at, or says nothing for certain, is Unknown.
const (
	OK      State = "ok"
	Broken  State = "broken"
	Unknown State = "unknown"
)

// Part is a stretch of the way of a message.
type Part string

// The parts, in the order in which they are looked at.
const (
	PartAccount  Part = "account"  // what is configured here
	PartCallback Part = "callback" // from the internet to this service
	PartProvider Part = "provider" // what the provider says of the account
)

// Link is one thing on which it depends that messages arrive.
type Link struct {
	Part  Part
	Name  string // stable snake_case, unique within the part
	State State
	Found string // a sentence
	Cure  string // a sentence; empty when there is nothing to do
}

// Facts read what is known of an account's health.
type Facts interface {
	Health(ctx context.Context, in site.Site, accountID string) (map[string]webhook.Fact, error)
}

// Options are how the doctor looks.
type Options struct {
	// Within is how long an answer may take: what takes longer is lost, as far as the provider knows.
	Within time.Duration
	// Patience is how long the doctor waits until what became of a request shows in the account's health, which the service writes now and then.
	Patience time.Duration
	// Lookup finds the addresses of a host.
	Lookup func(ctx context.Context, host string) ([]netip.Addr, error)
	// Roots are the authorities that are trusted; nil is this machine's.
	Roots *x509.CertPool
	Now   func() time.Time
}

// Doctor examines accounts.
type Doctor struct {
	Options

	facts Facts
}

// New makes a doctor.
func New(facts Facts, o Options) *Doctor { return &Doctor{Options: o, facts: facts} }

// Patient is an account with what the doctor needs to know about it.
type Patient struct {
	Account     account.Account
	Spec        provider.Spec
	Credentials provider.Credentials
	// Rehearsals are the provider's requests, nil when nobody knows them.
	Rehearsals []provider.Rehearsal
	// PublicURL is where providers reach the service; empty when nobody said.
	PublicURL string
	// Development: a public URL may be a loopback address over http, which no provider outside reaches.
	Development bool
	// Check asks the provider about the account.
	Check func(ctx context.Context) (provider.Report, error)
}

// webhookURL is where the provider posts to.
func (p Patient) webhookURL() string { return p.Spec.WebhookURL(p.PublicURL, p.Account.ID) }

// Examine looks at every link, whatever became of those before it; what lies behind a broken one is Unknown. An error is the database's.
func (d *Doctor) Examine(ctx context.Context, p Patient) ([]Link, error) {
	links := []Link{configured(p, d.Now())}
	way := &callback{doctor: d, patient: p}
	if err := way.walk(ctx); err != nil {
		return nil, err
	}
	asked, err := asked(ctx, p)
	return append(append(links, way.links...), asked...), err
}

// configured judges what is entered here.
func configured(p Patient, now time.Time) Link {
	l := Link{Part: PartAccount, Name: "configured", State: OK, Found: "The account is Active and complete."}
	ready := account.ReadinessOf(p.Spec, p.Account, now)
	if ready.Receive.OK {
		return l
	}
	l.State, l.Found = Broken, "The account cannot receive."
	if !p.Account.IsActive() {
		l.Found = "The account is Inactive, so nothing is received with it."
	}
	for _, m := range ready.Receive.Missing {
		l.Cure = join(l.Cure, m.Detail)
	}
	return l
}

// asked makes links of the provider's checks.
func asked(ctx context.Context, p Patient) ([]Link, error) {
	report, err := p.Check(ctx)
	if err != nil {
		return nil, err
	}
	states := map[provider.Verdict]State{provider.Valid: OK, provider.Rejected: Broken, provider.Unknown: Unknown}
	links := make([]Link, len(report.Checks))
	for i, c := range report.Checks {
		links[i] = Link{Part: PartProvider, Name: c.Name, State: states[c.Verdict], Found: c.Detail, Cure: c.Fix}
	}
	return links, nil
}

func join(a, b string) string {
	if a == "" || b == "" {
		return a + b
	}
	return a + " " + b
}

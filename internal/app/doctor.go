package app

import (
	"context"
	"errors"
	"net"
	"net/netip"
	"time"

	"github.com/google/uuid"
	"github.com/prometheus/client_golang/prometheus"

	"github.com/ivendnext/whatsapp-accounts/internal/account"
	"github.com/ivendnext/whatsapp-accounts/internal/config"
	"github.com/ivendnext/whatsapp-accounts/internal/doctor"
	"github.com/ivendnext/whatsapp-accounts/internal/inspect"
	"github.com/ivendnext/whatsapp-accounts/internal/provider"
	"github.com/ivendnext/whatsapp-accounts/internal/site"
)

const (
	// answerWithin is how long a provider waits for an answer. Meta does not publish its own time; it is said to be from 5 to 20 seconds.
	answerWithin = 6 * time.Second
	// noteWithin is longer than the service takes to write down what became of a webhook: recordEvery, and the writing.
	noteWithin = 3 * time.Second
)

// Diagnosis is what the doctor found of an account.
type Diagnosis struct {
	Account account.Account
	Links   []doctor.Link
}

// Diagnose has the doctor examine the account of that id or name, beside a service that runs on the same database. account.ErrNotFound.
func Diagnose(ctx context.Context, o *Opened, c config.Doctor, providers provider.Registry, in site.Site, named string) (Diagnosis, error) {
	a, err := find(ctx, o, in, named)
	if err != nil {
		return Diagnosis{}, err
	}
	credentials, err := credentialsOf(ctx, o.DB.Accounts(), providers, a)
	if err != nil {
		return Diagnosis{Account: a}, err
	}
	spec, _ := providers.Get(a.Type)
	p := doctor.Patient{
		Account: a, Spec: spec, Credentials: credentials, PublicURL: c.PublicURL, Development: c.AllowPrivateProviders,
		Check: func(ctx context.Context) (provider.Report, error) { return o.check(ctx, providers, a) },
	}
	if rehearser, can := provider.As[provider.Rehearser](providers, a.Type); can {
		p.Rehearsals = rehearser.Rehearse(credentials)
	}
	links, err := doctor.New(o.DB.Books(), doctor.Options{Within: answerWithin, Patience: noteWithin, Lookup: lookup, Now: Now}).Examine(ctx, p)
	return Diagnosis{Account: a, Links: links}, err
}

// find looks for an id first: a name may look like one, but seldom does.
func find(ctx context.Context, o *Opened, in site.Site, named string) (account.Account, error) {
	if uuid.Validate(named) == nil {
		a, err := o.DB.Accounts().Get(ctx, in, named)
		if err == nil || !errors.Is(err, account.ErrNotFound) {
			return a, err
		}
	}
	page, err := o.DB.Accounts().List(ctx, in, account.Query{Name: named, Limit: 1})
	if err != nil {
		return account.Account{}, err
	}
	if len(page.Accounts) == 0 {
		return account.Account{}, account.ErrNotFound.Saying("There is no account %q in the site %q.", named, in).
			Advising("Give its id or its whole name, and its site with --site.")
	}
	return page.Accounts[0], nil
}

// check asks the provider as the service would, and keeps the report as the service does.
func (o *Opened) check(ctx context.Context, providers provider.Registry, a account.Account) (provider.Report, error) {
	open := func(ctx context.Context, of account.Account) (provider.Credentials, error) {
		return credentialsOf(ctx, o.DB.Accounts(), providers, of)
	}
	report, err := inspect.NewService(o.DB.Accounts(), providers, open, o.DB.Books(), newCounts(prometheus.NewRegistry())).Check(ctx, a.Site, a.ID)
	if errors.Is(err, inspect.ErrCannot) {
		return provider.Report{}, nil
	}
	return report, err
}

// lookup asks this machine's name servers.
func lookup(ctx context.Context, host string) ([]netip.Addr, error) {
	return net.DefaultResolver.LookupNetIP(ctx, "ip", host)
}

// Package inspect asks providers whether accounts work: when a manager wants to know, and now and then by itself.
// What it finds is told and kept. It never changes an account: whether one is used is a decision of people.
package inspect

import (
	"context"
	"time"

	"github.com/ivendnext/whatsapp-accounts/internal/account"
	"github.com/ivendnext/whatsapp-accounts/internal/fault"
	"github.com/ivendnext/whatsapp-accounts/internal/provider"
	"github.com/ivendnext/whatsapp-accounts/internal/site"
)

// Accounts reads accounts as they are now.
type Accounts interface {
	// Get reads one. account.ErrNotFound.
	Get(ctx context.Context, in site.Site, id string) (account.Account, error)
}

// Opener opens what a call to the account's provider needs.
type Opener func(ctx context.Context, a account.Account) (provider.Credentials, error)

// Books keep what was found.
type Books interface {
	// Checked keeps the report as the last one of the account and, when Tells says so, tells the feed of its site. account.ErrNotFound when the
	// account is gone.
	Checked(ctx context.Context, in site.Site, accountID string, r provider.Report) error
	// Due takes Active accounts, of any site, that were not taken since before, those that wait longest first, and at most limit of them. Nobody
	// else is given them until then again.
	Due(ctx context.Context, before time.Time, limit int) ([]account.Account, error)
}

// Tally counts what was found. It must not block.
type Tally interface{ Checked(verdict string) }

// Service asks providers about accounts.
type Service struct {
	accounts  Accounts
	providers provider.Registry
	open      Opener
	books     Books
	tally     Tally
}

// NewService puts the use cases together.
func NewService(accounts Accounts, providers provider.Registry, open Opener, books Books, tally Tally) *Service {
	return &Service{accounts: accounts, providers: providers, open: open, books: books, tally: tally}
}

// Tells says whether the feed is told of a verdict, given the last one that was not Unknown; none is empty. That an account works is news only
// after it did not.
func Tells(before, now provider.Verdict) bool {
	switch now {
	case provider.Rejected:
		return before != provider.Rejected
	case provider.Valid:
		return before == provider.Rejected
	case provider.Unknown:
	}
	return false
}

// Check asks the provider about an account, Inactive ones too: before one is switched on is when it helps most. What cannot be asked is Unknown in
// the report and no error. account.ErrNotFound, ErrCannot.
func (s *Service) Check(ctx context.Context, in site.Site, id string) (provider.Report, error) {
	a, err := s.accounts.Get(ctx, in, id)
	if err != nil {
		return provider.Report{}, err
	}
	return s.check(ctx, a)
}

func (s *Service) check(ctx context.Context, a account.Account) (provider.Report, error) {
	checker, can := provider.As[provider.Checker](s.providers, a.Type)
	if !can {
		return provider.Report{}, ErrCannot.Saying("%s has nothing to ask about an account.", a.Type)
	}
	c, err := s.open(ctx, a)
	if err != nil {
		return provider.Report{}, err
	}
	report := checker.Check(ctx, c)
	s.tally.Checked(string(report.Verdict))
	return report, s.books.Checked(ctx, a.Site, a.ID, report)
}

// Subscribe makes the provider send the webhooks of an account to its app, and then checks the account. account.ErrNotFound, account.ErrInactive,
// ErrCannot, provider.ErrRefused, provider.ErrUnanswered.
func (s *Service) Subscribe(ctx context.Context, in site.Site, id string) (provider.Report, error) {
	a, err := s.accounts.Get(ctx, in, id)
	if err != nil {
		return provider.Report{}, err
	}
	subscriber, can := provider.As[provider.Subscriber](s.providers, a.Type)
	if !can {
		return provider.Report{}, ErrCannot.Saying("%s has no apps to subscribe.", a.Type).Advising("Enter the account's webhook_url in the dashboard of the provider.")
	}
	if !a.IsActive() {
		return provider.Report{}, account.ErrInactive.Saying("%q is Inactive, so nothing is asked for with it.", a.Name).Advising("Activate it first.")
	}
	c, err := s.open(ctx, a)
	if err != nil {
		return provider.Report{}, err
	}
	if err := subscriber.Subscribe(ctx, c); err != nil {
		return provider.Report{}, provider.Refusal(err)
	}
	return s.check(ctx, a)
}

// ErrCannot tells that the provider has no such ability.
var ErrCannot = fault.New(fault.Invalid, "capability_unsupported", "The provider cannot do this.", "Read capabilities in GET /v1/account-types.")

package template

import (
	"context"
	"errors"
	"time"

	"github.com/ivendnext/whatsapp-accounts/internal/account"
	"github.com/ivendnext/whatsapp-accounts/internal/provider"
	"github.com/ivendnext/whatsapp-accounts/internal/site"
)

// Accounts reads accounts as they are now.
type Accounts interface {
	// Get reads one. account.ErrNotFound.
	Get(ctx context.Context, in site.Site, id string) (account.Account, error)
}

// Service is the use cases of templates. Who may call which is decided before it is called.
type Service struct {
	store     Store
	accounts  Accounts
	providers provider.Registry
	open      Opener
	now       func() time.Time
	newID     func() string
}

// NewService puts the use cases on a store. now gives the present in UTC, cut to microseconds; newID gives UUIDv7s.
func NewService(store Store, accounts Accounts, providers provider.Registry, open Opener, now func() time.Time, newID func() string) *Service {
	return &Service{store: store, accounts: accounts, providers: providers, open: open, now: now, newID: newID}
}

// Precondition is checked inside the transaction, before any rule. Nil demands nothing.
type Precondition func(Template) error

func (p Precondition) check(t Template) error {
	if p == nil {
		return nil
	}
	return p(t)
}

// Create makes a template of an account, whose type it has. Nothing leaves the house: the provider is told by Submit. Invalid with every member at fault,
// ErrExists; an account that is not there is at fault too.
func (s *Service) Create(ctx context.Context, caller site.Caller, ask Draft) (Template, error) {
	made, err := s.store.Insert(ctx, caller.Site, ask.AccountID, func(a account.Account) (Template, error) {
		now := s.now()
		spec := s.specOf(a.Type)
		t, err := blank(spec, a, s.newID(), now)
		if err != nil {
			return Template{}, err
		}
		return decide(spec, t, ask, now)
	})
	if errors.Is(err, account.ErrNotFound) {
		if ask.Wrong.Has("/account_id") {
			return made, ask.Wrong.Err()
		}
		return made, noAccount()
	}
	return made, err
}

// Update changes a template here; what the provider reviews of it waits for Submit. ErrNotFound, what the precondition returns, then as Create, ErrLocked.
func (s *Service) Update(ctx context.Context, caller site.Caller, id string, edit func(Template) (Draft, error), pre Precondition) (Template, error) {
	return s.store.Update(ctx, caller.Site, id, func(before Template) (Template, error) {
		if err := pre.check(before); err != nil {
			return before, err
		}
		ask, err := edit(before)
		if err != nil {
			return before, err
		}
		return decide(s.specOf(before.Type), before, ask, s.now())
	})
}

// Get reads a template. ErrNotFound.
func (s *Service) Get(ctx context.Context, in site.Site, id string) (Template, error) {
	return s.store.Get(ctx, in, id)
}

// List reads a page of templates. Those of an account are also those that it shares with others; an account that is not there has none.
func (s *Service) List(ctx context.Context, in site.Site, q Query) (Page, error) {
	if q.AccountID != "" {
		a, err := s.accounts.Get(ctx, in, q.AccountID)
		if errors.Is(err, account.ErrNotFound) {
			return Page{}, nil
		}
		if err != nil {
			return Page{}, err
		}
		q.Type, q.Home = a.Type, s.specOf(a.Type).TemplateHome(a.ID, a.Settings)
	}
	return s.store.List(ctx, in, q)
}

func (s *Service) specOf(t provider.Type) provider.Spec {
	spec, _ := s.providers.Get(t)
	return spec
}

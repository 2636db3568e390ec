package routing

import (
	"context"
	"errors"

	"github.com/ivendnext/whatsapp-accounts/internal/account"
	"github.com/ivendnext/whatsapp-accounts/internal/provider"
	"github.com/ivendnext/whatsapp-accounts/internal/site"
)

// Accounts is what routing reads. Each look-up sees what is committed at that moment: a status that is answered counts at once.
type Accounts interface {
	// Get reads one account. account.ErrNotFound.
	Get(ctx context.Context, s site.Site, id string) (account.Account, error)
	// Holder reads who has the designation, whatever its status. account.ErrNoDefault.
	Holder(ctx context.Context, s site.Site, d account.Direction) (account.Account, error)
}

// Query asks which account to use.
type Query struct {
	AccountID string // empty names none
	Kind      Kind   // empty asks for no capability
	Direction account.Direction
}

// Reason is why an account is considered first that is asked for so.
func (q Query) Reason() Reason {
	if q.AccountID != "" {
		return ByAccount
	}
	return ByDefault
}

// Service answers which account is used.
type Service struct {
	accounts  Accounts
	providers provider.Registry
}

// NewService puts the use case on a store of accounts.
func NewService(accounts Accounts, providers provider.Registry) *Service {
	return &Service{accounts: accounts, providers: providers}
}

// Route gives the account to use, or a *Refusal.
func (s *Service) Route(ctx context.Context, in site.Site, q Query) (Decision, error) {
	c := candidates{namedID: q.AccountID, direction: q.Direction, kind: q.Kind}
	var err error
	if q.AccountID != "" {
		if c.named, err = found(s.accounts.Get(ctx, in, q.AccountID)); err != nil {
			return Decision{}, err
		}
	}
	if c.holder, err = found(s.accounts.Holder(ctx, in, q.Direction)); err != nil {
		return Decision{}, err
	}
	return pick(c, s.specOf)
}

func (s *Service) specOf(a account.Account) provider.Spec {
	spec, _ := s.providers.Get(a.Type)
	return spec
}

// found turns "there is none" into nil.
func found(a account.Account, err error) (*account.Account, error) {
	if errors.Is(err, account.ErrNotFound) || errors.Is(err, account.ErrNoDefault) {
		return nil, nil //nolint:nilnil // "there is none" is an answer here
	}
	if err != nil {
		return nil, err
	}
	return &a, nil
}

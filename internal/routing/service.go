package routing

import (
	"context"
	"errors"

	"github.com/ivendnext/whatsapp-accounts/internal/account"
	"github.com/ivendnext/whatsapp-accounts/internal/provider"
	"github.com/ivendnext/whatsapp-accounts/internal/site"
	"github.com/ivendnext/whatsapp-accounts/internal/template"
)

// Accounts is what routing reads. Each look-up sees what is committed at that moment: a status that is answered counts at once.
type Accounts interface {
	// Get reads one account. account.ErrNotFound.
	Get(ctx context.Context, s site.Site, id string) (account.Account, error)
	// Holder reads who has the designation, whatever its status. account.ErrNoDefault.
	Holder(ctx context.Context, s site.Site, d account.Direction) (account.Account, error)
}

// Templates is what routing reads of templates.
type Templates interface {
	// Get reads one template. template.ErrNotFound.
	Get(ctx context.Context, s site.Site, id string) (template.Template, error)
	// Find reads the template of a home by its name and language. template.ErrNotFound.
	Find(ctx context.Context, s site.Site, t provider.Type, home, name, language string) (template.Template, error)
}

// Query asks which account to use.
type Query struct {
	AccountID  string // empty names none
	TemplateID string // empty names none
	Kind       Kind   // empty asks for no capability, or for that of a template if one is named
	Direction  account.Direction
}

// Reason is why an account is considered first that is asked for so.
func (q Query) Reason() Reason {
	if q.AccountID != "" {
		return ByAccount
	}
	if q.TemplateID != "" {
		return ByTemplate
	}
	return ByDefault
}

// Service answers which account is used.
type Service struct {
	accounts  Accounts
	templates Templates
	providers provider.Registry
}

// NewService puts the use case on stores of accounts and templates.
func NewService(accounts Accounts, templates Templates, providers provider.Registry) *Service {
	return &Service{accounts: accounts, templates: templates, providers: providers}
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
	if c.templates, err = s.find(ctx, in, q.TemplateID, c.named); err != nil {
		return Decision{}, err
	}
	if q.TemplateID != "" && c.kind == "" {
		c.kind = kindTemplate
	}
	if c.holder, err = found(s.accounts.Holder(ctx, in, q.Direction)); err != nil {
		return Decision{}, err
	}
	return pick(c, s.specOf)
}

// find reads the template that is named, its account and, when the account that is named has a home of its own, the twin there.
func (s *Service) find(ctx context.Context, in site.Site, id string, named *account.Account) (templates, error) {
	all := templates{askedID: id}
	if id == "" {
		return all, nil
	}
	var err error
	if all.asked, err = known(s.templates.Get(ctx, in, id)); err != nil || all.asked == nil {
		return all, err
	}
	if all.owner, err = found(s.accounts.Get(ctx, in, all.asked.AccountID)); err != nil || named == nil || named.Type != all.asked.Type {
		return all, err
	}
	if home := s.specOf(*named).TemplateHome(named.ID, named.Settings); home != all.asked.Home {
		all.twin, err = known(s.templates.Find(ctx, in, named.Type, home, all.asked.Name, all.asked.Language))
	}
	return all, err
}

// known turns "there is none" into nil.
func known(t template.Template, err error) (*template.Template, error) {
	if errors.Is(err, template.ErrNotFound) {
		return nil, nil //nolint:nilnil // "there is none" is an answer here
	}
	if err != nil {
		return nil, err
	}
	return &t, nil
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

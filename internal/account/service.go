package account

import (
	"context"
	"errors"
	"time"

	"github.com/ivendnext/whatsapp-accounts/internal/provider"
	"github.com/ivendnext/whatsapp-accounts/internal/site"
)

// Service is the use cases of accounts. Who may call which is decided before it is called.
type Service struct {
	store     Store
	providers provider.Registry
	now       func() time.Time
	newID     func() string
}

// NewService puts the use cases on a store. now gives the present in UTC, cut to microseconds; newID gives UUIDv7s.
func NewService(store Store, providers provider.Registry, now func() time.Time, newID func() string) *Service {
	return &Service{store: store, providers: providers, now: now, newID: newID}
}

// Precondition is checked inside the transaction, before any rule. Nil demands nothing.
type Precondition func(Account) error

func (p Precondition) check(a Account) error {
	if p == nil {
		return nil
	}
	return p(a)
}

// checkHolder is check for whoever has a designation: that nobody has it is not what any precondition names.
func (p Precondition) checkHolder(d Direction, holder *Account) error {
	if p == nil {
		return nil
	}
	if holder == nil {
		return ErrDefaultStale(d)
	}
	err := p(*holder)
	if errors.Is(err, ErrStale) {
		return ErrDefaultStale(d)
	}
	return err
}

// Create makes an account. Invalid with every field at fault, ErrInactive, ErrNameTaken, ErrValueTaken.
func (s *Service) Create(ctx context.Context, caller site.Caller, ask Change) (Account, error) {
	spec, err := s.typeOf(ask)
	if err != nil {
		return Account{}, err
	}
	now := s.now()
	blank := Account{ID: s.newID(), Site: caller.Site, Type: spec.Type, Status: Inactive, CreatedAt: now, UpdatedAt: now}
	d, err := decide(spec, blank, withDefaults(spec, ask), now)
	if err != nil {
		return Account{}, err
	}
	return s.store.Insert(ctx, caller.Site, spec, d, entryOf(caller, Created, birth(spec, d.Changes), now))
}

func (s *Service) typeOf(ask Change) (provider.Spec, error) {
	var asked provider.Type
	if ask.Type != nil {
		asked = *ask.Type
	}
	spec, ok := s.providers.Get(asked)
	if !ok {
		known := make([]string, 0, 2)
		for _, t := range s.providers.Types() {
			known = append(known, string(t))
		}
		return spec, errUnknownType(ask, known)
	}
	return spec, nil
}

// Update changes an account. ErrNotFound, what the precondition returns, then as Create.
func (s *Service) Update(ctx context.Context, caller site.Caller, id string, ask Change, pre Precondition) (Account, error) {
	return s.store.Update(ctx, caller.Site, id, func(before Account) (provider.Spec, Decision, Entry, error) {
		spec := s.SpecOf(before)
		if err := pre.check(before); err != nil {
			return spec, Decision{}, Entry{}, err
		}
		now := s.now()
		d, err := decide(spec, before, ask, now)
		return spec, d, entryOf(caller, Updated, d.Changes, now), err
	})
}

// Delete removes an account and gives up what it holds. ErrNotFound, *Linked, or what the precondition returns.
func (s *Service) Delete(ctx context.Context, caller site.Caller, id string, pre Precondition) error {
	return s.store.Delete(ctx, caller.Site, id, func(before Account) (Entry, error) {
		return entryOf(caller, Deleted, farewell(before), s.now()), pre.check(before)
	})
}

// Get reads an account. ErrNotFound.
func (s *Service) Get(ctx context.Context, in site.Site, id string) (Account, error) {
	return s.store.Get(ctx, in, id)
}

// mostIdentified bounds the accounts that share a value: a business account has a few dozen numbers.
const mostIdentified = 1000

// Identified reads the accounts that have the value in the setting of that name, by which their provider names them; the oldest first.
func (s *Service) Identified(ctx context.Context, in site.Site, field, value string) ([]Account, error) {
	var all []Account
	for _, spec := range s.providers.All() {
		if f, has := spec.Field(field); !has || !f.Identifies {
			continue
		}
		found, err := s.store.Identified(ctx, in, spec.Type, field, value, mostIdentified)
		if err != nil {
			return nil, err
		}
		all = append(all, found...)
	}
	return all, nil
}

// List reads a page of accounts.
func (s *Service) List(ctx context.Context, in site.Site, q Query) (Page, error) {
	return s.store.List(ctx, in, q)
}

// History reads a page of an account's history, of a deleted one too. ErrNotFound.
func (s *Service) History(ctx context.Context, in site.Site, id, after string, limit int) (HistoryPage, error) {
	return s.store.History(ctx, in, id, after, limit)
}

// SpecOf gives the rules of the account's provider. An account of a type that this build does not know has a spec without fields.
func (s *Service) SpecOf(a Account) provider.Spec {
	spec, _ := s.providers.Get(a.Type)
	return spec
}

// Readiness judges the account's configuration as of now.
func (s *Service) Readiness(a Account) Readiness { return ReadinessOf(s.SpecOf(a), a, s.now()) }

// Defaults reads both holders, whatever their status; nil means that nobody holds the designation.
func (s *Service) Defaults(ctx context.Context, in site.Site) (outgoing, incoming *Account, err error) {
	var holders [2]*Account
	for i, d := range Directions() {
		holder, err := s.store.Holder(ctx, in, d)
		switch {
		case errors.Is(err, ErrNoDefault):
		case err != nil:
			return nil, nil, err
		default:
			holders[i] = &holder
		}
	}
	return holders[0], holders[1], nil
}

// Default reads the account to use. ErrNoDefault, also when the holder is Inactive: the detail then names it.
func (s *Service) Default(ctx context.Context, in site.Site, d Direction) (Account, error) {
	holder, err := s.store.Holder(ctx, in, d)
	if err != nil {
		return Account{}, err
	}
	if !holder.IsActive() {
		return Account{}, ErrHolderInactive(d, holder)
	}
	return holder, nil
}

// SetDefault is the site-level decision: it names any Active account that can. The precondition is about whoever is default now.
// ErrNotFound, ErrDefaultStale, ErrInactive, capability_unsupported.
func (s *Service) SetDefault(ctx context.Context, caller site.Caller, d Direction, id string, pre Precondition) (Account, error) {
	after, err := s.store.Designate(ctx, caller.Site, d, id, func(a Account, holder *Account) (Entry, error) {
		if err := pre.checkHolder(d, holder); err != nil {
			return Entry{}, err
		}
		return entryOf(caller, DefaultTaken, []FieldChange{flagChange(d, false, true)}, s.now()), judgeDefault(s.SpecOf(a), a, d)
	})
	if errors.Is(err, ErrNotFound) {
		err = named(ErrNotFound)
	}
	return after, err
}

// ClearDefault leaves the site without that default. ErrDefaultStale.
func (s *Service) ClearDefault(ctx context.Context, caller site.Caller, d Direction, pre Precondition) error {
	return s.store.Vacate(ctx, caller.Site, d, func(holder *Account) (Entry, error) {
		return entryOf(caller, DefaultLost, []FieldChange{flagChange(d, true, false)}, s.now()), pre.checkHolder(d, holder)
	})
}

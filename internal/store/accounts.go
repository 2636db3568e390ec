package store

import (
	"context"
	"errors"
	"slices"

	"github.com/google/uuid"
	"gorm.io/gorm"

	"github.com/ivendnext/whatsapp-accounts/internal/account"
	"github.com/ivendnext/whatsapp-accounts/internal/provider"
	"github.com/ivendnext/whatsapp-accounts/internal/site"
)

// Accounts keeps accounts, designations and history: account.Store.
type Accounts struct{ db *DB }

// Accounts gives the part of the database that account.Service works on.
func (db *DB) Accounts() *Accounts { return &Accounts{db: db} }

// One join per designation, each on its primary key, so that an account and its flags are one statement.
const (
	heldColumns  = "accounts.*, o.account_id IS NOT NULL AS is_default_outgoing, i.account_id IS NOT NULL AS is_default_incoming"
	joinOutgoing = "LEFT JOIN designations o ON o.site = accounts.site AND o.direction = 'outgoing' AND o.account_id = accounts.id"
	joinIncoming = "LEFT JOIN designations i ON i.site = accounts.site AND i.direction = 'incoming' AND i.account_id = accounts.id"

	accountColumns = "t.id, t.account_name, t.account_type, t.status, t.allow_auto_read_receipt, t.settings, t.secrets_set, t.activated_at, t.created_at, t.updated_at, " +
		"o.account_id IS NOT NULL, i.account_id IS NOT NULL"
	joinBoth = "LEFT JOIN designations o ON o.site = t.site AND o.direction = 'outgoing' AND o.account_id = t.id " +
		"LEFT JOIN designations i ON i.site = t.site AND i.direction = 'incoming' AND i.account_id = t.id"
)

func (s *Accounts) held(ctx context.Context, in site.Site) *gorm.DB {
	return s.db.in(ctx, in).Table("accounts").Select(heldColumns).Joins(joinOutgoing).Joins(joinIncoming)
}

// Get implements account.Store.
func (s *Accounts) Get(ctx context.Context, in site.Site, id string) (account.Account, error) {
	if !isUUID(id) {
		return account.Account{}, account.ErrNotFound
	}
	var r heldRow
	err := s.held(ctx, in).Where("accounts.id = ?", id).Take(&r).Error
	if errors.Is(err, gorm.ErrRecordNotFound) {
		return account.Account{}, account.ErrNotFound
	}
	return r.held(in), s.db.classify(ctx, err)
}

// GetAll implements message.Accounts.
func (s *Accounts) GetAll(ctx context.Context, in site.Site, ids ...string) (map[string]account.Account, error) {
	found := make(map[string]account.Account, len(ids))
	query := lookup("SELECT " + accountColumns + " " + s.db.dialect.byIDs("accounts", unlocked) + " " + joinBoth + " WHERE true")
	err := query.each(s.db.lookUp(ctx, in, "t"), []any{s.db.dialect.list(ids)}, func(row scanner) error {
		var r heldRow
		err := row.Scan(append(r.Account.places(), &r.IsDefaultOutgoing, &r.IsDefaultIncoming)...)
		found[r.Account.ID] = r.held(in)
		return err
	})
	return found, s.db.classify(ctx, err)
}

// standings tells how the accounts that are there stand, and that stays so until the transaction ends: they are locked, in the order of their ids.
func (s *Accounts) standings(ctx context.Context, in site.Site, ids []string) (map[string]account.Standing, error) {
	found := make(map[string]account.Standing, len(ids))
	query := lookup("SELECT t.id, t.account_name, t.status " + s.db.dialect.byIDs("accounts", forShare) + " WHERE true")
	err := query.each(s.db.lookUp(ctx, in, "t"), []any{s.db.dialect.list(slices.Sorted(slices.Values(ids)))}, func(row scanner) error {
		var a account.Standing
		err := row.Scan(&a.ID, &a.Name, &a.Status)
		found[a.ID] = a
		return err
	})
	return found, s.db.classify(ctx, err)
}

// isUUID accepts the canonical form only: the other forms that parsers accept would give one account several addresses.
func isUUID(id string) bool {
	parsed, err := uuid.Parse(id)
	return err == nil && parsed.String() == id
}

// Insert implements account.Store.
func (s *Accounts) Insert(ctx context.Context, in site.Site, spec provider.Spec, d account.Decision, e account.Entry) (account.Account, error) {
	err := s.db.Transact(ctx, func(ctx context.Context) error {
		if err := s.openSlots(ctx, in); err != nil {
			return err
		}
		holders := holders{}
		if len(d.Takes) > 0 {
			var err error
			if holders, err = s.lockSlots(ctx, in); err != nil {
				return err
			}
		}
		r := rowOf(d.Account)
		if err := named(s.db.in(ctx, in).Create(&r).Error); err != nil {
			return err
		}
		if err := s.addIdentifiers(ctx, in, spec, d.Account); err != nil {
			return err
		}
		if err := s.addSecrets(ctx, in, spec, d); err != nil {
			return err
		}
		return s.conclude(ctx, in, d, e, holders)
	})
	return d.Account, err
}

// Update implements account.Store.
func (s *Accounts) Update(ctx context.Context, in site.Site, id string, decide func(account.Account) (provider.Spec, account.Decision, account.Entry, error)) (account.Account, error) {
	var after account.Account
	err := s.db.Transact(ctx, func(ctx context.Context) error {
		before, holders, err := s.lock(ctx, in, id)
		if err != nil {
			return err
		}
		spec, d, e, err := decide(before)
		if err != nil {
			return err
		}
		after = d.Account
		if len(d.Changes) == 0 {
			return nil
		}
		r := rowOf(d.Account)
		if err := named(s.db.in(ctx, in).Select("*").Omit("id", "site", "created_at").Where("id = ?", id).Updates(&r).Error); err != nil {
			return err
		}
		if err := s.writeIdentifiers(ctx, in, spec, d.Account); err != nil {
			return err
		}
		if err := s.writeSecrets(ctx, in, spec, d); err != nil {
			return err
		}
		return s.conclude(ctx, in, d, e, holders)
	})
	return after, err
}

// conclude writes what follows the account row and what hangs on it: every writer takes its locks in this order.
func (s *Accounts) conclude(ctx context.Context, in site.Site, d account.Decision, e account.Entry, h holders) error {
	if err := s.moveDesignations(ctx, in, d.Account.ID, d.Takes, d.Gives, e, h); err != nil {
		return err
	}
	return s.record(ctx, in, d.Account.ID, e)
}

// Delete implements account.Store.
func (s *Accounts) Delete(ctx context.Context, in site.Site, id string, decide func(account.Account) (account.Entry, error)) error {
	return s.db.Transact(ctx, func(ctx context.Context) error {
		before, _, err := s.lock(ctx, in, id)
		if err != nil {
			return err
		}
		e, err := decide(before)
		if err != nil {
			return err
		}
		if err := s.linked(ctx, in, before); err != nil {
			return err
		}
		if err := s.resign(ctx, in, before); err != nil {
			return err
		}
		if err := unlinked(s.db.in(ctx, in).Where("id = ?", id).Delete(&accountRow{}).Error, before); err != nil {
			return err
		}
		return s.record(ctx, in, id, e)
	})
}

// resign gives up what the account holds.
func (s *Accounts) resign(ctx context.Context, in site.Site, a account.Account) error {
	for _, d := range account.Directions() {
		if a.Holds(d) {
			if err := s.point(ctx, in, d, nil); err != nil {
				return err
			}
		}
	}
	return nil
}

// lock takes the site's write lock, which is its pair of designation rows, and then reads the account: nothing that a decision sees
// can change before the transaction ends.
func (s *Accounts) lock(ctx context.Context, in site.Site, id string) (account.Account, holders, error) {
	if !isUUID(id) {
		return account.Account{}, nil, account.ErrNotFound
	}
	holders, err := s.lockSlots(ctx, in)
	if err != nil {
		return account.Account{}, nil, err
	}
	a, err := s.Get(ctx, in, id)
	return a, holders, err
}

// named tells what a duplicate in accounts means: besides the primary key, which is fresh, only the name is unique there.
func named(err error) error {
	if errors.Is(err, gorm.ErrDuplicatedKey) {
		return account.ErrNameTaken.Because(err)
	}
	return err
}

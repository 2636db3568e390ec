package store

import (
	"context"
	"errors"

	"gorm.io/gorm"

	"github.com/ivendnext/whatsapp-accounts/internal/account"
	"github.com/ivendnext/whatsapp-accounts/internal/provider"
	"github.com/ivendnext/whatsapp-accounts/internal/site"
)

// writeIdentifiers replaces the values by which webhooks name the account. Exclusive ones are written one by one:
// a duplicate is then that field's.
func (s *Accounts) writeIdentifiers(ctx context.Context, in site.Site, spec provider.Spec, a account.Account) error {
	for _, f := range spec.Fields {
		if !f.Identifies && !f.UniqueInSite {
			continue
		}
		r := identifierRow{AccountID: a.ID, Field: f.Name, Site: in.String(), AccountType: string(a.Type), Value: a.Settings[f.Name], Exclusive: f.UniqueInSite}
		if err := s.writeIdentifier(ctx, in, r, spec.Pointer(f.Name)); err != nil {
			return err
		}
	}
	return nil
}

func (s *Accounts) writeIdentifier(ctx context.Context, in site.Site, r identifierRow, pointer string) error {
	var stored []string
	mine := func() *gorm.DB {
		return s.db.in(ctx, in).Model(&identifierRow{}).Where("account_id = ? AND field = ?", r.AccountID, r.Field)
	}
	if err := mine().Pluck("value", &stored).Error; err != nil {
		return err
	}
	old := ""
	if len(stored) == 1 {
		old = stored[0]
	}
	switch r.Value {
	case old:
		return nil
	case "":
		return mine().Delete(&identifierRow{}).Error
	}
	if err := s.mustBeFree(ctx, in, r, pointer); err != nil {
		return err
	}
	if old == "" {
		return taken(s.db.in(ctx, in).Create(&r).Error, r, pointer)
	}
	return taken(mine().Update("value", r.Value).Error, r, pointer)
}

// mustBeFree refuses a value that another account has, and names that account. The index refuses it too, but PostgreSQL then ends the
// transaction, in which nobody could be asked any more.
func (s *Accounts) mustBeFree(ctx context.Context, in site.Site, r identifierRow, pointer string) error {
	if !r.Exclusive {
		return nil
	}
	var ids []string
	err := s.db.in(ctx, in).Model(&identifierRow{}).Where("account_type = ? AND field = ? AND value = ? AND exclusive", r.AccountType, r.Field, r.Value).
		Limit(1).Pluck("account_id", &ids).Error
	if err != nil || len(ids) == 0 {
		return err
	}
	other, err := s.Get(ctx, in, ids[0])
	if err != nil {
		return err
	}
	return account.ErrValueTaken(pointer, r.Field, other.Name)
}

// taken tells what a duplicate means that came at the same moment.
func taken(err error, r identifierRow, pointer string) error {
	if errors.Is(err, gorm.ErrDuplicatedKey) {
		return account.ErrValueTaken(pointer, r.Field, "").Because(err)
	}
	return err
}

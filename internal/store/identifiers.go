package store

import (
	"context"
	"errors"
	"slices"

	"gorm.io/gorm"
	"gorm.io/gorm/clause"

	"github.com/ivendnext/whatsapp-accounts/internal/account"
	"github.com/ivendnext/whatsapp-accounts/internal/provider"
	"github.com/ivendnext/whatsapp-accounts/internal/site"
)

// identifiersOf makes the rows of the values by which webhooks name the account, empty ones too, in the one order in which they are written.
func identifiersOf(spec provider.Spec, a account.Account) []identifierRow {
	var rows []identifierRow
	for _, f := range spec.Fields {
		if f.Identifies || f.UniqueInSite {
			rows = append(rows, identifierRow{
				AccountID: a.ID, Field: f.Name, Site: a.Site.String(), AccountType: string(a.Type), Value: a.Settings[f.Name], Exclusive: f.UniqueInSite,
			})
		}
	}
	return rows
}

// addIdentifiers writes those of a new account in one statement. Should somebody else have a value that is exclusive, writeIdentifiers finds out which.
func (s *Accounts) addIdentifiers(ctx context.Context, in site.Site, spec provider.Spec, a account.Account) error {
	rows := slices.DeleteFunc(identifiersOf(spec, a), func(r identifierRow) bool { return r.Value == "" })
	if len(rows) == 0 {
		return nil
	}
	added := s.db.in(ctx, in).Clauses(clause.OnConflict{DoNothing: true}).Create(&rows)
	if added.Error != nil || added.RowsAffected == int64(len(rows)) {
		return added.Error
	}
	return s.writeIdentifiers(ctx, in, spec, a)
}

// writeIdentifiers brings the rows in line with the account, one by one: a duplicate is then that field's.
func (s *Accounts) writeIdentifiers(ctx context.Context, in site.Site, spec provider.Spec, a account.Account) error {
	var rows []identifierRow
	if err := s.db.in(ctx, in).Where("account_id = ?", a.ID).Find(&rows).Error; err != nil {
		return err
	}
	stored := make(map[string]string, len(rows))
	for _, r := range rows {
		stored[r.Field] = r.Value
	}
	for _, r := range identifiersOf(spec, a) {
		err := s.writeIdentifier(ctx, in, r, stored[r.Field])
		if errors.Is(err, gorm.ErrDuplicatedKey) {
			return account.ErrValueTaken(spec.Pointer(r.Field), r.Field).Because(err)
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// writeIdentifier replaces the stored value, which is empty when there is none.
func (s *Accounts) writeIdentifier(ctx context.Context, in site.Site, r identifierRow, stored string) error {
	mine := s.db.in(ctx, in).Where("account_id = ? AND field = ?", r.AccountID, r.Field)
	switch {
	case r.Value == stored:
		return nil
	case r.Value == "":
		return mine.Delete(&identifierRow{}).Error
	case stored == "":
		return s.db.in(ctx, in).Create(&r).Error
	}
	return mine.Model(&identifierRow{}).Update("value", r.Value).Error
}

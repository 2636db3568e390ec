package store

import (
	"context"
	"errors"
	"slices"
	"strings"
	"unicode/utf8"

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

// Identified implements account.Store.
func (s *Accounts) Identified(ctx context.Context, in site.Site, t provider.Type, field, value string, most int) ([]account.Account, error) {
	if !utf8.ValidString(value) || strings.ContainsRune(value, 0) {
		return nil, nil // no setting has such a value, and PostgreSQL refuses to compare it
	}
	var rows []heldRow
	err := s.held(ctx, in).Joins("JOIN account_identifiers n ON n.account_id = accounts.id AND n.site = accounts.site").
		Where("n.account_type = ? AND n.field = ? AND n.value = ?", string(t), field, value).Order("accounts.id").Limit(most).Find(&rows).Error
	if err != nil {
		return nil, s.db.classify(ctx, err)
	}
	found := make([]account.Account, len(rows))
	for i, r := range rows {
		found[i] = r.held(in)
	}
	return found, nil
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
		if err := s.writeIdentifier(ctx, in, r, stored[r.Field], spec.Pointer(r.Field)); err != nil {
			return err
		}
	}
	return nil
}

// writeIdentifier replaces the stored value, which is empty when there is none.
func (s *Accounts) writeIdentifier(ctx context.Context, in site.Site, r identifierRow, stored, pointer string) error {
	mine := s.db.in(ctx, in).Where("account_id = ? AND field = ?", r.AccountID, r.Field)
	switch r.Value {
	case stored:
		return nil
	case "":
		return mine.Delete(&identifierRow{}).Error
	}
	if err := s.mustBeFree(ctx, in, r, pointer); err != nil {
		return err
	}
	if stored == "" {
		return taken(s.db.in(ctx, in).Create(&r).Error, r, pointer)
	}
	return taken(mine.Model(&identifierRow{}).Update("value", r.Value).Error, r, pointer)
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

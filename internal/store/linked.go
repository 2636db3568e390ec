package store

import (
	"context"
	"errors"

	"gorm.io/gorm"

	"github.com/ivendnext/whatsapp-accounts/internal/account"
	"github.com/ivendnext/whatsapp-accounts/internal/site"
)

// linked is *account.Linked while templates belong to the account.
func (s *Accounts) linked(ctx context.Context, in site.Site, a account.Account) error {
	var count int64
	if err := s.db.in(ctx, in).Model(&templateRow{}).Where("account_id = ?", a.ID).Count(&count).Error; err != nil || count == 0 {
		return err
	}
	var rows []templateRow
	err := s.db.in(ctx, in).Select("id", "label", "name", "language").Where("account_id = ?", a.ID).Order("id DESC").Limit(account.MaxLinked).Find(&rows).Error
	if err != nil {
		return err
	}
	templates := make([]account.LinkedTemplate, len(rows))
	for i, r := range rows {
		templates[i] = account.LinkedTemplate{ID: r.ID, Label: r.Label, Name: r.Name, Language: r.Language}
	}
	return account.NewLinked(a, count, templates)
}

// unlinked tells what a reference to an account means that came while it was being deleted: after they were counted, a template was written.
func unlinked(err error, a account.Account) error {
	if errors.Is(err, gorm.ErrForeignKeyViolated) {
		return account.NewLinked(a, 1, nil)
	}
	return err
}

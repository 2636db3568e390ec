package store

import (
	"context"

	"gorm.io/gorm"

	"github.com/ivendnext/whatsapp-accounts/internal/account"
	"github.com/ivendnext/whatsapp-accounts/internal/site"
)

// beyondAnyName sorts after every continuation of a prefix: the last code point, in the byte order that name_key is kept in.
const beyondAnyName = "\U0010FFFF"

// List implements account.Store. A page is a range of an index: by id, which is by age, or by name when a prefix is asked for.
func (s *Accounts) List(ctx context.Context, in site.Site, q account.Query) (account.Page, error) {
	query := filter(s.held(ctx, in), q)
	if q.Prefix != "" {
		query = afterName(query, account.NameKey(q.Prefix), q.After)
	} else {
		query = afterID(query, q.After)
	}
	var rows []heldRow
	if err := query.Limit(q.Limit + 1).Find(&rows).Error; err != nil {
		return account.Page{}, s.db.classify(err)
	}
	return pageOf(in, rows, q), nil
}

func filter(query *gorm.DB, q account.Query) *gorm.DB {
	if q.Status != "" {
		query = query.Where("accounts.status = ?", string(q.Status))
	}
	if q.Type != "" {
		query = query.Where("accounts.account_type = ?", string(q.Type))
	}
	if q.Name != "" {
		query = query.Where("accounts.name_key = ?", account.NameKey(q.Name))
	}
	return query
}

func afterID(query *gorm.DB, after account.Position) *gorm.DB {
	if after.ID != "" {
		query = query.Where("accounts.id < ?", after.ID)
	}
	return query.Order("accounts.id DESC")
}

// afterName needs no tie-break: a name is unique within its site.
func afterName(query *gorm.DB, prefix string, after account.Position) *gorm.DB {
	query = query.Where("accounts.name_key >= ? AND accounts.name_key < ?", prefix, prefix+beyondAnyName)
	if after.Name != "" {
		query = query.Where("accounts.name_key > ?", after.Name)
	}
	return query.Order("accounts.name_key")
}

func pageOf(in site.Site, rows []heldRow, q account.Query) account.Page {
	var page account.Page
	if len(rows) > q.Limit {
		rows = rows[:q.Limit]
		last := rows[len(rows)-1].Account
		page.Next = account.Position{ID: last.ID}
		if q.Prefix != "" {
			page.Next = account.Position{Name: last.NameKey}
		}
	}
	for _, r := range rows {
		page.Accounts = append(page.Accounts, r.held(in))
	}
	return page
}

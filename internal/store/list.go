package store

import (
	"context"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"gorm.io/gorm"

	"github.com/ivendnext/whatsapp-accounts/internal/account"
	"github.com/ivendnext/whatsapp-accounts/internal/site"
)

// List implements account.Store. A page is a range of an index: by id, which is by age, or by name when a prefix is asked for.
func (s *Accounts) List(ctx context.Context, in site.Site, q account.Query) (account.Page, error) {
	if !answerable(q) {
		return account.Page{}, nil
	}
	q.Limit = max(q.Limit, 1)
	query := filter(s.held(ctx, in), q)
	if q.Prefix != "" {
		query = afterName(query, account.NameKey(q.Prefix), q.After)
	} else {
		query = afterID(query, q.After)
	}
	var rows []heldRow
	if err := query.Limit(q.Limit + 1).Find(&rows).Error; err != nil {
		return account.Page{}, s.db.classify(ctx, err)
	}
	return pageOf(in, rows, q), nil
}

// answerable tells whether some account may be what is asked for. PostgreSQL refuses the text of the rest.
func answerable(q account.Query) bool {
	for _, text := range []string{q.Name, q.Prefix, q.After.Name} {
		if !utf8.ValidString(text) || strings.ContainsRune(text, 0) {
			return false
		}
	}
	return q.After.ID == "" || isUUID(q.After.ID)
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
	query = query.Where("accounts.name_key >= ?", prefix)
	if end := endOf(prefix); end != "" {
		query = query.Where("accounts.name_key < ?", end)
	}
	if after.Name != "" {
		query = query.Where("accounts.name_key > ?", after.Name)
	}
	return query.Order("accounts.name_key")
}

// endOf is the first text after every continuation of a prefix, in the byte order that name_key is kept in; empty when there is none.
func endOf(prefix string) string {
	runes := []rune(prefix)
	for last, r := range slices.Backward(runes) {
		if next := r + 1; next <= unicode.MaxRune {
			if !utf8.ValidRune(next) { // the surrogates lie between
				next = 0xE000
			}
			return string(append(runes[:last], next))
		}
	}
	return ""
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

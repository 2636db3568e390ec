package store

import (
	"context"
	"errors"
	"reflect"
	"strings"
	"unicode/utf8"

	"gorm.io/gorm"
	"gorm.io/gorm/clause"

	"github.com/ivendnext/whatsapp-accounts/internal/account"
	"github.com/ivendnext/whatsapp-accounts/internal/provider"
	"github.com/ivendnext/whatsapp-accounts/internal/site"
	"github.com/ivendnext/whatsapp-accounts/internal/template"
	"github.com/ivendnext/whatsapp-accounts/internal/webhook"
)

// Templates keeps message templates: template.Store.
type Templates struct{ db *DB }

// Templates gives the part of the database that template.Service works on.
func (db *DB) Templates() *Templates { return &Templates{db: db} }

// Insert implements template.Store.
func (s *Templates) Insert(ctx context.Context, in site.Site, accountID string, decide func(account.Account) (template.Template, error)) (template.Template, error) {
	var made template.Template
	if !isUUID(accountID) {
		return made, account.ErrNotFound
	}
	err := s.db.Transact(ctx, func(ctx context.Context) error {
		a, err := s.db.Books().Hold(ctx, webhook.Party{AccountID: accountID, Site: in})
		if err != nil {
			return err
		}
		if made, err = decide(a); err != nil {
			return err
		}
		r := templateRowOf(made)
		return identified(s.db.in(ctx, in).Create(&r).Error)
	})
	return made, err
}

// Update implements template.Store.
func (s *Templates) Update(ctx context.Context, in site.Site, id string, decide func(template.Template) (template.Template, error)) (template.Template, error) {
	var after template.Template
	err := s.db.Transact(ctx, func(ctx context.Context) error {
		before, err := s.lock(ctx, in, id)
		if err != nil {
			return err
		}
		if after, err = decide(before); err != nil || reflect.DeepEqual(after, before) {
			return err
		}
		return s.replace(ctx, in, after)
	})
	return after, err
}

// replace writes a template over its row.
func (s *Templates) replace(ctx context.Context, in site.Site, t template.Template) error {
	r := templateRowOf(t)
	return identified(s.db.in(ctx, in).Select("*").Omit("id", "site", "account_id", "account_type", "created_at").Where("id = ?", t.ID).Updates(&r).Error)
}

// Delete implements template.Store.
func (s *Templates) Delete(ctx context.Context, in site.Site, id string, decide func(template.Template) error) error {
	return s.db.Transact(ctx, func(ctx context.Context) error {
		before, err := s.lock(ctx, in, id)
		if err != nil {
			return err
		}
		if err := decide(before); err != nil {
			return err
		}
		return s.db.in(ctx, in).Where("id = ?", id).Delete(&templateRow{}).Error
	})
}

// lock reads a template and keeps it until the transaction ends.
func (s *Templates) lock(ctx context.Context, in site.Site, id string) (template.Template, error) {
	if !isUUID(id) {
		return template.Template{}, template.ErrNotFound
	}
	return s.take(ctx, in, s.db.in(ctx, in).Where("id = ?", id).Clauses(clause.Locking{Strength: clause.LockingStrengthUpdate}))
}

// Get implements template.Store.
func (s *Templates) Get(ctx context.Context, in site.Site, id string) (template.Template, error) {
	if !isUUID(id) {
		return template.Template{}, template.ErrNotFound
	}
	return s.take(ctx, in, s.db.in(ctx, in).Where("id = ?", id))
}

// Find implements template.Store.
func (s *Templates) Find(ctx context.Context, in site.Site, of provider.Type, home, name, language string) (template.Template, error) {
	return s.take(ctx, in, s.db.in(ctx, in).Where("account_type = ? AND home = ? AND name = ? AND language = ?", string(of), home, name, language))
}

func (s *Templates) take(ctx context.Context, in site.Site, query *gorm.DB) (template.Template, error) {
	var r templateRow
	err := query.Take(&r).Error
	if errors.Is(err, gorm.ErrRecordNotFound) {
		return template.Template{}, template.ErrNotFound
	}
	return r.template(in), s.db.classify(ctx, err)
}

// List implements template.Store.
func (s *Templates) List(ctx context.Context, in site.Site, q template.Query) (template.Page, error) {
	for _, text := range q.Texts() {
		if !utf8.ValidString(text) || strings.ContainsRune(text, 0) {
			return template.Page{}, nil
		}
	}
	if q.After != "" && !isUUID(q.After) {
		return template.Page{}, nil
	}
	q.Limit = max(q.Limit, 1)
	var rows []templateRow
	if err := selectTemplates(s.db.in(ctx, in), q).Order("id DESC").Limit(q.Limit + 1).Find(&rows).Error; err != nil {
		return template.Page{}, s.db.classify(ctx, err)
	}
	var page template.Page
	if len(rows) > q.Limit {
		rows, page.Next = rows[:q.Limit], rows[q.Limit-1].ID
	}
	for _, r := range rows {
		page.Templates = append(page.Templates, r.template(in))
	}
	return page, nil
}

func selectTemplates(query *gorm.DB, q template.Query) *gorm.DB {
	if q.AccountID != "" {
		query = query.Where("(account_id = ? OR account_type = ? AND home = ?)", q.AccountID, string(q.Type), q.Home)
	}
	if q.Status != "" {
		query = query.Where("status = ?", string(q.Status))
	}
	if q.Prefix != "" {
		query = query.Where("name >= ? AND name < ?", q.Prefix, endOf(q.Prefix))
	}
	if q.After != "" {
		query = query.Where("id < ?", q.After)
	}
	return amongTemplates(query, q.Among)
}

func amongTemplates(query *gorm.DB, a template.Among) *gorm.DB {
	for column, values := range map[string][]string{"name": a.Names, "language": a.Languages, "category": a.Categories} {
		if len(values) > 0 {
			query = query.Where(column+" IN ?", values)
		}
	}
	if len(a.Statuses) > 0 {
		query = query.Where("status IN ?", a.Statuses)
	}
	if a.AtProvider {
		query = query.Where("provider_id <> '' AND status <> ?", string(template.Deleted))
	}
	return query
}

// identified tells what a duplicate in templates means: besides the primary key, which is fresh, only home, name and language are unique there.
func identified(err error) error {
	if errors.Is(err, gorm.ErrDuplicatedKey) {
		return template.ErrExists.Because(err)
	}
	return gone(err)
}

package store

import (
	"time"

	"github.com/ivendnext/whatsapp-accounts/internal/provider"
	"github.com/ivendnext/whatsapp-accounts/internal/site"
	"github.com/ivendnext/whatsapp-accounts/internal/template"
)

// templateRow is a row of templates.
type templateRow struct {
	ID          string `gorm:"primaryKey"`
	Site        string
	AccountID   string
	AccountType string
	Home        string
	Label       string
	Name        string
	Language    string
	Category    string
	Content     document[provider.TemplateContent]
	Status      string
	Reason      string
	Quality     string
	ProviderID  string
	AtProvider  *document[template.Held]
	ToldAt      *time.Time
	SubmittedAt *time.Time
	SyncedAt    *time.Time
	CreatedAt   time.Time `gorm:"autoCreateTime:false"`
	UpdatedAt   time.Time `gorm:"autoUpdateTime:false"`
}

func (templateRow) TableName() string { return "templates" }

func templateRowOf(t template.Template) templateRow {
	r := templateRow{
		ID: t.ID, Site: t.Site.String(), AccountID: t.AccountID, AccountType: string(t.Type), Home: t.Home, Label: t.Label, Name: t.Name, Language: t.Language,
		Category: t.Category, Content: document[provider.TemplateContent]{t.Content}, Status: string(t.Status), Reason: t.Reason, Quality: t.Quality,
		ProviderID: t.ProviderID, ToldAt: unlessZero(t.ToldAt), SubmittedAt: unlessZero(t.SubmittedAt), SyncedAt: unlessZero(t.SyncedAt),
		CreatedAt: t.CreatedAt, UpdatedAt: t.UpdatedAt,
	}
	if t.AtProvider != nil {
		r.AtProvider = &document[template.Held]{*t.AtProvider}
	}
	return r
}

// template makes the domain value, at home in the site that was asked for.
func (r templateRow) template(s site.Site) template.Template {
	t := template.Template{
		ID: r.ID, Site: s, AccountID: r.AccountID, Type: provider.Type(r.AccountType), Home: r.Home, Label: r.Label, Name: r.Name, Language: r.Language,
		Category: r.Category, Content: r.Content.V, Status: template.Status(r.Status), Reason: r.Reason, Quality: r.Quality, ProviderID: r.ProviderID,
		ToldAt: orZero(r.ToldAt), SubmittedAt: orZero(r.SubmittedAt), SyncedAt: orZero(r.SyncedAt), CreatedAt: r.CreatedAt.UTC(), UpdatedAt: r.UpdatedAt.UTC(),
	}
	if r.AtProvider != nil {
		t.AtProvider = &r.AtProvider.V
	}
	return t
}

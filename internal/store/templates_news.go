package store

import (
	"context"
	"errors"
	"reflect"

	"gorm.io/gorm/clause"

	"github.com/ivendnext/whatsapp-accounts/internal/provider"
	"github.com/ivendnext/whatsapp-accounts/internal/template"
	"github.com/ivendnext/whatsapp-accounts/internal/webhook"
)

// Review implements webhook.Books.
func (b *Books) Review(ctx context.Context, p webhook.Party, of provider.Type, home string, news []webhook.Review) ([]string, error) {
	ids := make([]string, len(news))
	for i, n := range news {
		before, err := b.told(ctx, p, of, home, n)
		if errors.Is(err, template.ErrNotFound) {
			continue
		}
		if err != nil {
			return nil, err
		}
		ids[i] = before.ID
		after := before.Hear(n.TemplateNews, n.At, b.db.now())
		if reflect.DeepEqual(before, after) {
			continue
		}
		if err := b.db.Templates().replace(ctx, p.Site, after); err != nil {
			return nil, err
		}
	}
	return ids, nil
}

// told reads the template that news are about, and keeps it until the transaction ends.
func (b *Books) told(ctx context.Context, p webhook.Party, of provider.Type, home string, n webhook.Review) (template.Template, error) {
	query := b.db.in(ctx, p.Site).Clauses(clause.Locking{Strength: clause.LockingStrengthUpdate}).Where("account_type = ? AND home = ?", string(of), home)
	if n.Name != "" && n.Language != "" {
		query = query.Where("name = ? AND language = ?", n.Name, n.Language)
	} else {
		query = query.Where("provider_id = ?", n.ID)
	}
	return b.db.Templates().take(ctx, p.Site, query)
}

package template

import (
	"time"

	"github.com/ivendnext/whatsapp-accounts/internal/provider"
)

// Hear gives the template after what a webhook told of it, at the provider's time or, when that is zero, now. The order of webhooks is not assumed: a status
// that is older than the one that is known is dropped. Providers tell times in seconds.
func (t Template) Hear(n provider.TemplateNews, at, now time.Time) Template {
	if at.IsZero() {
		at = now
	}
	after := t
	if n.Status != "" && !at.Before(t.ToldAt.Truncate(time.Second)) {
		after.Status, after.Reason, after.ToldAt = Status(n.Status), n.Reason, at
		if after.Status == Deleted {
			after.ProviderID, after.AtProvider = "", nil
		} else if n.ID != "" {
			after.ProviderID = n.ID
		}
	}
	if n.Quality != "" {
		after.Quality = n.Quality
	}
	if n.Category != "" && after.AtProvider != nil {
		held := *after.AtProvider
		if after.Category == held.Category {
			after.Category = n.Category
		}
		held.Category = n.Category
		after.AtProvider = &held
	}
	if after.Status != t.Status || after.Reason != t.Reason || after.Quality != t.Quality || after.Category != t.Category || after.ProviderID != t.ProviderID || n.Category != "" {
		after.UpdatedAt = now
	}
	return after
}

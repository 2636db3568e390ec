package meta

import (
	"strings"

	"github.com/ivendnext/whatsapp-accounts/internal/provider"
)

// templateValue is what we look at in a change about a template. Its id is a number here. (Meta, Webhooks reference, message_template_status_update,
// message_template_quality_update, template_category_update.)
type templateValue struct {
	TemplateID       provider.LooseText `json:"message_template_id"`
	TemplateName     provider.LooseText `json:"message_template_name"`
	TemplateLanguage provider.LooseText `json:"message_template_language"`
	Event            provider.LooseText `json:"event"`
	Reason           provider.LooseText `json:"reason"`
	NewCategory      provider.LooseText `json:"new_category"`
	NewQuality       provider.LooseText `json:"new_quality_score"`
}

// news is what a change of a field about templates tells; nil when it names none.
func (v templateValue) news(field string) *provider.TemplateNews {
	n := &provider.TemplateNews{ID: line(v.TemplateID), Name: line(v.TemplateName), Language: line(v.TemplateLanguage)}
	if n.ID == "" && (n.Name == "" || n.Language == "") {
		return nil
	}
	switch field {
	case "message_template_status_update":
		n.Status = statusAfter(string(v.Event))
		if n.Reason = line(v.Reason); n.Reason == "NONE" {
			n.Reason = ""
		}
	case "message_template_quality_update":
		n.Quality = line(v.NewQuality)
	case "template_category_update":
		n.Category = line(v.NewCategory)
	}
	return n
}

// line is a text that can be kept and looked for.
func line(text provider.LooseText) string { return strings.ReplaceAll(string(text), "\x00", "") }

// statusAfter is the status that an event leaves a template in; empty for one that leaves it as it is, or of which only the next sync can tell.
func statusAfter(event string) string {
	switch event {
	case "APPROVED", "PENDING", "REJECTED", "IN_APPEAL", "PAUSED", "DISABLED", "PENDING_DELETION", "DELETED", "LIMIT_EXCEEDED", "ARCHIVED":
		return event
	case "REINSTATED":
		return "APPROVED"
	}
	return ""
}

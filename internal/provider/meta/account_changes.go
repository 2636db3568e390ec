package meta

import (
	"encoding/json"

	"github.com/ivendnext/whatsapp-accounts/internal/provider"
)

// templateFields are the webhook fields that tell of templates.
func isTemplateField(field string) bool {
	switch field {
	case "message_template_status_update", "message_template_quality_update", "message_template_components_update", "template_category_update":
		return true
	}
	return false
}

// healthFact names the fact of an account's health that a webhook field changes; empty for a field that changes none.
// Source: Meta, WhatsApp Business Platform, Webhooks reference.
func healthFact(field string) string {
	switch field {
	case "phone_number_quality_update":
		return "messaging_limit"
	case "phone_number_name_update":
		return "display_name"
	case "account_update":
		return "account"
	case "account_review_update":
		return "review"
	case "account_alerts":
		return "alert"
	case "business_capability_update":
		return "capability"
	case "security":
		return "security"
	}
	return ""
}

// account is a change of another field than messages: about a template, the account's health, or something that is passed on as it is.
func (t told) account() provider.Item {
	field := string(t.Field)
	if isTemplateField(field) {
		item := whole(t, provider.ItemTemplate)
		item.Template = t.Value.news(field)
		return item
	}
	fact := healthFact(field)
	if fact == "" {
		return whole(t, provider.ItemOther)
	}
	item := whole(t, provider.ItemHealth)
	item.Health = map[string]json.RawMessage{fact: t.raw}
	return item
}

// whole is an item that is a change as it came. The time of its entry is part of what tells it from another: the same quality may be told
// again months later.
func whole(t told, kind provider.ItemKind) provider.Item {
	business, entered := short(t.businessID), short(t.time)
	item := provider.Item{
		Kind: kind, Names: t.names(), Key: "change/" + digest([]byte(business), []byte(entered), t.raw), At: unix(provider.LooseText(entered)),
		Data: map[string]json.RawMessage{"change": t.raw}, Change: t.raw,
	}
	if business != "" {
		item.Data["business_id"], _ = json.Marshal(business)
	}
	return item
}

// short gives a text that is as long as Meta's ids and times may be, and nothing for a longer one: what stands once in an entry goes with each of its changes.
func short(text string) string {
	if len(text) > maxID {
		return ""
	}
	return text
}

const maxID = 255

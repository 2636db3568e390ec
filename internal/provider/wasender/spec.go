// Package wasender describes WASender, a third-party WhatsApp service: its settings, their rules and what it can do.
// It does not know accounts, how settings are stored, or any other provider.
package wasender

import (
	"time"

	"github.com/ivendnext/whatsapp-accounts/internal/provider"
	"github.com/ivendnext/whatsapp-accounts/internal/provider/endpoint"
)

// Type is the account type of this provider, on the wire and in settings.
const Type provider.Type = "WASender"

// Options are the operator's choices.
type Options struct {
	Endpoints endpoint.Policy
}

// Spec describes WASender under the operator's choices.
func Spec(o Options) provider.Spec {
	return provider.Spec{
		Type:            Type,
		Title:           "WASender",
		SettingsKey:     "wasender_settings",
		Fields:          fields(o),
		Capabilities:    capabilities(),
		DefaultOutgoing: provider.Automatic,
		WebhookPath:     "/webhooks/wasender/{account_id}",
		Templates:       provider.TemplateRules{MaxHeader: maxHeader, MaxBody: maxText, MaxFooter: maxHeader},
		Sending:         provider.SendRules{Apart: time.Minute / messagesAMinute},
	}
}

// messagesAMinute are those of a paid plan (WASender, Rate limits). On trial and under account protection WASender takes fewer, and says so with 429.
const messagesAMinute = 256

// The longest texts, in characters. WASender names none of its own: a text message of WhatsApp has 4,096, and a heading is kept as short as Meta has it.
const (
	maxText   = 4096
	maxHeader = 60
)

func capabilities() []provider.Capability {
	return []provider.Capability{
		provider.CanText, provider.CanMedia, provider.CanLocation, provider.CanContacts, provider.CanReadReceipts, provider.CanMessageStatus,
		provider.CanTemplateLocalRendering,
	}
}

func fields(o Options) []provider.Field {
	return []provider.Field{
		{
			Name: "wasender_url", Label: "WASender URL", Kind: provider.URL, MaxLength: endpoint.MaxLength, RequiredToActivate: true,
			Help:  "The address of the WASender API, normally https://www.wasenderapi.com/api. The host alone is enough.",
			Clean: cleanURL(o.Endpoints),
		},
		{
			Name: "wasender_api_key", Label: "WA Sender API Key", Kind: provider.Secret, MaxLength: provider.SecretMax, RequiredToActivate: true,
			Help: "The API key of the session that belongs to this phone number: WASender dashboard, Sessions, the session, API key. " +
				"It is not the personal access token.",
			Clean: provider.CleanIssuedSecret,
		},
		{
			Name: "webhook_secret", Label: "Webhook Secret", Kind: provider.Secret, MaxLength: provider.SecretMax, ProvesWebhooks: true,
			Help: "The webhook secret of the same session: WASender dashboard, Sessions, the session, Webhook. WASender sends it with every " +
				"webhook, so without it the account can send but not receive.",
			Clean: provider.CleanIssuedSecret,
		},
	}
}

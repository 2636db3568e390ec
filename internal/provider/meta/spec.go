// Package meta describes the WhatsApp Cloud API of Meta: its settings, their rules and what it can do.
// It does not know accounts, how settings are stored, or any other provider.
package meta

import (
	"time"

	"github.com/ivendnext/whatsapp-accounts/internal/provider"
	"github.com/ivendnext/whatsapp-accounts/internal/provider/endpoint"
)

// Type is the account type of this provider, on the wire and in settings.
const Type provider.Type = "Meta"

// DefaultVersion is the Graph API version of accounts that name none, unless Options says otherwise.
const DefaultVersion = "v25.0"

// Options are the operator's choices.
type Options struct {
	Endpoints endpoint.Policy
	// DefaultVersion is of the form vN.N; empty means the constant of that name. provider.NewRegistry refuses another form.
	DefaultVersion string
}

// Spec describes Meta under the operator's choices.
func Spec(o Options) provider.Spec {
	if o.DefaultVersion == "" {
		o.DefaultVersion = DefaultVersion
	}
	return provider.Spec{
		Type:            Type,
		Title:           "Meta (WhatsApp Cloud API)",
		SettingsKey:     "meta_settings",
		Fields:          fields(o),
		Capabilities:    capabilities(),
		DefaultOutgoing: provider.ByChoice,
		WebhookPath:     "/webhooks/meta",
		Warn:            warn(o.DefaultVersion),
		Templates:       templateRules(),
		Sending:         paces(),
	}
}

// paces are those of Meta's page "About the platform", Throughput and Pair rate limits (Cloud API, 2025): 80 messages a second for a number, and to one user
// one in 6 seconds, of which 45 may go at once.
func paces() provider.SendRules {
	return provider.SendRules{Apart: time.Second / 80, PairApart: 6 * time.Second, PairBurst: 45}
}

func capabilities() []provider.Capability {
	return []provider.Capability{
		provider.CanText, provider.CanMedia, provider.CanLocation, provider.CanContacts, provider.CanReadReceipts, provider.CanMessageStatus,
		provider.CanTemplateApproval, provider.CanTemplateMediaHeader, provider.CanInteractiveButtons, provider.CanInteractiveLists,
		provider.CanFlows, provider.CanReactions, provider.CanStatusWebhooks, provider.CanDefaultIncoming,
	}
}

package meta

import (
	"slices"
	"time"

	"github.com/ivendnext/whatsapp-accounts/internal/provider"
	"github.com/ivendnext/whatsapp-accounts/internal/provider/endpoint"
)

// appSecretOverlap leaves a day to change the app secret here and at Meta without losing a webhook.
const appSecretOverlap = 24 * time.Hour

// fields lists the settings in the order of the manual; app_secret, which the manual does not have, comes last.
func fields(o Options) []provider.Field {
	return slices.Concat(access(o), []provider.Field{verifyToken()}, ids(), []provider.Field{appSecret()})
}

func access(o Options) []provider.Field {
	return []provider.Field{
		{
			Name: "token", Label: "Token", Kind: provider.Secret, MaxLength: provider.SecretMax, RequiredToActivate: true,
			Help: "The access token. Best is one that does not expire: Meta Business Settings, Users, System users, Generate token, " +
				"with the permissions whatsapp_business_messaging and whatsapp_business_management.",
			Clean: provider.CleanIssuedSecret,
		},
		{
			Name: "url", Label: "URL", Kind: provider.URL, MaxLength: endpoint.MaxLength, RequiredToActivate: true,
			Help:    "The address of Meta's Graph API, without version or path: normally https://graph.facebook.com.",
			Default: defaultURL(o.Endpoints),
			Clean:   cleanURL(o.Endpoints),
		},
		{
			Name: "version", Label: "Version", Kind: provider.Version, MaxLength: len("v999.99"), RequiredToActivate: true,
			Help:    "The Graph API version to use, for example v25.0. Meta lists the versions and their last days in the Graph API changelog.",
			Default: o.DefaultVersion, Pattern: versionPattern,
			Clean: provider.Matching(versionPattern, "Write the version as a letter v, a number, a dot and a number, for example v25.0."),
		},
	}
}

func verifyToken() provider.Field {
	return provider.Field{
		Name: "webhook_verify_token", Label: "Webhook Verify Token", Kind: provider.Secret, MaxLength: provider.SecretMax,
		RequiredToActivate: true, AnswersVerification: true,
		Help: "Any text you choose. Enter the same text in the Meta App Dashboard: WhatsApp, Configuration, Webhook, Verify token.",
		// A person made it up and enters it in two places: it is kept to the last space.
		Clean: provider.CleanChosenSecret,
	}
}

func ids() []provider.Field {
	phone := id("phone_id", "Phone ID",
		"The Phone number ID: Meta App Dashboard, WhatsApp, API Setup, below the number. It is not the phone number itself.")
	phone.Identifies, phone.UniqueInSite = true, true
	app := id("app_id", "App ID", "The App ID: Meta App Dashboard, at the top of every page of the app.")
	business := id("business_id", "Business ID",
		"The WhatsApp Business Account ID: Meta App Dashboard, WhatsApp, API Setup, beside the Phone number ID. It is not the ID of the business portfolio.")
	business.Identifies = true
	return []provider.Field{phone, app, business}
}

func id(name, label, help string) provider.Field {
	return provider.Field{
		Name: name, Label: label, Kind: provider.Digits, Help: help,
		Pattern: provider.DigitsPattern, MaxLength: provider.DigitsMax, RequiredToActivate: true,
		Clean: provider.CleanDigits(),
	}
}

func appSecret() provider.Field {
	return provider.Field{
		Name: "app_secret", Label: "App Secret", Kind: provider.Secret, MaxLength: provider.SecretMax,
		ProvesWebhooks: true, KeepReplaced: appSecretOverlap,
		Help: "The App secret: Meta App Dashboard, App settings, Basic, Show. Meta signs webhooks with it, so without it the account can send " +
			"but not receive. After a change the previous one stays valid for 24 hours.",
		Clean: provider.CleanIssuedSecret,
	}
}

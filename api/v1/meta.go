package v1

// MetaSettingsWrite is the settings of a Meta account as they are written. Absent keeps, null clears a secret or restores the default of url and version.
type MetaSettingsWrite struct {
	// Secret. The access token; a system user's is recommended.
	Token *string `json:"token,omitempty" example:"EAAG..." extensions:"x-nullable"`
	// The origin of the Graph API.
	URL *string `json:"url,omitempty" example:"https://graph.facebook.com" extensions:"x-nullable"`
	// The Graph API version, vN.N.
	Version *string `json:"version,omitempty" example:"v25.0" extensions:"x-nullable"`
	// Secret. Any text of your choice; Meta sends it back when it verifies the callback URL.
	WebhookVerifyToken *string `json:"webhook_verify_token,omitempty" example:"choose-any" extensions:"x-nullable"`
	// The phone number id; unique within the site.
	PhoneID *string `json:"phone_id,omitempty" example:"305000000000007" extensions:"x-nullable"`
	// The app id.
	AppID *string `json:"app_id,omitempty" example:"1020000000000001" extensions:"x-nullable"`
	// The WhatsApp Business Account id.
	BusinessID *string `json:"business_id,omitempty" example:"204000000000001" extensions:"x-nullable"`
	// Secret. Signs Meta's webhooks; without it they cannot be verified. A replaced one stays valid for 24 hours.
	AppSecret *string `json:"app_secret,omitempty" example:"an-app-secret" extensions:"x-nullable"`
}

// MetaSettings is the settings of a Meta account as they are read.
type MetaSettings struct {
	Token              SecretState `json:"token"`
	URL                *string     `json:"url" example:"https://graph.facebook.com" extensions:"x-nullable"`
	Version            *string     `json:"version" example:"v25.0" extensions:"x-nullable"`
	WebhookVerifyToken SecretState `json:"webhook_verify_token"`
	PhoneID            *string     `json:"phone_id" example:"305000000000007" extensions:"x-nullable"`
	AppID              *string     `json:"app_id" example:"1020000000000001" extensions:"x-nullable"`
	BusinessID         *string     `json:"business_id" example:"204000000000001" extensions:"x-nullable"`
	AppSecret          SecretState `json:"app_secret"`
}

package v1

// WASenderSettingsWrite is the settings of a WASender account as they are written. Absent keeps, null clears.
type WASenderSettingsWrite struct {
	// Host, base or full endpoint; stored as the base.
	WASenderURL *string `json:"wasender_url,omitempty" example:"https://www.wasenderapi.com/api" extensions:"x-nullable"`
	// Secret. The API key of the session.
	WASenderAPIKey *string `json:"wasender_api_key,omitempty" example:"a-session-api-key" extensions:"x-nullable"`
	// Secret. WASender sends it with every webhook; without it they cannot be verified.
	WebhookSecret *string `json:"webhook_secret,omitempty" example:"a-webhook-secret" extensions:"x-nullable"`
}

// WASenderSettings is the settings of a WASender account as they are read.
type WASenderSettings struct {
	WASenderURL    *string     `json:"wasender_url" example:"https://www.wasenderapi.com/api" extensions:"x-nullable"`
	WASenderAPIKey SecretState `json:"wasender_api_key"`
	WebhookSecret  SecretState `json:"webhook_secret"`
}

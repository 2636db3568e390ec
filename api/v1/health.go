package v1

import "encoding/json"

// AccountHealth is what is known of how an account fares at its provider.
type AccountHealth struct {
	AccountID string `json:"account_id" format:"uuid" example:"0198b2f0-5c1e-7c3a-9d1f-6a2b8c4d0e11"`
	// By fact: last_verification, last_signed_webhook, last_refused_webhook, last_check, number, error, session, and what the provider's account-level webhooks tell,
	// such as account, review or messaging_limit. Empty while nothing is known.
	Facts map[string]HealthFact `json:"facts"`
}

// HealthFact is one thing that is known of an account's health.
type HealthFact struct {
	// By the provider's clock, where it says when.
	At Time `json:"at" swaggertype:"string" format:"date-time" example:"2026-11-22T10:00:00.000000Z"`
	// The change as the provider sent it; of ours: outcome, or reason and fix.
	Value json.RawMessage `json:"value" swaggertype:"object"`
}

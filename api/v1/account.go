// Package v1 is the wire: the requests and answers of version 1, as JSON.
// It does nothing and imports nothing of ours; rules are applied by those who read it.
package v1

// AccountCreate is the body of POST /v1/accounts.
type AccountCreate struct {
	// Unique within the site, without regard to case and surrounding space.
	AccountName *string `json:"account_name" validate:"required" minLength:"1" maxLength:"140" example:"Brand A, UAE"`
	// The provider, chosen once. GET /v1/account-types lists them.
	AccountType *string `json:"account_type" validate:"required" example:"Meta"`
	// Inactive unless said otherwise. An Active account must be complete.
	Status *string `json:"status,omitempty" validate:"omitempty,oneof=Active Inactive" enums:"Active,Inactive" example:"Active"`
	// Takes the designation over from whoever holds it. Read-only on WASender accounts, which take it at their first activation.
	IsDefaultOutgoing *bool `json:"is_default_outgoing,omitempty" example:"true"`
	// Takes the designation over from whoever holds it. Meta accounts only.
	IsDefaultIncoming *bool `json:"is_default_incoming,omitempty" example:"false"`
	// Marks incoming messages as read at the provider. Off by default.
	AllowAutoReadReceipt *bool `json:"allow_auto_read_receipt,omitempty" example:"true"`
	// The settings of a Meta account; refused on others.
	MetaSettings *MetaSettingsWrite `json:"meta_settings,omitempty" extensions:"x-nullable"`
	// The settings of a WASender account; refused on others.
	WASenderSettings *WASenderSettingsWrite `json:"wasender_settings,omitempty" extensions:"x-nullable"`
}

// AccountUpdate is the body of PATCH /v1/accounts/{id}: an RFC 7396 merge patch. What is left out stays.
type AccountUpdate struct {
	AccountName *string `json:"account_name,omitempty" minLength:"1" maxLength:"140" example:"Brand A, Gulf"`
	// May repeat the type; it never changes.
	AccountType          *string                `json:"account_type,omitempty" example:"Meta"`
	Status               *string                `json:"status,omitempty" validate:"omitempty,oneof=Active Inactive" enums:"Active,Inactive" example:"Inactive"`
	IsDefaultOutgoing    *bool                  `json:"is_default_outgoing,omitempty"`
	IsDefaultIncoming    *bool                  `json:"is_default_incoming,omitempty"`
	AllowAutoReadReceipt *bool                  `json:"allow_auto_read_receipt,omitempty"`
	MetaSettings         *MetaSettingsWrite     `json:"meta_settings,omitempty" extensions:"x-nullable"`
	WASenderSettings     *WASenderSettingsWrite `json:"wasender_settings,omitempty" extensions:"x-nullable"`
}

// AccountState is what every account answers, whatever its type.
type AccountState struct {
	ID          string `json:"id" format:"uuid" example:"0198b2f0-5c1e-7c3a-9d1f-6a2b8c4d0e11"`
	AccountName string `json:"account_name" example:"Brand A, UAE"`
	AccountType string `json:"account_type" example:"Meta"`
	Status      string `json:"status" enums:"Active,Inactive" example:"Active"`
	// Shown for an Inactive holder too; look-ups of the default then find nobody.
	IsDefaultOutgoing    bool `json:"is_default_outgoing" example:"true"`
	IsDefaultIncoming    bool `json:"is_default_incoming" example:"false"`
	AllowAutoReadReceipt bool `json:"allow_auto_read_receipt" example:"true"`
	// What to paste at the provider as the callback URL. Empty while the public URL is not configured.
	WebhookURL string    `json:"webhook_url" example:"https://wa.example.com/webhooks/meta"`
	Readiness  Readiness `json:"readiness"`
	CreatedAt  Time      `json:"created_at" swaggertype:"string" format:"date-time" example:"2026-11-22T10:00:00.000000Z"`
	UpdatedAt  Time      `json:"updated_at" swaggertype:"string" format:"date-time" example:"2026-11-22T10:00:00.000000Z"`
}

// Account is an account as it is read: of a secret only whether and since when it is set.
type Account struct {
	AccountState
	// Present on Meta accounts.
	MetaSettings *MetaSettings `json:"meta_settings,omitempty"`
	// Present on WASender accounts.
	WASenderSettings *WASenderSettings `json:"wasender_settings,omitempty"`
}

// SecretState stands in place of a secret.
type SecretState struct {
	IsSet bool `json:"is_set" example:"true"`
	// When it was set; null while it is not.
	UpdatedAt *Time `json:"updated_at" swaggertype:"string" format:"date-time" extensions:"x-nullable" example:"2026-11-22T10:00:00.000000Z"`
}

// Readiness judges the configuration only; no provider is asked.
type Readiness struct {
	Send     Ability   `json:"send"`
	Receive  Ability   `json:"receive"`
	Warnings []Warning `json:"warnings"`
}

// Ability says whether the account can do something, and what is missing for it.
type Ability struct {
	OK      bool      `json:"ok" example:"false"`
	Missing []Missing `json:"missing"`
}

// Missing is one thing to supply.
type Missing struct {
	Pointer string `json:"pointer" example:"/meta_settings/app_secret"`
	Detail  string `json:"detail" example:"App Secret is not set, so the webhooks of Meta cannot be verified and are refused."`
}

// Warning is something to act on although the account works.
type Warning struct {
	Code    string `json:"code" example:"graph_version_expired"`
	Pointer string `json:"pointer" example:"/meta_settings/version"`
	Detail  string `json:"detail" example:"v18.0 is past its end of life."`
}

// AccountList is a page of accounts.
type AccountList struct {
	Data []Account `json:"data"`
	// Pass it as cursor for the next page; null at the end.
	NextCursor *string `json:"next_cursor" extensions:"x-nullable"`
}

// HistoryLine is one change of an account.
type HistoryLine struct {
	ID string `json:"id" format:"uuid" example:"0198b2f0-5c1e-7c3a-9d1f-6a2b8c4d0e12"`
	At Time   `json:"at" swaggertype:"string" format:"date-time" example:"2026-11-22T10:00:00.000000Z"`
	// The name of the API key that made the change.
	Actor     string          `json:"actor" example:"first"`
	Action    string          `json:"action" enums:"created,updated,deleted,default_taken,default_lost" example:"updated"`
	Changes   []HistoryChange `json:"changes"`
	RequestID string          `json:"request_id" example:"0198b2f0-5c1e-7c3a-9d1f-6a2b8c4d0e13"`
}

// HistoryChange says what became of one member. Of a secret only "set" and "changed" are told.
type HistoryChange struct {
	Field string `json:"field" example:"status"`
	// A string, a boolean, or null for not set.
	From Scalar `json:"from" swaggertype:"object"`
	// A string, a boolean, or null for not set.
	To Scalar `json:"to" swaggertype:"object"`
}

// HistoryList is a page of history, newest first.
type HistoryList struct {
	Data       []HistoryLine `json:"data"`
	NextCursor *string       `json:"next_cursor" extensions:"x-nullable"`
}

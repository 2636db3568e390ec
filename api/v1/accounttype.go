package v1

// AccountTypeField is one setting of an account type with its rules, enough to draw a form.
type AccountTypeField struct {
	Name  string `json:"name" example:"phone_id"`
	Label string `json:"label" example:"Phone ID"`
	Kind  string `json:"kind" enums:"text,secret,url,version,digits" example:"digits"`
	// Written, never read.
	Secret             bool `json:"secret" example:"false"`
	RequiredToActivate bool `json:"required_to_activate" example:"true"`
	// Used when the field is left out; null means none.
	Default *string `json:"default" extensions:"x-nullable"`
	// A regular expression that a value matches; null means any text.
	Pattern *string `json:"pattern" example:"^[0-9]{1,32}$" extensions:"x-nullable"`
	Help    string  `json:"help" example:"WhatsApp Manager, phone numbers."`
}

// AccountType is a provider: its settings and what it can do.
type AccountType struct {
	AccountType  string             `json:"account_type" example:"Meta"`
	Title        string             `json:"title" example:"Meta"`
	SettingsKey  string             `json:"settings_key" example:"meta_settings"`
	Fields       []AccountTypeField `json:"fields"`
	Capabilities []string           `json:"capabilities" example:"text,media"`
	// automatic: an account becomes default outgoing at its first activation, and the flag is read-only.
	DefaultOutgoing string `json:"default_outgoing" enums:"by_choice,automatic" example:"by_choice"`
}

// AccountTypeList is every account type.
type AccountTypeList struct {
	Data []AccountType `json:"data"`
}

// Package provider says what a WhatsApp provider is: its fields, their rules and its capabilities as data, and what can be asked of it.
// It knows no provider by name; internal/provider/meta and internal/provider/wasender describe themselves with it.
package provider

import (
	"slices"
	"strings"
	"time"
)

// Type names a provider on the wire: "Meta", "WASender".
type Type string

// Kind tells a form how to draw a field.
type Kind string

// The kinds of field.
const (
	Text    Kind = "text"
	Secret  Kind = "secret" // written, never read
	URL     Kind = "url"
	Version Kind = "version" // a Graph API version, vN.N
	Digits  Kind = "digits"  // a decimal id, kept as a string
)

// DefaultOutgoing says how an account of a type becomes default outgoing.
type DefaultOutgoing string

// The two ways.
const (
	ByChoice  DefaultOutgoing = "by_choice"
	Automatic DefaultOutgoing = "automatic" // at its first activation, and the flag is read-only
)

// Field is one setting of a provider with all of its rules. Every use of a setting (validation, forms, sealing, activation) reads them here.
type Field struct {
	Name  string
	Label string
	Kind  Kind
	Help  string
	// Default is used when the field is left out at creation or cleared; empty means none.
	Default string
	// Pattern is a regular expression the value matches, for forms; Clean enforces it.
	Pattern string
	// MaxLength is in characters.
	MaxLength int
	// RequiredToActivate: an account without it cannot be Active.
	RequiredToActivate bool
	// ProvesWebhooks: without it the provider's webhooks cannot be verified, so the account cannot receive. At most one field of a type.
	ProvesWebhooks bool
	// AnswersVerification: a secret by whose digest the provider's verification request finds the account. At most one field of a type.
	AnswersVerification bool
	// Identifies: incoming webhooks name the account by this value, so it is indexed.
	Identifies bool
	// UniqueInSite: no two accounts of a site and type share the value. Implies Identifies.
	UniqueInSite bool
	// KeepReplaced is how long the previous value of a secret stays valid after it is replaced; zero means not at all.
	KeepReplaced time.Duration
	// Clean returns the value as it is stored, or a sentence that says what is wrong with it. Nil keeps the value as it is.
	Clean func(value string) (stored, complaint string)
}

// IsSecret reports whether the field is written and never read.
func (f Field) IsSecret() bool { return f.Kind == Secret }

// Warning is something that works now and that a manager should act on.
type Warning struct {
	Code   string
	Field  string // the setting it is about
	Detail string
}

// Spec describes one provider: its fields, its capabilities and what is peculiar to it.
type Spec struct {
	Type            Type
	Title           string
	SettingsKey     string // the member of an account that holds its settings: "meta_settings"
	Fields          []Field
	Capabilities    []Capability
	DefaultOutgoing DefaultOutgoing
	// WebhookPath is where the provider posts to, below the public URL; "{account_id}" stands for the account's id.
	WebhookPath string
	// Warn looks at the settings (never at secrets) and says what to act on. Nil warns of nothing.
	Warn func(settings map[string]string, now time.Time) []Warning
	// Templates are the limits of its templates.
	Templates TemplateRules
	// Sending are the paces at which it takes messages.
	Sending SendRules
}

// Field gives the field of that name.
func (s Spec) Field(name string) (Field, bool) {
	for _, f := range s.Fields {
		if f.Name == name {
			return f, true
		}
	}
	return Field{}, false
}

// FieldWhere gives the first field that is as asked.
func (s Spec) FieldWhere(is func(Field) bool) (Field, bool) {
	for _, f := range s.Fields {
		if is(f) {
			return f, true
		}
	}
	return Field{}, false
}

// WebhookURL is where the provider posts to for an account, below the public URL of the service; empty gives the path alone.
func (s Spec) WebhookURL(public, accountID string) string {
	return strings.TrimSuffix(public, "/") + strings.ReplaceAll(s.WebhookPath, "{account_id}", accountID)
}

// Pointer is the RFC 6901 pointer of a setting in an account.
func (s Spec) Pointer(field string) string { return "/" + s.SettingsKey + "/" + field }

// Can reports whether the provider has the capability.
func (s Spec) Can(c Capability) bool {
	return slices.Contains(s.Capabilities, c)
}

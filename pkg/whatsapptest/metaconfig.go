package whatsapptest

import "time"

// MetaConfig is what a double of Meta knows from its beginning.
type MetaConfig struct {
	// Apps have secrets that sign webhooks, and get the webhooks of the business accounts that they are subscribed to.
	Apps []App
	// Businesses are WhatsApp business accounts, with their phone numbers and templates.
	Businesses []Business
	// Tokens are what callers may show as bearer.
	Tokens []Token
	// Clock is the time of everything that happens; nil is time.Now.
	Clock func() time.Time
}

// App is an app in Meta's dashboard.
type App struct {
	// ID is decimal digits.
	ID string
	// Name is what debug_token and subscribed_apps show.
	Name string
	// Secret signs the webhooks.
	Secret string
	// Callback is where webhooks go for which neither the phone number nor the business account has an override. [Meta.SetCallback] sets
	// it as the dashboard does.
	Callback string
}

// Business is a WhatsApp business account (WABA).
type Business struct {
	// ID is decimal digits; callers know it as Business ID.
	ID string
	// Name is shown by GET /{id}.
	Name string
	// ReviewStatus is account_review_status; empty is APPROVED.
	ReviewStatus string
	// Phones are its numbers.
	Phones []Phone
	// Templates are its message templates.
	Templates []Template
	// Apps are the ids of the apps that are subscribed to it.
	Apps []string
}

// Phone is a business phone number.
type Phone struct {
	// ID is decimal digits; callers know it as Phone ID.
	ID string
	// DisplayNumber is the number with or without punctuation; only its digits count.
	DisplayNumber string
	// VerifiedName is the name that users see.
	VerifiedName string
	// Quality is quality_rating: GREEN, YELLOW, RED or UNKNOWN; empty is GREEN.
	Quality string
	// Status is CONNECTED, PENDING, BANNED and so on; only a CONNECTED number, or a FLAGGED one, sends. Empty is CONNECTED.
	Status string
	// NameStatus is name_status; empty is APPROVED.
	NameStatus string
	// VerificationStatus is code_verification_status; empty is VERIFIED.
	VerificationStatus string
	// MessagingLimit is whatsapp_business_manager_messaging_limit; empty is TIER_250.
	MessagingLimit string
}

// The permissions that matter here.
const (
	// ScopeMessaging allows messages and read receipts.
	ScopeMessaging = "whatsapp_business_messaging"
	// ScopeManagement allows everything else.
	ScopeManagement = "whatsapp_business_management"
)

// Token is an access token.
type Token struct {
	// Name is what a [Request] shows in place of the token; empty is its place in the list, as token 1.
	Name string
	// Value is what callers send.
	Value string
	// App is the id of the app that it belongs to.
	App string
	// Scopes are its permissions; nil is both of them.
	Scopes []string
	// Businesses are the ids of the accounts that it may touch; empty is all. Others do not exist for it.
	Businesses []string
	// Expires is when it ends; zero is never.
	Expires time.Time
}

// Component is one component of a template, as Meta's API has it: type, text, format, example, buttons.
type Component map[string]any

// Template is a message template. Its identity is the business account with name and language.
type Template struct {
	// ID is decimal digits; empty gets one.
	ID string
	// Name is lower-case letters, digits and underscores.
	Name string
	// Language is a code such as en_US.
	Language string
	// Status is APPROVED, PENDING, REJECTED, PAUSED, DISABLED and so on; empty is APPROVED. Only APPROVED ones are sent.
	Status string
	// Category is MARKETING, UTILITY or AUTHENTICATION; empty is UTILITY.
	Category string
	// PreviousCategory is what it was before Meta changed it.
	PreviousCategory string
	// ParameterFormat is POSITIONAL or NAMED; empty is POSITIONAL.
	ParameterFormat string
	// Components are its parts.
	Components []Component
	// Quality is the score in quality_score; empty is UNKNOWN.
	Quality string
	// RejectedReason is rejected_reason; empty is NONE.
	RejectedReason string
}

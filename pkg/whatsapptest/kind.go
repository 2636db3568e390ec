package whatsapptest

// Kind tells calls apart by what they are for. Recipes and waits name kinds; none means all of them.
type Kind string

// The kinds of calls to either provider.
const (
	// SendMessage sends a message.
	SendMessage Kind = "send_message"
	// MarkRead sends a read receipt.
	MarkRead Kind = "mark_read"
	// Other is a call that the double does not know.
	Other Kind = "other"
)

// The kinds of calls to Meta.
const (
	// ReadPhone reads a phone number.
	ReadPhone Kind = "read_phone"
	// ConfigurePhone changes a phone number's settings, such as its callback override.
	ConfigurePhone Kind = "configure_phone"
	// ReadBusiness reads a WhatsApp business account.
	ReadBusiness Kind = "read_business"
	// ListPhones lists the phone numbers of a business account.
	ListPhones Kind = "list_phones"
	// DebugToken asks what a token is worth.
	DebugToken Kind = "debug_token"
	// ListSubscriptions lists the apps that get a business account's webhooks.
	ListSubscriptions Kind = "list_subscriptions"
	// Subscribe adds the token's app to them, or changes its callback.
	Subscribe Kind = "subscribe"
	// Unsubscribe removes it.
	Unsubscribe Kind = "unsubscribe"
	// ListTemplates lists the templates of a business account.
	ListTemplates Kind = "list_templates"
	// ReadTemplate reads one template.
	ReadTemplate Kind = "read_template"
	// CreateTemplate submits a template.
	CreateTemplate Kind = "create_template"
	// EditTemplate changes one.
	EditTemplate Kind = "edit_template"
	// DeleteTemplate deletes one, or all languages of a name.
	DeleteTemplate Kind = "delete_template"
)

// The kinds of calls to WASender.
const (
	// ReadStatus asks whether the session is connected.
	ReadStatus Kind = "read_status"
	// ReadUser asks whose session it is.
	ReadUser Kind = "read_user"
	// ReadMessage asks what became of a message.
	ReadMessage Kind = "read_message"
)

package apidoc

import (
	_ "embed"

	"github.com/getkin/kin-openapi/openapi3"
)

// version is the version of the contract, not of the program: it rises when the contract does.
const version = "1.0.0"

// bearer names the security scheme of everything that needs a key.
const bearer = "api_key"

//go:embed introduction.md
var introduction string

// introduce says what is true of the whole: title, manners, tags, servers, keys.
func introduce(doc *openapi3.T, _ Source) error {
	doc.Info = &openapi3.Info{
		Title: "WhatsApp accounts", Version: version, Description: introduction,
		Contact: &openapi3.Contact{Name: "Whoever operates this installation"},
	}
	doc.Servers = openapi3.Servers{{URL: "/", Description: "The installation that serves this document"}}
	doc.Tags = tags()
	doc.Components.SecuritySchemes = openapi3.SecuritySchemes{bearer: {Value: &openapi3.SecurityScheme{
		Type: "http", Scheme: "bearer", BearerFormat: "wak_…",
		Description: "An API key of this installation, without the word Bearer before it. `whatsapp-accounts apikey create --site S --role R --name N` makes one and shows it once.",
	}}}
	return nil
}

// tags are in the order in which the reference shows them.
func tags() openapi3.Tags {
	return openapi3.Tags{
		{Name: "accounts", Description: "One WhatsApp Business number's credentials and configuration each. Secrets are written, never read."},
		{Name: "account types", Description: "The providers: the rules of their settings, and what they can do."},
		{Name: "defaults and routing", Description: "Which account is used: the site's default outgoing and default incoming, and the decision for one request."},
		{Name: "templates", Description: "What is said in messages: texts with placeholders. Meta approves each; WASender's are rendered here."},
		{Name: "messages", Description: "What is sent: kept first, then sent once by the account that the answer names. Whatever happens to a message is in its timeline and in `message.status` events."},
		{Name: "bulk messages", Description: "One template for up to 100,000 recipients: all are accepted or none, and become messages at the pace of the account. Counts are exact; it can be paused, cancelled, and what failed sent again."},
		{Name: "graph", Description: "Meta's Cloud API, played for clients that were made for it: point an SDK at `/graph` and give it a key of this installation as its token. Any account of either provider sends, and the client holds no provider's credential. Refusals are a GraphError, never a Problem."},
		{Name: "caller", Description: "Who the key belongs to."},
		{Name: "webhooks", Description: "What providers call. No key: the provider brings its own proof."},
		{Name: "events", Description: "What other services are told: an append-only feed of the site."},
		{Name: "subscriptions", Description: "Events pushed to a URL, signed as [Standard Webhooks](https://www.standardwebhooks.com) has it. A delivery that fails is tried again for about three days; a subscriber that answers nothing but failures is left alone for up to five minutes at a time, and is disabled after five days of them."},
		{Name: "operation", Description: "For whoever runs the service, and this document. No key."},
	}
}

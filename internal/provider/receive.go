package provider

import (
	"encoding/json"
	"time"

	"github.com/ivendnext/whatsapp-accounts/internal/secret"
)

// Receiver reads what a provider posts to us. Nothing it says of a body may be believed before the body is proved.
type Receiver interface {
	// SignatureHeader names the header of the request that holds its proof.
	SignatureHeader() string
	// SignatureIsSecret: the header holds the secret itself, so it must not be kept.
	SignatureIsSecret() bool
	// Proves reports whether the signature, as the header gave it, proves the body under the secret. It takes the same time for
	// every wrong one. An empty secret proves nothing.
	Proves(signature string, body []byte, with secret.Text) bool
	// Names lists whom the body speaks for. A body that cannot be read names nobody.
	Names(body []byte) Names
	// Redact gives the body as it may be kept: without any of the secrets. It is false when the body cannot be read, and then must not be kept.
	Redact(body []byte, secrets ...secret.Text) ([]byte, bool)
	// Items takes the body apart, in its order. What cannot be read becomes an item of kind Other, as it is, and so does each part of the body that would make them more than MaxItems.
	Items(body []byte) []Item
}

// MaxItems is how many items a body is taken apart into: ten times as many as Meta puts into one. A body of a million empty ones would else take gigabytes. Of a body
// with more changes than that nothing is told but that there are too many: it is kept with its receipt.
const MaxItems = 10_000

// Names is whom a body speaks for, by the settings that identify accounts: the field's name, and its distinct values.
type Names map[string][]string

// Nobody reports whether the body names no account at all.
func (n Names) Nobody() bool {
	for _, values := range n {
		if len(values) > 0 {
			return false
		}
	}
	return true
}

// ItemKind says what an item is, whatever the provider calls it.
type ItemKind string

// The kinds of item.
const (
	ItemMessage  ItemKind = "message"  // somebody wrote to the number
	ItemStatus   ItemKind = "status"   // what became of a message that was sent
	ItemTemplate ItemKind = "template" // a template's status, category, quality or content
	ItemHealth   ItemKind = "health"   // the number or its account: quality, name, review, restriction, capability, error
	ItemOther    ItemKind = "other"    // anything else, kept as it is
)

// Item is one thing that a webhook tells.
type Item struct {
	Kind ItemKind
	// Names is whom it is for: at most one value of each field. An item for a number names that alone.
	Names map[string]string
	// Key tells it from every other item of its account; the same thing told again has the same key.
	Key string
	// MessageID is the provider's id of the message that it is or is about, and Ref what marking it as read needs. They may be empty.
	MessageID string
	Ref       json.RawMessage
	// Callback is what the sender of the message that a status is about gave along with it (Outgoing.Ref); empty when the provider brings none back.
	Callback string
	// Readable: a message that can be marked as read.
	Readable bool
	// State is a status in the words of MessageState; empty when there is no such word.
	State MessageState
	// ErrorCodes are the provider's codes of a failed status, to be explained.
	ErrorCodes []int
	// Health is what the item changes in the account's health, by fact.
	Health map[string]json.RawMessage
	// Template is what the item tells of a template; nil when it is about none.
	Template *TemplateNews
	// At is when it happened, by the provider's clock; zero when it does not say.
	At time.Time
	// Data is what readers are given, by member: the message, the status or the change as the provider sent it, and what goes with it.
	Data map[string]json.RawMessage
	// Change is the part of the body that it came in, as the provider sent it.
	Change json.RawMessage
}

// MessageState is how far a message that was sent has come.
type MessageState string

// The states, in the order in which they follow. Failed is final unless the message turns out to have been delivered.
const (
	StateAccepted  MessageState = "accepted"
	StateSent      MessageState = "sent"
	StateFailed    MessageState = "failed"
	StateDelivered MessageState = "delivered"
	StateRead      MessageState = "read"
)

// Rank orders the states: one of a higher rank replaces one of a lower. Zero is no state that is known.
func (s MessageState) Rank() int {
	switch s {
	case StateAccepted:
		return 1
	case StateSent:
		return 2
	case StateFailed:
		return 3
	case StateDelivered:
		return 4
	case StateRead:
		return 5
	}
	return 0
}

package provider

import (
	"context"
	"encoding/json"
	"time"

	"github.com/ivendnext/whatsapp-accounts/internal/fault"
)

// MessageType is the type of a message that is sent, in the words of Meta's Cloud API.
type MessageType string

// The types.
const (
	TypeText        MessageType = "text"
	TypeImage       MessageType = "image"
	TypeVideo       MessageType = "video"
	TypeAudio       MessageType = "audio"
	TypeDocument    MessageType = "document"
	TypeSticker     MessageType = "sticker"
	TypeLocation    MessageType = "location"
	TypeContacts    MessageType = "contacts"
	TypeReaction    MessageType = "reaction"
	TypeInteractive MessageType = "interactive"
	TypeTemplate    MessageType = "template"
)

// MessageTypes lists the types, in the order of Meta's pages.
func MessageTypes() []MessageType {
	return []MessageType{
		TypeText, TypeImage, TypeVideo, TypeAudio, TypeDocument, TypeSticker, TypeLocation, TypeContacts, TypeReaction, TypeInteractive, TypeTemplate,
	}
}

// RecipientKind says what a recipient is named by.
type RecipientKind string

// The kinds of recipient.
const (
	ToPhone RecipientKind = "phone" // a telephone number
	ToUser  RecipientKind = "user"  // a business-scoped user id of Meta's
	ToGroup RecipientKind = "group" // a group, by the provider's id of it
)

// Recipient is whom a message is for.
type Recipient struct {
	Kind  RecipientKind
	Value string // a telephone number is in E.164 with its plus
}

// Outgoing is a message that is to be sent.
type Outgoing struct {
	To      Recipient
	Type    MessageType
	Content json.RawMessage // what the Cloud API has in the member that is named like the type
	// Composed is a template as the provider's TemplateComposer made it; Content is not looked at then.
	Composed json.RawMessage
	ReplyTo  string // the provider's id of the message that it answers; empty for none
	Ref      string // our id of it: statuses bring it back where the provider carries such a thing
}

// Accepted is what a provider says of a message that it took. To take is not to deliver.
type Accepted struct {
	ID string // by which its statuses name it; empty while the provider does not tell
}

// Sender sends messages.
type Sender interface {
	// Judge finds what the provider would refuse, and asks nobody: a capability that it lacks for this content, empty when it lacks none, and every member
	// that breaks a rule, by its pointer in the message ("/text/body").
	Judge(m Outgoing) (lack Capability, wrong fault.Fields)
	// Send sends a message that was judged, once, and never by itself again. Errors are *CallError: with ClassRetry and ClassWait it was not taken, and with
	// ClassUnknown it may have been.
	Send(ctx context.Context, c Credentials, m Outgoing) (Accepted, error)
}

// SendRules are the paces that a provider allows. The zero value sets none.
type SendRules struct {
	// Apart is the time between two messages of an account.
	Apart time.Duration
	// PairApart is the time between two messages to one recipient, and PairBurst how many may go at once before it holds.
	PairApart time.Duration
	PairBurst int
}

// Limit says what a provider's limit is set to, when it asks for a pause.
type Limit string

// The limits.
const (
	LimitAccount Limit = "account" // everything that the account does
	LimitPair    Limit = "pair"    // what goes to one recipient
)

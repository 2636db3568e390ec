package v1

import "encoding/json"

// MessageContext is what a message answers.
type MessageContext struct {
	// The provider's id of the message that is quoted.
	MessageID *string `json:"message_id,omitempty" minLength:"1" maxLength:"255" example:"wamid.HBgMOTcxNTAxMjM0NTY3FQIAERgSMUE="`
}

// MessageSend is the body of POST /v1/messages: a message as Meta's Cloud API has it, and how it is to be routed. The content is in the member that is named like
// the type; a template that is kept here is named by template_id.
type MessageSend struct {
	// May be whatsapp, which is all that there is.
	MessagingProduct *string `json:"messaging_product,omitempty" enums:"whatsapp" example:"whatsapp"`
	// individual, or group for a group of the provider's.
	RecipientType *string `json:"recipient_type,omitempty" enums:"individual,group" example:"individual"`
	// A telephone number with its country code, in any spelling; the id of a group.
	To *string `json:"to,omitempty" minLength:"1" maxLength:"128" example:"+971501234567"`
	// A business-scoped user id of Meta's, in place of a telephone number.
	Recipient *string `json:"recipient,omitempty" minLength:"1" maxLength:"140" example:"AE.1029384756102938"`
	// The account to send with. Left out, it is that of the template, else the default outgoing account.
	AccountID *string `json:"account_id,omitempty" example:"0198b2f0-5c1e-7c3a-9d1f-6a2b8c4d0e11"`
	// A template that is kept here. The message is of the type template then.
	TemplateID *string `json:"template_id,omitempty" example:"0198b2f0-5c1e-7c3a-9d1f-6a2b8c4d0e14"`
	// The template's values: a list in the order of its placeholders, or an object by their keys.
	Parameters json.RawMessage `json:"parameters,omitempty" swaggertype:"object"`
	// Left out, it is text, or template where template_id is.
	Type *string `json:"type,omitempty" enums:"text,image,video,audio,document,sticker,location,contacts,reaction,interactive,template" example:"text"`
	// {"body", "preview_url"}
	Text json.RawMessage `json:"text,omitempty" swaggertype:"object"`
	// {"link" or "id", "caption"}
	Image json.RawMessage `json:"image,omitempty" swaggertype:"object"`
	// {"link" or "id", "caption"}
	Video json.RawMessage `json:"video,omitempty" swaggertype:"object"`
	// {"link" or "id"}
	Audio json.RawMessage `json:"audio,omitempty" swaggertype:"object"`
	// {"link" or "id", "caption", "filename"}
	Document json.RawMessage `json:"document,omitempty" swaggertype:"object"`
	// {"link" or "id"}
	Sticker json.RawMessage `json:"sticker,omitempty" swaggertype:"object"`
	// {"latitude", "longitude", "name", "address"}
	Location json.RawMessage `json:"location,omitempty" swaggertype:"object"`
	// A list of contacts: {"name": {"formatted_name"}, "phones": [{"phone"}]}
	Contacts []json.RawMessage `json:"contacts,omitempty" swaggertype:"array,object"`
	// {"message_id", "emoji"}
	Reaction json.RawMessage `json:"reaction,omitempty" swaggertype:"object"`
	// {"type": "button", "list", "cta_url" …, "body": {"text"}, "action": {…}}
	Interactive json.RawMessage `json:"interactive,omitempty" swaggertype:"object"`
	// {"name", "language": {"code"}, "components": […]}
	Template json.RawMessage `json:"template,omitempty" swaggertype:"object"`
	// What the message answers.
	Context *MessageContext `json:"context,omitempty"`
	// Your own word for the message: events and statuses bring it back, and messages can be listed by it.
	Reference *string `json:"reference,omitempty" minLength:"1" maxLength:"512" example:"order-42"`
	// The earliest time to send it, at most 30 days ahead.
	SendAfter *string `json:"send_after,omitempty" format:"date-time" example:"2026-11-23T08:00:00Z"`
	// The latest time to begin an attempt; a day after it may be sent, unless it is said here.
	DiscardAfter *string `json:"discard_after,omitempty" format:"date-time" example:"2026-11-23T10:00:00Z"`
	// What to do when nobody knows whether the provider took the message and no status has told it for a while: keep waiting for one, resend it, which may send it
	// twice, or count it as failed.
	IfUnknown *string `json:"if_unknown,omitempty" enums:"keep,resend,fail" default:"keep" example:"keep"`
}

// MessageProblem is why a message was not sent, or did not arrive.
type MessageProblem struct {
	// The provider's code, or one of ours; null when there is none.
	Code *string `json:"code" extensions:"x-nullable" example:"131047"`
	// What follows from it: retry, wait, unknown, token, account or permanent.
	Class   string `json:"class" enums:"retry,wait,unknown,token,account,permanent" example:"permanent"`
	Meaning string `json:"meaning" example:"More than 24 hours have passed since the recipient's last message."`
	// The provider's own words.
	Detail *string `json:"detail" extensions:"x-nullable"`
	Fix    string  `json:"fix" example:"Send an approved template instead."`
}

// MessageStep is one thing that happened to a message.
type MessageStep struct {
	At Time `json:"at" swaggertype:"string" format:"date-time" example:"2026-11-22T10:00:00.000000Z"`
	// A status, or attempt when an attempt began, or retry when another will follow.
	Step string `json:"step" enums:"queued,attempt,retry,unknown,accepted,sent,delivered,read,failed,cancelled,discarded" example:"accepted"`
	// Which attempt it was; null where it was none.
	Attempt *int            `json:"attempt" extensions:"x-nullable" example:"1"`
	Error   *MessageProblem `json:"error" extensions:"x-nullable"`
	// When the next attempt follows.
	Until *Time `json:"until" swaggertype:"string" format:"date-time" extensions:"x-nullable"`
}

// Message is a message that was accepted to be sent.
type Message struct {
	ID string `json:"id" format:"uuid" example:"0198b2f0-5c1e-7c3a-9d1f-6a2b8c4d0e21"`
	// queued waits for its turn; sending has begun an attempt; unknown ended one without an answer; accepted was taken by the provider; sent, delivered, read and
	// failed are told by it; cancelled was taken back, and discarded was not sent in its time.
	Status    string `json:"status" enums:"queued,sending,unknown,accepted,sent,delivered,read,failed,cancelled,discarded" example:"queued"`
	AccountID string `json:"account_id" format:"uuid" example:"0198b2f0-5c1e-7c3a-9d1f-6a2b8c4d0e11"`
	// Why this account: the request named it, the template belongs to it, or it is the default.
	Reason string `json:"reason" enums:"account,template,default" example:"default"`
	// Every account that was looked at; only in the answer that accepts the message.
	Considered []Candidate `json:"considered,omitempty"`
	TemplateID *string     `json:"template_id" format:"uuid" extensions:"x-nullable"`
	BulkID     *string     `json:"bulk_id" format:"uuid" extensions:"x-nullable"`
	// The telephone number in E.164, the user id or the group.
	To            string `json:"to" example:"+971501234567"`
	RecipientType string `json:"recipient_type" enums:"individual,user,group" example:"individual"`
	Type          string `json:"type" example:"text"`
	// What was sent in the member that is named like the type; what a template became, if it is one that is kept here.
	Content json.RawMessage `json:"content" swaggertype:"object"`
	// The provider's id of the message that it answers.
	ContextMessageID *string `json:"context_message_id" extensions:"x-nullable"`
	Reference        *string `json:"reference" extensions:"x-nullable" example:"order-42"`
	IfUnknown        string  `json:"if_unknown" enums:"keep,resend,fail" example:"keep"`
	// The provider's id of it; null until it is known.
	ProviderMessageID *string         `json:"provider_message_id" extensions:"x-nullable" example:"wamid.HBgMOTcxNTAxMjM0NTY3FQIAERgSMUE="`
	Attempts          int             `json:"attempts" example:"0"`
	Error             *MessageProblem `json:"error" extensions:"x-nullable"`
	SendAfter         *Time           `json:"send_after" swaggertype:"string" format:"date-time" extensions:"x-nullable"`
	DiscardAfter      *Time           `json:"discard_after" swaggertype:"string" format:"date-time" extensions:"x-nullable" example:"2026-11-23T10:00:00.000000Z"`
	// What happened to it, the oldest first; in lists it is left out.
	Timeline  []MessageStep `json:"timeline,omitempty"`
	CreatedAt Time          `json:"created_at" swaggertype:"string" format:"date-time" example:"2026-11-22T10:00:00.000000Z"`
	UpdatedAt Time          `json:"updated_at" swaggertype:"string" format:"date-time" example:"2026-11-22T10:00:00.000000Z"`
}

// MessageList is a page of messages, newest first.
type MessageList struct {
	Data []Message `json:"data"`
	// Pass it as cursor for the next page; null at the end.
	NextCursor *string `json:"next_cursor" extensions:"x-nullable"`
}

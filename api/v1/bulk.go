package v1

import "encoding/json"

// BulkRecipient is one recipient of a bulk message.
type BulkRecipient struct {
	// A telephone number with its country code, in any spelling; each at most once in a bulk message.
	To *string `json:"to" minLength:"1" maxLength:"128" example:"+971501234567"`
	// The recipient's name, for whoever reads the request; it is not sent, and kept only until the message is made.
	Name *string `json:"name,omitempty" maxLength:"140" example:"Ann"`
	// Your own word for the message: events and statuses bring it back, and messages can be listed by it.
	Reference *string `json:"reference,omitempty" minLength:"1" maxLength:"512" example:"order-42"`
	// The recipient's own values. An object is put over the common one, a list replaces it.
	Parameters json.RawMessage `json:"parameters,omitempty" swaggertype:"object"`
}

// BulkSend is the body of POST /v1/bulk-messages. As application/x-ndjson its first line is the object without recipients, and each further line is one recipient.
type BulkSend struct {
	// By which people know it.
	Title *string `json:"title" minLength:"1" maxLength:"140" example:"Order updates of Monday"`
	// The template that is sent.
	TemplateID *string `json:"template_id" example:"0198b2f0-5c1e-7c3a-9d1f-6a2b8c4d0e14"`
	// The account to send with. Left out, it is that of the template.
	AccountID *string `json:"account_id,omitempty" example:"0198b2f0-5c1e-7c3a-9d1f-6a2b8c4d0e11"`
	// The values that recipients have in common: a list in the order of the template's placeholders, or an object by their keys.
	Parameters json.RawMessage `json:"parameters,omitempty" swaggertype:"object"`
	// The earliest time to send it, at most 30 days ahead.
	SendAfter *string `json:"send_after,omitempty" format:"date-time" example:"2026-11-23T08:00:00Z"`
	// The latest time to begin an attempt; left out, each message has a day.
	DiscardAfter *string `json:"discard_after,omitempty" format:"date-time" example:"2026-11-30T10:00:00Z"`
	// What to do about messages of which nobody knows whether the provider took them, as with a single message.
	IfUnknown *string `json:"if_unknown,omitempty" validate:"omitempty,oneof=keep resend fail" enums:"keep,resend,fail" default:"keep" example:"keep"`
	// 1 to 100,000. It comes last, so that it can be read while it arrives.
	Recipients []BulkRecipient `json:"recipients"`
}

// BulkCounts is how many recipients are how far. They always add up to the total.
type BulkCounts struct {
	// Have not become messages yet: they follow at the pace of the account.
	Pending   int `json:"pending" example:"940"`
	Queued    int `json:"queued" example:"20"`
	Sending   int `json:"sending" example:"2"`
	Unknown   int `json:"unknown" example:"0"`
	Accepted  int `json:"accepted" example:"8"`
	Sent      int `json:"sent" example:"10"`
	Delivered int `json:"delivered" example:"15"`
	Read      int `json:"read" example:"4"`
	Failed    int `json:"failed" example:"1"`
	Cancelled int `json:"cancelled" example:"0"`
	Discarded int `json:"discarded" example:"0"`
}

// BulkMessage is one template for many recipients.
type BulkMessage struct {
	ID    string `json:"id" format:"uuid" example:"0198b2f0-5c1e-7c3a-9d1f-6a2b8c4d0e31"`
	Title string `json:"title" example:"Order updates of Monday"`
	// running hands recipients on as messages, also when it is done; paused keeps those back that are not messages yet; cancelled is for good.
	Status string `json:"status" enums:"running,paused,cancelled" example:"running"`
	// The template that is sent: with an account of another business account it is the one of the same name and language there.
	TemplateID string `json:"template_id" format:"uuid" example:"0198b2f0-5c1e-7c3a-9d1f-6a2b8c4d0e14"`
	AccountID  string `json:"account_id" format:"uuid" example:"0198b2f0-5c1e-7c3a-9d1f-6a2b8c4d0e11"`
	// Why this account: the request named it, or the template belongs to it.
	Reason string `json:"reason" enums:"account,template" example:"template"`
	// Every account that was looked at; only in the answer that accepts the bulk message.
	Considered []Candidate `json:"considered,omitempty"`
	// How many recipients it has.
	Total int `json:"total" example:"1000"`
	// As of one moment; in lists they are left out.
	Counts *BulkCounts `json:"counts,omitempty"`
	// Nothing waits or is being sent; what was sent may still be delivered or read. In lists it is left out.
	Done         *bool  `json:"done,omitempty" example:"false"`
	IfUnknown    string `json:"if_unknown" enums:"keep,resend,fail" example:"keep"`
	SendAfter    *Time  `json:"send_after" swaggertype:"string" format:"date-time" extensions:"x-nullable"`
	DiscardAfter *Time  `json:"discard_after" swaggertype:"string" format:"date-time" extensions:"x-nullable"`
	// The name of the API key that asked for it.
	CreatedBy string `json:"created_by" example:"campaigns"`
	CreatedAt Time   `json:"created_at" swaggertype:"string" format:"date-time" example:"2026-11-22T10:00:00.000000Z"`
	UpdatedAt Time   `json:"updated_at" swaggertype:"string" format:"date-time" example:"2026-11-22T10:00:00.000000Z"`
}

// BulkMessageList is a page of bulk messages, newest first.
type BulkMessageList struct {
	Data []BulkMessage `json:"data"`
	// Pass it as cursor for the next page; null at the end.
	NextCursor *string `json:"next_cursor" extensions:"x-nullable"`
}

// BulkRetry is the answer of POST /v1/bulk-messages/{id}/retry-failed.
type BulkRetry struct {
	// How many messages will be sent again.
	Retrying int `json:"retrying" example:"17"`
}

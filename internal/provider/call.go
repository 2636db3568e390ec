package provider

import (
	"context"
	"encoding/json"
)

// Provider is a Spec with what can be asked of the provider. What it can do it shows by the small interfaces that it implements: Reader,
// Typist, Referrer, Checker, Subscriber, Explainer, Rehearser. Use As to ask for one.
type Provider interface {
	// Spec describes it, always the same.
	Spec() Spec
}

// Reference names a received message to its provider, in the provider's own form and bytes: for Meta the JSON string of the message's id
// ("wamid.…"), for WASender the whole key object of its webhook.
type Reference = json.RawMessage

// Reader marks messages as read.
type Reader interface {
	// MarkRead tells the sender of a message that it was read. It is idempotent, so it may be repeated whatever its error, and it waits for
	// nobody longer than ctx. Errors are *CallError.
	MarkRead(ctx context.Context, c Credentials, message Reference) error
	// Readable reports whether a message of that kind can be marked as read. Kinds are those of the message.received event, which follow
	// Meta's message types: "text", "image", "reaction", "system". An unknown kind can.
	Readable(kind string) bool
}

// Typist marks messages as read and shows the sender that an answer is being written.
type Typist interface {
	// MarkReadTyping is Reader.MarkRead with that sign, which the provider takes away by itself.
	MarkReadTyping(ctx context.Context, c Credentials, message Reference) error
}

// Referrer makes references of the ids that people know messages by.
type Referrer interface {
	// MessageKey is the key of the item that brought the message (Item.Key), where its id is not enough to refer to it; empty where it is.
	MessageKey(id string) string
	// ReferTo refers to a received message; told is the message as its item had it, nil where MessageKey is empty. It is false when these refer to none.
	ReferTo(id string, told json.RawMessage) (Reference, bool)
}

// Checker asks the provider whether an account's credentials work.
type Checker interface {
	// Check asks for 10 seconds at most and changes nothing at the provider. What is not answered is Unknown in the report.
	Check(ctx context.Context, c Credentials) Report
}

// Subscriber makes the provider send webhooks of an account to the app that the account names.
type Subscriber interface {
	// Subscribe is idempotent. Errors are *CallError.
	Subscribe(ctx context.Context, c Credentials) error
}

// Explainer translates the provider's error codes, those of failed messages in webhooks too.
type Explainer interface {
	// Explain answers false for a code that it does not know; the Explanation then says only so. A subcode of "" or "0" is none.
	Explain(code, subcode string) (Explanation, bool)
}

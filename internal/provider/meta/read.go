package meta

import (
	"context"
	"encoding/json"
	"net/http"
	"slices"

	"github.com/ivendnext/whatsapp-accounts/internal/provider"
	"github.com/ivendnext/whatsapp-accounts/internal/provider/guard"
)

// longestID is in characters; ids of messages are some 60 to 130 long, and Meta names no limit.
const longestID = 1024

// receipt is the request of Meta's page "Mark messages as read" (Cloud API, 2025). Without typing_indicator no typing is shown.
type receipt struct {
	MessagingProduct string `json:"messaging_product"`
	Status           string `json:"status"`
	MessageID        string `json:"message_id"`

	Typing *typing `json:"typing_indicator,omitempty"`
}

// typing is of Meta's page "Typing indicators" (Cloud API, 2025): it goes with the answer, or after 25 seconds.
type typing struct {
	Type string `json:"type"`
}

// done is what Meta answers to changes that have nothing to tell.
type done struct {
	Success bool `json:"success"`
}

// ReferenceTo names a message by its id, the "wamid.…" of the webhook.
func ReferenceTo(messageID string) provider.Reference {
	text, _ := json.Marshal(messageID) // a string always has a JSON form
	return text
}

// MessageKey implements provider.Referrer: an id is enough.
func (p *Provider) MessageKey(string) string { return "" }

// ReferTo implements provider.Referrer.
func (p *Provider) ReferTo(id string, _ json.RawMessage) (provider.Reference, bool) {
	return ReferenceTo(id), id != "" && len(id) <= longestID
}

// MarkRead marks a message, and those before it in the same thread, as read. Meta takes it for 30 days.
func (p *Provider) MarkRead(ctx context.Context, c provider.Credentials, message provider.Reference) error {
	return p.mark(ctx, c, message, nil)
}

// MarkReadTyping implements provider.Typist.
func (p *Provider) MarkReadTyping(ctx context.Context, c provider.Credentials, message provider.Reference) error {
	return p.mark(ctx, c, message, &typing{Type: "text"})
}

func (p *Provider) mark(ctx context.Context, c provider.Credentials, message provider.Reference, with *typing) error {
	var id string
	if err := json.Unmarshal(message, &id); err != nil || id == "" || len(id) > longestID {
		return &provider.CallError{
			Class: provider.ClassPermanent, Meaning: "The message has no id that Meta knows, so it cannot be marked as read.", Fix: "Leave it unread.",
		}
	}
	body, err := json.Marshal(receipt{MessagingProduct: "whatsapp", Status: "read", MessageID: id, Typing: with})
	if err != nil {
		return err
	}
	answer, err := ask[done](ctx, p, c, guard.Request{Method: http.MethodPost, Path: []string{c.Settings["phone_id"], "messages"}, Body: body})
	return confirmed(answer, err)
}

// confirmed is nil when Meta said that it did as asked.
func confirmed(answer done, err error) error {
	if err != nil || answer.Success {
		return err
	}
	return &provider.CallError{Class: provider.ClassRetry, Status: http.StatusOK, Meaning: "Meta did not confirm the request and gave no reason.", Fix: "Try again."}
}

// unread are the kinds that cannot be marked: notices of the system, what the API could not deliver, and reactions, which have no read state.
func unread() []string { return []string{"reaction", "system", "unknown", "unsupported"} }

// Readable reports whether messages of a kind can be marked as read.
func (p *Provider) Readable(kind string) bool { return !slices.Contains(unread(), kind) }

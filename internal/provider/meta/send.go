package meta

import (
	"bytes"
	"context"
	"encoding/json"
	"net/http"
	"regexp"
	"slices"

	"github.com/ivendnext/whatsapp-accounts/internal/fault"
	"github.com/ivendnext/whatsapp-accounts/internal/provider"
	"github.com/ivendnext/whatsapp-accounts/internal/provider/content"
	"github.com/ivendnext/whatsapp-accounts/internal/provider/guard"
)

// userID is a business-scoped user id, which Meta takes in place of a number since July 2026.
var userID = regexp.MustCompile(`^[A-Z]{2}\.(ENT\.)?[0-9A-Za-z]{1,128}$`)

// Judge implements provider.Sender. Meta can send everything that there is; what it says of templates and of moments, only Send learns.
func (p *Provider) Judge(m provider.Outgoing) (lack provider.Capability, wrong fault.Fields) {
	if m.Composed == nil {
		_, wrong = content.Read(m.Type, m.Content)
	}
	if m.Type == provider.TypeReaction && m.ReplyTo != "" {
		wrong.Add("/context", "invalid_value", "Leave context out: a reaction names its message in reaction.message_id.")
	}
	if m.To.Kind == provider.ToUser && !userID.MatchString(m.To.Value) {
		wrong.Add("/recipient", "invalid_value", "Write recipient as Meta's webhooks have the id of the user: two capital letters, a dot, then letters and digits.")
	}
	return "", wrong
}

// addressed is a message without what it holds, of Meta's page "Messages" (Cloud API, 2025).
type addressed struct {
	MessagingProduct string  `json:"messaging_product"`
	RecipientType    string  `json:"recipient_type"`
	To               string  `json:"to,omitempty"`
	Recipient        string  `json:"recipient,omitempty"` // a user id
	Context          *quoted `json:"context,omitempty"`
	Callback         string  `json:"biz_opaque_callback_data,omitempty"` // statuses bring it back
}

type quoted struct {
	MessageID string `json:"message_id"`
}

// taken is what Meta answers to a message that it took.
type taken struct {
	Messages []struct {
		ID provider.LooseText `json:"id"`
	} `json:"messages"`
}

// Send implements provider.Sender. Meta has no key against sending twice, so it is told once.
func (p *Provider) Send(ctx context.Context, c provider.Credentials, m provider.Outgoing) (provider.Accepted, error) {
	body, ok := write(m)
	if !ok {
		return provider.Accepted{}, &provider.CallError{
			Class: provider.ClassPermanent, Meaning: "The message holds nothing that can be written down for Meta, so it was not sent.", Fix: correctMessage,
		}
	}
	answer, err := ask[taken](ctx, p, c, guard.Request{Method: http.MethodPost, Path: []string{c.Settings["phone_id"], "messages"}, Body: body})
	if err != nil {
		return provider.Accepted{}, provider.Doubted(err)
	}
	if len(answer.Messages) == 0 || answer.Messages[0].ID == "" {
		return provider.Accepted{}, provider.Doubted(unreadable(http.StatusOK))
	}
	return provider.Accepted{ID: string(answer.Messages[0].ID)}, nil
}

// write puts the content beside the address byte for byte: what the caller wrote is what Meta reads. It must be one whole value, or it could write into
// the rest.
func write(m provider.Outgoing) (body []byte, ok bool) {
	outside, err := json.Marshal(address(m))
	if err != nil {
		return nil, false
	}
	outside = append(outside[:len(outside)-1], ',')
	if m.Composed != nil {
		inside := bytes.TrimSpace(m.Composed)
		return append(outside, bytes.TrimPrefix(inside, []byte("{"))...), json.Valid(inside) && hasMembers(inside)
	}
	kind, err := json.Marshal(m.Type)
	if err != nil || !json.Valid(m.Content) {
		return nil, false
	}
	return slices.Concat(outside, []byte(`"type":`), kind, []byte(`,`), kind, []byte(`:`), m.Content, []byte(`}`)), true
}

// hasMembers reports whether a JSON value is an object that is not empty.
func hasMembers(value []byte) bool {
	return value[0] == '{' && bytes.TrimSpace(value[1:])[0] != '}'
}

func address(m provider.Outgoing) addressed {
	e := addressed{MessagingProduct: "whatsapp", RecipientType: "individual", To: m.To.Value, Callback: m.Ref}
	switch m.To.Kind {
	case provider.ToGroup:
		e.RecipientType = "group"
	case provider.ToUser:
		e.To, e.Recipient = "", m.To.Value
	case provider.ToPhone:
	}
	if m.ReplyTo != "" {
		e.Context = &quoted{MessageID: m.ReplyTo}
	}
	return e
}

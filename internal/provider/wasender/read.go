package wasender

import (
	"bytes"
	"context"
	"encoding/json"
	"net/http"
	"slices"

	"github.com/ivendnext/whatsapp-accounts/internal/provider"
	"github.com/ivendnext/whatsapp-accounts/internal/provider/guard"
)

// longestKey is in bytes; WASender names no limit, and its keys have some 200.
const longestKey = 4096

// MarkRead marks a message as read: POST /messages/read {"key": {…}} (WASender, mark-message-as-read). The key must be the one of the webhook, so
// it is sent on byte for byte, members that we do not know included.
func (p *Provider) MarkRead(ctx context.Context, c provider.Credentials, message provider.Reference) error {
	if !isKey(message) {
		return &provider.CallError{
			Class: provider.ClassPermanent, Meaning: "The message has no key that WASender knows, so it cannot be marked as read.", Fix: "Leave it unread.",
		}
	}
	body := bytes.Join([][]byte{[]byte(`{"key":`), message, []byte(`}`)}, nil)
	_, err := ask[struct{}](ctx, p, c, guard.Request{Method: http.MethodPost, Path: []string{"messages", "read"}, Body: body})
	return err
}

// MessageKey implements provider.Referrer.
func (p *Provider) MessageKey(id string) string { return keyOfMessage(id) }

// ReferTo implements provider.Referrer: the key of the message is needed as its webhook had it.
func (p *Provider) ReferTo(_ string, told json.RawMessage) (provider.Reference, bool) {
	var m struct {
		Key json.RawMessage `json:"key"`
	}
	if json.Unmarshal(told, &m) != nil || !isKey(m.Key) {
		return nil, false
	}
	return m.Key, true
}

// isKey wants the key of a message that somebody else sent.
func isKey(message provider.Reference) bool {
	var key struct {
		ID     string `json:"id"`
		Chat   string `json:"remoteJid"` //nolint:tagliatelle // WASender's name
		FromMe bool   `json:"fromMe"`    //nolint:tagliatelle // WASender's name
	}
	if len(message) > longestKey || json.Unmarshal(message, &key) != nil {
		return false
	}
	return key.ID != "" && key.Chat != "" && !key.FromMe
}

// unread are the kinds that cannot be marked: notices of the system, what could not be delivered, and reactions, which have no read state.
func unread() []string { return []string{"reaction", "system", "unknown", "unsupported"} }

// Readable reports whether messages of a kind can be marked as read.
func (p *Provider) Readable(kind string) bool { return !slices.Contains(unread(), kind) }

package wasender

import (
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/ivendnext/whatsapp-accounts/internal/provider"
	"github.com/ivendnext/whatsapp-accounts/internal/secret"
)

// Receiver reads WASender's webhooks. The zero value is ready.
type Receiver struct{}

// SignatureHeader implements provider.Receiver. What it holds is no signature but the webhook secret itself.
// Source: WASender, Webhooks, "Verify webhook".
func (Receiver) SignatureHeader() string { return "X-Webhook-Signature" }

// SignatureIsSecret implements provider.Receiver.
func (Receiver) SignatureIsSecret() bool { return true }

// Proves implements provider.Receiver. The body takes no part: WASender signs nothing.
func (Receiver) Proves(signature string, _ []byte, with secret.Text) bool { return with.Is(signature) }

// Names implements provider.Receiver: a body names nobody, the path does.
func (Receiver) Names([]byte) provider.Names { return nil }

// delivery is the outside of a webhook.
type delivery struct {
	Event     provider.LooseText `json:"event"`
	Timestamp provider.LooseText `json:"timestamp"`
	Data      struct {
		Messages provider.LooseList `json:"messages"` // one object, or a list
		Key      messageKey         `json:"key"`
		Update   struct {
			Status provider.LooseText `json:"status"`
		} `json:"update"`
	} `json:"data"`
}

// messageKey is how WhatsApp Web names a message.
type messageKey struct {
	ID     provider.LooseText `json:"id"`
	FromMe bool               `json:"fromMe"` //nolint:tagliatelle // WASender's own name
}

// Items implements provider.Receiver.
func (Receiver) Items(body []byte) []provider.Item {
	var d delivery
	if json.Unmarshal(body, &d) != nil {
		return []provider.Item{whole(quote(string(body)), provider.ItemOther)}
	}
	event := string(d.Event)
	switch {
	case brings(event) && len(d.Data.Messages) > 0 && len(d.Data.Messages) <= provider.MaxItems:
		items := make([]provider.Item, len(d.Data.Messages))
		for i, raw := range d.Data.Messages {
			items[i] = message(raw, body, d)
		}
		return items
	case event == "messages.update" && d.Data.Key.ID != "":
		return []provider.Item{status(body, d)}
	case event == "session.status":
		item := whole(body, provider.ItemHealth)
		item.Health, item.At = map[string]json.RawMessage{"session": body}, at(d.Timestamp)
		return []provider.Item{item}
	}
	item := whole(body, provider.ItemOther)
	item.At = at(d.Timestamp)
	return []provider.Item{item}
}

// brings tells the events that bring messages. Several of them may bring the same one.
func brings(event string) bool {
	return slices.Contains([]string{
		"messages.received", "messages-personal.received", "messages-group.received", "messages-newsletter.received", "messages.upsert",
	}, event)
}

// message is an incoming message; what was sent from the number itself comes back too, and is passed on as it is.
func message(raw, body json.RawMessage, d delivery) provider.Item {
	var m struct {
		Key              json.RawMessage    `json:"key"`
		MessageTimestamp provider.LooseText `json:"messageTimestamp"` //nolint:tagliatelle // WASender's own name
	}
	var key messageKey
	if json.Unmarshal(raw, &m) != nil || json.Unmarshal(m.Key, &key) != nil || key.ID == "" || key.FromMe {
		return provider.Item{
			Kind: provider.ItemOther, Key: "message/#" + digest(raw), Change: body,
			Data: map[string]json.RawMessage{"event": quote(string(d.Event)), "message": raw},
		}
	}
	item := provider.Item{
		Kind: provider.ItemMessage, Key: keyOfMessage(string(key.ID)), MessageID: string(key.ID), Ref: m.Key, Readable: true,
		At: at(m.MessageTimestamp), Data: map[string]json.RawMessage{"message": raw}, Change: body,
	}
	if item.At.IsZero() {
		item.At = at(d.Timestamp)
	}
	return item
}

func keyOfMessage(id string) string { return "message/" + id }

func status(body json.RawMessage, d delivery) provider.Item {
	id, word := string(d.Data.Key.ID), string(d.Data.Update.Status)
	return provider.Item{
		Kind: provider.ItemStatus, Key: "status/" + id + "/" + word, MessageID: id, State: stateOf(word), At: at(d.Timestamp),
		Data: map[string]json.RawMessage{"status": body}, Change: body,
	}
}

// stateOf reads the status codes of WhatsApp Web: 0 error, 1 pending, 2 sent, 3 delivered, 4 read, 5 played.
func stateOf(code string) provider.MessageState {
	switch code {
	case "0":
		return provider.StateFailed
	case "1":
		return provider.StateAccepted
	case "2":
		return provider.StateSent
	case "3":
		return provider.StateDelivered
	case "4", "5":
		return provider.StateRead
	}
	return ""
}

func whole(body json.RawMessage, kind provider.ItemKind) provider.Item {
	return provider.Item{Kind: kind, Key: "change/" + digest(body), Data: map[string]json.RawMessage{"change": body}, Change: body}
}

func digest(part []byte) string {
	sum := sha256.Sum256(part)
	return base64.RawURLEncoding.EncodeToString(sum[:16])
}

func quote(text string) json.RawMessage {
	quoted, _ := json.Marshal(text) // a text always can be
	return quoted
}

// maxSeconds is beyond any time in seconds that is meant, and below any in milliseconds.
const maxSeconds = 1 << 36

// at reads a Unix time in seconds or milliseconds: WASender sends both. The zero time when there is none.
func at(number provider.LooseText) time.Time {
	n, err := strconv.ParseInt(strings.TrimSpace(string(number)), 10, 64)
	switch {
	case err != nil || n <= 0 || n > maxSeconds*1000:
		return time.Time{}
	case n > maxSeconds:
		return time.UnixMilli(n).UTC()
	}
	return time.Unix(n, 0).UTC()
}

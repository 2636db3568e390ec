package httpapi

import (
	stdjson "encoding/json"
	"fmt"
	"slices"
	"unicode/utf8"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"

	"github.com/ivendnext/whatsapp-accounts/internal/fault"
	"github.com/ivendnext/whatsapp-accounts/internal/message"
	"github.com/ivendnext/whatsapp-accounts/internal/provider"
)

// longestCallback is in characters. Source: Meta, WhatsApp Cloud API, biz_opaque_callback_data.
const longestCallback = 512

// graphAsk is what the body of POST /graph/{version}/{phone}/messages asks for: to send a message or, when reads is set, to mark one as read.
type graphAsk struct {
	draft  message.Draft
	reads  string
	typing bool
}

// graphMembers are the members of a body that is read as Meta reads it: those that nobody knows are passed over, null is absent, and an id may be a number.
type graphMembers struct {
	all   map[string]jsontext.Value
	wrong *fault.Fields
}

func readGraph(body []byte) (graphAsk, error) {
	var ask graphAsk
	m := graphMembers{wrong: &ask.draft.Wrong}
	if err := decode(body, &m.all); err != nil { // every member has a place in a map
		return ask, err
	}
	if product := m.text("messaging_product"); product != "" && product != "whatsapp" {
		m.wrong.Add("/messaging_product", "invalid_value", "There is only whatsapp.")
	}
	if m.has("status") {
		return m.read(), m.wrong.Err()
	}
	ask.draft = m.draft()
	return ask, nil
}

// read is the body of a message that is to be marked as read.
func (m graphMembers) read() graphAsk {
	ask := graphAsk{reads: m.text("message_id"), typing: m.has("typing_indicator")}
	if m.text("status") != "read" {
		m.wrong.Add("/status", "invalid_value", "The only status that can be set is read.")
	}
	if ask.reads == "" {
		m.wrong.Add("/message_id", "required", "Say which message is to be marked as read.")
	}
	plain("/message_id", ask.reads, m.wrong)
	return ask
}

// draft is the body of a message that is to be sent.
func (m graphMembers) draft() message.Draft {
	d := message.Draft{
		To: m.text("to"), User: m.text("recipient"), RecipientType: m.text("recipient_type"), Type: provider.MessageType(m.text("type")),
		Reference: m.text("biz_opaque_callback_data"), ReplyTo: m.context(),
	}
	if d.Type == "" {
		d.Type = provider.TypeText
	}
	if slices.Contains(provider.MessageTypes(), d.Type) {
		d.Content = m.content(string(d.Type))
	} else {
		m.wrong.Add("/type", "invalid_value", fmt.Sprintf("Send one of %s.", joined(provider.MessageTypes())))
	}
	if utf8.RuneCountInString(d.Reference) > longestCallback {
		m.wrong.Add("/biz_opaque_callback_data", "invalid_value", fmt.Sprintf("Send at most %d characters.", longestCallback))
	}
	plain("/biz_opaque_callback_data", d.Reference, m.wrong)
	plain("/to", d.To, m.wrong)
	plain("/context/message_id", d.ReplyTo, m.wrong)
	d.Wrong = *m.wrong
	return d
}

func (m graphMembers) has(name string) bool {
	value, there := m.all[name]
	return there && value.Kind() != 'n'
}

// text reads a member that is a text, or a number in place of one.
func (m graphMembers) text(name string) string {
	if !m.has(name) {
		return ""
	}
	switch value := m.all[name]; value.Kind() {
	case '0':
		return value.String()
	case '"':
		var text string
		if json.Unmarshal(value, &text) == nil {
			return text
		}
		fallthrough
	default:
		m.wrong.Add("/"+name, "wrong_type", "Send a JSON string.")
	}
	return ""
}

func (m graphMembers) content(name string) stdjson.RawMessage {
	if !m.has(name) {
		return nil
	}
	return stdjson.RawMessage(m.all[name])
}

// context is the message that is answered.
func (m graphMembers) context() string {
	if !m.has("context") {
		return ""
	}
	inside := graphMembers{wrong: new(fault.Fields)}
	if err := json.Unmarshal(m.all["context"], &inside.all); err != nil {
		m.wrong.Add("/context", "wrong_type", "Send a JSON object with message_id.")
		return ""
	}
	id := inside.text("message_id")
	for _, f := range *inside.wrong {
		m.wrong.Add("/context"+f.Pointer, f.Code, f.Detail)
	}
	return id
}

package httpapi

import (
	stdjson "encoding/json"
	"fmt"
	"slices"
	"time"
	"unicode"
	"unicode/utf8"

	"github.com/go-json-experiment/json/jsontext"

	v1 "github.com/ivendnext/whatsapp-accounts/api/v1"
	"github.com/ivendnext/whatsapp-accounts/internal/fault"
	"github.com/ivendnext/whatsapp-accounts/internal/message"
	"github.com/ivendnext/whatsapp-accounts/internal/provider"
)

// messageDraft reads the body of POST /v1/messages.
func messageDraft(body []byte) (message.Draft, error) {
	var sent v1.MessageSend
	if err := decode(body, &sent); err != nil {
		return message.Draft{}, err
	}
	d := message.Draft{
		To: orEmpty(sent.To), User: orEmpty(sent.Recipient), RecipientType: orEmpty(sent.RecipientType), AccountID: orEmpty(sent.AccountID),
		TemplateID: orEmpty(sent.TemplateID), Type: provider.MessageType(orEmpty(sent.Type)), Reference: orEmpty(sent.Reference), IfUnknown: message.Policy(orEmpty(sent.IfUnknown)),
	}
	if sent.Context != nil {
		d.ReplyTo = orEmpty(sent.Context.MessageID)
	}
	if err := misshapen(&sent, &d.Wrong); err != nil {
		return d, err
	}
	d.SendAfter = instantAt("/send_after", sent.SendAfter, &d.Wrong)
	d.DiscardAfter = instantAt("/discard_after", sent.DiscardAfter, &d.Wrong)
	plain("/reference", d.Reference, &d.Wrong)
	plain("/context/message_id", d.ReplyTo, &d.Wrong)
	plain("/to", d.To, &d.Wrong)
	contentOf(sent, &d)
	var err error
	d.Parameters, err = parametersOf(jsontext.Value(sent.Parameters))
	return d, err
}

// instantAt reads a time with its zone.
func instantAt(pointer string, text *string, wrong *fault.Fields) time.Time {
	if text == nil {
		return time.Time{}
	}
	at, err := time.Parse(time.RFC3339, *text)
	if err != nil {
		wrong.Add(pointer, "invalid_value", "This is no time with its zone: send one such as 2026-11-23T08:00:00Z.")
	}
	return at.UTC().Truncate(time.Microsecond)
}

// plain notes a text that has what no name has: it is kept, listed by and logged.
func plain(pointer, text string, wrong *fault.Fields) {
	for _, r := range text {
		if unicode.IsControl(r) || r == utf8.RuneError {
			wrong.Add(pointer, "invalid_value", "The text has a control character. Remove it.")
			return
		}
	}
}

// contentOf takes the one content that a message has, byte for byte.
func contentOf(sent v1.MessageSend, d *message.Draft) {
	if sent.MessagingProduct != nil && *sent.MessagingProduct != "whatsapp" && !d.Wrong.Has("/messaging_product") {
		d.Wrong.Add("/messaging_product", "invalid_value", "There is only whatsapp. Leave it out.")
	}
	all := map[provider.MessageType]stdjson.RawMessage{
		provider.TypeText: sent.Text, provider.TypeImage: sent.Image, provider.TypeVideo: sent.Video, provider.TypeAudio: sent.Audio, provider.TypeDocument: sent.Document,
		provider.TypeSticker: sent.Sticker, provider.TypeLocation: sent.Location, provider.TypeReaction: sent.Reaction, provider.TypeInteractive: sent.Interactive,
		provider.TypeTemplate: sent.Template,
	}
	if sent.Contacts != nil {
		all[provider.TypeContacts], _ = stdjson.Marshal(sent.Contacts) // what was read can be written
	}
	want := d.Type
	if want == "" {
		want = provider.TypeText
		if d.TemplateID != "" {
			want = provider.TypeTemplate
		}
	}
	for _, t := range provider.MessageTypes() {
		switch content := all[t]; {
		case content == nil || string(content) == "null" || !slices.Contains(provider.MessageTypes(), want): // of a type that is none, the type is told
		case t == want:
			d.Content = content
		case d.Type == "":
			d.Wrong.Add("/type", "required", fmt.Sprintf("The message has the member %s: say that it is of this type.", t))
		default:
			d.Wrong.Add("/"+string(t), "invalid_value", fmt.Sprintf("A message of the type %s has no member %s. Remove it, or correct the type.", want, t))
		}
	}
}

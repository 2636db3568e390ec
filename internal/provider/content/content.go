// Package content reads what a message holds, in the words of Meta's Cloud API, and judges it by the limits of Meta's pages of messages.
// It knows no provider: what one of them cannot send, its adapter says.
package content

import (
	"encoding/json"
	"strings"

	"github.com/ivendnext/whatsapp-accounts/internal/fault"
	"github.com/ivendnext/whatsapp-accounts/internal/provider"
)

// Content is what a message holds, as far as the service looks at it: the member for its type is set, and no other. What broke a rule may be missing in it.
type Content struct {
	Type        provider.MessageType
	Text        *Text
	Media       *Media // of an image, video, audio, document or sticker
	Location    *Location
	Contacts    []Contact
	Reaction    *Reaction
	Interactive *Interactive
	Template    *Template
}

// Text is a text message.
type Text struct {
	Body       string
	PreviewURL bool
}

// Reaction is an emoji on a message; an empty one takes it back.
type Reaction struct {
	MessageID string
	Emoji     string
}

// The longest texts, in characters.
const (
	longestText    = 4096
	longestCaption = 1024
)

// Read reads raw, which is what the message has in the member that is named like its type, and notes every member that breaks a rule, 100 of them at
// most, by its pointer in the message. Members that it does not know pass, whatever they hold, and a null is a member that is not there.
func Read(kind provider.MessageType, raw json.RawMessage) (Content, fault.Fields) {
	var wrong fault.Fields
	c, message := Content{Type: kind}, node{members: map[string]json.RawMessage{}, wrong: &wrong}
	if len(raw) > 0 {
		message.members[string(kind)] = raw
	}
	c.read(message)
	return c, wrong
}

func (c *Content) read(message node) {
	switch c.Type {
	case provider.TypeText:
		n := message.object("text")
		c.Text = &Text{Body: n.must("body", longestText), PreviewURL: n.flag("preview_url")}
	case provider.TypeImage, provider.TypeVideo, provider.TypeAudio, provider.TypeDocument, provider.TypeSticker:
		c.Media = readMedia(message.object(string(c.Type)), c.Type)
	case provider.TypeLocation:
		c.Location = readLocation(message.object("location"))
	case provider.TypeContacts:
		c.Contacts = readContacts(message.list("contacts", 1, 0))
	case provider.TypeReaction:
		n := message.object("reaction")
		c.Reaction = &Reaction{MessageID: n.must("message_id", 0), Emoji: n.may("emoji", 0)}
		if !n.has("emoji") {
			n.lack("emoji")
		}
	case provider.TypeInteractive:
		c.Interactive = readInteractive(message.object("interactive"))
	case provider.TypeTemplate:
		c.Template = readTemplate(message.object("template"))
	default:
		message.refuse("type", "Write type as one of these: %s.", strings.Join(types(), ", "))
	}
}

func types() []string {
	var all []string
	for _, kind := range provider.MessageTypes() {
		all = append(all, string(kind))
	}
	return all
}

// Needs is the capability that a provider must have to send the content; empty for a type that nobody knows.
func (c Content) Needs() provider.Capability {
	switch c.Type {
	case provider.TypeText:
		return provider.CanText
	case provider.TypeImage, provider.TypeVideo, provider.TypeAudio, provider.TypeDocument, provider.TypeSticker:
		return provider.CanMedia
	case provider.TypeLocation:
		return provider.CanLocation
	case provider.TypeContacts:
		return provider.CanContacts
	case provider.TypeReaction:
		return provider.CanReactions
	case provider.TypeInteractive:
		return c.Interactive.needs()
	case provider.TypeTemplate:
		return provider.CanTemplateApproval
	}
	return ""
}

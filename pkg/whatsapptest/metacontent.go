package whatsapptest

import (
	"fmt"
	"slices"
	"strings"
	"unicode/utf8"
)

func contentTypes() []string {
	return []string{"audio", "contacts", "document", "image", "interactive", "location", "reaction", "sticker", "template", "text", "video"}
}

// judgeContent finds what is wrong with the member that is named like the type.
func (d *draft) judgeContent() *graphError {
	if !slices.Contains(contentTypes(), d.kind) {
		return invalidParameter(fmt.Sprintf("Param type must be one of {%s} - got %q.", strings.ToUpper(strings.Join(contentTypes(), ", ")), d.kind))
	}
	if !d.has(d.kind) {
		return required(d.kind)
	}
	content := d.object(d.kind)
	switch d.kind {
	case "text":
		return bounded(d.kind, content, "body", 4096)
	case "audio", "document", "image", "sticker", "video":
		return judgeMedia(d.kind, content)
	case "location":
		return judgeLocation(content)
	case "contacts":
		return judgeContacts(d.objects("contacts"))
	case "reaction":
		return d.judgeReaction(content)
	case "interactive":
		return judgeInteractive(content)
	}
	return d.business.judgeTemplate(content)
}

// bounded wants a text that is there and not too long, in characters.
func bounded(of string, p params, name string, longest int) *graphError {
	text := p.text(name)
	if text == "" {
		return newGraphError(131008, fmt.Sprintf("Required parameter is missing: %s['%s'].", of, name))
	}
	return atMost(of, text, name, longest)
}

func atMost(of, text, name string, longest int) *graphError {
	if utf8.RuneCountInString(text) > longest {
		return invalidParameter(fmt.Sprintf("Param %s['%s'] must be at most %d characters long.", of, name, longest))
	}
	return nil
}

func judgeMedia(kind string, content params) *graphError {
	if content.has("id") == content.has("link") {
		return invalidParameter(fmt.Sprintf("Exactly one of %s['id'] and %s['link'] is required.", kind, kind))
	}
	if link := content.text("link"); content.has("link") && !strings.HasPrefix(link, "http://") && !strings.HasPrefix(link, "https://") {
		return invalidParameter(fmt.Sprintf("Param %s['link'] is not a valid URI.", kind))
	}
	if content.has("caption") && (kind == "audio" || kind == "sticker") {
		return invalidParameter(fmt.Sprintf("Unexpected key \"caption\" on param %q.", kind))
	}
	return atMost(kind, content.text("caption"), "caption", 1024)
}

func judgeLocation(content params) *graphError {
	for name, furthest := range map[string]float64{"latitude": 90, "longitude": 180} {
		if value, number := content.number(name); !number || value < -furthest || value > furthest {
			return newGraphError(131009, fmt.Sprintf("Param location['%s'] is not a valid coordinate.", name))
		}
	}
	return nil
}

func judgeContacts(contacts []params) *graphError {
	if len(contacts) == 0 {
		return newGraphError(131008, "Required parameter is missing: contacts.")
	}
	for i, contact := range contacts {
		if contact.object("name").text("formatted_name") == "" {
			return newGraphError(131008, fmt.Sprintf("Required parameter is missing: contacts[%d]['name']['formatted_name'].", i))
		}
	}
	return nil
}

func (d *draft) judgeReaction(content params) *graphError {
	switch {
	case content.text("message_id") == "":
		return newGraphError(131008, "Required parameter is missing: reaction['message_id'].")
	case !content.has("emoji"):
		return newGraphError(131008, "Required parameter is missing: reaction['emoji'].")
	case d.has("context"):
		return invalidParameter("Param context is not allowed with a reaction.")
	}
	return nil
}

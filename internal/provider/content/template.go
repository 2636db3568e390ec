package content

import (
	"regexp"
	"strings"

	"github.com/ivendnext/whatsapp-accounts/internal/provider"
)

// Template is a template as Meta is asked for it: it is named, and filled in.
type Template struct {
	Name     string
	Language string
}

// The limits of templates, in characters.
const (
	longestName = 512
	longestCode = 15
)

var templateName = regexp.MustCompile(`^[a-z0-9_]+$`)

func readTemplate(n node) *Template {
	t := &Template{Name: n.must("name", longestName)}
	if t.Name != "" && !templateName.MatchString(t.Name) {
		n.refuse("name", "Write name as Meta has it: lower-case letters, digits and underscores.")
	}
	language := n.object("language")
	t.Language = language.must("code", 0)
	language.may("policy", 0)
	for _, c := range n.list("components", 0, 0) {
		readComponent(c)
	}
	return t
}

func readComponent(n node) {
	n.must("type", 0)
	n.may("sub_type", 0)
	if n.has("index") && n.digits("index") == "" { // Meta's pages have it as a text and as a number
		n.mistype("index", "a number")
	}
	for _, p := range n.list("parameters", 0, 0) {
		readParameter(p)
	}
}

// readParameter judges the kinds of values that Meta's page of template messages has.
func readParameter(n node) {
	n.may("parameter_name", 0)
	switch kind := n.must("type", 0); kind {
	case "text":
		readValue(n)
	case "image", "video", "document":
		readMedia(n.object(kind), provider.MessageType(kind))
	case "location":
		readLocation(n.object(kind))
	case "currency", "date_time":
		n.object(kind).must("fallback_value", 0)
	case "payload":
		n.must(kind, 0)
	case "coupon_code":
		n.must(kind, longestCode)
	case "action":
		n.object(kind)
	}
}

// readValue wants one line.
func readValue(n node) {
	text := n.must("text", 0)
	if strings.ContainsAny(text, "\r\n\t") || strings.Contains(text, "     ") {
		n.refuse("text", "Write text on one line, without tabs and without more than four spaces in a row.")
	}
}

package template

import (
	"fmt"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"github.com/ivendnext/whatsapp-accounts/internal/provider"
)

// piece is a part of a text: what stands there, or the name of a placeholder.
type piece struct{ text, name string }

var placeholderName = regexp.MustCompile(`^(?:[1-9][0-9]{0,2}|[a-z][a-z0-9_]{0,63})$`)

// parse takes a text apart. The complaint is empty when every pair of braces is a placeholder.
func parse(text string) (pieces []piece, complaint string) {
	for text != "" {
		before, rest, found := strings.Cut(text, "{{")
		if before != "" {
			pieces = append(pieces, piece{text: before})
		}
		if !found {
			break
		}
		inside, after, closed := strings.Cut(rest, "}}")
		name := strings.TrimSpace(inside)
		if !closed || !placeholderName.MatchString(name) {
			return nil, "Two opening braces begin a placeholder: write {{1}}, {{2}} … or {{a_name}} of small Latin letters, digits and underscores."
		}
		pieces, text = append(pieces, piece{name: name}), after
	}
	return pieces, ""
}

// namesIn lists the placeholders of a text, each once, in their order. Nothing is in a text that cannot be read.
func namesIn(text string) []string {
	var names []string
	pieces, _ := parse(text)
	for _, p := range pieces {
		if p.name != "" && !slices.Contains(names, p.name) {
			names = append(names, p.name)
		}
	}
	return names
}

func isNumber(name string) bool { return name[0] >= '1' && name[0] <= '9' }

// Named reports whether placeholders have names; otherwise they have numbers.
func Named(c provider.TemplateContent) bool {
	texts := c.Body
	if c.Header != nil {
		texts += c.Header.Text
	}
	return slices.ContainsFunc(namesIn(texts), func(name string) bool { return !isNumber(name) })
}

// PlaceKind says what a value is put into.
type PlaceKind string

// The kinds of place.
const (
	InHeader PlaceKind = "header" // a placeholder of the header's text
	Media    PlaceKind = "media"  // the header is a medium: the value is its https address, or the provider's id of it
	InBody   PlaceKind = "body"
	InURL    PlaceKind = "url"  // the end of a button's URL
	Code     PlaceKind = "code" // what a button copies
)

// Place is where a value goes.
type Place struct {
	Key     string // "1" or "name" in the body, "header_1" in the header, "header" for a medium, "button_0" for a button
	Kind    PlaceKind
	Name    string // as the text has it; empty where there is no text
	Index   int    // of the button
	Pointer string // RFC 6901: the member of the template
}

// PlacesOf lists what a message of the template must bring, in the order of a list of values: the header's, the body's, the buttons'. Numbers count for each
// part anew, as Meta has it; a name means the same value wherever it stands.
func PlacesOf(c provider.TemplateContent) []Place {
	var all []Place
	if c.Header.IsMedia() {
		all = append(all, Place{Key: "header", Kind: Media, Pointer: "/header"})
	} else if c.Header != nil {
		for _, name := range ordered(namesIn(c.Header.Text)) {
			all = append(all, Place{Key: provider.HeaderKey(name), Kind: InHeader, Name: name, Pointer: "/header/text"})
		}
	}
	for _, name := range ordered(namesIn(c.Body)) {
		all = append(all, Place{Key: name, Kind: InBody, Name: name, Pointer: "/body"})
	}
	for i, b := range c.Buttons {
		at := Place{Key: provider.ButtonKey(i), Index: i, Pointer: fmt.Sprintf("/buttons/%d", i)}
		switch {
		case b.Kind == provider.ButtonURL && len(namesIn(b.URL)) > 0:
			at.Kind, at.Name = InURL, namesIn(b.URL)[0]
			all = append(all, at)
		case b.Kind == provider.ButtonCopyCode:
			at.Kind = Code
			all = append(all, at)
		}
	}
	return all
}

// ordered puts numbers into their order, whatever order the text has them in.
func ordered(names []string) []string {
	slices.SortStableFunc(names, func(a, b string) int {
		if !isNumber(a) || !isNumber(b) {
			return 0
		}
		x, _ := strconv.Atoi(a)
		y, _ := strconv.Atoi(b)
		return x - y
	})
	return names
}

// reserved are the names that keys of other places have.
var reserved = regexp.MustCompile(`^(header|header_[0-9]+|button_[0-9]+)$`)

package content

import (
	"encoding/json"
	"fmt"
	"net/url"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/ivendnext/whatsapp-accounts/internal/fault"
)

// node is an object of a message. Reading a member judges it: what is wrong is noted, and the zero value given.
type node struct {
	at      string // its pointer
	members map[string]json.RawMessage
	wrong   *fault.Fields
}

// nowhere is an object that is not there. Nothing is said about what it lacks, because its absence was judged.
func nowhere() node { return node{wrong: new(fault.Fields)} }

// has reports whether a member is there and not null.
func (n node) has(name string) bool {
	raw, there := n.members[name]
	return there && string(raw) != "null"
}

// mostFindings is how many findings are noted: nobody reads more, and a list may have as many entries as a body has room for.
const mostFindings = 100

func (n node) note(at, code, detail string) {
	if len(*n.wrong) < mostFindings {
		n.wrong.Add(at, code, detail)
	}
}

func (n node) lack(name string) {
	n.note(n.at+"/"+name, "required", "Add "+name+": it is required.")
}

func (n node) refuse(name, format string, args ...any) {
	n.note(n.at+"/"+name, "invalid_value", fmt.Sprintf(format, args...))
}

func (n node) mistype(name, as string) {
	n.note(n.at+"/"+name, "wrong_type", "Write "+name+" as "+as+".")
}

// may is a text of at most so many characters, if it is there; zero sets no limit.
func (n node) may(name string, longest int) string {
	if !n.has(name) {
		return ""
	}
	var text string
	if json.Unmarshal(n.members[name], &text) != nil {
		n.mistype(name, "a text")
		return ""
	}
	if longest > 0 && utf8.RuneCountInString(text) > longest {
		n.refuse(name, "Shorten %s: it may have %d characters at most.", name, longest)
	}
	return text
}

// must is a text that has to be there, and not empty.
func (n node) must(name string, longest int) string {
	before := len(*n.wrong)
	text := n.may(name, longest)
	if text == "" && len(*n.wrong) == before {
		n.lack(name)
	}
	return text
}

// choice is a text that has to be one of these.
func (n node) choice(name string, values ...string) string {
	text := n.must(name, 0)
	if text != "" && !slices.Contains(values, text) {
		n.refuse(name, "Write %s as one of these: %s.", name, strings.Join(values, ", "))
	}
	return text
}

// address is a URL that has to be there, of at most so many characters.
func (n node) address(name string, longest int) string {
	text := n.must(name, longest)
	if text != "" && !isAddress(text) {
		n.refuse(name, "Write %s as an address that begins with https:// or http:// and has no spaces.", name)
	}
	return text
}

func isAddress(text string) bool {
	u, err := url.Parse(text)
	return err == nil && u.Host != "" && (strings.HasPrefix(text, "https://") || strings.HasPrefix(text, "http://")) &&
		!strings.ContainsFunc(text, func(r rune) bool { return r <= ' ' || r == 0x7f })
}

func (n node) flag(name string) bool {
	var on bool
	if n.has(name) && json.Unmarshal(n.members[name], &on) != nil {
		n.mistype(name, "true or false")
	}
	return on
}

// decimal is how JSON writes a number.
var decimal = regexp.MustCompile(`^-?[0-9]+(\.[0-9]+)?([eE][+-]?[0-9]+)?$`)

// degrees are a number, or a text that is one: Meta's pages have both.
func (n node) degrees(name string, furthest float64) float64 {
	if !n.has(name) {
		n.lack(name)
		return 0
	}
	value, err := strconv.ParseFloat(n.digits(name), 64)
	switch {
	case err != nil && n.digits(name) == "":
		n.mistype(name, "a number")
		return 0
	case err != nil || value < -furthest || value > furthest:
		n.refuse(name, "Write %s in degrees, from -%g to %g.", name, furthest, furthest)
		return 0
	}
	return value
}

// digits are the text of a number, however it is written; empty when it is none.
func (n node) digits(name string) string {
	text := string(n.members[name])
	_ = json.Unmarshal(n.members[name], &text) // what is no text stays as it is written
	if !decimal.MatchString(text) {
		return ""
	}
	return text
}

// either wants exactly one of two members.
func (n node) either(a, b string) {
	switch {
	case n.has(a) && n.has(b):
		n.note(n.at, "invalid_value", fmt.Sprintf("Leave out %s or %s: there may be only one of them.", a, b))
	case !n.has(a) && !n.has(b):
		n.note(n.at, "required", fmt.Sprintf("Add %s or %s: one of them is required.", a, b))
	}
}

// object is a member that has to be there and an object.
func (n node) object(name string) node {
	if !n.has(name) {
		n.lack(name)
	}
	return n.optional(name)
}

// optional is a member that is an object, if it is there.
func (n node) optional(name string) node {
	if !n.has(name) {
		return nowhere()
	}
	return n.open(name, n.members[name])
}

// open reads raw, which is at that path below n, as an object.
func (n node) open(path string, raw json.RawMessage) node {
	inner := node{at: n.at + "/" + path, wrong: n.wrong}
	if json.Unmarshal(raw, &inner.members) != nil || inner.members == nil {
		name, entry, _ := strings.Cut(path, "/")
		n.note(inner.at, "wrong_type", "Write "+strings.TrimSpace(name+" "+entry)+" as an object.")
		return nowhere()
	}
	return inner
}

// list is a member that is a list of objects, of at least and at most so many; at most zero sets no limit. Without a least it may be missing.
func (n node) list(name string, least, most int) []node {
	var all []json.RawMessage
	if n.has(name) && json.Unmarshal(n.members[name], &all) != nil {
		n.mistype(name, "a list of objects")
		return nil
	}
	switch {
	case len(all) < least:
		n.lack(name)
	case most > 0 && len(all) > most:
		n.refuse(name, "Shorten %s: it may have %d entries at most.", name, most)
	}
	entries := make([]node, len(all))
	for i, raw := range all {
		entries[i] = n.open(name+"/"+strconv.Itoa(i), raw)
	}
	return entries
}

// unlike notes a text that was seen before.
func (n node) unlike(seen map[string]bool, name, text string) {
	if text != "" && seen[text] {
		n.refuse(name, "Write another %s: each must differ from the others.", name)
	}
	seen[text] = true
}

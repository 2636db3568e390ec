package whatsapptest

import (
	"net/http"
	"regexp"
	"slices"
	"strings"
)

// phone gives the account of a phone number, and the number. The world is locked.
func (m *Meta) phone(id string) (*business, *phone) {
	for _, b := range m.businesses {
		for _, p := range b.phones {
			if p.ID == id {
				return b, p
			}
		}
	}
	return nil, nil
}

// business finds an account. The world is locked.
func (m *Meta) business(id string) *business {
	i := slices.IndexFunc(m.businesses, func(b *business) bool { return b.ID == id })
	if i < 0 {
		return nil
	}
	return m.businesses[i]
}

// businessFor finds the account that a call names, if its token may see it. The world is locked.
func (m *Meta) businessFor(c graphCall, token Token) (*business, *graphError) {
	b := m.business(c.id)
	if b == nil || !token.sees(b.ID) {
		return nil, missingObject(c.request.Method, c.id)
	}
	return b, nil
}

// phoneFor finds the number that a call names, if its token may see it. The world is locked.
func (m *Meta) phoneFor(c graphCall, token Token) (*business, *phone, *graphError) {
	b, p := m.phone(c.id)
	if p == nil || !token.sees(b.ID) {
		return nil, nil, missingObject(c.request.Method, c.id)
	}
	return b, p, nil
}

// exists reports whether an id is an object that the token may see. The world is locked.
func (m *Meta) exists(id string, token Token) bool {
	b := m.business(id)
	if b == nil {
		b, _ = m.phone(id)
	}
	if b == nil {
		b, _ = m.template(id)
	}
	return b != nil && token.sees(b.ID)
}

// node is an object of the graph: every field that it has, and which of them are shown unasked. A field whose value is nil is known but not set.
type node struct {
	kind   string
	fields object
	usual  []string
}

var subfields = regexp.MustCompile(`\{[^}]*\}|\([^)]*\)|\.[a-z]+`)

// show picks the fields that were asked for, and the id. A field that no such node has is an error, as Graph has it.
func (n node) show(fields string) (object, *graphError) {
	asked := n.usual
	if fields != "" {
		asked = strings.Split(subfields.ReplaceAllString(fields, ""), ",")
	}
	shown := object{}
	for _, name := range asked {
		name = strings.TrimSpace(name)
		i := slices.IndexFunc(n.fields, func(f member) bool { return f.name == name })
		if i < 0 {
			unknown := invalidParameter("")
			unknown.message = "(#100) Tried accessing nonexisting field (" + name + ") on node type (" + n.kind + ")"
			return nil, unknown
		}
		if f := n.fields[i]; f.value != nil && name != "id" {
			shown = append(shown, f)
		}
	}
	i := slices.IndexFunc(n.fields, func(f member) bool { return f.name == "id" })
	return append(shown, n.fields[i]), nil
}

// read answers with a node.
func (n node) read(fields string) reply {
	shown, unknown := n.show(fields)
	if unknown != nil {
		return unknown.reply()
	}
	return reply{status: http.StatusOK, body: shown}
}

// or gives a fallback for an empty setting.
func or(value, fallback string) string {
	if value == "" {
		return fallback
	}
	return value
}

func success() reply {
	return reply{status: http.StatusOK, body: object{{"success", true}}}
}

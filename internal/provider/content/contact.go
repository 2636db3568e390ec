package content

import (
	"regexp"
	"time"
)

// Contact is a card of a contact.
type Contact struct {
	Name   string   // as it is shown
	Phones []string // as they are written; of one that has only its id at WhatsApp, that with a plus
	Beyond []string // what it tells besides, by the names of the members: "emails", "org"
}

func readContacts(list []node) []Contact {
	all := make([]Contact, len(list))
	for i, n := range list {
		all[i] = readContact(n)
	}
	return all
}

func readContact(n node) Contact {
	name := n.object("name")
	c := Contact{Name: name.must("formatted_name", 0)}
	texts(name, "first_name", "middle_name", "last_name", "prefix", "suffix")
	for _, p := range n.list("phones", 0, 0) {
		texts(p, "type")
		number, id := p.may("phone", 0), p.may("wa_id", 0)
		if number == "" && id != "" {
			number = "+" + id
		}
		c.Phones = append(c.Phones, number)
	}
	readBeyond(n)
	for _, part := range []string{"emails", "org", "addresses", "urls", "birthday"} {
		if n.has(part) {
			c.Beyond = append(c.Beyond, part)
		}
	}
	return c
}

// birthday is how Meta's page of contacts writes a day.
var birthday = regexp.MustCompile(`^[0-9]{4}-[0-9]{2}-[0-9]{2}$`)

// readBeyond judges what nobody here looks at.
func readBeyond(n node) {
	for _, e := range n.list("emails", 0, 0) {
		texts(e, "email", "type")
	}
	for _, u := range n.list("urls", 0, 0) {
		texts(u, "url", "type")
	}
	for _, a := range n.list("addresses", 0, 0) {
		texts(a, "street", "city", "state", "zip", "country", "country_code", "type")
	}
	texts(n.optional("org"), "company", "department", "title")
	day := n.may("birthday", 0)
	if _, err := time.Parse(time.DateOnly, day); day != "" && (err != nil || !birthday.MatchString(day)) {
		n.refuse("birthday", "Write birthday as year, month and day: 1990-12-31.")
	}
}

func texts(n node, names ...string) {
	for _, name := range names {
		n.may(name, 0)
	}
}

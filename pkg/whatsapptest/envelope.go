package whatsapptest

import (
	"slices"
	"time"
)

// change is one change of a body, before it is written.
type change struct {
	business string
	at       time.Time // zero for messages, whose entries have no time
	field    string
	value    any // nil for messages, whose value is made of the following

	phone, number                        string
	contacts, messages, statuses, errors []object

	ids []string // of incoming messages
}

// Packing says how the events of one body share it.
type Packing int

const (
	// OneValue puts what concerns one number into one value, and what concerns one account into one entry.
	OneValue Packing = iota
	// OneChangeEach gives each event a change of its own.
	OneChangeEach
	// OneEntryEach gives each event an entry of its own, also when entries are about the same account.
	OneEntryEach
)

// envelope is the whole body.
func envelope(changes []change, packing Packing) object {
	if packing == OneValue {
		changes = merged(changes)
	}
	entries, lists := []object{}, []*[]object{}
	var businesses []string
	for _, c := range changes {
		i := slices.Index(businesses, c.business)
		if i < 0 || packing == OneEntryEach {
			i = len(businesses)
			businesses = append(businesses, c.business)
			lists = append(lists, &[]object{})
			entries = append(entries, c.entry(lists[i]))
		}
		*lists[i] = append(*lists[i], object{{"field", c.field}, {"value", c.content()}})
	}
	return object{{"object", "whatsapp_business_account"}, {"entry", entries}}
}

func (c change) entry(changes *[]object) object {
	e := object{{"id", c.business}}
	if !c.at.IsZero() {
		e = append(e, member{"time", c.at.Unix()})
	}
	return append(e, member{"changes", changes})
}

func (c change) content() any {
	if c.phone == "" {
		return c.value
	}
	value := object{
		{"messaging_product", "whatsapp"},
		{"metadata", object{{"display_phone_number", digits(c.number)}, {"phone_number_id", c.phone}}},
	}
	for _, list := range []struct {
		name  string
		items []object
	}{{"contacts", c.contacts}, {"messages", c.messages}, {"statuses", c.statuses}, {"errors", c.errors}} {
		if len(list.items) > 0 {
			value = append(value, member{list.name, list.items})
		}
	}
	return value
}

// merged joins the changes about one number; a contact is named once.
func merged(changes []change) []change {
	var all []change
	for _, c := range changes {
		i := slices.IndexFunc(all, func(other change) bool { return c.phone != "" && other.phone == c.phone })
		if i < 0 {
			all = append(all, c)
			continue
		}
		for _, contact := range c.contacts {
			known := func(other object) bool { return string(encode(other)) == string(encode(contact)) }
			if !slices.ContainsFunc(all[i].contacts, known) {
				all[i].contacts = append(all[i].contacts, contact)
			}
		}
		all[i].messages = append(all[i].messages, c.messages...)
		all[i].statuses = append(all[i].statuses, c.statuses...)
		all[i].errors = append(all[i].errors, c.errors...)
	}
	return all
}

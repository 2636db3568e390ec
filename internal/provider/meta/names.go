package meta

import (
	"errors"
	"slices"
	"strings"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"

	"github.com/ivendnext/whatsapp-accounts/internal/provider"
)

// The settings that Meta names accounts by.
const (
	fieldPhone    = "phone_id"
	fieldBusiness = "business_id"
)

// Names implements provider.Receiver. Whoever is handed a body looks for these first, a stranger's too, so one that is written as Meta writes them is read once
// and no further than needed. Any other is unfolded, as it will be again when it is handled; a long one names nobody, since unfolding takes a hundred times its length.
func (Receiver) Names(body []byte) provider.Names {
	var p plainNames
	if err := json.Unmarshal(body, &p); err == nil {
		return p.names()
	}
	if len(body) > maxUnfolded {
		return provider.Names{}
	}
	return unfoldedNames(body)
}

// maxUnfolded is the length, in bytes, of the longest body that is unfolded for anybody who sends it. Meta writes none that has to be.
const maxUnfolded = 128 << 10

func unfoldedNames(body []byte) provider.Names {
	var p plainNames
	changes, _ := unfold(body)
	for t := range changes {
		p.add(t.businessID, t.phoneID)
	}
	return p.names()
}

// names says whom a change is for: the number, when it names one, and otherwise the business account.
func (t told) names() map[string]string {
	switch {
	case t.phoneID != "":
		return map[string]string{fieldPhone: t.phoneID}
	case t.businessID != "":
		return map[string]string{fieldBusiness: t.businessID}
	}
	return nil
}

// errNotPlain is a body that is not as Meta writes them.
var errNotPlain = errors.New("meta: it is written in another way")

// plainNames reads the ids that a body names, and fails wherever unfold may read something else in it. It relies on value having no member that a type can
// make unreadable: unfold knows no number of such a change.
type plainNames struct{ businesses, phones []string }

func (p *plainNames) add(business, phone string) {
	if business != "" {
		p.businesses = append(p.businesses, business)
	}
	if phone != "" {
		p.phones = append(p.phones, phone)
	}
}

func (p *plainNames) names() provider.Names {
	names := provider.Names{}
	for field, values := range map[string][]string{fieldPhone: p.phones, fieldBusiness: p.businesses} {
		slices.Sort(values)
		values = slices.DeleteFunc(slices.Compact(values), func(v string) bool { return v == "" })
		if len(values) > 0 {
			names[field] = values
		}
	}
	return names
}

// UnmarshalJSONFrom implements json.UnmarshalerFrom.
func (p *plainNames) UnmarshalJSONFrom(d *jsontext.Decoder) error {
	return readObject(d, members{"entry": func() error { return readArray(d, func() error { return p.entry(d) }) }})
}

func (p *plainNames) entry(d *jsontext.Decoder) error {
	return readObject(d, members{
		"id":      func() error { return readText(d, &p.businesses) },
		"changes": func() error { return readArray(d, func() error { return p.change(d) }) },
	})
}

func (p *plainNames) change(d *jsontext.Decoder) error {
	number := func() error { return readText(d, &p.phones) }
	metadata := func() error { return readObject(d, members{"phone_number_id": number}) }
	return readObject(d, members{"value": func() error { return readObject(d, members{"metadata": metadata}) }})
}

// members are those of an object that are looked at.
type members map[string]func() error

// readObject reads an object. Its other members are passed over, unless they are named so alike that unfold takes them for the same.
func readObject(d *jsontext.Decoder, known members) error {
	if d.PeekKind() != '{' {
		return errNotPlain
	}
	if _, err := d.ReadToken(); err != nil {
		return err
	}
	for d.PeekKind() != '}' {
		name, err := d.ReadToken()
		if err != nil {
			return err
		}
		if err := known.read(d, name.String()); err != nil {
			return err
		}
	}
	_, err := d.ReadToken()
	return err
}

func (m members) read(d *jsontext.Decoder, name string) error {
	if read, known := m[name]; known {
		return read()
	}
	for other := range m {
		if strings.EqualFold(name, other) {
			return errNotPlain
		}
	}
	return d.SkipValue()
}

func readArray(d *jsontext.Decoder, element func() error) error {
	if d.PeekKind() != '[' {
		return errNotPlain
	}
	if _, err := d.ReadToken(); err != nil {
		return err
	}
	for d.PeekKind() != ']' {
		if err := element(); err != nil {
			return err
		}
	}
	_, err := d.ReadToken()
	return err
}

func readText(d *jsontext.Decoder, into *[]string) error {
	if d.PeekKind() != '"' {
		return errNotPlain
	}
	token, err := d.ReadToken()
	if err == nil {
		*into = append(*into, token.String())
	}
	return err
}

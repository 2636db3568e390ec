package meta

import (
	"encoding/json"
	"iter"

	"github.com/ivendnext/whatsapp-accounts/internal/provider"
)

// envelope is the outside of a webhook. Entries and changes are read one by one: a bad one does not spoil the others.
// Source: Meta, WhatsApp Cloud API, Webhooks, "Components".
type envelope struct {
	Entry provider.LooseList `json:"entry"`
}

// entry is what one WhatsApp Business Account tells.
type entry struct {
	ID      provider.LooseText `json:"id"`
	Time    provider.LooseText `json:"time"` // Unix seconds, on account-level fields only
	Changes provider.LooseList `json:"changes"`
}

// change is one update of one field.
type change struct {
	Field provider.LooseText `json:"field"`
	Value value              `json:"value"`
}

// value is what we look at in any change; what else is in it is passed on.
type value struct {
	Metadata json.RawMessage    `json:"metadata"`
	Contacts provider.LooseList `json:"contacts"`
	Messages provider.LooseList `json:"messages"`
	Statuses provider.LooseList `json:"statuses"`
	Errors   provider.LooseList `json:"errors"`

	templateValue
}

// metadata names the number that a change is for.
type metadata struct {
	PhoneNumberID provider.LooseText `json:"phone_number_id"`
}

// told is one change with where it stood. A part that cannot be read has its raw form alone.
type told struct {
	change

	businessID, phoneID, time string
	raw                       json.RawMessage
	nothing                   bool // an entry that lists no change
}

// unfold gives every change of a body, one at a time: taken apart, all of them can be a hundred times as large as the body. It is not readable when it is no JSON object
// with a list of entries.
func unfold(body []byte) (changes iter.Seq[told], readable bool) {
	var e envelope
	if err := json.Unmarshal(body, &e); err != nil {
		return func(func(told) bool) {}, false
	}
	return func(yield func(told) bool) {
		for _, raw := range e.Entry {
			for t := range unfoldEntry(raw) {
				if !yield(t) {
					return
				}
			}
		}
	}, true
}

func unfoldEntry(raw json.RawMessage) iter.Seq[told] {
	return func(yield func(told) bool) {
		var e entry
		if err := json.Unmarshal(raw, &e); err != nil || len(e.Changes) == 0 {
			yield(told{businessID: string(e.ID), raw: raw, nothing: err == nil && e.Changes != nil})
			return
		}
		for _, c := range e.Changes {
			t := told{businessID: string(e.ID), time: string(e.Time), raw: c}
			if err := json.Unmarshal(c, &t.change); err != nil {
				t.Value = value{} // half of a value is no value: the change is passed on whole
			}
			t.phoneID = phoneOf(t.Value.Metadata)
			if !yield(t) {
				return
			}
		}
	}
}

func phoneOf(raw json.RawMessage) string {
	var m metadata
	if len(raw) == 0 || json.Unmarshal(raw, &m) != nil {
		return ""
	}
	return string(m.PhoneNumberID)
}

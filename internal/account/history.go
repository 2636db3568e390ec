package account

import (
	"encoding/json"
	"time"

	"github.com/ivendnext/whatsapp-accounts/internal/provider"
	"github.com/ivendnext/whatsapp-accounts/internal/site"
)

// Action names what a history line records.
type Action string

// The actions. A designation that moves through a change of the account is part of that change;
// the account that loses it gets a line of its own.
const (
	Created      Action = "created"
	Updated      Action = "updated"
	Deleted      Action = "deleted"
	DefaultTaken Action = "default_taken"
	DefaultLost  Action = "default_lost"
)

// Entry is one line of an account's history. It outlives the account.
type Entry struct {
	ID        string // UUIDv7, given by the store
	At        time.Time
	Actor     string // the name of the caller's key
	Action    Action
	Changes   []FieldChange
	RequestID string
}

func entryOf(caller site.Caller, action Action, changes []FieldChange, at time.Time) Entry {
	return Entry{At: at, Actor: caller.Name, Action: action, Changes: changes, RequestID: caller.RequestID}
}

// Lost is the line of the account from which this entry's change took a designation.
func (e Entry) Lost(d Direction) Entry {
	e.Action, e.Changes = DefaultLost, []FieldChange{flagChange(d, true, false)}
	return e
}

// FieldChange says what became of one member. Nil means it was or is not set.
type FieldChange struct {
	Field string // "status", "meta_settings.phone_id"
	From  *Scalar
	To    *Scalar
}

// Scalar is a value in the history: a text or a boolean.
type Scalar struct {
	Text   string
	Bool   bool
	IsBool bool
}

// secretSet and secretChanged are all that history says of a secret's value.
const (
	secretSet     = "set"
	secretChanged = "changed"
)

func text(s string) *Scalar {
	if s == "" {
		return nil
	}
	return &Scalar{Text: s}
}

func boolean(b bool) *Scalar { return &Scalar{Bool: b, IsBool: true} }

func flagChange(d Direction, from, to bool) FieldChange {
	return FieldChange{Field: d.Flag(), From: boolean(from), To: boolean(to)}
}

// birth is what history tells of a new account: what it has, which comes from nothing.
func birth(spec provider.Spec, changes []FieldChange) []FieldChange {
	all := []FieldChange{{Field: "account_type", To: text(string(spec.Type))}}
	for _, c := range changes {
		all = append(all, FieldChange{Field: c.Field, To: c.To})
	}
	return all
}

// farewell is what history keeps of an account that is deleted: its name and what it gave up.
func farewell(a Account) []FieldChange {
	changes := []FieldChange{{Field: "account_name", From: text(a.Name)}}
	for _, d := range Directions() {
		if a.Holds(d) {
			changes = append(changes, flagChange(d, true, false))
		}
	}
	return changes
}

// diff lists what the decision changes, in the order in which an account shows its members.
func diff(spec provider.Spec, before Account, d Decision) []FieldChange {
	after := d.Account
	var changes []FieldChange
	texts := func(field, from, to string) {
		if from != to {
			changes = append(changes, FieldChange{field, text(from), text(to)})
		}
	}
	flags := func(field string, from, to bool) {
		if from != to {
			changes = append(changes, FieldChange{field, boolean(from), boolean(to)})
		}
	}
	texts("account_name", before.Name, after.Name)
	texts("status", string(before.Status), string(after.Status))
	for _, direction := range Directions() {
		flags(direction.Flag(), before.Holds(direction), after.Holds(direction))
	}
	flags("allow_auto_read_receipt", before.AllowAutoReadReceipt, after.AllowAutoReadReceipt)
	for _, f := range spec.Fields {
		field := spec.SettingsKey + "." + f.Name
		if value, touched := d.Secrets[f.Name]; touched {
			_, was := before.SecretsSet[f.Name]
			changes = append(changes, secretChange(field, was, value != nil))
		}
		texts(field, before.Settings[f.Name], after.Settings[f.Name])
	}
	return changes
}

func secretChange(field string, was, is bool) FieldChange {
	change := FieldChange{Field: field}
	if was {
		change.From = text(secretSet)
	}
	if is {
		change.To = text(secretChanged)
	}
	return change
}

// MarshalJSON writes the text or the boolean itself.
func (s Scalar) MarshalJSON() ([]byte, error) {
	if s.IsBool {
		return json.Marshal(s.Bool)
	}
	return json.Marshal(s.Text)
}

// UnmarshalJSON reads a text or a boolean.
func (s *Scalar) UnmarshalJSON(raw []byte) error {
	if err := json.Unmarshal(raw, &s.Bool); err == nil {
		s.IsBool = true
		return nil
	}
	return json.Unmarshal(raw, &s.Text)
}

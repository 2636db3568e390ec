package httpapi

import (
	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"

	v1 "github.com/ivendnext/whatsapp-accounts/api/v1"
	"github.com/ivendnext/whatsapp-accounts/internal/account"
	"github.com/ivendnext/whatsapp-accounts/internal/fault"
	"github.com/ivendnext/whatsapp-accounts/internal/provider"
	"github.com/ivendnext/whatsapp-accounts/internal/secret"
)

// readOnly are the members of an answer that no request may carry.
func readOnly() []string {
	return []string{"id", "webhook_url", "readiness", "created_at", "updated_at"}
}

// createBody reads POST /v1/accounts.
func (a *api) createBody(body []byte) (account.Change, error) {
	var sent v1.AccountCreate
	read, err := a.readAccount(body, &sent)
	return read.into(v1.AccountUpdate(sent)), err
}

// patchBody reads PATCH /v1/accounts/{id}.
func (a *api) patchBody(body []byte) (account.Change, error) {
	var sent v1.AccountUpdate
	read, err := a.readAccount(body, &sent)
	return read.into(sent), err
}

// accountBody is what a body says beside the members of the wire: the settings, and what breaks a rule of its shape.
type accountBody struct {
	sections map[string]account.Section
	wrong    fault.Fields
}

func (b accountBody) into(sent v1.AccountUpdate) account.Change {
	return account.Change{
		Name: sent.AccountName, Type: (*provider.Type)(sent.AccountType), Status: (*account.Status)(sent.Status),
		IsDefaultOutgoing: sent.IsDefaultOutgoing, IsDefaultIncoming: sent.IsDefaultIncoming, AllowAutoReadReceipt: sent.AllowAutoReadReceipt,
		Sections: b.sections, Wrong: b.wrong,
	}
}

// readAccount reads settings apart from the rest: settings by the keys that the providers declare, so that a provider is added
// without touching this room, and the rest into a type of the wire. What can be read and breaks a rule is no error here: the rules of the
// account list it with what they find, so that the caller learns everything at once.
func (a *api) readAccount(body []byte, into any) (read accountBody, err error) {
	var members map[string]jsontext.Value
	if err := decode(body, &members); err != nil {
		return read, err
	}
	if read.sections, err = a.takeSections(members); err != nil {
		return read, err
	}
	if err := refuseMembers(members, readOnly()); err != nil {
		return read, err
	}
	rest, err := json.Marshal(members, json.Deterministic(true))
	if err != nil {
		return read, err
	}
	if err := decode(rest, into); err != nil {
		return read, err
	}
	read.wrong = nulls(members)
	return read, misshapen(into, &read.wrong)
}

// takeSections moves the settings out of a body's members.
func (a *api) takeSections(members map[string]jsontext.Value) (map[string]account.Section, error) {
	sections := map[string]account.Section{}
	for _, spec := range a.Providers.All() {
		raw, sent := members[spec.SettingsKey]
		if !sent {
			continue
		}
		section, err := sectionOf(spec, raw)
		if err != nil {
			return nil, err
		}
		sections[spec.SettingsKey] = section
		delete(members, spec.SettingsKey)
	}
	return sections, nil
}

// sectionOf reads a provider's settings; null in place of the object clears each of them, as RFC 7396 has it.
func sectionOf(spec provider.Spec, raw jsontext.Value) (account.Section, error) {
	at := "/" + spec.SettingsKey
	var values map[string]*string
	if err := decodeAt(at, raw, &values); err != nil {
		return nil, err
	}
	section := account.Section{}
	for _, name := range sortedKeys(values) {
		if _, known := spec.Field(name); !known {
			pointer := jsontext.Pointer(at).AppendToken(name)
			return nil, unreadable(string(pointer), "unknown_member", "There is no such setting.", "Remove it, or correct its spelling; GET /v1/account-types lists the settings.")
		}
		section[name] = nil
		if value := values[name]; value != nil {
			text := secret.New(*value)
			section[name] = &text
		}
	}
	if values == nil {
		for _, f := range spec.Fields {
			section[f.Name] = nil
		}
	}
	return section, nil
}

// refuseMembers refuses members that only answers have.
func refuseMembers(members map[string]jsontext.Value, readOnly []string) error {
	for _, name := range readOnly {
		if _, sent := members[name]; sent {
			return unreadable("/"+name, "read_only_member", "The member is read-only.", "Leave it out.")
		}
	}
	return nil
}

// nulls lists each null that is no setting: only a setting can be cleared.
func nulls(members map[string]jsontext.Value) (wrong fault.Fields) {
	for _, name := range sortedKeys(members) {
		if members[name].Kind() == 'n' {
			wrong.Add("/"+name, "null_not_allowed", name+" cannot be null. Leave it out to keep what it is.")
		}
	}
	return wrong
}

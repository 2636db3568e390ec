package account

import (
	"encoding/json"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/ivendnext/whatsapp-accounts/internal/site"
)

func TestHistoryListsWhatChangedInTheOrderOfAnAccountsMembers(t *testing.T) {
	spec := metaSpec(t)
	d := changed(t, spec, made(t, spec, Inactive), Change{
		Name: new("Brand B"), Status: new(Active), IsDefaultOutgoing: new(true), IsDefaultIncoming: new(true), AllowAutoReadReceipt: new(true),
		Sections: with(spec, Section{"version": set("v24.0"), "app_id": set("1"), "token": set(marked), "app_secret": set(marked)}),
	})
	assert.Equal(t, []FieldChange{
		{"account_name", text("Brand A"), text("Brand B")},
		{"status", text("Inactive"), text("Active")},
		{"is_default_outgoing", boolean(false), boolean(true)},
		{"is_default_incoming", boolean(false), boolean(true)},
		{"allow_auto_read_receipt", boolean(false), boolean(true)},
		{"meta_settings.token", text("set"), text("changed")},
		{"meta_settings.version", text("v25.0"), text("v24.0")},
		{"meta_settings.app_id", text("305000000000007"), text("1")},
		{"meta_settings.app_secret", nil, text("changed")},
	}, d.Changes)
}

func TestHistoryOfACreationTellsWhatWasSet(t *testing.T) {
	spec := wasenderSpec(t)
	d := created(t, spec, Change{Name: new("A"), Status: new(Active), Sections: with(spec, complete(spec))})
	assert.Equal(t, []FieldChange{
		{"account_name", nil, text("A")},
		{"status", text("Inactive"), text("Active")},
		{"is_default_outgoing", boolean(false), boolean(true)},
		{"wasender_settings.wasender_url", nil, text("https://www.wasenderapi.com/api")},
		{"wasender_settings.wasender_api_key", nil, text("changed")},
	}, d.Changes)
}

func TestALineSaysWhoWhenAndFromWhichRequest(t *testing.T) {
	home, err := site.Named("home")
	require.NoError(t, err)
	caller := site.Caller{Principal: site.Principal{KeyID: "k", Name: "erp", Site: home}, RequestID: "r-1"}
	changes := []FieldChange{{"status", text("Active"), text("Inactive")}}
	e := entryOf(caller, Updated, changes, noon())
	assert.Equal(t, Entry{At: noon(), Actor: "erp", Action: Updated, Changes: changes, RequestID: "r-1"}, e)
}

func TestTheLosersLineIsOfTheSameRequest(t *testing.T) {
	e := Entry{At: noon(), Actor: "erp", Action: Created, Changes: []FieldChange{{"account_name", nil, text("B")}}, RequestID: "r-1"}
	lost := e.Lost(Outgoing)
	assert.Equal(t, Entry{
		At: noon(), Actor: "erp", Action: DefaultLost, RequestID: "r-1",
		Changes: []FieldChange{{"is_default_outgoing", boolean(true), boolean(false)}},
	}, lost)
	assert.Equal(t, Created, e.Action, "the line of the one who took it stays")
}

func TestADeletionRemembersTheNameAndWhatWasGivenUp(t *testing.T) {
	a := made(t, metaSpec(t), Active)
	assert.Equal(t, []FieldChange{{"account_name", text("Brand A"), nil}}, farewell(a))
	a.IsDefaultOutgoing, a.IsDefaultIncoming = true, true
	assert.Equal(t, []FieldChange{
		{"account_name", text("Brand A"), nil}, {"is_default_outgoing", boolean(true), boolean(false)}, {"is_default_incoming", boolean(true), boolean(false)},
	}, farewell(a))
}

func TestAScalarIsATextOrABooleanInJSON(t *testing.T) {
	for want, s := range map[string]*Scalar{
		`"Active"`: text("Active"), `"true"`: text("true"), `true`: boolean(true), `false`: boolean(false), `null`: text(""), `"\"<é>"`: text(`"<é>`),
	} {
		raw, err := json.Marshal(s)
		require.NoError(t, err)
		assert.JSONEq(t, want, string(raw))
		var back *Scalar
		require.NoError(t, json.Unmarshal(raw, &back))
		assert.Equal(t, s, back)
	}
	assert.Error(t, json.Unmarshal([]byte("7"), new(Scalar)))
}

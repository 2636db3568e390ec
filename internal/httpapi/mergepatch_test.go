package httpapi_test

import (
	"maps"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	v1 "github.com/ivendnext/whatsapp-accounts/api/v1"
)

// settings are the readable settings of an account, with secrets as "set" or nothing.
func settings(a v1.Account) map[string]string {
	out := map[string]string{}
	text := func(name string, value *string) {
		if value != nil {
			out[name] = *value
		}
	}
	secret := func(name string, s v1.SecretState) {
		if s.IsSet {
			out[name] = "set"
		}
	}
	m := a.MetaSettings
	secret("token", m.Token)
	text("url", m.URL)
	text("version", m.Version)
	secret("webhook_verify_token", m.WebhookVerifyToken)
	text("phone_id", m.PhoneID)
	text("app_id", m.AppID)
	text("business_id", m.BusinessID)
	secret("app_secret", m.AppSecret)
	return out
}

// The fifteen cases of RFC 7396, appendix A, as they look on an account: its members are texts, flags and two objects of texts, never arrays.
func TestMergePatchCasesThatChangeAnAccount(t *testing.T) {
	t.Parallel()
	w := start(t)
	const graph, version = "https://graph.facebook.com", "v25.0"
	for name, c := range map[string]struct {
		before   string // the settings it is made with
		patch    string
		settings map[string]string
	}{
		"1: a member gets another value":          {`{"app_id":"1"}`, `{"meta_settings":{"app_id":"2"}}`, map[string]string{"app_id": "2"}},
		"2: a member is added":                    {`{"app_id":"1"}`, `{"meta_settings":{"business_id":"2"}}`, map[string]string{"app_id": "1", "business_id": "2"}},
		"3: null removes the only member":         {`{"app_id":"1"}`, `{"meta_settings":{"app_id":null}}`, map[string]string{}},
		"4: null removes one of two":              {`{"app_id":"1","business_id":"2"}`, `{"meta_settings":{"app_id":null}}`, map[string]string{"business_id": "2"}},
		"5: a text replaces whatever there was":   {`{"app_id":"1","token":"` + mark + `"}`, `{"meta_settings":{"token":"` + mark + `2"}}`, map[string]string{"app_id": "1", "token": "set"}},
		"7: objects are merged":                   {`{"app_id":"1","token":"` + mark + `"}`, `{"meta_settings":{"app_id":"2","token":null}}`, map[string]string{"app_id": "2"}},
		"13: what is null stays null":             {`{"app_id":null}`, `{"meta_settings":{"business_id":"1"}}`, map[string]string{"business_id": "1"}},
		"14: an object begins from nothing":       {`null`, `{"meta_settings":{"app_id":"1","business_id":null}}`, map[string]string{"app_id": "1"}},
		"15: null below what is not there yet":    {`{}`, `{"meta_settings":{"app_secret":null}}`, map[string]string{}},
		"null for all settings clears every one":  {`{"app_id":"1","token":"` + mark + `","phone_id":"7"}`, `{"meta_settings":null}`, map[string]string{}},
		"an empty object of settings keeps all":   {`{"app_id":"1","token":"` + mark + `"}`, `{"meta_settings":{}}`, map[string]string{"app_id": "1", "token": "set"}},
		"an empty patch keeps all":                {`{"app_id":"1","token":"` + mark + `"}`, `{}`, map[string]string{"app_id": "1", "token": "set"}},
		"an omitted secret stays":                 {`{"token":"` + mark + `"}`, `{"meta_settings":{"app_id":"1"}}`, map[string]string{"app_id": "1", "token": "set"}},
		"null clears a secret":                    {`{"token":"` + mark + `","app_secret":"` + mark + `"}`, `{"meta_settings":{"token":null}}`, map[string]string{"app_secret": "set"}},
		"null restores the default of url":        {`{"url":"https://graph.facebook.com/"}`, `{"meta_settings":{"url":null}}`, map[string]string{}},
		"null restores the default of version":    {`{"version":"v24.0"}`, `{"meta_settings":{"version":null}}`, map[string]string{}},
		"another version is kept by a patch":      {`{"version":"v24.0"}`, `{"meta_settings":{"app_id":"1"}}`, map[string]string{"app_id": "1", "version": "v24.0"}},
		"null in place of settings restores both": {`{"version":"v24.0"}`, `{"meta_settings":null}`, map[string]string{}},
	} {
		t.Run(name, func(t *testing.T) {
			body := `{"account_name":"` + strings.ReplaceAll(t.Name(), "/", " ")[30:] + `","account_type":"Meta","meta_settings":` + c.before + `}`
			id := w.boss.create(t, body).is(201).account().ID
			want := map[string]string{"url": graph, "version": version}
			maps.Copy(want, c.settings)
			assert.Equal(t, want, settings(w.boss.patch(t, at(id), c.patch).is(200).account()))
			assert.Equal(t, want, settings(w.boss.account(t, id)))
			w.boss.delete(t, at(id)).is(204)
		})
	}
}

func TestMergePatchCasesThatAreNoPatchOfAnAccountChangeNothing(t *testing.T) {
	t.Parallel()
	w := start(t)
	id := w.boss.make(t, meta("A")).ID
	for name, c := range map[string]struct {
		patch   string
		pointer []string
	}{
		"6: an array for a text":           {`{"account_name":["b"]}`, []string{"/account_name"}},
		"8: an array of numbers":           {`{"meta_settings":[1]}`, []string{"/meta_settings"}},
		"9: an array for the account":      {`["c","d"]`, nil},
		"10: an array for the account":     {`["c"]`, nil},
		"11: null for the account":         {`null`, nil},
		"12: a text for the account":       {`"bar"`, nil},
		"15: an object below a text":       {`{"meta_settings":{"token":{"ccc":null}}}`, []string{"/meta_settings/token"}},
		"a JSON patch":                     {`[{"op":"replace","path":"/account_name","value":"B"}]`, nil},
		"a number below":                   {`{"meta_settings":{"phone_id":5}}`, []string{"/meta_settings/phone_id"}},
		"a wrong member beside a good one": {`{"account_name":"B","status":1}`, []string{"/status"}},
	} {
		t.Run(name, func(t *testing.T) {
			w.boss.unchanged(t, func() { w.boss.patch(t, at(id), c.patch).refused(400, "wrong_type", c.pointer...) })
		})
	}
}

func TestNullIs422WhereNothingCanBeCleared(t *testing.T) {
	t.Parallel()
	w := start(t)
	id := w.boss.make(t, meta("A", obj{"is_default_outgoing": true, "allow_auto_read_receipt": true})).ID
	for _, name := range []string{"account_name", "account_type", "status", "is_default_outgoing", "is_default_incoming", "allow_auto_read_receipt"} {
		t.Run(name, func(t *testing.T) {
			w.boss.unchanged(t, func() { w.boss.patch(t, at(id), obj{name: nil}).refused(422, "null_not_allowed", "/"+name) })
		})
	}
	w.boss.unchanged(t, func() {
		w.boss.patch(t, at(id), `{"status":null,"account_name":null}`).refused(422, "null_not_allowed", "/account_name", "/status")
	})
}

func TestEmptyTextIs422ForEverySetting(t *testing.T) {
	t.Parallel()
	w := start(t)
	metaID, wasenderID := w.boss.make(t, meta("A")).ID, w.boss.make(t, wasender("B")).ID
	for _, name := range []string{"token", "url", "version", "webhook_verify_token", "phone_id", "app_id", "business_id", "app_secret"} {
		w.boss.unchanged(t, func() {
			w.boss.patch(t, at(metaID), obj{"meta_settings": obj{name: ""}}).refused(422, "invalid_value", "/meta_settings/"+name)
		})
	}
	for _, name := range []string{"wasender_url", "wasender_api_key", "webhook_secret"} {
		w.boss.unchanged(t, func() {
			w.boss.patch(t, at(wasenderID), obj{"wasender_settings": obj{name: ""}}).refused(422, "invalid_value", "/wasender_settings/"+name)
		})
	}
}

func TestClearingWhatAnActiveAccountNeedsIsRefused(t *testing.T) {
	t.Parallel()
	w := start(t)
	id := w.boss.make(t, meta("A")).ID
	for _, name := range []string{"token", "webhook_verify_token", "phone_id", "app_id", "business_id"} {
		w.boss.unchanged(t, func() {
			w.boss.patch(t, at(id), obj{"meta_settings": obj{name: nil}}).refused(422, "required", "/meta_settings/"+name)
		})
	}
	w.boss.patch(t, at(id), obj{"meta_settings": obj{"url": nil, "version": nil, "app_secret": nil}}).is(200)
	w.boss.patch(t, at(id), `{"meta_settings":null}`).refused(422, "required",
		"/meta_settings/token", "/meta_settings/webhook_verify_token", "/meta_settings/phone_id", "/meta_settings/app_id", "/meta_settings/business_id")
	w.boss.patch(t, at(id), `{"status":"Inactive","meta_settings":null}`).is(200)
}

func TestTheThreeStatesOfASecretShowInItsState(t *testing.T) {
	t.Parallel()
	for database, start := range databases() {
		t.Run(database, func(t *testing.T) {
			t.Parallel()
			w := start(t)
			made := w.boss.make(t, draft("A"))
			assert.Equal(t, v1.SecretState{}, made.MetaSettings.Token)
			set := w.boss.patch(t, at(made.ID), obj{"meta_settings": obj{"token": mark}}).is(200).account()
			require.True(t, set.MetaSettings.Token.IsSet)
			assert.Equal(t, set.UpdatedAt, *set.MetaSettings.Token.UpdatedAt)
			kept := w.boss.patch(t, at(made.ID), obj{"meta_settings": obj{"app_id": "1"}}).is(200).account()
			assert.Equal(t, set.MetaSettings.Token, kept.MetaSettings.Token)
			again := w.boss.patch(t, at(made.ID), obj{"meta_settings": obj{"token": mark}}).is(200).account()
			assert.Greater(t, again.MetaSettings.Token.UpdatedAt.UnixMicro(), set.MetaSettings.Token.UpdatedAt.UnixMicro())
			cleared := w.boss.patch(t, at(made.ID), `{"meta_settings":{"token":null}}`).is(200)
			assert.Contains(t, string(cleared.body), `"token":{"is_set":false,"updated_at":null}`)
			history := read[v1.HistoryList](w.boss.get(t, at(made.ID)+"/history").is(200)).Data
			require.Len(t, history, 5)
			assert.JSONEq(t, `"set"`, string(history[0].Changes[0].From))
			assert.JSONEq(t, `null`, string(history[0].Changes[0].To))
			assert.JSONEq(t, `"changed"`, string(history[1].Changes[0].To))
		})
	}
}

func TestSecretsOf4096CharactersAreTaken(t *testing.T) {
	t.Parallel()
	for database, start := range databases() {
		t.Run(database, func(t *testing.T) {
			t.Parallel()
			w := start(t)
			token := mark + strings.Repeat("ü", 4096-len(mark))
			w.boss.make(t, meta("A", obj{"meta_settings": obj{"webhook_verify_token": token, "token": token}}))
			assert.Equal(t, "x", string(w.verify(t, "/webhooks/meta", token, "x").is(200).body))
		})
	}
}

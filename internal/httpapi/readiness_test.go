package httpapi_test

import (
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	v1 "github.com/ivendnext/whatsapp-accounts/api/v1"
	"github.com/ivendnext/whatsapp-accounts/internal/config"
)

func pointers(missing []v1.Missing) []string {
	out := []string{}
	for _, m := range missing {
		out = append(out, m.Pointer)
	}
	return out
}

func codes(warnings []v1.Warning) []string {
	out := []string{}
	for _, w := range warnings {
		out = append(out, w.Code+" "+w.Pointer)
	}
	return out
}

func TestReadinessListsWhatIsMissing(t *testing.T) {
	t.Parallel()
	w := start(t)
	for name, c := range map[string]struct {
		body          obj
		send, receive []string
		warnings      []string
	}{
		"complete":            {meta("A"), []string{}, []string{}, []string{}},
		"complete WASender":   {wasender("A"), []string{}, []string{}, []string{}},
		"without app secret":  {meta("A", obj{"meta_settings": obj{"app_secret": nil}}), []string{}, []string{"/meta_settings/app_secret"}, []string{"app_secret_missing /meta_settings/app_secret"}},
		"without hook secret": {wasender("A", obj{"wasender_settings": obj{"webhook_secret": nil}}), []string{}, []string{"/wasender_settings/webhook_secret"}, []string{"webhook_secret_missing /wasender_settings/webhook_secret"}},
		"complete, Inactive":  {meta("A", inactive()), []string{"/status"}, []string{"/status"}, []string{}},
		"half, Inactive": {
			meta("A", inactive(), obj{"meta_settings": obj{"token": nil, "app_secret": nil, "phone_id": nil}}),
			[]string{"/status", "/meta_settings/token", "/meta_settings/phone_id"},
			[]string{"/status", "/meta_settings/token", "/meta_settings/phone_id", "/meta_settings/app_secret"},
			[]string{"app_secret_missing /meta_settings/app_secret"},
		},
		"a WASender draft": {
			obj{"account_name": "A", "account_type": "WASender"},
			[]string{"/status", "/wasender_settings/wasender_url", "/wasender_settings/wasender_api_key"},
			[]string{"/status", "/wasender_settings/wasender_url", "/wasender_settings/wasender_api_key", "/wasender_settings/webhook_secret"},
			[]string{"webhook_secret_missing /wasender_settings/webhook_secret"},
		},
		"an expired version": {
			meta("A", obj{"meta_settings": obj{"version": "v18.0"}}), []string{}, []string{}, []string{"graph_version_expired /meta_settings/version"},
		},
		"a version before the calendar": {
			meta("A", obj{"meta_settings": obj{"version": "v2.12"}}), []string{}, []string{}, []string{"graph_version_expired /meta_settings/version"},
		},
	} {
		t.Run(name, func(t *testing.T) {
			made := w.boss.make(t, c.body)
			r := made.Readiness
			assert.Equal(t, c.send, pointers(r.Send.Missing))
			assert.Equal(t, c.receive, pointers(r.Receive.Missing))
			assert.Equal(t, c.warnings, codes(r.Warnings))
			assert.Equal(t, len(c.send) == 0, r.Send.OK)
			assert.Equal(t, len(c.receive) == 0, r.Receive.OK)
			for _, m := range append(r.Send.Missing, r.Receive.Missing...) {
				assert.Regexp(t, `^[A-Z].*\.$`, m.Detail)
			}
			w.boss.delete(t, at(made.ID)).is(204)
		})
	}
}

func TestListsOfReadinessAreNeverNull(t *testing.T) {
	t.Parallel()
	w := start(t)
	assert.Contains(t, string(w.boss.create(t, meta("A")).is(201).body),
		`"readiness":{"send":{"ok":true,"missing":[]},"receive":{"ok":true,"missing":[]},"warnings":[]}`)
}

func TestAnInactiveHolderIsWarned(t *testing.T) {
	t.Parallel()
	w := start(t)
	id := w.boss.make(t, meta("A", both)).ID
	w.boss.patch(t, at(id), inactive()).is(200)
	assert.Equal(t, []string{"default_inactive /is_default_outgoing", "default_inactive /is_default_incoming"}, codes(w.boss.account(t, id).Readiness.Warnings))
	w.boss.make(t, meta("B", outgoing))
	assert.Equal(t, []string{"default_inactive /is_default_incoming"}, codes(w.boss.account(t, id).Readiness.Warnings))
	w.boss.patch(t, at(id), active()).is(200)
	assert.Empty(t, w.boss.account(t, id).Readiness.Warnings)
}

func TestTheWebhookURLIsWhatToPasteAtTheProvider(t *testing.T) {
	t.Parallel()
	for public, prefix := range map[string]string{
		"https://wa.example.com": "https://wa.example.com", "https://wa.example.com/": "https://wa.example.com", "https://x.example/wa/": "https://x.example/wa",
	} {
		w := start(t, func(c *config.Serve) { c.PublicURL = public })
		assert.Equal(t, prefix+"/webhooks/meta", w.boss.make(t, meta("A")).WebhookURL)
		s := w.boss.make(t, wasender("B"))
		assert.Equal(t, prefix+"/webhooks/wasender/"+s.ID, s.WebhookURL)
	}
}

func TestWithoutAPublicURLTheWebhookURLIsEmpty(t *testing.T) {
	t.Parallel()
	w := start(t, func(c *config.Serve) { c.PublicURL = "" })
	for _, body := range []obj{meta("A"), wasender("B")} {
		made := w.boss.create(t, body).is(201)
		assert.Contains(t, string(made.body), `"webhook_url":""`)
		for _, h := range []string{"Host", "X-Forwarded-Host", "Forwarded"} {
			assert.Empty(t, w.boss.get(t, at(made.account().ID), h, "evil.example").is(200).account().WebhookURL)
		}
	}
}

func TestAnAccountTypeIsEnoughToDrawTheForm(t *testing.T) {
	t.Parallel()
	w := start(t)
	types := read[v1.AccountTypeList](w.boss.get(t, "/v1/account-types").is(200)).Data
	require.Len(t, types, 2)
	assert.Equal(t, []string{"Meta", "WASender"}, []string{types[0].AccountType, types[1].AccountType})
	assert.Equal(t, []string{"by_choice", "automatic"}, []string{types[0].DefaultOutgoing, types[1].DefaultOutgoing})
	required := map[string]bool{}
	for _, kind := range types {
		for _, f := range kind.Fields {
			assert.NotEmpty(t, f.Label+f.Help)
			assert.Equal(t, f.Kind == "secret", f.Secret)
			required[kind.SettingsKey+"/"+f.Name] = f.RequiredToActivate
		}
	}
	assert.Equal(t, map[string]bool{
		"meta_settings/token": true, "meta_settings/url": true, "meta_settings/version": true, "meta_settings/webhook_verify_token": true, "meta_settings/phone_id": true,
		"meta_settings/app_id": true, "meta_settings/business_id": true, "meta_settings/app_secret": false,
		"wasender_settings/wasender_url": true, "wasender_settings/wasender_api_key": true, "wasender_settings/webhook_secret": false,
	}, required)
}

// The same rules drive the form and the refusal: what the form says is missing is what activation asks for.
func TestActivationAsksForExactlyWhatTheFormRequires(t *testing.T) {
	t.Parallel()
	w := start(t)
	for _, kind := range read[v1.AccountTypeList](w.boss.get(t, "/v1/account-types").is(200)).Data {
		var want []string
		for _, f := range kind.Fields {
			if f.RequiredToActivate && f.Default == nil {
				want = append(want, "/"+kind.SettingsKey+"/"+f.Name)
			}
		}
		w.boss.create(t, obj{"account_name": "A", "account_type": kind.AccountType, "status": "Active"}).refused(422, "required", want...)
	}
}

package account

import (
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/ivendnext/whatsapp-accounts/internal/provider"
)

func TestANewAccountStoresTheDefaultsItWasNotGiven(t *testing.T) {
	a := created(t, metaSpec(t), Change{Name: new("A")}).Account
	assert.Equal(t, map[string]string{"url": "https://graph.facebook.com", "version": "v25.0"}, a.Settings)
	a = created(t, toySpec(), Change{Name: new("A")}).Account
	assert.Equal(t, map[string]string{"toy_region": "eu"}, a.Settings)
	a = created(t, metaSpec(t), Change{Name: new("A"), Sections: with(metaSpec(t), Section{"version": set("v24.0"), "url": nil})}).Account
	assert.Equal(t, map[string]string{"url": "https://graph.facebook.com", "version": "v24.0"}, a.Settings, "null is the default as well")
}

func TestNullRestoresTheDefault(t *testing.T) {
	spec := metaSpec(t)
	a := created(t, spec, Change{Name: new("A"), Sections: with(spec, Section{"version": set("v24.0")})}).Account
	d := changed(t, spec, a, Change{Sections: with(spec, Section{"version": nil, "url": nil})})
	assert.Equal(t, "v25.0", d.Account.Settings["version"])
	assert.Equal(t, []FieldChange{{"meta_settings.version", text("v24.0"), text("v25.0")}}, d.Changes)
}

func TestWhatIsLeftOutStays(t *testing.T) {
	for _, spec := range allSpecs(t) {
		before := made(t, spec, Active)
		d := changed(t, spec, before, Change{Name: new("B"), Sections: with(spec, Section{})})
		assert.Equal(t, before.Settings, d.Account.Settings)
		assert.Equal(t, before.SecretsSet, d.Account.SecretsSet)
		assert.Empty(t, d.Secrets)
	}
}

func TestNullClearsASettingWithoutDefault(t *testing.T) {
	spec := metaSpec(t)
	d := changed(t, spec, made(t, spec, Inactive), Change{Sections: with(spec, Section{"app_id": nil})})
	assert.NotContains(t, d.Account.Settings, "app_id")
	assert.Equal(t, []FieldChange{{"meta_settings.app_id", text("305000000000007"), nil}}, d.Changes)
}

func TestNullClearsASecretThatIsSet(t *testing.T) {
	spec := metaSpec(t)
	d := changed(t, spec, made(t, spec, Inactive), Change{Sections: with(spec, Section{"token": nil, "app_secret": nil})})
	assert.NotContains(t, d.Account.SecretsSet, "token")
	require.Contains(t, d.Secrets, "token")
	assert.Nil(t, d.Secrets["token"])
	assert.NotContains(t, d.Secrets, "app_secret", "it was not set, so there is nothing to write")
	assert.Equal(t, []FieldChange{{"meta_settings.token", text("set"), nil}}, d.Changes)
}

func TestASecretIsKeptExactlyAndKnownByItsTime(t *testing.T) {
	spec := metaSpec(t)
	for _, value := range []string{"x", " two words ", strings.Repeat("é", 4096), "@\U0001F511\\u0041"} {
		d := changed(t, spec, made(t, spec, Active), Change{Sections: with(spec, Section{"webhook_verify_token": set(value)})})
		assert.Equal(t, value, d.Secrets["webhook_verify_token"].Reveal())
		assert.Equal(t, later(), d.Account.SecretsSet["webhook_verify_token"])
		assert.Equal(t, noon(), d.Account.SecretsSet["token"])
		assert.NotContains(t, d.Account.Settings, "webhook_verify_token")
	}
}

func TestAValueThatBreaksItsFieldsRuleIsRefusedAtItsPlace(t *testing.T) {
	for _, c := range []struct {
		spec         provider.Spec
		field, value string
	}{
		{metaSpec(t), "token", ""}, {metaSpec(t), "token", strings.Repeat("x", 4097)}, {metaSpec(t), "token", "x\n"}, {metaSpec(t), "app_secret", "\xff"},
		{metaSpec(t), "webhook_verify_token", ""}, {metaSpec(t), "url", "http://graph.facebook.com"}, {metaSpec(t), "url", "https://graph.facebook.com/v25.0"},
		{metaSpec(t), "url", "https://evil.test"}, {metaSpec(t), "url", ""}, {metaSpec(t), "version", "25"}, {metaSpec(t), "version", "v25"}, {metaSpec(t), "version", ""},
		{metaSpec(t), "phone_id", "+971"}, {metaSpec(t), "app_id", "1 2"}, {metaSpec(t), "business_id", strings.Repeat("1", 33)},
		{wasenderSpec(t), "wasender_url", "https://graph.facebook.com"}, {wasenderSpec(t), "wasender_api_key", " x"}, {wasenderSpec(t), "webhook_secret", ""},
		{toySpec(), "toy_note", "123456789"}, {toySpec(), "toy_note", ""}, {toySpec(), "toy_note", "\xff"}, {toySpec(), "toy_key", strings.Repeat("x", 65)},
	} {
		f, at := refused(t, c.spec, made(t, c.spec, Active), Change{Sections: with(c.spec, Section{c.field: set(c.value)})})
		assert.Equal(t, []string{c.spec.Pointer(c.field) + " invalid_value"}, at, "%q", c.value)
		assert.NotEmpty(t, f.Detail)
	}
}

func TestLengthIsInCharacters(t *testing.T) {
	a := changed(t, toySpec(), made(t, toySpec(), Active), Change{Sections: with(toySpec(), Section{"toy_note": set("éééééééé")})}).Account
	assert.Equal(t, "éééééééé", a.Settings["toy_note"])
}

func TestWhatIsStoredIsWhatTheFieldMadeOfIt(t *testing.T) {
	for _, given := range []string{"www.wasenderapi.com", "https://www.wasenderapi.com/api", "https://www.wasenderapi.com/api/send-message"} {
		spec := wasenderSpec(t)
		a := created(t, spec, Change{Name: new("A"), Sections: with(spec, Section{"wasender_url": set(given)})}).Account
		assert.Equal(t, "https://www.wasenderapi.com/api", a.Settings["wasender_url"], given)
	}
}

func TestSettingsOfAnotherTypeAreRefusedAndNotIgnored(t *testing.T) {
	specs := allSpecs(t)
	for _, spec := range specs {
		for _, other := range specs {
			if other.Type == spec.Type {
				continue
			}
			for _, f := range other.Fields {
				got, at := refused(t, spec, made(t, spec, Active), Change{Sections: with(other, Section{f.Name: set(valid(f))})})
				assert.Equal(t, []string{other.Pointer(f.Name) + " field_not_applicable"}, at)
				assert.Equal(t, "field_not_applicable", got.Code)
				assert.NotContains(t, got.Error(), marked)
			}
		}
	}
}

func TestAFullFormMayClearWhatAnotherTypeWouldHave(t *testing.T) {
	spec, other := metaSpec(t), wasenderSpec(t)
	section := Section{}
	for _, f := range other.Fields {
		section[f.Name] = nil
	}
	d, err := decide(spec, made(t, spec, Active), Change{Sections: with(other, section)}, time.Now())
	require.NoError(t, err)
	assert.Empty(t, d.Changes)
}

func TestAnEmptySectionOfAnotherTypeAsksForNothing(t *testing.T) {
	d := changed(t, metaSpec(t), made(t, metaSpec(t), Active), Change{Sections: with(wasenderSpec(t), Section{})})
	assert.Empty(t, d.Changes)
}

func TestAskingForDefaultsKeepsTheRestOfTheRequest(t *testing.T) {
	ask := Change{Name: new("A"), Sections: map[string]Section{"meta_settings": {"app_id": set("1")}, "wasender_settings": {"wasender_url": nil}}}
	full := withDefaults(metaSpec(t), ask)
	assert.Len(t, full.Sections["meta_settings"], 3)
	assert.Equal(t, ask.Sections["wasender_settings"], full.Sections["wasender_settings"])
	assert.Len(t, ask.Sections["meta_settings"], 1, "what was sent is left alone")
	assert.Equal(t, "A", *full.Name)
}

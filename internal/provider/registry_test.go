package provider_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/ivendnext/whatsapp-accounts/internal/provider"
)

func spec(name provider.Type, fields ...provider.Field) provider.Spec {
	return provider.Spec{Type: name, SettingsKey: string(name) + "_settings", Fields: fields}
}

func TestRegistryGivesSpecsInTheOrderGiven(t *testing.T) {
	r, err := provider.NewRegistry(spec("b"), spec("a"))
	require.NoError(t, err)
	assert.Equal(t, []provider.Type{"b", "a"}, r.Types())
	assert.Equal(t, provider.Type("b"), r.All()[0].Type)
	got, found := r.Get("a")
	assert.True(t, found)
	assert.Equal(t, provider.Type("a"), got.Type)
	got, found = r.ByKey("b_settings")
	assert.True(t, found)
	assert.Equal(t, provider.Type("b"), got.Type)
}

func TestRegistryKnowsOnlyExactNames(t *testing.T) {
	r, err := provider.NewRegistry(spec("Meta"))
	require.NoError(t, err)
	for _, name := range []provider.Type{"", "meta", "META", "Meta "} {
		_, found := r.Get(name)
		assert.False(t, found, "%q", name)
	}
	_, found := r.ByKey("Meta")
	assert.False(t, found)
}

func TestRegistryCannotBeChangedFromOutside(t *testing.T) {
	given := []provider.Spec{spec("a")}
	r, err := provider.NewRegistry(given...)
	require.NoError(t, err)
	given[0].Type = "changed"
	r.All()[0].Type = "changed"
	assert.Equal(t, []provider.Type{"a"}, r.Types())
}

func TestRegistryRefusesContradictions(t *testing.T) {
	secret := provider.Field{Name: "s", Kind: provider.Secret, MaxLength: 9}
	text := provider.Field{Name: "t", Kind: provider.Text, MaxLength: 9}
	with := func(f provider.Field, change func(*provider.Field)) provider.Field {
		change(&f)
		return f
	}
	other := with(secret, func(f *provider.Field) { f.Name = "s2" })
	for name, specs := range map[string][]provider.Spec{
		"no type":                  {{SettingsKey: "k"}},
		"no settings key":          {{Type: "a"}},
		"a type twice":             {spec("a"), spec("a")},
		"a settings key twice":     {spec("a"), {Type: "b", SettingsKey: "a_settings"}},
		"a field twice":            {spec("a", text, text)},
		"no maximal length":        {spec("a", with(text, func(f *provider.Field) { f.MaxLength = 0 }))},
		"a secret that identifies": {spec("a", with(secret, func(f *provider.Field) { f.Identifies = true }))},
		"a unique secret":          {spec("a", with(secret, func(f *provider.Field) { f.Identifies, f.UniqueInSite = true, true }))},
		"a secret with a default":  {spec("a", with(secret, func(f *provider.Field) { f.Default = "x" }))},
		"proof that is no secret":  {spec("a", with(text, func(f *provider.Field) { f.ProvesWebhooks = true }))},
		"answer that is no secret": {spec("a", with(text, func(f *provider.Field) { f.AnswersVerification = true }))},
		"text that is kept":        {spec("a", with(text, func(f *provider.Field) { f.KeepReplaced = time.Hour }))},
		"unique without identity":  {spec("a", with(text, func(f *provider.Field) { f.UniqueInSite = true }))},
		"two proofs": {spec("a", with(secret, func(f *provider.Field) { f.ProvesWebhooks = true }),
			with(other, func(f *provider.Field) { f.ProvesWebhooks = true }))},
		"two answers": {spec("a", with(secret, func(f *provider.Field) { f.AnswersVerification = true }),
			with(other, func(f *provider.Field) { f.AnswersVerification = true }))},
		"a default against the rule": {spec("a", with(text, func(f *provider.Field) { f.Default, f.Clean = "x", provider.CleanDigits() }))},
		"a default that is rewritten": {spec("a", with(text, func(f *provider.Field) {
			f.Default, f.Clean = "x", func(string) (string, string) { return "y", "" }
		}))},
		"an unknown capability": {{Type: "a", SettingsKey: "k", Capabilities: []provider.Capability{"telepathy"}}},
		"a capability twice":    {{Type: "a", SettingsKey: "k", Capabilities: []provider.Capability{provider.CanText, provider.CanText}}},
	} {
		t.Run(name, func(t *testing.T) {
			r, err := provider.NewRegistry(specs...)
			require.Error(t, err)
			assert.Empty(t, r.Types())
		})
	}
}

func TestSpecFindsWhatItHas(t *testing.T) {
	s := spec("a", provider.Field{Name: "x", Kind: provider.Secret, MaxLength: 9}, provider.Field{Name: "y", MaxLength: 9, Identifies: true})
	s.Capabilities = []provider.Capability{provider.CanFlows}
	f, found := s.FieldWhere(func(f provider.Field) bool { return f.Identifies })
	assert.True(t, found)
	assert.Equal(t, "y", f.Name)
	_, found = s.FieldWhere(func(f provider.Field) bool { return f.ProvesWebhooks })
	assert.False(t, found)
	_, found = s.Field("z")
	assert.False(t, found)
	assert.Equal(t, "/a_settings/x", s.Pointer("x"))
	assert.True(t, s.Can(provider.CanFlows))
	assert.False(t, s.Can(provider.CanText))
}

func TestEveryCapabilityIsListedOnce(t *testing.T) {
	seen := map[provider.Capability]bool{}
	for _, c := range provider.Capabilities() {
		assert.False(t, seen[c], "%s", c)
		seen[c] = true
	}
	assert.Len(t, seen, 15)
}

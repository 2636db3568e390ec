package app

import (
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/ivendnext/whatsapp-accounts/internal/config"
	"github.com/ivendnext/whatsapp-accounts/internal/provider"
)

func TestBothProvidersAreWired(t *testing.T) {
	r, err := Providers(config.Providers{MetaVersion: "v25.0"})
	require.NoError(t, err)
	assert.ElementsMatch(t, []provider.Type{"Meta", "WASender"}, r.Types())
}

func TestBothProvidersCanBeAsked(t *testing.T) {
	r, err := Providers(config.Providers{})
	require.NoError(t, err)
	for _, of := range r.Types() {
		_, reads := provider.As[provider.Reader](r, of)
		_, checks := provider.As[provider.Checker](r, of)
		assert.True(t, reads && checks, of)
	}
	_, subscribes := provider.As[provider.Subscriber](r, "Meta")
	assert.True(t, subscribes)
	_, explains := provider.As[provider.Explainer](r, "Meta")
	assert.True(t, explains)
}

func TestWrongSettingOfProvidersIsNamed(t *testing.T) {
	for name, c := range map[string]config.Providers{
		"WA_ALLOWED_PROVIDER_HOSTS (--allowed-provider-hosts)": {AllowedProviderHosts: "graph.facebook.com"},
		"WA_META_VERSION (--meta-version)":                     {MetaVersion: "25"},
	} {
		_, err := Providers(c)
		assert.ErrorContains(t, err, name)
	}
}

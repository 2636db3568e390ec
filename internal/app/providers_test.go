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

func TestWrongSettingOfProvidersIsNamed(t *testing.T) {
	for name, c := range map[string]config.Providers{
		"WA_ALLOWED_PROVIDER_HOSTS (--allowed-provider-hosts)": {AllowedProviderHosts: "graph.facebook.com"},
		"WA_META_VERSION (--meta-version)":                     {MetaVersion: "25"},
	} {
		_, err := Providers(c)
		assert.ErrorContains(t, err, name)
	}
}

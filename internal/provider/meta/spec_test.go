package meta_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/ivendnext/whatsapp-accounts/internal/provider"
	"github.com/ivendnext/whatsapp-accounts/internal/provider/endpoint"
	"github.com/ivendnext/whatsapp-accounts/internal/provider/meta"
	"github.com/ivendnext/whatsapp-accounts/internal/provider/providertest"
)

func spec(t testing.TB, hosts string, private bool) provider.Spec {
	t.Helper()
	parsed, err := endpoint.ParseHosts(hosts, []provider.Type{meta.Type, "WASender"})
	require.NoError(t, err)
	return meta.Spec(meta.Options{Endpoints: endpoint.Policy{Hosts: parsed, AllowPrivate: private}})
}

func field(t testing.TB, s provider.Spec, name string) provider.Field {
	t.Helper()
	f, found := s.Field(name)
	require.True(t, found, name)
	return f
}

func TestMetaConforms(t *testing.T) {
	providertest.Conform(t, spec(t, endpoint.DefaultHosts, false))
}

func TestMetaConformsWithLoopback(t *testing.T) {
	providertest.Conform(t, spec(t, endpoint.DefaultHosts, true))
}

// manual is the form as the manual and the contract describe it: name, label, and the roles of the field.
func manual() []provider.Field {
	return []provider.Field{
		{Name: "token", Label: "Token", Kind: provider.Secret, RequiredToActivate: true},
		{Name: "url", Label: "URL", Kind: provider.URL, RequiredToActivate: true, Default: "https://graph.facebook.com"},
		{Name: "version", Label: "Version", Kind: provider.Version, RequiredToActivate: true, Default: "v25.0"},
		{Name: "webhook_verify_token", Label: "Webhook Verify Token", Kind: provider.Secret, RequiredToActivate: true, AnswersVerification: true},
		{Name: "phone_id", Label: "Phone ID", Kind: provider.Digits, RequiredToActivate: true, Identifies: true, UniqueInSite: true},
		{Name: "app_id", Label: "App ID", Kind: provider.Digits, RequiredToActivate: true},
		{Name: "business_id", Label: "Business ID", Kind: provider.Digits, RequiredToActivate: true, Identifies: true},
		{Name: "app_secret", Label: "App Secret", Kind: provider.Secret, ProvesWebhooks: true, KeepReplaced: 24 * time.Hour},
	}
}

func TestFieldsAreThoseOfTheManualAndTheAppSecret(t *testing.T) {
	var got []provider.Field
	for _, f := range spec(t, endpoint.DefaultHosts, false).Fields {
		f.Help, f.Pattern, f.MaxLength, f.Clean = "", "", 0, nil
		got = append(got, f)
	}
	assert.Equal(t, manual(), got)
}

func TestMetaCanDoAllButRenderLocally(t *testing.T) {
	s := spec(t, endpoint.DefaultHosts, false)
	for _, c := range provider.Capabilities() {
		assert.Equal(t, c != provider.CanTemplateLocalRendering, s.Can(c), "%s", c)
	}
	assert.Equal(t, provider.ByChoice, s.DefaultOutgoing)
}

func TestTheVerifyTokenIsKeptToTheLastSpace(t *testing.T) {
	s := spec(t, endpoint.DefaultHosts, false)
	stored, complaint := field(t, s, "webhook_verify_token").Clean(" choose any ")
	assert.Equal(t, " choose any ", stored)
	assert.Empty(t, complaint)
	for _, name := range []string{"token", "app_secret"} {
		_, complaint := field(t, s, name).Clean("EAAG ")
		assert.Contains(t, complaint, "Copy the value again", name)
	}
}

func TestADefaultVersionOfAnotherFormStopsTheStart(t *testing.T) {
	_, err := provider.NewRegistry(meta.Spec(meta.Options{DefaultVersion: "25"}))
	require.ErrorContains(t, err, "version")
}

func TestTheOperatorChoosesTheDefaultVersion(t *testing.T) {
	s := meta.Spec(meta.Options{DefaultVersion: "v26.0"})
	assert.Equal(t, "v26.0", field(t, s, "version").Default)
}

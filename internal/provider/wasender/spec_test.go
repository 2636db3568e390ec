package wasender_test

import (
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/ivendnext/whatsapp-accounts/internal/provider"
	"github.com/ivendnext/whatsapp-accounts/internal/provider/endpoint"
	"github.com/ivendnext/whatsapp-accounts/internal/provider/providertest"
	"github.com/ivendnext/whatsapp-accounts/internal/provider/wasender"
)

func spec(t testing.TB, private bool) provider.Spec {
	t.Helper()
	hosts, err := endpoint.ParseHosts(endpoint.DefaultHosts, []provider.Type{"Meta", wasender.Type})
	require.NoError(t, err)
	return wasender.Spec(wasender.Options{Endpoints: endpoint.Policy{Hosts: hosts, AllowPrivate: private}})
}

func field(t testing.TB, s provider.Spec, name string) provider.Field {
	t.Helper()
	f, found := s.Field(name)
	require.True(t, found, name)
	return f
}

func TestWASenderConforms(t *testing.T) { providertest.Conform(t, spec(t, false)) }

func TestWASenderConformsWithLoopback(t *testing.T) { providertest.Conform(t, spec(t, true)) }

// manual is the form as the manual and the contract describe it: name, label, and the roles of the field.
func manual() []provider.Field {
	return []provider.Field{
		{Name: "wasender_url", Label: "WASender URL", Kind: provider.URL, RequiredToActivate: true},
		{Name: "wasender_api_key", Label: "WA Sender API Key", Kind: provider.Secret, RequiredToActivate: true},
		{Name: "webhook_secret", Label: "Webhook Secret", Kind: provider.Secret, ProvesWebhooks: true},
	}
}

func TestFieldsAreThoseOfTheManualAndTheWebhookSecret(t *testing.T) {
	var got []provider.Field
	for _, f := range spec(t, false).Fields {
		f.Help, f.Pattern, f.MaxLength, f.Clean = "", "", 0, nil
		got = append(got, f)
	}
	assert.Equal(t, manual(), got)
}

func TestWASenderCanDoTheCommonSixAndRenderLocally(t *testing.T) {
	s := spec(t, false)
	assert.Equal(t, []provider.Capability{
		"text", "media", "location", "contacts", "read_receipts", "message_status", "template_local_rendering",
	}, s.Capabilities)
	assert.Equal(t, provider.Automatic, s.DefaultOutgoing)
	assert.Equal(t, "/webhooks/wasender/{account_id}", s.WebhookPath)
}

func TestSecretsWithASpaceFromThePasteAreRefused(t *testing.T) {
	for _, name := range []string{"wasender_api_key", "webhook_secret"} {
		_, complaint := field(t, spec(t, false), name).Clean(" 0123abcd")
		assert.Contains(t, complaint, "Copy the value again", name)
	}
}

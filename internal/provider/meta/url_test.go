package meta_test

import (
	"net/url"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/ivendnext/whatsapp-accounts/internal/provider/endpoint"
	"github.com/ivendnext/whatsapp-accounts/internal/provider/providertest"
)

func TestHostileURLsAreRefused(t *testing.T) {
	for name, private := range map[string]bool{"in production": false, "with loopback": true} {
		t.Run(name, func(t *testing.T) {
			providertest.RefusesHostileURLs(t, field(t, spec(t, endpoint.DefaultHosts, private), "url"), "graph.facebook.com")
		})
	}
}

func TestLoopbackIsRefusedInProduction(t *testing.T) {
	for _, u := range providertest.LoopbackURLs() {
		_, complaint := field(t, spec(t, endpoint.DefaultHosts, false), "url").Clean(u.Text)
		assert.NotEmpty(t, complaint, u.Why)
		_, complaint = field(t, spec(t, endpoint.DefaultHosts, true), "url").Clean(u.Text)
		assert.Empty(t, complaint, u.Why)
	}
}

func TestTheURLIsStoredAsAnOrigin(t *testing.T) {
	for _, given := range []string{
		"https://graph.facebook.com", "https://graph.facebook.com/", "https://graph.facebook.com:443", "https://graph.facebook.com:443/", "HTTPS://GRAPH.facebook.com",
	} {
		stored, complaint := field(t, spec(t, endpoint.DefaultHosts, false), "url").Clean(given)
		assert.Equal(t, "https://graph.facebook.com", stored, given)
		assert.Empty(t, complaint, given)
	}
}

func TestAPathIsRefusedWithItsCure(t *testing.T) {
	for _, given := range []string{"https://graph.facebook.com/v25.0", "https://graph.facebook.com/v25.0/", "https://graph.facebook.com//"} {
		_, complaint := field(t, spec(t, endpoint.DefaultHosts, false), "url").Clean(given)
		assert.Contains(t, complaint, "the version has a field of its own", given)
	}
}

func TestThereIsNoDefaultURLWhereItsHostIsNotAllowed(t *testing.T) {
	s := spec(t, "Meta=graph.proxy.example", false)
	assert.Empty(t, field(t, s, "url").Default)
	providertest.Conform(t, s)
}

// FuzzMetaURL: what is stored leads to Meta and nowhere else, whoever parses it.
func FuzzMetaURL(f *testing.F) {
	for _, u := range append(providertest.HostileURLs("graph.facebook.com"), providertest.LoopbackURLs()...) {
		f.Add(u.Text)
	}
	f.Add("https://graph.facebook.com:443/")
	clean := field(f, spec(f, endpoint.DefaultHosts, false), "url").Clean
	f.Fuzz(func(t *testing.T, text string) {
		stored, complaint := clean(text)
		if complaint != "" {
			assert.Empty(t, stored)
			return
		}
		u, err := url.Parse(stored)
		require.NoError(t, err)
		assert.Equal(t, &url.URL{Scheme: "https", Host: "graph.facebook.com"}, u)
		given, err := url.Parse(text)
		require.NoError(t, err)
		assert.Nil(t, given.User)
		again, complaint := clean(stored)
		assert.Equal(t, stored, again)
		assert.Empty(t, complaint)
	})
}

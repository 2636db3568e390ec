package wasender_test

import (
	"net/url"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/ivendnext/whatsapp-accounts/internal/provider/providertest"
)

func TestHostBaseAndEndpointAreStoredAsTheBase(t *testing.T) {
	clean := field(t, spec(t, false), "wasender_url").Clean
	for _, host := range []string{"www.wasenderapi.com", "wasenderapi.com"} {
		for _, scheme := range []string{"", "https://", "HTTPS://"} {
			for _, port := range []string{"", ":443"} {
				for _, path := range []string{"", "/", "//", "/api", "/api/", "/api//", "/api/send-message", "/api/send-message/"} {
					stored, complaint := clean(scheme + host + port + path)
					assert.Empty(t, complaint)
					assert.Equal(t, "https://"+host+"/api", stored)
				}
			}
		}
	}
	stored, complaint := clean("WWW.WASenderAPI.com/api")
	assert.Empty(t, complaint)
	assert.Equal(t, "https://www.wasenderapi.com/api", stored)
}

func TestLoopbackIsNormalisedAsWellAndHTTPIsNeverGuessed(t *testing.T) {
	clean := field(t, spec(t, true), "wasender_url").Clean
	for given, want := range map[string]string{
		"http://127.0.0.1:9000":           "http://127.0.0.1:9000/api",
		"http://localhost:9000/api/":      "http://localhost:9000/api",
		"http://[::1]/api/send-message":   "http://[::1]/api",
		"127.0.0.1:9000":                  "https://127.0.0.1:9000/api",
		"localhost":                       "https://localhost/api",
		"www.wasenderapi.com/api":         "https://www.wasenderapi.com/api",
		"https://wasenderapi.com:443/api": "https://wasenderapi.com/api",
	} {
		stored, complaint := clean(given)
		assert.Empty(t, complaint, given)
		assert.Equal(t, want, stored, given)
	}
	for _, u := range providertest.LoopbackURLs() {
		_, complaint := clean(u.Text)
		assert.Empty(t, complaint, u.Why)
		_, complaint = field(t, spec(t, false), "wasender_url").Clean(u.Text)
		assert.NotEmpty(t, complaint, u.Why)
	}
}

func TestAnotherPathIsRefusedWithItsCure(t *testing.T) {
	clean := field(t, spec(t, false), "wasender_url").Clean
	for _, path := range []string{"/v1", "/api/v1", "/API", "/api/send-message/x", "/api/status", "//api", "/api//send-message", "/apis", "/api."} {
		_, complaint := clean("https://www.wasenderapi.com" + path)
		assert.Contains(t, complaint, "let it be /api", path)
	}
}

func TestHostileURLsAreRefused(t *testing.T) {
	for _, private := range []bool{false, true} {
		providertest.RefusesHostileURLs(t, field(t, spec(t, private), "wasender_url"), "wasenderapi.com")
	}
}

// FuzzWASenderURL: what is stored leads to WASender and nowhere else, whoever parses it.
func FuzzWASenderURL(f *testing.F) {
	for _, u := range append(providertest.HostileURLs("www.wasenderapi.com"), providertest.LoopbackURLs()...) {
		f.Add(u.Text)
	}
	for _, seed := range []string{"wasenderapi.com", "www.wasenderapi.com:443/api/send-message//", "https:wasenderapi.com", "wasenderapi.com:https://x"} {
		f.Add(seed)
	}
	clean := field(f, spec(f, false), "wasender_url").Clean
	f.Fuzz(func(t *testing.T, text string) {
		stored, complaint := clean(text)
		if complaint != "" {
			assert.Empty(t, stored)
			return
		}
		u, err := url.Parse(stored)
		require.NoError(t, err)
		assert.Contains(t, []string{"www.wasenderapi.com", "wasenderapi.com"}, u.Host)
		assert.Equal(t, &url.URL{Scheme: "https", Host: u.Host, Path: "/api"}, u)
		assert.Contains(t, strings.ToLower(text), u.Host)
		again, complaint := clean(stored)
		assert.Equal(t, stored, again)
		assert.Empty(t, complaint)
	})
}

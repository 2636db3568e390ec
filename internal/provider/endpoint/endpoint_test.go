package endpoint_test

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/ivendnext/whatsapp-accounts/internal/provider"
	"github.com/ivendnext/whatsapp-accounts/internal/provider/endpoint"
	"github.com/ivendnext/whatsapp-accounts/internal/provider/providertest"
)

func types() []provider.Type { return []provider.Type{"Meta", "WASender"} }

func policy(t testing.TB, allowPrivate bool) endpoint.Policy {
	t.Helper()
	hosts, err := endpoint.ParseHosts(endpoint.DefaultHosts, types())
	require.NoError(t, err)
	return endpoint.Policy{Hosts: hosts, AllowPrivate: allowPrivate}
}

func TestAllowedURLsHaveOneForm(t *testing.T) {
	for text, want := range map[string]endpoint.URL{
		"https://graph.facebook.com":           {Origin: "https://graph.facebook.com"},
		"https://graph.facebook.com/":          {Origin: "https://graph.facebook.com", Path: "/"},
		"https://graph.facebook.com:443":       {Origin: "https://graph.facebook.com"},
		"https://graph.facebook.com:443/v25.0": {Origin: "https://graph.facebook.com", Path: "/v25.0"},
		"HTTPS://Graph.FaceBook.COM/API":       {Origin: "https://graph.facebook.com", Path: "/API"},
	} {
		for _, private := range []bool{false, true} {
			u, complaint := policy(t, private).Judge("Meta", text)
			assert.Equal(t, want, u, text)
			assert.Empty(t, complaint, text)
		}
	}
}

func TestLoopbackNeedsAllowPrivate(t *testing.T) {
	for _, u := range providertest.LoopbackURLs() {
		t.Run(u.Why, func(t *testing.T) {
			_, complaint := policy(t, false).Judge("Meta", u.Text)
			assert.NotEmpty(t, complaint)
			got, complaint := policy(t, true).Judge("Meta", u.Text)
			assert.Empty(t, complaint)
			assert.Equal(t, strings.ToLower(u.Text), got.Origin)
		})
	}
}

func TestLoopbackKeepsThePortThatItsSchemeDoesNotImply(t *testing.T) {
	for text, want := range map[string]string{
		"http://127.0.0.1:443":  "http://127.0.0.1:443",
		"https://127.0.0.1:443": "https://127.0.0.1",
		"http://127.0.0.1:80":   "http://127.0.0.1:80",
		"https://[::1]:443":     "https://[::1]",
	} {
		u, complaint := policy(t, true).Judge("Meta", text)
		assert.Empty(t, complaint)
		assert.Equal(t, want, u.Origin)
	}
}

func TestHostileURLsReachNoOtherHost(t *testing.T) {
	for _, private := range []bool{false, true} {
		for _, h := range providertest.HostileURLs("graph.facebook.com") {
			u, complaint := policy(t, private).Judge("Meta", h.Text)
			assert.NotContains(t, complaint, providertest.Canary, h.Why)
			assert.NotContains(t, complaint, "evil", h.Why)
			if complaint == "" {
				assert.Equal(t, "https://graph.facebook.com", u.Origin, h.Why)
				assert.NotEmpty(t, u.Path, "%s: what is wrong can only be the path, which providers judge", h.Why)
			}
		}
	}
}

func TestATypeMayNotUseTheHostsOfAnother(t *testing.T) {
	_, complaint := policy(t, false).Judge("WASender", "https://graph.facebook.com")
	assert.Contains(t, complaint, "www.wasenderapi.com, wasenderapi.com")
	_, complaint = policy(t, false).Judge("Meta", "https://www.wasenderapi.com")
	assert.Contains(t, complaint, "graph.facebook.com")
}

func TestTheZeroPolicyAllowsNothing(t *testing.T) {
	_, complaint := endpoint.Policy{}.Judge("Meta", "https://graph.facebook.com")
	assert.Contains(t, complaint, "WA_ALLOWED_PROVIDER_HOSTS")
	_, complaint = endpoint.Policy{}.Judge("Meta", "http://127.0.0.1")
	assert.NotEmpty(t, complaint)
}

func TestComplaintsNameTheCure(t *testing.T) {
	for text, cure := range map[string]string{
		"":                                       "Enter a URL",
		"graph.facebook.com":                     "Start the URL with https://",
		"http://graph.facebook.com":              "Start the URL with https://",
		"https://":                               "Add the host",
		"https:///graph.facebook.com":            "Add the host",
		"https://graph.facebook.com ":            "Remove spaces",
		"https://graph.facebook.com\u00a0":       "plain ASCII",
		`https:\\graph.facebook.com`:             "backslash",
		"https://me:pw@graph.facebook.com":       "Remove the @",
		"https://graph.facebook.com#me":          "Remove the #",
		"https://graph.facebook.com?a=b":         "Remove the question mark",
		"https://graph%2efacebook.com":           "Remove the % sign",
		"https://graph.facebook.com:8443":        "Remove the port",
		"https://graph.facebook.com:":            "Remove the port",
		"https://facebook.com":                   "graph.facebook.com",
		"https://" + strings.Repeat("a", 2048):   "2,048",
		"https://graph.facebook.com.":            "graph.facebook.com.",
		"https://graph.facebook.com\\@evil.test": "backslash",
	} {
		_, complaint := policy(t, false).Judge("Meta", text)
		assert.Contains(t, complaint, cure, "%.80q", text)
	}
}

func TestLengthIsBoundedExactly(t *testing.T) {
	longest := "https://graph.facebook.com/" + strings.Repeat("a", endpoint.MaxLength-len("https://graph.facebook.com/"))
	_, complaint := policy(t, false).Judge("Meta", longest)
	assert.Empty(t, complaint)
	_, complaint = policy(t, false).Judge("Meta", longest+"a")
	assert.Contains(t, complaint, "2,048")
}

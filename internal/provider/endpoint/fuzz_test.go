package endpoint_test

import (
	"net/url"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/ivendnext/whatsapp-accounts/internal/provider/endpoint"
	"github.com/ivendnext/whatsapp-accounts/internal/provider/providertest"
)

// FuzzJudge: what passes means to net/url what it meant to us.
func FuzzJudge(f *testing.F) {
	for _, u := range append(providertest.HostileURLs("graph.facebook.com"), providertest.LoopbackURLs()...) {
		f.Add(u.Text)
	}
	p := policy(f, false)
	f.Fuzz(func(t *testing.T, text string) {
		judged, complaint := p.Judge("Meta", text)
		if complaint != "" {
			assert.Zero(t, judged)
			return
		}
		parsed, err := url.Parse(text)
		require.NoError(t, err)
		assert.Equal(t, "https", parsed.Scheme)
		assert.Equal(t, "graph.facebook.com", strings.ToLower(parsed.Hostname()))
		assert.Contains(t, []string{"", "443"}, parsed.Port())
		assert.Nil(t, parsed.User)
		assert.Empty(t, parsed.RawQuery+parsed.Fragment+parsed.Opaque)
		assert.Equal(t, judged.Path, parsed.Path)
		assert.Equal(t, "https://graph.facebook.com", judged.Origin)
	})
}

// FuzzParseHosts: whatever is taken is a host that can be used, and that reads the same again.
func FuzzParseHosts(f *testing.F) {
	for _, seed := range []string{
		endpoint.DefaultHosts, "", "Meta=", "Meta=a.example;Meta=b.example", " Meta = A.example ", "Meta=https://a.example", "Meta=127.0.0.1",
		"Meta=a.example,*.example", "WASender=a.example;Meta=a.example:443", "Meta=\u212a.example", ";;", "==", "Meta=a.example\x00",
	} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, text string) {
		hosts, err := endpoint.ParseHosts(text, types())
		if err != nil {
			assert.Nil(t, hosts)
			return
		}
		var again []string
		for of, names := range hosts {
			assert.True(t, slices.Contains(types(), of))
			for _, name := range names {
				u, complaint := endpoint.Policy{Hosts: hosts}.Judge(of, "https://"+strings.ToUpper(name))
				assert.Empty(t, complaint)
				assert.Equal(t, "https://"+name, u.Origin)
			}
			again = append(again, string(of)+"="+strings.Join(names, ","))
		}
		reread, err := endpoint.ParseHosts(strings.Join(again, ";"), types())
		require.NoError(t, err)
		assert.Equal(t, hosts, reread)
	})
}

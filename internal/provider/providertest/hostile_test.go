package providertest_test

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"

	"github.com/ivendnext/whatsapp-accounts/internal/provider/providertest"
)

func TestHostileURLsAreManyAndDistinct(t *testing.T) {
	whys, texts := map[string]bool{}, map[string]bool{}
	for _, u := range providertest.HostileURLs("graph.facebook.com") {
		assert.False(t, whys[u.Why], "%s is there twice", u.Why)
		assert.False(t, texts[u.Text], "%q is there twice", u.Text)
		assert.NotContains(t, u.Text, "{", "%s has a placeholder left", u.Why)
		whys[u.Why], texts[u.Text] = true, true
	}
	assert.GreaterOrEqual(t, len(texts), 60)
}

func TestHostileURLsAimAtTheAllowedHost(t *testing.T) {
	texts := map[string]string{}
	for _, u := range providertest.HostileURLs("graph.facebook.com") {
		texts[u.Why] = u.Text
	}
	assert.Equal(t, "https://graph.facebook.com@evil.example", texts["the allowed host as user"])
	assert.Equal(t, "https://%67raph.facebook.com", texts["an escaped letter"])
	assert.Equal(t, "https://ｇｒａｐｈ．ｆａｃｅｂｏｏｋ．ｃｏｍ", texts["full-width letters"])
	assert.Equal(t, "https://gr\u0430ph.facebook.com", texts["a Cyrillic letter"])
	assert.True(t, strings.HasSuffix(texts["a query"], providertest.Canary))
}

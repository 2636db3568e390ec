package config_test

import (
	"net/netip"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/ivendnext/whatsapp-accounts/internal/config"
)

func TestNobodyIsTrustedAndNoOriginIsLetInUnlessSaid(t *testing.T) {
	c, err := parse[config.Serve](t)
	require.NoError(t, err)
	proxies, err := c.Proxies()
	require.NoError(t, err)
	assert.Empty(t, proxies)
	origins, err := c.Origins()
	require.NoError(t, err)
	assert.Empty(t, origins)
}

func TestProxiesAreAddressesAndNetworks(t *testing.T) {
	proxies, err := config.Edge{TrustedProxies: "10.0.0.0/8, 192.0.2.1,2001:db8::/32,::1,::ffff:192.0.2.2"}.Proxies()
	require.NoError(t, err)
	assert.Equal(t, []netip.Prefix{
		netip.MustParsePrefix("10.0.0.0/8"), netip.MustParsePrefix("192.0.2.1/32"), netip.MustParsePrefix("2001:db8::/32"),
		netip.MustParsePrefix("::1/128"), netip.MustParsePrefix("192.0.2.2/32"),
	}, proxies)
}

func TestOriginsAreKeptAsBrowsersSendThem(t *testing.T) {
	origins, err := config.Edge{CORSOrigins: "https://app.example.com, http://localhost:3000,https://[::1]:8443,https://xn--bcher-kva.example"}.Origins()
	require.NoError(t, err)
	assert.Equal(t, []string{"https://app.example.com", "http://localhost:3000", "https://[::1]:8443", "https://xn--bcher-kva.example"}, origins)
}

func TestAWrongSettingOfTheEdgeIsNamedHoweverItWasSet(t *testing.T) {
	for variable, wrong := range map[string][]string{
		"WA_TRUSTED_PROXIES": {"proxy.example.com", "10.0.0.0/33", "10.0.0.1/8", "10.0.0.0/8,", "10.0.0.0/8;192.0.2.1", "*", "fe80::1%eth0", "::ffff:10.0.0.0/104", "10.0.0.1:80"},
		"WA_CORS_ORIGINS": {
			"*", "null", "app.example.com", "https://*.example.com", "https://app.example.com/", "https://app.example.com/app", "https://App.example.com", "HTTPS://app.example.com",
			"https://app.example.com:443", "http://app.example.com:80", "https://app.example.com:", "ftp://app.example.com", "https://me@app.example.com", "https://app.example.com?a", "https://",
			"https://bücher.example", "https://app.example.com,", "https://app.example.com https://b.example.com", "file://", "chrome-extension://abc",
		},
		"WA_AUTH_FAILURES":   {"-1", "1000001"},
		"WA_MAX_CONNECTIONS": {"-1", "1000001"},
	} {
		t.Run(variable, func(t *testing.T) {
			for _, value := range wrong {
				t.Setenv(variable, value)
				_, err := parse[config.Serve](t)
				assert.ErrorContains(t, err, variable, "%q", value)
			}
		})
	}
}

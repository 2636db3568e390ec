package endpoint_test

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/ivendnext/whatsapp-accounts/internal/provider/endpoint"
)

func TestDefaultHostsAreTheProvidersOwn(t *testing.T) {
	hosts, err := endpoint.ParseHosts(endpoint.DefaultHosts, types())
	require.NoError(t, err)
	assert.Equal(t, endpoint.Hosts{"Meta": {"graph.facebook.com"}, "WASender": {"www.wasenderapi.com", "wasenderapi.com"}}, hosts)
}

func TestHostsAreReadAsOperatorsWriteThem(t *testing.T) {
	for text, want := range map[string]endpoint.Hosts{
		"Meta=graph.facebook.com":                   {"Meta": {"graph.facebook.com"}},
		" Meta = Graph.Example , b.example ":        {"Meta": {"graph.example", "b.example"}},
		"WASender=a.example;\n\tMeta=a.example":     {"Meta": {"a.example"}, "WASender": {"a.example"}},
		"Meta=xn--bcher-kva.example":                {"Meta": {"xn--bcher-kva.example"}},
		"Meta=" + strings.Repeat("a", 63) + ".test": {"Meta": {strings.Repeat("a", 63) + ".test"}},
	} {
		hosts, err := endpoint.ParseHosts(text, types())
		require.NoError(t, err, text)
		assert.Equal(t, want, hosts, text)
	}
}

func TestHostsThatCannotBeMeantAreRefused(t *testing.T) {
	for text, why := range map[string]string{
		"":                                  "Type=host,host",
		"graph.facebook.com":                "Type=host,host",
		"Meta=a.example;":                   "Type=host,host",
		"Meta:a.example":                    "Type=host,host",
		"=a.example":                        `the types are ["Meta" "WASender"]`,
		"meta=a.example":                    "no account type",
		"Telegram=a.example":                "no account type",
		"Meta=a.example;Meta=b.example":     "Meta is there twice",
		"Meta=":                             "is empty",
		"Meta=a.example,":                   "is empty",
		"Meta=a.example, ,b.example":        "is empty",
		"Meta=a.example,A.example":          "is there twice",
		"Meta=*.facebook.com":               "wildcard",
		"Meta=*":                            "wildcard",
		"Meta=https://graph.facebook.com":   "a name alone",
		"Meta=graph.facebook.com:443":       "a name alone",
		"Meta=graph.facebook.com/v25.0":     "a name alone",
		"Meta=me@graph.facebook.com":        "a name alone",
		"Meta=[::1]":                        "a name alone",
		"Meta=graph.facebook.com.":          "no host name",
		"Meta=.facebook.com":                "no host name",
		"Meta=graph..facebook.com":          "no host name",
		"Meta=graph facebook.com":           "no host name",
		"Meta=graph_.facebook.com":          "no host name",
		"Meta=-graph.facebook.com":          "no host name",
		"Meta=graph-.facebook.com":          "no host name",
		"Meta=gr%61ph.facebook.com":         "no host name",
		"Meta=a=b.example":                  "no host name",
		"Meta=graph.faceboo\u212a.com":      "no host name",
		"Meta=ｇraph.facebook.com":           "no host name",
		"Meta=a." + strings.Repeat("b", 64): "no host name",
		"Meta=" + strings.Repeat("a.", 127): "no host name",
		"Meta=localhost":                    "WA_ALLOW_PRIVATE_PROVIDERS",
		"Meta=a.Localhost":                  "WA_ALLOW_PRIVATE_PROVIDERS",
		"Meta=proxy":                        "no full name",
		"Meta=2130706433":                   "no full name",
		"Meta=127.0.0.1":                    "address",
		"Meta=10.0.0x7f":                    "address",
	} {
		hosts, err := endpoint.ParseHosts(text, types())
		require.ErrorContains(t, err, why, text)
		assert.Nil(t, hosts)
	}
}

func TestATypeThatIsLeftOutMayUseNoHost(t *testing.T) {
	hosts, err := endpoint.ParseHosts("Meta=graph.facebook.com", types())
	require.NoError(t, err)
	_, complaint := endpoint.Policy{Hosts: hosts}.Judge("WASender", "https://www.wasenderapi.com")
	assert.Contains(t, complaint, "Ask whoever operates the service")
}

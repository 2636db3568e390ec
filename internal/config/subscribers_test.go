package config_test

import (
	"net/netip"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/ivendnext/whatsapp-accounts/internal/config"
)

func TestSubscriberNetworksArePrivateNetworks(t *testing.T) {
	for text, want := range map[string][]string{
		"": nil, " ": nil, "10.20.0.0/16": {"10.20.0.0/16"}, "10.0.0.0/8, fd12:3456::/32 ,192.168.1.7": {"10.0.0.0/8", "fd12:3456::/32", "192.168.1.7/32"},
		"127.0.0.0/8,::1,169.254.0.0/16,100.64.0.0/10,172.16.0.0/12,fe80::/10": {"127.0.0.0/8", "::1/128", "169.254.0.0/16", "100.64.0.0/10", "172.16.0.0/12", "fe80::/10"},
	} {
		var prefixes []netip.Prefix
		for _, p := range want {
			prefixes = append(prefixes, netip.MustParsePrefix(p))
		}
		got, err := config.Subscribers{SubscriberNetworks: text}.Networks()
		require.NoError(t, err, text)
		assert.Equal(t, prefixes, got, text)
	}
	for _, text := range []string{"0.0.0.0/0", "::/0", "8.8.8.0/24", "10.0.0.0/7", "172.16.0.0/11", "10.0.0.1/8", "64:ff9b::/96", "2002::/16", "::ffff:10.0.0.0/104", "private", "10.0.0.0/8,", "10.0.0.0/8;fd00::/8"} {
		err := config.Subscribers{SubscriberNetworks: text}.Validate()
		require.ErrorContains(t, err, "WA_SUBSCRIBER_NETWORKS (--subscriber-networks)", text)
	}
}

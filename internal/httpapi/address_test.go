package httpapi

import (
	"net/http"
	"net/http/httptest"
	"net/netip"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
)

// behind is a door that trusts these proxies.
func behind(networks ...string) *api {
	var trusted []netip.Prefix
	for _, n := range networks {
		trusted = append(trusted, netip.MustParsePrefix(n))
	}
	return &api{Deps: Deps{TrustedProxies: trusted}}
}

// arrived is a request as it arrives: from an address, with the values of X-Forwarded-For.
func arrived(from string, forwarded ...string) *http.Request {
	r := httptest.NewRequest(http.MethodGet, "/", nil) //nolint:noctx // it goes nowhere
	r.RemoteAddr = from
	for _, value := range forwarded {
		r.Header.Add("X-Forwarded-For", value)
	}
	return r
}

func TestWithoutTrustedProxiesTheClientIsWhoeverConnects(t *testing.T) {
	for from, want := range map[string]string{
		"192.0.2.7:1234": "192.0.2.7", "[2001:db8::7]:1234": "2001:db8::7", "[::ffff:192.0.2.7]:1234": "192.0.2.7", "[fe80::1%eth0]:1234": "fe80::1",
	} {
		for _, claim := range []string{"", "198.51.100.1", "127.0.0.1", "10.0.0.1, 198.51.100.1"} {
			assert.Equal(t, want, behind().clientAddress(arrived(from, claim)).String(), claim)
		}
	}
}

func TestAClientIsTheLastHopThatIsNoTrustedProxy(t *testing.T) {
	for name, c := range map[string]struct {
		from      string
		forwarded []string
		want      string
	}{
		"a stranger's claim":                 {"192.0.2.7:1", []string{"198.51.100.1"}, "192.0.2.7"},
		"one proxy":                          {"10.0.0.1:1", []string{"198.51.100.1"}, "198.51.100.1"},
		"two proxies":                        {"10.0.0.1:1", []string{"198.51.100.1, 10.0.0.2"}, "198.51.100.1"},
		"two headers are one list":           {"10.0.0.1:1", []string{"198.51.100.1", "10.0.0.2"}, "198.51.100.1"},
		"a client's own claim before it":     {"10.0.0.1:1", []string{"127.0.0.1, 203.0.113.9, 198.51.100.1, 10.0.0.2"}, "198.51.100.1"},
		"a claim to be a proxy":              {"10.0.0.1:1", []string{"203.0.113.9, 10.0.0.3, 198.51.100.1"}, "198.51.100.1"},
		"a proxy of its own right":           {"10.0.0.1:1", nil, "10.0.0.1"},
		"an empty header":                    {"10.0.0.1:1", []string{""}, "10.0.0.1"},
		"nothing but proxies":                {"10.0.0.1:1", []string{"10.0.0.3, 10.0.0.2"}, "10.0.0.3"},
		"what is no address ends the list":   {"10.0.0.1:1", []string{"198.51.100.1, unknown, 10.0.0.2"}, "10.0.0.2"},
		"with a port":                        {"10.0.0.1:1", []string{"198.51.100.1:4711"}, "198.51.100.1"},
		"IPv6":                               {"[2001:db8:1::1]:1", []string{"2001:db8:2::5"}, "2001:db8:2::5"},
		"IPv6 in brackets":                   {"10.0.0.1:1", []string{"[2001:db8:2::5]"}, "2001:db8:2::5"},
		"IPv6 with a port":                   {"10.0.0.1:1", []string{"[2001:db8:2::5]:4711"}, "2001:db8:2::5"},
		"a proxy that connects over IPv6":    {"[::ffff:10.0.0.1]:1", []string{"198.51.100.1"}, "198.51.100.1"},
		"a client in IPv6 clothes":           {"10.0.0.1:1", []string{"::ffff:198.51.100.1"}, "198.51.100.1"},
		"a proxy's neighbour is no proxy":    {"11.0.0.1:1", []string{"198.51.100.1"}, "11.0.0.1"},
		"a proxy in IPv6 clothes on the way": {"10.0.0.1:1", []string{"198.51.100.1, ::ffff:10.0.0.2"}, "198.51.100.1"},
	} {
		t.Run(name, func(t *testing.T) {
			assert.Equal(t, c.want, behind("10.0.0.0/8", "2001:db8:1::/48").clientAddress(arrived(c.from, c.forwarded...)).String())
		})
	}
}

func TestNoOtherHeaderNamesTheClient(t *testing.T) {
	r := arrived("10.0.0.1:1")
	for _, name := range []string{"X-Real-Ip", "Forwarded", "True-Client-Ip", "Cf-Connecting-Ip", "X-Client-Ip"} {
		r.Header.Set(name, "198.51.100.1")
	}
	assert.Equal(t, "10.0.0.1", behind("10.0.0.0/8").clientAddress(r).String())
}

func TestFailuresAreCountedByAddressAndOfIPv6ByNetwork(t *testing.T) {
	for address, want := range map[string]string{
		"192.0.2.7": "192.0.2.7/32", "2001:db8:1:2:3:4:5:6": "2001:db8:1:2::/64", "::1": "::/64",
	} {
		assert.Equal(t, want, subscriber(netip.MustParseAddr(address)).String())
	}
	assert.NotPanics(t, func() { subscriber(netip.Addr{}) }, "a client that cannot be told")
}

func FuzzWhatAClientClaimsIsBelievedFromProxiesOnly(f *testing.F) {
	for _, seed := range []string{"", "198.51.100.1", "a, b", "10.0.0.2, 198.51.100.1", ",,,", "[::1]:80", "::ffff:10.0.0.1", "1.2.3.4:", "%"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, claim string) {
		r := arrived("192.0.2.7:1", claim)
		assert.Equal(t, "192.0.2.7", behind().clientAddress(r).String())
		assert.Equal(t, "192.0.2.7", behind("10.0.0.0/8").clientAddress(r).String())
		r.Header["X-Forwarded-For"] = []string{claim, " 198.51.100.1 "}
		r.RemoteAddr = "10.0.0.1:1"
		assert.Equal(t, "198.51.100.1", behind("10.0.0.0/8").clientAddress(r).String(), "what the proxy added counts, not %q", strings.TrimSpace(claim))
	})
}

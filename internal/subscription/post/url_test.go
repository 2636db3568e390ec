package post_test

import (
	"net/netip"
	"net/url"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/ivendnext/whatsapp-accounts/internal/subscription/post"
)

func within(networks ...string) post.Options {
	o := post.Options{Now: now}
	for _, n := range networks {
		o.Networks = append(o.Networks, netip.MustParsePrefix(n))
	}
	return o
}

// forbidden are hosts that no subscriber has, in every dress.
func forbidden() []string {
	return []string{
		"127.0.0.1", "127.8.9.10", "0.0.0.0", "10.0.0.1", "172.16.0.1", "172.31.255.255", "192.168.1.1", "100.64.0.1", "100.100.100.200", "169.254.169.254", "169.254.170.2",
		"168.63.129.16", "192.0.0.192", "192.0.2.1", "192.88.99.1", "198.18.0.1", "198.51.100.1", "203.0.113.1", "224.0.0.1", "240.0.0.1", "255.255.255.255",
		"[::1]", "[::]", "[::ffff:127.0.0.1]", "[::ffff:169.254.169.254]", "[::ffff:93.184.216.34]", "[::127.0.0.1]", "[64:ff9b::a9fe:a9fe]", "[2002:7f00:1::]", "[2001:db8::1]",
		"[fc00::1]", "[fd00:ec2::254]", "[fe80::1]", "[fe80::1%25eth0]", "[ff02::1]",
		"localhost", "a.localhost", "LOCALHOST", "127.1", "2130706433", "0x7f.0.0.1", "0177.0.0.1", "127.0.0.1.", "0", "127.0.0.1%00.example.com", "a..example.com", ".example.com",
		"example", "exa_mple", "-a.example.com", "a%2eexample.com", "\u2460.example.com", "a.example.com\u3002", "", "a.example.com:", "[::1", "::1", "*.example.com",
	}
}

func TestForbiddenHostsAreRefusedAsText(t *testing.T) {
	p := post.New(post.Options{Now: now})
	for _, host := range forbidden() {
		for _, form := range []string{"https://" + host, "https://" + host + "/hooks", "https://" + host + ":443/"} {
			complaint := p.Complain(form)
			assert.NotEmpty(t, complaint, form)
			assert.Regexp(t, `^[A-Z].*\.$`, complaint)
			if len(host) > 3 && !strings.Contains(host, "example") {
				assert.NotContains(t, complaint, host, "it repeats nothing")
			}
			assert.NotEmpty(t, p.Send(t.Context(), message(form)).Detail, form)
		}
	}
}

func TestPublicHostsAreTaken(t *testing.T) {
	p := post.New(post.Options{Now: now})
	for _, text := range []string{
		"https://hooks.example.com", "https://hooks.example.com/", "https://hooks.example.com:443/a/b?c=d&e=%20f", "https://Hooks.Example.COM/x", "https://a_b.example.com",
		"https://93.184.216.34/hooks", "https://[2a03:2880:f12f:83:face:b00c:0:25de]:443/", "https://xn--bcher-kva.example", "https://hooks.example.com?@",
	} {
		assert.Empty(t, p.Complain(text), text)
	}
}

func TestURLThatIsNotPlainHTTPSIsRefusedWithItsCure(t *testing.T) {
	p := post.New(post.Options{Now: now})
	for text, cure := range map[string]string{
		"":                                       "Enter a URL",
		"hooks.example.com":                      "https://",
		"http://hooks.example.com":               "https://",
		"HTTPS://hooks.example.com":              "https://",
		"ftp://hooks.example.com":                "https://",
		"//hooks.example.com":                    "https://",
		"https:hooks.example.com":                "https://",
		"https://":                               "host name",
		"https:///hooks":                         "host name",
		"https://me:pa55word@hooks.example.com":  "@",
		"https://@hooks.example.com":             "@",
		"https://hooks.example.com#a":            "#",
		"https://hooks.example.com:8443":         "port",
		"https://hooks.example.com:0443":         "port",
		"https://hooks.example.com:":             "port",
		"https://hooks.example.com:99999":        "port",
		`https://hooks.example.com\@evil.test`:   "backslash",
		"https://hooks.example.com/a b":          "spaces",
		"https://hooks.example.com/\n":           "spaces",
		"https://hooks.example.com/é":            "percent-encode",
		"https://" + strings.Repeat("a", 2048):   "2,048",
		"https://hooks.example.com:443@evil.com": "@",
	} {
		complaint := p.Complain(text)
		assert.Contains(t, complaint, cure, "%.80q", text)
		assert.NotContains(t, complaint, "pa55word")
		assert.NotContains(t, complaint, "evil")
	}
}

func TestListedNetworksMayDoWithoutTLSAndOnAnyPort(t *testing.T) {
	p := post.New(within("10.20.0.0/16", "fd12:3456::/32"))
	for _, text := range []string{
		"http://10.20.1.2/hooks", "http://10.20.1.2:8080", "https://10.20.1.2:8443", "http://[fd12:3456::1]:80", "http://shop:8080/hooks", "http://shop.shops.svc.cluster.local", "https://hooks.example.com",
	} {
		assert.Empty(t, p.Complain(text), text)
	}
	for _, text := range []string{
		"http://10.21.1.2", "https://10.21.1.2", "https://192.168.1.1", "http://127.0.0.1", "http://localhost", "http://[::1]", "https://169.254.169.254", "http://[::ffff:10.20.1.2]", "http://93.184.216.34", "https://93.184.216.34:8443",
	} {
		assert.NotEmpty(t, p.Complain(text), text)
	}
}

func TestLoopbackAndLinkLocalAreReachedWhenTheyAreListedAndMetadataNever(t *testing.T) {
	p := post.New(within("127.0.0.0/8", "169.254.0.0/16", "100.64.0.0/10", "fd00::/8", "192.168.0.0/16"))
	for _, text := range []string{"http://127.0.0.1:9", "http://169.254.1.1", "http://100.64.0.1", "http://[fd00::1]"} {
		assert.Empty(t, p.Complain(text), text)
	}
	for _, host := range []string{"169.254.169.254", "169.254.170.2", "169.254.170.23", "100.100.100.200", "[fd00:ec2::254]", "[fd00:ec2::23]", "[fd20:ce::254]", "168.63.129.16", "192.0.0.192"} {
		for _, scheme := range []string{"http://", "https://"} {
			assert.NotEmpty(t, p.Complain(scheme+host), host)
			assert.NotEmpty(t, p.Send(t.Context(), message(scheme+host)).Detail, host)
		}
	}
}

func TestLoopbackIsForDevelopment(t *testing.T) {
	p := post.New(post.Options{AllowLoopback: true, Now: now})
	for _, text := range []string{"http://127.0.0.1:8080/hooks", "http://localhost:8080", "http://[::1]:1", "https://127.0.0.1"} {
		assert.Empty(t, p.Complain(text), text)
	}
	for _, text := range []string{"http://10.0.0.1", "https://10.0.0.1", "http://hooks.example.com", "https://hooks.example.com:8080", "http://0.0.0.0", "http://[::ffff:127.0.0.1]", "http://127.1", "http://localhost:0"} {
		assert.NotEmpty(t, p.Complain(text), text)
	}
}

// FuzzComplain: what passes means to net/url what it meant to us.
func FuzzComplain(f *testing.F) {
	p := post.New(post.Options{Now: now})
	for _, host := range forbidden() {
		f.Add("https://" + host)
	}
	f.Add("https://hooks.example.com:443/a?b=c")
	f.Fuzz(func(t *testing.T, text string) {
		if complaint := p.Complain(text); complaint != "" {
			assert.NotContains(t, complaint, "\n")
			return
		}
		u, err := url.Parse(text)
		require.NoError(t, err)
		assert.Equal(t, "https", u.Scheme)
		assert.Contains(t, []string{"", "443"}, u.Port())
		assert.Nil(t, u.User)
		assert.Empty(t, u.Fragment+u.Opaque)
		assert.NotEmpty(t, u.Hostname())
	})
}

package config

import (
	"fmt"
	"net/netip"
	"net/url"
	"strings"
)

// Edge is how the service meets clients that it does not know: whose word it takes, and how much it bears.
type Edge struct {
	TrustedProxies string `help:"Proxies whose X-Forwarded-For is believed, as addresses or networks: '10.0.0.0/8,2001:db8::1'. Without it the client is whoever connects." env:"WA_TRUSTED_PROXIES" placeholder:"NETWORKS"`
	CORSOrigins    string `help:"Origins whose pages may call /v1 from a browser: 'https://app.example.com,https://admin.example.com'. Without it none may." env:"WA_CORS_ORIGINS" placeholder:"ORIGINS"`
	AuthFailures   int    `help:"Wrong API keys that one client address may try each minute; 0 sets no limit. Keys that are right are never limited." env:"WA_AUTH_FAILURES" default:"60" placeholder:"N"`
	MaxConnections int    `help:"Connections to the API at the same time; further ones wait until one ends. 0 sets no limit." env:"WA_MAX_CONNECTIONS" default:"4096" placeholder:"N"`
}

// Proxies gives the networks of WA_TRUSTED_PROXIES; an address is a network of one.
func (e Edge) Proxies() ([]netip.Prefix, error) {
	var all []netip.Prefix
	for _, text := range list(e.TrustedProxies) {
		p, err := network(text)
		if err != nil {
			return nil, fmt.Errorf("WA_TRUSTED_PROXIES (--trusted-proxies) must be addresses or networks, for example 10.0.0.0/8,2001:db8::1, and not %q", text)
		}
		all = append(all, p)
	}
	return all, nil
}

// network reads an address or a network. Bits beyond the network's length would be a slip of whoever wrote them.
func network(text string) (netip.Prefix, error) {
	if !strings.Contains(text, "/") {
		a, err := netip.ParseAddr(text)
		if err != nil || a.Zone() != "" {
			return netip.Prefix{}, fmt.Errorf("not an address: %w", err)
		}
		a = a.Unmap()
		return netip.PrefixFrom(a, a.BitLen()), nil
	}
	p, err := netip.ParsePrefix(text)
	if err == nil && (p.Masked() != p || p.Addr().Is4In6()) {
		err = fmt.Errorf("%s is not the network's own address", p.Addr())
	}
	return p, err
}

// Origins gives the origins of WA_CORS_ORIGINS, each as browsers write it.
func (e Edge) Origins() ([]string, error) {
	all := list(e.CORSOrigins)
	for _, text := range all {
		if !isOrigin(text) {
			return nil, fmt.Errorf("WA_CORS_ORIGINS (--cors-origins) must be origins as browsers write them, for example https://app.example.com or http://localhost:3000: no path, no wildcard, no default port, in lower case; and not %q", text)
		}
	}
	return all, nil
}

// isOrigin demands the one form in which browsers send an origin, because it is compared letter for letter.
func isOrigin(text string) bool {
	u, err := url.Parse(text)
	if err != nil || u.Hostname() == "" || u.Scheme+"://"+u.Host != text || text != strings.ToLower(text) || strings.ContainsAny(text, "*% ") || !isASCII(text) {
		return false
	}
	standard, known := map[string]string{"http": "80", "https": "443"}[u.Scheme]
	return known && u.Port() != standard && !strings.HasSuffix(u.Host, ":")
}

func isASCII(text string) bool {
	return !strings.ContainsFunc(text, func(r rune) bool { return r > '~' || r < '!' })
}

// list takes a list with commas apart.
func list(text string) []string {
	if strings.TrimSpace(text) == "" {
		return nil
	}
	parts := strings.Split(text, ",")
	for i := range parts {
		parts[i] = strings.TrimSpace(parts[i])
	}
	return parts
}

// Validate checks what the lists mean and that the numbers are none below nothing.
func (e Edge) Validate() error {
	if _, err := e.Proxies(); err != nil {
		return err
	}
	if _, err := e.Origins(); err != nil {
		return err
	}
	if e.AuthFailures < 0 || e.AuthFailures > 1_000_000 {
		return fmt.Errorf("WA_AUTH_FAILURES (--auth-failures) must be from 0 to 1000000; 0 sets no limit")
	}
	if e.MaxConnections < 0 || e.MaxConnections > 1_000_000 {
		return fmt.Errorf("WA_MAX_CONNECTIONS (--max-connections) must be from 0 to 1000000; 0 sets no limit")
	}
	return nil
}

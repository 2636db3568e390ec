// Package endpoint judges the text of a provider's URL: a token travels there, so the host must be one that the operator allows.
// It resolves no name and opens no connection; what a name leads to is judged when it is dialled.
package endpoint

import (
	"net/netip"
	"slices"
	"strconv"
	"strings"

	"github.com/ivendnext/whatsapp-accounts/internal/provider"
)

// MaxLength is the length of the longest URL, in characters.
const MaxLength = 2048

// Policy says which URLs may be used. The zero Policy allows none.
type Policy struct {
	Hosts Hosts
	// AllowPrivate lets loopback (127.0.0.0/8 in dotted decimals, [::1], localhost) use http and any port, and skip Hosts. For development.
	AllowPrivate bool
}

// URL is a URL that a Policy let through, in its one stored form.
type URL struct {
	// Origin is scheme and host in lower case, with a port only on loopback, without a slash at the end.
	Origin string
	// Path is what was written after the host: empty, or "/" and more. Nothing in it is judged or cleaned, so compare it with known paths.
	Path string
}

// Judge splits text, or says in a sentence what to change. The sentence repeats nothing of text, which may hold a secret.
func (p Policy) Judge(of provider.Type, text string) (u URL, complaint string) {
	if complaint = judgeCharacters(text); complaint != "" {
		return URL{}, complaint
	}
	parts, ok := split(text)
	loopback := p.AllowPrivate && isLoopback(parts.host)
	switch {
	case !ok, parts.scheme != "https" && (parts.scheme != "http" || !loopback):
		return URL{}, schemeComplaint
	case parts.host == "":
		return URL{}, hostComplaint
	case !loopback && !slices.Contains(p.Hosts[of], parts.host):
		return URL{}, p.Hosts.complaint(of)
	case parts.hasPort && !IsPort(parts.port), !loopback && parts.hasPort && parts.port != "443":
		return URL{}, portComplaint
	}
	return URL{Origin: parts.origin(), Path: parts.path}, ""
}

// isLoopback reads only the plain spellings: whoever writes 127.1, 0x7f.1 or ::ffff:127.0.0.1 is testing us.
func isLoopback(host string) bool {
	if host == "localhost" || host == "[::1]" {
		return true
	}
	address, err := netip.ParseAddr(host)
	return err == nil && address.Is4() && address.IsLoopback()
}

// IsPort tells a port of TCP, and wants the canonical spelling, so that one URL has one stored form.
func IsPort(port string) bool {
	n, err := strconv.ParseUint(port, 10, 16)
	return err == nil && n > 0 && strconv.FormatUint(n, 10) == port
}

// judgeCharacters leaves only text that every URL parser reads alike.
func judgeCharacters(text string) string {
	switch {
	case text == "":
		return "Enter a URL that starts with https://."
	case len(text) > MaxLength:
		return "Shorten the URL: it may have 2,048 characters at most."
	case strings.ContainsFunc(text, func(r rune) bool { return r <= ' ' || r == 0x7f }):
		return "Remove spaces, tabs, line breaks and control characters from the URL."
	case strings.ContainsFunc(text, func(r rune) bool { return r > 0x7f }):
		return "Type the URL anew in plain ASCII letters: it holds a character that is none and may only look like one."
	}
	for _, c := range forbidden() {
		if strings.Contains(text, c.mark) {
			return c.complaint
		}
	}
	return ""
}

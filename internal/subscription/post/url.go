package post

import (
	"net/netip"
	"net/url"
	"strings"

	"github.com/ivendnext/whatsapp-accounts/internal/provider/endpoint"
)

// maxURL is the length of the longest URL, in characters.
const maxURL = 2048

// The complaints that several rules share.
const (
	schemeComplaint  = "Start the URL with https://, because events are sent to it."
	hostComplaint    = "Use a full host name, such as hooks.example.com, that leads to a server on the public internet."
	addressComplaint = "Use an address of the public internet, or better a host name: this one is not reachable for subscriptions."
	portComplaint    = "Remove the port and the colon before it: only port 443 is used, and https implies it."
)

// Complain implements subscription.Sender: it judges the text of a URL. What a name leads to is judged when it is dialled. The sentence repeats nothing
// of the text, which may hold a secret.
func (p *Poster) Complain(text string) string {
	if complaint := judgeCharacters(text); complaint != "" {
		return complaint
	}
	scheme, rest, _ := strings.Cut(text, "://")
	authority := rest[:lengthUntil(rest, "/?#")]
	u, err := url.Parse(text)
	switch {
	case scheme != "https" && scheme != "http":
		return schemeComplaint
	case strings.Contains(authority, "@"):
		return "Remove the @ sign and what belongs to it: a URL with a user name or password is not stored. The signature proves who sends."
	case err != nil || u.Host != authority || u.Hostname() == "":
		return hostComplaint
	}
	return p.judgeHost(scheme == "https", u.Hostname(), strings.TrimPrefix(authority, strings.TrimSuffix(authority, ":"+u.Port())), u.Port())
}

// judgeHost judges where the URL leads, as far as its text tells. written is the port as it was written, with its colon.
func (p *Poster) judgeHost(secure bool, host, written, port string) string {
	own := len(p.Networks) > 0 // whether the name leads there is judged when it is dialled
	if at, err := netip.ParseAddr(host); err == nil {
		return p.judgeAddress(secure, at, written, port)
	}
	switch {
	case host == "localhost":
		own = p.AllowLoopback
		if !own {
			return hostComplaint
		}
	case !isName(host, own):
		return hostComplaint
	}
	return judgeWay(secure, own, written, port)
}

func (p *Poster) judgeAddress(secure bool, at netip.Addr, written, port string) string {
	if at.Zone() != "" || p.reach(true).Allows(netip.AddrPortFrom(at, 443)) != nil {
		return addressComplaint
	}
	own := p.reach(false).Allows(netip.AddrPortFrom(at, 443)) == nil
	return judgeWay(secure, own, written, port)
}

// judgeWay lets only what may be the operator's own do without TLS and port 443.
func judgeWay(secure, own bool, written, port string) string {
	switch {
	case !secure && !own:
		return schemeComplaint
	case written != "" && !endpoint.IsPort(port):
		return "Correct the port: it is a number from 1 to 65535 after the colon."
	case written != "" && port != "443" && !own:
		return portComplaint
	}
	return ""
}

// isName wants labels of letters, digits, dashes and underscores. A last label that begins with a digit is an address in disguise. One label alone is a name
// inside a network of the operator's.
func isName(host string, own bool) bool {
	labels := strings.Split(strings.TrimSuffix(host, "."), ".")
	for _, l := range labels {
		if l == "" || len(l) > 63 || strings.ContainsFunc(l, alien) || l[0] == '-' {
			return false
		}
	}
	last := labels[len(labels)-1]
	return len(host) <= 253 && (last[0] < '0' || last[0] > '9') && !strings.EqualFold(last, "localhost") && (own || len(labels) > 1)
}

// alien is what no host name holds.
func alien(r rune) bool {
	return r != '-' && r != '_' && (r < '0' || r > '9') && (r < 'a' || r > 'z') && (r < 'A' || r > 'Z')
}

// judgeCharacters leaves only text that every URL parser reads alike.
func judgeCharacters(text string) string {
	switch {
	case text == "":
		return "Enter a URL that starts with https://."
	case len(text) > maxURL:
		return "Shorten the URL: it may have 2,048 characters at most."
	case strings.ContainsFunc(text, func(r rune) bool { return r <= ' ' || r >= 0x7f }):
		return "Write the URL in plain ASCII, without spaces and line breaks: percent-encode what is neither letter nor digit."
	case strings.Contains(text, `\`):
		return "Remove the backslash from the URL; only forward slashes belong in it."
	case strings.Contains(text, "#"):
		return "Remove the # and everything after it from the URL."
	case !strings.Contains(text, "://"):
		return schemeComplaint
	}
	return ""
}

// lengthUntil is how much of the text comes before any of these characters.
func lengthUntil(text, marks string) int {
	if i := strings.IndexAny(text, marks); i >= 0 {
		return i
	}
	return len(text)
}

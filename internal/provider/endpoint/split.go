package endpoint

import "strings"

// parts are the pieces of a URL whose characters were judged: no user info, query, fragment or escape is left to find.
type parts struct {
	scheme, host string // in lower case
	port         string
	hasPort      bool // tells "host:" from "host"
	path         string
}

// split is net/url without its leniency: "https:host", "//host" and "https:/host" are not ok.
func split(text string) (p parts, ok bool) {
	scheme, rest, ok := strings.Cut(text, "://")
	if !ok {
		return parts{}, false
	}
	authority := rest
	if slash := strings.IndexByte(rest, '/'); slash >= 0 {
		authority, p.path = rest[:slash], rest[slash:]
	}
	p.scheme = strings.ToLower(scheme)
	// A host in brackets holds colons of its own.
	inBrackets := strings.LastIndexByte(authority, ']') + 1
	host, port, hasPort := strings.Cut(authority[inBrackets:], ":")
	p.host, p.port, p.hasPort = strings.ToLower(authority[:inBrackets]+host), port, hasPort
	return p, true
}

// origin drops the port that https implies.
func (p parts) origin() string {
	if !p.hasPort || p.scheme == "https" && p.port == "443" {
		return p.scheme + "://" + p.host
	}
	return p.scheme + "://" + p.host + ":" + p.port
}

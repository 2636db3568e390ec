package meta

import "github.com/ivendnext/whatsapp-accounts/internal/provider/endpoint"

// graphURL is where Meta serves the Graph API.
const graphURL = "https://graph.facebook.com"

// defaultURL is empty when the operator does not allow Meta's own host: where a token goes is then for a person to say, not for us to guess.
func defaultURL(p endpoint.Policy) string {
	if _, complaint := p.Judge(Type, graphURL); complaint != "" {
		return ""
	}
	return graphURL
}

// cleanURL stores an origin: the version and the path of a request are put behind it.
func cleanURL(p endpoint.Policy) func(string) (string, string) {
	return func(value string) (string, string) {
		u, complaint := p.Judge(Type, value)
		if complaint != "" {
			return "", complaint
		}
		if u.Path != "" && u.Path != "/" {
			return "", "Remove what follows the host: the URL ends there, and the version has a field of its own."
		}
		return u.Origin, ""
	}
}

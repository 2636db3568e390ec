package wasender

import (
	"strings"

	"github.com/ivendnext/whatsapp-accounts/internal/provider/endpoint"
)

// apiPath is where WASender serves its API; sendPath is the endpoint that its documentation shows, and that people paste.
const (
	apiPath  = "/api"
	sendPath = "/api/send-message"
)

// cleanURL stores the base of the API, whether the host, the base or the send endpoint was given.
func cleanURL(p endpoint.Policy) func(string) (string, string) {
	return func(value string) (string, string) {
		u, complaint := p.Judge(Type, withScheme(value))
		if complaint != "" {
			return "", complaint
		}
		switch strings.TrimRight(u.Path, "/") {
		case "", apiPath, sendPath:
			return u.Origin + apiPath, ""
		}
		return "", "Remove what follows the host, or let it be /api: the service adds the rest."
	}
}

// withScheme completes a bare host. Anything that begins like a URL is left to be judged as it stands.
func withScheme(value string) string {
	scheme, _, _ := strings.Cut(value, ":")
	likeURL := strings.Contains(value, "://") || strings.EqualFold(scheme, "http") || strings.EqualFold(scheme, "https")
	if value == "" || strings.HasPrefix(value, "/") || likeURL {
		return value
	}
	return "https://" + value
}

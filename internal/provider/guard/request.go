package guard

import (
	"bytes"
	"context"
	"net/http"
	"net/url"
	"strings"

	"github.com/ivendnext/whatsapp-accounts/internal/provider"
	"github.com/ivendnext/whatsapp-accounts/internal/secret"
)

// Request is one call to a provider.
type Request struct {
	Of     provider.Type
	Method string
	// Base is the URL as it is stored with the account, and Under the path that it must have: empty, or such as "/api".
	Base, Under string
	// Path is what follows, piece by piece; each is escaped.
	Path  []string
	Query url.Values
	// Body is JSON; nil sends none.
	Body []byte
	// Bearer goes into the Authorization header and nowhere else.
	Bearer secret.Text
	// For are the credentials of the call: none of their secrets is in an error.
	For provider.Credentials
}

// build makes the HTTP request, or the error that says which setting stands in its way.
func (c *Client) build(ctx context.Context, r Request) (*http.Request, error) {
	u, complaint := c.policy.Judge(r.Of, r.Base)
	switch {
	case complaint != "" || strings.TrimSuffix(u.Path, "/") != r.Under:
		return nil, urlRefused(complaint)
	case r.Bearer.IsZero():
		return nil, noToken()
	}
	path, ok := join(r.Path)
	if !ok {
		return nil, incomplete()
	}
	request, err := http.NewRequestWithContext(ctx, r.Method, u.Origin+r.Under+path, bytes.NewReader(r.Body))
	if err != nil {
		return nil, urlRefused("")
	}
	request.URL.RawQuery = r.Query.Encode()
	setHeaders(request.Header, r)
	return request, nil
}

func setHeaders(h http.Header, r Request) {
	h.Set("Authorization", "Bearer "+r.Bearer.Reveal())
	h.Set("Accept", "application/json")
	h.Set("User-Agent", "whatsapp-accounts")
	if r.Body != nil {
		h.Set("Content-Type", "application/json")
	}
}

// join escapes the pieces of a path. A piece that is missing or climbs would name another object, so it is not ok.
func join(pieces []string) (path string, ok bool) {
	var b strings.Builder
	for _, piece := range pieces {
		if piece == "" || piece == "." || piece == ".." {
			return "", false
		}
		b.WriteString("/" + url.PathEscape(piece))
	}
	return b.String(), true
}

package httpapi_test

import (
	"errors"
	"io"
	"net/http"
	"slices"
	"strings"
	"testing"

	"github.com/go-json-experiment/json"
	"github.com/stretchr/testify/require"

	"github.com/ivendnext/whatsapp-accounts/internal/apidoc/contract"
	"github.com/ivendnext/whatsapp-accounts/internal/site"
)

// obj is a JSON object that a test writes.
type obj = map[string]any

// absent, as the value of a header, leaves the header out.
const absent = "\x00"

// caller sends requests. Whatever comes back is held against the manners of the contract and against the OpenAPI document.
type caller struct {
	w     *world
	key   string // empty sends none
	keyID string
	site  site.Site
	// unpromised leaves the OpenAPI document out of it.
	unpromised bool
}

// send makes a request. A body may be nothing, text as it is, a reader (sent in chunks) or anything that becomes JSON. Headers are pairs
// of name and value; they replace those that are sent anyway, and a name may come several times.
func (c *caller) send(t testing.TB, method, path string, body any, headers ...string) *answer {
	t.Helper()
	req := c.request(t, method, path, body, headers...)
	client := &http.Client{
		Transport:     c.judged(t),
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}
	resp, err := client.Do(req)
	require.NoError(t, err)
	read, err := io.ReadAll(resp.Body)
	require.NoError(t, errors.Join(err, resp.Body.Close()))
	a := &answer{t: t, graph: contract.IsGraph(req.URL.Path), status: resp.StatusCode, header: resp.Header, body: read}
	a.behaves(req)
	return a
}

// judged holds every exchange against the OpenAPI document.
func (c *caller) judged(t testing.TB) http.RoundTripper {
	t.Helper()
	if c.unpromised {
		return c.w.transport
	}
	return contract.Transport(t, c.w.transport)
}

// beyond is the same caller, sending what the document does not allow and the service takes.
func (c *caller) beyond() *caller {
	b := *c
	b.unpromised = true
	return &b
}

func (c *caller) request(t testing.TB, method, path string, body any, headers ...string) *http.Request {
	t.Helper()
	req, err := http.NewRequestWithContext(t.Context(), method, c.w.url+path, reader(t, body))
	require.NoError(t, err)
	if c.key != "" {
		req.Header.Set("Authorization", "Bearer "+c.key)
	}
	if body != nil {
		req.Header.Set("Content-Type", "application/json")
	}
	for pair := range slices.Chunk(headers, 2) {
		req.Header.Del(pair[0])
	}
	for pair := range slices.Chunk(headers, 2) {
		if pair[1] != absent {
			req.Header.Add(pair[0], pair[1])
		}
	}
	return req
}

func reader(t testing.TB, body any) io.Reader {
	t.Helper()
	switch body := body.(type) {
	case nil:
		return http.NoBody
	case string:
		return strings.NewReader(body)
	case io.Reader:
		return body
	}
	text, err := json.Marshal(body, json.Deterministic(true))
	require.NoError(t, err)
	return strings.NewReader(string(text))
}

func (c *caller) get(t testing.TB, path string, headers ...string) *answer {
	t.Helper()
	return c.send(t, http.MethodGet, path, nil, headers...)
}

// create asks for an account.
func (c *caller) create(t testing.TB, body any, headers ...string) *answer {
	t.Helper()
	return c.send(t, http.MethodPost, "/v1/accounts", body, headers...)
}

func (c *caller) put(t testing.TB, path string, body any, headers ...string) *answer {
	t.Helper()
	return c.send(t, http.MethodPut, path, body, headers...)
}

func (c *caller) patch(t testing.TB, path string, body any, headers ...string) *answer {
	t.Helper()
	return c.send(t, http.MethodPatch, path, body, headers...)
}

func (c *caller) delete(t testing.TB, path string, headers ...string) *answer {
	t.Helper()
	return c.send(t, http.MethodDelete, path, nil, headers...)
}

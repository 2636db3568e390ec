package contract_test

import (
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/ivendnext/whatsapp-accounts/internal/apidoc/contract"
)

// witness is a test that only notes how it failed.
type witness struct {
	testing.TB
	mu   sync.Mutex
	said []string
}

func (w *witness) Helper() {}

func (w *witness) Errorf(format string, args ...any) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.said = append(w.said, fmt.Sprintf(format, args...))
}

// answer is a service that always answers the same.
type answer struct {
	status int
	header map[string]string
	body   string
}

func (a answer) RoundTrip(req *http.Request) (*http.Response, error) {
	resp := &http.Response{StatusCode: a.status, Header: http.Header{}, Body: io.NopCloser(strings.NewReader(a.body)), Request: req}
	resp.Header.Set("X-Request-Id", "r1")
	resp.Header.Set("Content-Type", "application/json")
	for name, value := range a.header {
		resp.Header.Set(name, value)
	}
	return resp, nil
}

func problem(status int, code string) answer {
	return answer{status, map[string]string{"Content-Type": "application/problem+json", "WWW-Authenticate": "Bearer"}, fmt.Sprintf(
		`{"type":"t","title":"t","status":%d,"detail":"d","instance":"/","code":%q,"fix":"f","request_id":"r1"}`, status, code)}
}

// ask sends one request with a key and gives what the judge said of it.
func ask(t *testing.T, request, body string, got http.RoundTripper) string {
	t.Helper()
	method, path, _ := strings.Cut(request, " ")
	req, err := http.NewRequestWithContext(t.Context(), method, "http://127.0.0.1:1"+path, strings.NewReader(body))
	require.NoError(t, err)
	req.Header.Set("Authorization", "Bearer key")
	req.Header.Set("Content-Type", "application/json")
	w := &witness{TB: t}
	resp, err := contract.Transport(w, got).RoundTrip(req)
	require.NoError(t, err)
	_, err = io.ReadAll(resp.Body)
	require.NoError(t, err)
	require.NoError(t, resp.Body.Close())
	return strings.Join(w.said, "\n")
}

const (
	me       = `{"site":"default","role":"viewer","name":"n"}`
	defaults = `{"outgoing":{"account_id":"01a202bd-c180-7003-8000-000000000000","account_name":"n","account_type":"Meta","status":"Active"},"incoming":null}`
)

func TestWhatIsPromisedPasses(t *testing.T) {
	text := map[string]string{"Content-Type": "text/plain; charset=UTF-8"}
	for name, c := range map[string]struct {
		request string
		got     answer
	}{
		"an answer":                 {"GET /v1/me", answer{200, nil, me}},
		"null and UUIDv7":           {"GET /v1/defaults", answer{200, nil, defaults}},
		"a refusal":                 {"GET /v1/me", problem(401, "unauthenticated")},
		"no body":                   {"DELETE /v1/defaults/outgoing", answer{204, map[string]string{"Content-Type": ""}, ""}},
		"the challenge":             {"GET /webhooks/meta?hub.mode=subscribe&hub.verify_token=t&hub.challenge=123", answer{200, text, "123"}},
		"unchanged":                 {"GET /v1/defaults/outgoing", answer{304, map[string]string{"ETag": `"e"`}, ""}},
		"an unknown path":           {"GET /v2/me", problem(404, "route_not_found")},
		"another method":            {"POST /v1/me", problem(405, "method_not_allowed")},
		"a defect of ours":          {"GET /v1/me", problem(500, "internal")},
		"the reference page":        {"GET /docs/index.css", answer{200, map[string]string{"Content-Type": "text/css"}, "b{}"}},
		"the reference page itself": {"GET /docs", answer{200, map[string]string{"Content-Type": "text/html"}, "<p>"}},
	} {
		t.Run(name, func(t *testing.T) { assert.Empty(t, ask(t, c.request, "", c.got)) })
	}
}

func TestWhatIsNotPromisedFails(t *testing.T) {
	for name, c := range map[string]struct {
		request, body string
		got           answer
		want          string
	}{
		"a status":               {"GET /v1/me", "", answer{201, nil, me}, "lists no such status for getMe"},
		"a refusal's status":     {"GET /v1/me", "", problem(409, "account_inactive"), "lists no such status"},
		"a code":                 {"GET /v1/me", "", problem(401, "expired"), `its code is "expired"`},
		"a media type":           {"GET /v1/me", "", answer{200, map[string]string{"Content-Type": "text/html"}, me}, "Content-Type"},
		"a member that lacks":    {"GET /v1/me", "", answer{200, nil, `{"site":"default","role":"viewer"}`}, "/name"},
		"a member too many":      {"GET /v1/me", "", answer{200, nil, `{"site":"default","role":"viewer","name":"n","token":"x"}`}, "token"},
		"a type":                 {"GET /v1/me", "", answer{200, nil, `{"site":1,"role":"viewer","name":"n"}`}, "/site: "},
		"an enum":                {"GET /v1/me", "", answer{200, nil, `{"site":"s","role":"root","name":"n"}`}, "/role: "},
		"null":                   {"GET /v1/me", "", answer{200, nil, `{"site":null,"role":"viewer","name":"n"}`}, "/site: "},
		"an id":                  {"GET /v1/defaults", "", answer{200, nil, strings.Replace(defaults, "-7003-", "-f003-", 1)}, "/outgoing/account_id: "},
		"a header that lacks":    {"GET /v1/defaults/outgoing", "", answer{304, nil, ""}, "ETag"},
		"a body with 304":        {"GET /v1/defaults/outgoing", "", answer{304, map[string]string{"ETag": `"e"`}, "x"}, "has a body"},
		"an unknown path":        {"GET /v2/me", "", answer{200, nil, me}, "no such operation"},
		"an unknown path's form": {"GET /v2/me", "", answer{404, nil, `{"message":"Not Found"}`}, "a refusal is application/problem+json"},
		"another method":         {"PUT /v1/me", "", answer{200, nil, me}, "no such operation"},
		"a parameter":            {"GET /v1/me?verbose=1", "", answer{200, nil, me}, "the query parameter verbose was taken"},
		"a parameter's value":    {"GET /v1/accounts?limit=201", "", answer{200, nil, `{"data":[],"next_cursor":null}`}, "query parameter limit"},
	} {
		t.Run(name, func(t *testing.T) { assert.Contains(t, ask(t, c.request, c.body, c.got), c.want) })
	}
}

func TestARequestThatWasTakenIsOneOfTheDocument(t *testing.T) {
	taken := answer{200, map[string]string{"ETag": `"e"`}, `{}`}
	said := ask(t, "PUT /v1/defaults/outgoing", `{"account_id":"01a202bd-c180-7003-8000-000000000000","force":true}`, taken)
	assert.Contains(t, said, "PUT /v1/defaults/outgoing answered 200")
	assert.Contains(t, said, "the request was taken, and the document does not allow it")
	assert.NotContains(t, ask(t, "PUT /v1/defaults/outgoing", `{"account_id":"01a202bd-c180-7003-8000-000000000000"}`, taken), "the request was taken")
}

func TestComplaintsQuoteNoValue(t *testing.T) {
	said := ask(t, "GET /v1/me", "", answer{200, nil, `{"site":"default","role":"EAAG-marked-secret","name":{"token":"EAAG-marked-secret"}}`})
	assert.NotEmpty(t, said)
	assert.NotContains(t, said, "EAAG")
}

func TestManyGoroutinesMayShareATransport(t *testing.T) {
	w := &witness{TB: t}
	transport := contract.Transport(w, answer{200, nil, me})
	var wg sync.WaitGroup
	for range 16 {
		wg.Go(func() {
			for range 20 {
				req := httptest.NewRequestWithContext(t.Context(), http.MethodGet, "/v1/me", http.NoBody)
				req.Header.Set("Authorization", "Bearer key")
				resp, err := transport.RoundTrip(req)
				if assert.NoError(t, err) {
					assert.NoError(t, resp.Body.Close())
				}
			}
		})
	}
	wg.Wait()
	assert.Empty(t, w.said)
}

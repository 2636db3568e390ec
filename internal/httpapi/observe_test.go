package httpapi_test

import (
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/ivendnext/whatsapp-accounts/internal/site"
)

func TestEveryRequestIsOneLineOfTheLog(t *testing.T) {
	t.Parallel()
	w := start(t)
	made := w.boss.create(t, meta("A")).is(201)
	id := made.account().ID
	viewer := w.caller(t, "two", site.Viewer)
	for name, c := range map[string]struct {
		by           *caller
		method, path string
		body         any
		headers      []string
		route        string
		status       int
	}{
		"read":           {w.boss, "GET", at(id), nil, nil, "/v1/accounts/:id", 200},
		"list":           {viewer, "GET", "/v1/accounts?q=private", nil, nil, "/v1/accounts", 200},
		"not modified":   {w.boss, "GET", at(id), nil, []string{"If-None-Match", made.etag()}, "/v1/accounts/:id", 304},
		"unreadable":     {w.boss, "POST", "/v1/accounts", "{private", nil, "/v1/accounts", 400},
		"no key":         {w.stranger(), "GET", "/v1/me", nil, nil, "/v1/me", 401},
		"a small role":   {viewer, "DELETE", at(id), nil, nil, "/v1/accounts/:id", 403},
		"no account":     {w.boss, "GET", at("private"), nil, nil, "/v1/accounts/:id", 404},
		"no path":        {w.boss, "GET", "/private/path", nil, nil, "none", 404},
		"no method":      {w.boss, "PUT", at(id), nil, nil, "/v1/accounts/:id", 405},
		"invented":       {w.boss, "PRIVATE", at(id), nil, nil, "/v1/accounts/:id", 405},
		"too large":      {w.boss, "POST", "/v1/accounts", strings.Repeat("private", 1<<18), nil, "/v1/accounts", 413},
		"no JSON":        {w.boss, "POST", "/v1/accounts", "private", []string{"Content-Type", "text/private"}, "/v1/accounts", 415},
		"invalid":        {w.boss, "POST", "/v1/accounts", `{"account_name":"private"}`, nil, "/v1/accounts", 422},
		"verification":   {w.stranger(), "GET", "/webhooks/meta?" + asked("private", "7"), nil, nil, "/webhooks/meta", 403},
		"confined":       {w.stranger(), "GET", "/webhooks/meta/private?" + asked("private", "7"), nil, nil, "/webhooks/meta/:account_id", 403},
		"a page":         {w.stranger(), "GET", "/docs/swagger-ui.css", nil, nil, "/docs/*", 200},
		"a missing page": {w.stranger(), "GET", "/docs/private", nil, nil, "/docs/*", 404},
		"health":         {w.stranger(), "GET", "/healthz", nil, nil, "/healthz", 200},
	} {
		t.Run(name, func(t *testing.T) {
			a := c.by.send(t, c.method, c.path, c.body, c.headers...).is(c.status)
			lines := w.log.of(t, "request", a.header.Get("X-Request-Id"))
			require.Len(t, lines, 1)
			line := lines[0]
			for _, name := range []string{"time", "level", "msg", "request_id"} {
				delete(line, name)
			}
			took, measured := line["duration_ms"].(float64)
			assert.True(t, measured && took >= 0)
			delete(line, "duration_ms")
			want := map[string]any{"method": c.method, "route": c.route, "status": float64(c.status), "caller": "", "site": "", "client": "127.0.0.1"}
			if strings.HasPrefix(c.route, "/webhooks/meta") {
				want["outcome"], want["account_id"] = "unknown_token", ""
			}
			if c.method == "PRIVATE" {
				want["method"] = "other"
			}
			if c.by.key != "" && c.route != "none" && c.status != 405 {
				want["site"] = c.by.site.String()
				want["caller"] = map[string]string{"one": "system_manager of one", "two": "viewer of two"}[c.by.site.String()]
			}
			assert.Equal(t, want, line)
		})
	}
	assert.NotContains(t, w.log.String(), "private")
	assert.NotContains(t, w.log.String(), "PRIVATE")
}

func TestAVerificationIsLoggedWithItsOutcomeAndNotItsToken(t *testing.T) {
	t.Parallel()
	w := start(t)
	id := w.boss.make(t, meta("A")).ID
	for want, a := range map[string]*answer{
		"verified":      w.verify(t, "/webhooks/meta/"+id, verifyToken("A"), "7"),
		"unknown_token": w.verify(t, "/webhooks/meta", "guess-"+mark, "7"),
		"no_token":      w.verify(t, "/webhooks/meta", "", "7"),
		"no_challenge":  w.verify(t, "/webhooks/meta", verifyToken("A"), ""),
		"wrong_mode":    w.stranger().get(t, "/webhooks/meta?hub.verify_token="+mark),
		"unreadable":    w.stranger().get(t, "/webhooks/meta?hub.verify_token="+mark+"&hub.verify_token="+mark),
	} {
		lines := w.log.of(t, "request", a.header.Get("X-Request-Id"))
		require.Len(t, lines, 1)
		assert.Equal(t, want, lines[0]["outcome"])
	}
	for outcome, n := range map[string]string{"verified": "1", "unknown_token": "1", "no_token": "1", "no_challenge": "1", "wrong_mode": "1", "unreadable": "1"} {
		assert.Equal(t, n, w.metrics(t)[`whatsapp_accounts_verifications_total{outcome="`+outcome+`"}`], outcome)
	}
}

// metrics gives every series with its value.
func (w *world) metrics(t testing.TB) map[string]string {
	t.Helper()
	out := httptest.NewRecorder()
	w.Operator.ServeHTTP(out, httptest.NewRequestWithContext(t.Context(), http.MethodGet, "/metrics", nil))
	require.Equal(t, http.StatusOK, out.Code)
	assert.NotContains(t, out.Body.String(), mark)
	series := map[string]string{}
	for line := range strings.Lines(out.Body.String()) {
		if name, value, found := strings.Cut(strings.TrimSpace(line), "} "); found {
			series[name+"}"] = value
		}
	}
	return series
}

func TestRequestsAndRefusalsAreCounted(t *testing.T) {
	t.Parallel()
	w := start(t)
	id := w.boss.make(t, meta("A")).ID
	w.boss.get(t, at(id)).is(200)
	w.boss.get(t, at(never)).is(404)
	w.boss.get(t, at("another")).is(404)
	w.stranger().get(t, at(id)).is(401)
	series := w.metrics(t)
	for name, want := range map[string]string{
		`http_request_duration_seconds_count{method="POST",route="/v1/accounts",status="201"}`:    "1",
		`http_request_duration_seconds_count{method="GET",route="/v1/accounts/:id",status="200"}`: "1",
		`http_request_duration_seconds_count{method="GET",route="/v1/accounts/:id",status="404"}`: "2",
		`http_request_duration_seconds_count{method="GET",route="/v1/accounts/:id",status="401"}`: "1",
		`whatsapp_accounts_refusals_total{code="account_not_found"}`:                              "2",
		`whatsapp_accounts_refusals_total{code="unauthenticated"}`:                                "1",
	} {
		assert.Equal(t, want, series[name], name)
	}
}

func TestStrangersInventNoSeries(t *testing.T) {
	t.Parallel()
	w := start(t)
	knock := func(word string) {
		for _, method := range []string{"GET", "POST", "X" + word} {
			for _, path := range []string{"/" + word, "/v1/" + word, "/v1/accounts/" + word, "/v1/accounts/a/" + word, "/v1/defaults/" + word, "/webhooks/meta/" + word, "/docs/" + word, "/webhooks/meta/a/" + word} {
				w.stranger().send(t, method, path, nil)
				w.boss.send(t, method, path+"?"+word+"="+word, nil)
			}
		}
		w.boss.create(t, obj{word: word})
		w.boss.create(t, obj{"account_name": word, "account_type": word})
		w.verify(t, "/webhooks/meta", word, word)
	}
	knock("zebra")
	before := len(w.metrics(t))
	for _, word := range []string{"quagga", "okapi", "tapir"} {
		knock(word)
	}
	series := w.metrics(t)
	assert.Len(t, series, before)
	for name := range series {
		for _, word := range []string{"zebra", "quagga", "okapi"} {
			assert.NotContains(t, name, word)
		}
	}
}

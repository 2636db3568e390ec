package httpapi_test

import (
	"net/http"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/ivendnext/whatsapp-accounts/internal/httpapi"
)

// pathOf fills the parameters of a path.
func pathOf(pattern, id string) string {
	return strings.NewReplacer("{id}", id, "{direction}", "outgoing", "{version}", "v25.0", "{phone}", id, "{business}", "204000000000001").Replace(pattern)
}

// methodsOf lists the methods of each path, the pages for people included.
func methodsOf() map[string][]string {
	of := map[string][]string{"/docs": {"GET", "HEAD"}, "/docs/swagger-ui.css": {"GET", "HEAD"}}
	for _, r := range httpapi.Routes() {
		of[r.Path] = append(of[r.Path], r.Method)
		if r.Method == http.MethodGet {
			of[r.Path] = append(of[r.Path], http.MethodHead)
		}
	}
	return of
}

func TestAMethodThatAPathDoesNotTakeIs405WithThoseItTakes(t *testing.T) {
	t.Parallel()
	w := start(t)
	for pattern, takes := range methodsOf() {
		slices.Sort(takes)
		for _, method := range []string{"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE", "PROPFIND", "QUERY", "BREW", "get"} {
			if slices.Contains(takes, method) {
				continue
			}
			for _, c := range []*caller{w.boss, w.stranger()} {
				a := c.send(t, method, pathOf(pattern, never), nil)
				require.Equal(t, http.StatusMethodNotAllowed, a.status, "%s %s", method, pattern)
				assert.Equal(t, []string{strings.Join(takes, ", ")}, a.header.Values("Allow"), "%s %s", method, pattern)
				if method != http.MethodHead {
					a.refused(405, "method_not_allowed")
				}
			}
		}
	}
}

func TestHeadIsAnsweredAsGetIsWithoutTheBody(t *testing.T) {
	t.Parallel()
	w := start(t)
	id := w.boss.make(t, meta("A", obj{"is_default_outgoing": true})).ID
	paths := []string{"/docs", "/docs/swagger-ui.css", "/docs/nothing.js", at(never), "/v1/accounts?colour=1", "/webhooks/meta?hub.mode=subscribe&hub.challenge=1&hub.verify_token=" + verifyToken("A")}
	for _, r := range httpapi.Routes() {
		if r.Method == http.MethodGet {
			paths = append(paths, pathOf(r.Path, id))
		}
	}
	for _, path := range paths {
		got, head := w.boss.get(t, path), w.boss.send(t, http.MethodHead, path, nil)
		assert.Equal(t, got.status, head.status, path)
		assert.Empty(t, head.body, path)
		for _, name := range []string{"Content-Type", "ETag", "Content-Security-Policy"} {
			assert.Equal(t, got.header.Values(name), head.header.Values(name), "%s %s", path, name)
		}
		if etag := got.etag(); etag != "" {
			w.boss.send(t, http.MethodHead, path, nil, "If-None-Match", etag).is(304)
		}
	}
	w.stranger().send(t, http.MethodHead, at(id), nil).is(401)
}

func TestAPathThatIsNoneIs404WhateverTheMethod(t *testing.T) {
	t.Parallel()
	w := start(t)
	for _, path := range []string{
		"/", "/v1", "/v1/", "/v2/accounts", "/V1/accounts", "/v1/account", "/v1/accounts/", "/v1/accounts/" + never + "/", "/v1/accounts/" + never + "/histor",
		"/v1/accounts/" + never + "/history/", "/v1/accounts/a/b", "/v1/accounts/a/b/c", "//v1/accounts", "/v1//accounts", "/v1/defaults/", "/v1/defaults/sideways",
		"/v1/defaults/Outgoing", "/v1/defaults/outgoing/", "/v1/defaults/outgoing/x", "/v1/me/", "/webhooks", "/webhooks/", "/webhooks/meta/", "/webhooks/meta/a/b",
		"/webhooks/wasender", "/metrics", "/debug/pprof/", "/healthz/", "/openapi.yaml", "/.env", "/%00", "/%ff", "/%2e%2e/etc/passwd", "/v1/accounts%2F" + never,
		"/index.html", "/docs/nothing.js", "/docs/index.html", "/docs/../v1/accounts", "/docs/%2e%2e/go.mod",
	} {
		for _, method := range []string{"GET", "POST", "PUT", "DELETE", "OPTIONS", "BREW"} {
			a := w.boss.send(t, method, path, obj{})
			if a.status == http.StatusMethodNotAllowed && method != "GET" { // the path of another method's route
				continue
			}
			require.Equal(t, http.StatusNotFound, a.status, "%s %s", method, path)
			assert.Empty(t, a.header.Get("Allow"))
			a.refused(404, "route_not_found")
		}
	}
}

// malformed are spellings of an id that no account answers to, its own included.
func malformed(id string) map[string]string {
	return map[string]string{
		"a word": "x", "a number": "1", "upper case": strings.ToUpper(id), "no dashes": strings.ReplaceAll(id, "-", ""), "braces": "%7B" + id + "%7D",
		"a URN": "urn:uuid:" + id, "one character more": id + "0", "one less": id[1:], "a space": id + "%20", "a NUL": id + "%00", "a line feed": id + "%0A",
		"no text": "%ff%fe", "a quote": id + "'", "an injection": id + "'%20OR%20'1'='1", "an escaped letter": "%30" + id[1:], "a wildcard": "%25", "null": "null",
		"zeros": "00000000-0000-0000-0000-000000000000", "very long": strings.Repeat("a", 4000),
	}
}

func TestAMalformedIDIs404(t *testing.T) {
	t.Parallel()
	w := start(t)
	own := w.boss.make(t, meta("Own")).ID
	for name, id := range malformed(own) {
		t.Run(name, func(t *testing.T) {
			w.boss.get(t, at(id)).refused(404, "account_not_found")
			w.boss.patch(t, at(id), inactive(), "If-Match", `"x"`).refused(404, "account_not_found")
			w.boss.delete(t, at(id), "If-Match", `"x"`).refused(404, "account_not_found")
			w.boss.get(t, at(id)+"/history").refused(404, "account_not_found")
			w.boss.get(t, "/v1/route?account_id="+strings.ReplaceAll(id, "%30", "%2530")).refused(404, "account_not_found")
			w.stranger().get(t, "/webhooks/meta/"+id+"?hub.mode=subscribe&hub.challenge=1&hub.verify_token="+verifyToken("Own")).refused(403, "verification_refused")
		})
	}
	assert.Equal(t, "Active", w.boss.account(t, own).Status)
}

func TestAMalformedIDInABodyIs404(t *testing.T) {
	t.Parallel()
	w := start(t)
	own := w.boss.make(t, meta("Own")).ID
	for _, id := range []string{"", " ", "x", strings.ToUpper(own), own + " ", "{" + own + "}", own + "\x00", never} {
		w.boss.put(t, "/v1/defaults/outgoing", obj{"account_id": id}).refused(404, "account_not_found", "/account_id")
	}
}

func TestThePageForPeopleIsServedOffline(t *testing.T) {
	t.Parallel()
	w := start(t)
	page := w.stranger().get(t, "/docs").is(200)
	assert.Contains(t, string(page.body), "/openapi.json")
	assert.NotContains(t, string(page.body), "src=\"http")
	policy := page.header.Get("Content-Security-Policy")
	assert.Contains(t, policy, "default-src 'self'")
	assert.NotContains(t, policy, "http")
	assert.Equal(t, "default-src 'none'; frame-ancestors 'none'", w.stranger().get(t, "/healthz").header.Get("Content-Security-Policy"))
	w.stranger().get(t, "/docs/swagger-ui-bundle.js").is(200)
	w.stranger().get(t, "/docs/swagger-ui.css", "Range", "bytes=999999999-").is(200)
}

// TestAKeyedRequestAtAnIDThatIsNoneIs404 was a 500 on PostgreSQL, which keeps neither NUL nor what is no UTF-8, and indexes nothing that is long.
func TestAKeyedRequestAtAnIDThatIsNoneIs404(t *testing.T) {
	t.Parallel()
	for database, start := range databases() {
		t.Run(database, func(t *testing.T) {
			t.Parallel()
			w := start(t)
			for _, id := range []string{"%00", "%FF", "%ED%A0%80", "x", strings.Repeat("%C3%A9", 3000)} {
				for _, path := range []string{"/v1/subscriptions/" + id + "/rotate-secret", "/v1/events/" + id + "/redeliver"} {
					for range 2 {
						a := w.boss.send(t, http.MethodPost, path, obj{}, "Idempotency-Key", "k")
						assert.Equal(t, http.StatusNotFound, a.status, "%.60s: %s", path, a.body)
					}
				}
			}
		})
	}
}

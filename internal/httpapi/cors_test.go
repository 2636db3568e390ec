package httpapi_test

import (
	"net/http"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"

	"github.com/ivendnext/whatsapp-accounts/internal/config"
	"github.com/ivendnext/whatsapp-accounts/internal/httpapi"
)

const (
	friend = "https://app.example.com"
	foe    = "https://evil.example"
)

func friendly(c *config.Serve) { c.CORSOrigins = friend + ",http://localhost:3000" }

// preflight asks as a browser does before it sends what no form could.
func (w *world) preflight(t testing.TB, origin, path, method string) *answer {
	t.Helper()
	return w.stranger().beyond().send(t, http.MethodOptions, path, nil,
		"Origin", origin, "Access-Control-Request-Method", method, "Access-Control-Request-Headers", "authorization,content-type")
}

// grants are the headers of an answer by which a browser lets a page do something.
func grants(a *answer) map[string]string {
	found := map[string]string{}
	for name, values := range a.header {
		if rest, is := strings.CutPrefix(name, "Access-Control-"); is {
			found[rest] = strings.Join(values, "|")
		}
	}
	return found
}

func TestWithoutOriginsNoPageIsGrantedAnything(t *testing.T) {
	t.Parallel()
	w := start(t)
	for _, origin := range []string{friend, "null", w.url} {
		assert.Empty(t, grants(w.boss.get(t, "/v1/me", "Origin", origin).is(200)))
		a := w.preflight(t, origin, "/v1/me", "GET")
		a.refused(405, "method_not_allowed")
		assert.Empty(t, grants(a))
		assert.Empty(t, a.header.Values("Vary"))
	}
}

func TestAPageOfAnAllowedOriginMayReadEveryAnswer(t *testing.T) {
	t.Parallel()
	w := start(t, friendly)
	made := w.boss.create(t, meta("A"), "Origin", friend).is(201)
	id := made.account().ID
	for name, a := range map[string]*answer{
		"made":         made,
		"read":         w.boss.get(t, at(id), "Origin", friend).is(200),
		"not modified": w.boss.get(t, at(id), "Origin", friend, "If-None-Match", made.etag()).is(304),
		"no key":       w.stranger().get(t, at(id), "Origin", friend).is(401),
		"refused":      w.boss.patch(t, at(id), "{", "Origin", friend).is(400),
		"no path":      w.boss.get(t, "/v1/nothing", "Origin", friend).is(404),
		"no method":    w.boss.put(t, at(id), "{}", "Origin", friend).is(405),
		"gone":         w.boss.delete(t, at(id), "Origin", friend).is(204),
	} {
		assert.Equal(t, map[string]string{"Allow-Origin": friend, "Expose-Headers": "ETag, Location, Retry-After, X-Request-Id, Idempotent-Replayed"}, grants(a), name)
		assert.Equal(t, []string{"Origin"}, a.header.Values("Vary"), name)
	}
}

func TestABrowserIsToldWhatAnAllowedOriginMaySend(t *testing.T) {
	t.Parallel()
	w := start(t, friendly)
	for _, path := range []string{"/v1/me", "/v1/accounts", at(never), "/v1/nothing", "/v1/accounts/"} {
		a := w.preflight(t, friend, path, "PATCH").is(204)
		assert.Empty(t, a.body)
		assert.Equal(t, map[string]string{
			"Allow-Origin": friend, "Allow-Methods": "POST, GET, PATCH, DELETE, PUT", "Max-Age": "600",
			"Allow-Headers": "Authorization, Content-Type, If-Match, If-None-Match, Idempotency-Key, X-Request-Id",
		}, grants(a), path)
		assert.Equal(t, []string{"Origin", "Access-Control-Request-Method", "Access-Control-Request-Headers"}, a.header.Values("Vary"))
	}
}

func TestEveryMethodOfTheTableIsAmongThoseThatABrowserIsTold(t *testing.T) {
	t.Parallel()
	told := strings.Split(grants(start(t, friendly).preflight(t, friend, "/v1/me", "GET"))["Allow-Methods"], ", ")
	for _, r := range httpapi.Routes() {
		if strings.HasPrefix(r.Path, "/v1/") {
			assert.Contains(t, told, r.Method)
		}
	}
}

func TestAPageOfAnotherOriginIsGrantedNothing(t *testing.T) {
	t.Parallel()
	w := start(t, friendly)
	for _, origin := range []string{
		foe, "null", "", "*", "http://app.example.com", friend + ":443", friend + ":8443", friend + "/", friend + ".evil.example", "https://evil-app.example.com",
		"https://APP.example.com", "https://sub.app.example.com", friend + "," + foe, "http://localhost:3001", "http://localhost",
	} {
		a := w.boss.get(t, "/v1/me", "Origin", origin).is(200)
		assert.Empty(t, grants(a), origin)
		assert.Equal(t, []string{"Origin"}, a.header.Values("Vary"), "a cache must not give a friend's answer to others")
		a = w.preflight(t, origin, "/v1/me", "GET")
		a.refused(405, "method_not_allowed")
		assert.Empty(t, grants(a), origin)
	}
	assert.Equal(t, []string{"Origin"}, w.boss.get(t, "/v1/me").is(200).header.Values("Vary"))
}

func TestOnlyTheAPIIsOpenToOtherOrigins(t *testing.T) {
	t.Parallel()
	w := start(t, friendly)
	for _, path := range []string{"/webhooks/meta", "/healthz", "/readyz", "/openapi.json", "/docs"} {
		a := w.stranger().get(t, path, "Origin", friend)
		assert.Empty(t, grants(a), path)
		assert.NotContains(t, a.header.Values("Vary"), "Origin", path)
		assert.Empty(t, grants(w.preflight(t, friend, path, "GET")), path)
	}
	for _, path := range []string{"/v1", "/v12/me", "//v1/me"} {
		assert.Empty(t, grants(w.preflight(t, friend, path, "GET")), path)
	}
}

func TestOptionsThatIsNoPreflightIsAMethodLikeAnyOther(t *testing.T) {
	t.Parallel()
	w := start(t, friendly)
	w.stranger().beyond().send(t, http.MethodOptions, "/v1/me", nil).refused(405, "method_not_allowed")
	w.stranger().beyond().send(t, http.MethodOptions, "/v1/me", nil, "Origin", friend).refused(405, "method_not_allowed")
}

func TestNoPageIsEverGrantedCredentials(t *testing.T) {
	t.Parallel()
	w := start(t, friendly)
	for _, a := range []*answer{w.boss.get(t, "/v1/me", "Origin", friend, "Cookie", "a=b"), w.preflight(t, friend, "/v1/me", "GET")} {
		assert.NotContains(t, grants(a), "Allow-Credentials")
	}
}

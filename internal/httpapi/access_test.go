package httpapi_test

import (
	"net/http"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/ivendnext/whatsapp-accounts/internal/httpapi"
	"github.com/ivendnext/whatsapp-accounts/internal/site"
)

// revoked is a caller whose key was ended.
func (w *world) revoked(t testing.TB) *caller {
	t.Helper()
	c := w.caller(t, "one", site.SystemManager)
	require.NoError(t, w.Keys.Revoke(t.Context(), c.site, c.keyID))
	return c
}

func TestWhoeverHasNoValidKeyGetsOneAnswerEverywhere(t *testing.T) {
	t.Parallel()
	for database, start := range databases() {
		t.Run(database, func(t *testing.T) {
			t.Parallel()
			w := start(t)
			last := "x"
			if strings.HasSuffix(w.boss.key, last) {
				last = "y" // or it would be the right one
			}
			other := w.boss.key[:len(w.boss.key)-1] + last
			w.log.forbid(other)
			strangers := map[string]*caller{"no key": w.stranger(), "a wrong key": {w: w, key: other}, "a revoked key": w.revoked(t)}
			for _, r := range httpapi.Routes() {
				if r.Roles == nil {
					continue
				}
				var first string
				for name, c := range strangers {
					// A stranger learns nothing about ids, parameters or bodies.
					for _, path := range []string{pathOf(r.Path, never), pathOf(r.Path, "x") + "?colour=1"} {
						for _, body := range []any{nil, "{"} {
							a := c.send(t, r.Method, path, body)
							a.refused(401, "unauthenticated")
							assert.Equal(t, []string{`Bearer realm="whatsapp-accounts"`}, a.header.Values("WWW-Authenticate"))
							if first == "" {
								first = a.timeless()
							}
							assert.Equal(t, first, a.timeless(), "%s at %s %s", name, r.Method, r.Path)
						}
					}
				}
			}
		})
	}
}

func TestARoleGetsWhatTheTableSaysAndNoMore(t *testing.T) {
	t.Parallel()
	w := start(t)
	for _, role := range site.Roles() {
		c := w.caller(t, "one", role)
		for _, r := range httpapi.Routes() {
			a := c.send(t, r.Method, pathOf(r.Path, never), bodyOf(r))
			switch {
			case r.Roles == nil && r.TakesBody:
				a.refused(401, "signature_refused") // the provider's own proof is asked for, and no key
			case r.Roles == nil:
				assert.NotContains(t, []int{401}, a.status, "%s %s", r.Method, r.Path)
			case slices.Contains(r.Roles, string(role)):
				assert.NotContains(t, []int{401, 403}, a.status, "%s %s for %s", r.Method, r.Path, role)
			default:
				p := a.refused(403, "forbidden")
				assert.Contains(t, p.Detail, string(role))
				assert.Contains(t, p.Detail, "system_manager")
			}
		}
	}
}

// bodyOf is an empty object where a body is taken.
func bodyOf(r httpapi.RouteInfo) any {
	if r.TakesBody {
		return "{}"
	}
	return nil
}

func TestATooSmallRoleChangesNothing(t *testing.T) {
	t.Parallel()
	w := start(t)
	id := w.boss.make(t, meta("A", obj{"is_default_outgoing": true})).ID
	for _, role := range []site.Role{site.Service, site.Viewer} {
		c := w.caller(t, "one", role)
		w.boss.unchanged(t, func() {
			c.create(t, meta("B")).refused(403, "forbidden")
			c.create(t, meta("B"), "Idempotency-Key", "k").refused(403, "forbidden")
			c.patch(t, at(id), inactive()).refused(403, "forbidden")
			c.delete(t, at(id)).refused(403, "forbidden")
			c.put(t, "/v1/defaults/incoming", obj{"account_id": id}).refused(403, "forbidden")
			c.delete(t, "/v1/defaults/outgoing").refused(403, "forbidden")
		})
	}
}

func TestATooSmallRoleLearnsNothingOfWhatItMayNotDo(t *testing.T) {
	t.Parallel()
	w := start(t)
	id, c := w.boss.make(t, meta("A")).ID, w.caller(t, "one", site.Viewer)
	known := c.patch(t, at(id), "{")
	unknown := c.patch(t, at(never), "{", "If-Match", "x")
	known.refused(403, "forbidden")
	assert.Equal(t, known.timeless(), unknown.timeless())
	assert.Equal(t, known.timeless(), c.delete(t, at("x")+"?a=1").timeless())
}

func TestAuthorizationHeadersThatAreNoKey(t *testing.T) {
	t.Parallel()
	w := start(t)
	key := w.boss.key
	for name, value := range map[string]string{
		"empty": "", "the scheme alone": "Bearer", "the scheme and a space": "Bearer ", "the key alone": key, "another scheme": "Basic " + key, "token": "Token " + key,
		"two spaces": "Bearer  " + key, "a tab": "Bearer\t" + key, "a quote": `Bearer "` + key + `"`, "a comma": "Bearer " + key + ", Bearer " + key,
		"a character more": "Bearer " + key + "x", "a character less": "Bearer " + key[:len(key)-1], "the prefix": "Bearer wak_", "short": "Bearer wak_123",
		"in capitals": "Bearer " + strings.ToUpper(key), "another prefix": "Bearer sk_" + key[4:], "without prefix": "Bearer " + key[4:], "very long": "Bearer wak_" + strings.Repeat("a", 30_000),
		"not ASCII": "Bearer wak_" + strings.Repeat("é", 40), "a parameter": "Bearer key=" + key, "a JWT": "Bearer eyJhbGciOiJub25lIn0.e30.", "an injection": "Bearer wak_' OR '1'='1' --aaaaaaaaaaaaaaaaaaaa",
	} {
		t.Run(name, func(t *testing.T) {
			w.stranger().get(t, "/v1/me", "Authorization", value).refused(401, "unauthenticated")
		})
	}
}

func TestTwoAuthorizationHeadersAreNoKey(t *testing.T) {
	t.Parallel()
	w := start(t)
	value := "Bearer " + w.boss.key
	w.stranger().get(t, "/v1/me", "Authorization", value, "Authorization", value).refused(401, "unauthenticated")
}

func TestTheSchemeIsReadWithoutRegardToCase(t *testing.T) {
	t.Parallel()
	w := start(t)
	for _, scheme := range []string{"Bearer", "bearer", "BEARER"} {
		w.stranger().beyond().get(t, "/v1/me", "Authorization", scheme+" "+w.boss.key).is(200)
	}
}

func TestAKeyIsTakenFromNowhereElse(t *testing.T) {
	t.Parallel()
	w := start(t)
	for _, header := range []string{"X-Api-Key", "Api-Key", "Cookie", "Proxy-Authorization", "X-Forwarded-User"} {
		w.stranger().get(t, "/v1/me", header, "Bearer "+w.boss.key).refused(401, "unauthenticated")
	}
	w.stranger().get(t, "/v1/me?access_token="+w.boss.key).refused(401, "unauthenticated")
	req := w.stranger().request(t, http.MethodGet, "/v1/me", nil)
	req.SetBasicAuth("Bearer", w.boss.key)
	w.stranger().get(t, "/v1/me", "Authorization", req.Header.Get("Authorization")).refused(401, "unauthenticated")
}

func TestARevokedKeyEndsAtOnce(t *testing.T) {
	t.Parallel()
	for database, start := range databases() {
		t.Run(database, func(t *testing.T) {
			t.Parallel()
			w := start(t)
			c := w.caller(t, "one", site.Viewer)
			c.get(t, "/v1/me").is(200)
			require.NoError(t, w.Keys.Revoke(t.Context(), c.site, c.keyID))
			c.get(t, "/v1/me").refused(401, "unauthenticated")
			w.boss.get(t, "/v1/me").is(200)
		})
	}
}

func TestRoutesWithoutAKeyAreTheSameForEverybody(t *testing.T) {
	t.Parallel()
	w := start(t)
	for _, path := range []string{"/healthz", "/readyz", "/openapi.json", "/docs"} {
		assert.Equal(t, string(w.stranger().get(t, path).is(200).body), string(w.revoked(t).get(t, path).is(200).body), path)
	}
}

package httpapi_test

import (
	"maps"
	"net/http"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	v1 "github.com/ivendnext/whatsapp-accounts/api/v1"
	"github.com/ivendnext/whatsapp-accounts/internal/httpapi"
	"github.com/ivendnext/whatsapp-accounts/internal/site"
)

// seen is everything of an answer that a caller can compare, with the id taken out.
func (a *answer) seen(id string) string {
	header := maps.Clone(a.header)
	for _, name := range []string{"Date", "X-Request-Id", "Content-Length"} {
		header.Del(name)
	}
	var lines []string
	for name, values := range header {
		lines = append(lines, name+": "+strings.Join(values, ", "))
	}
	slices.Sort(lines)
	return strings.ReplaceAll(http.StatusText(a.status)+"\n"+strings.Join(lines, "\n")+"\n"+a.timeless(), id, "ID")
}

// A8: whoever holds the id of another site's account cannot tell it from one that never was.
func TestAnIDOfAnotherSiteIsAnIDThatNeverWas(t *testing.T) {
	t.Parallel()
	for database, start := range databases() {
		t.Run(database, func(t *testing.T) {
			t.Parallel()
			w := start(t)
			stranger := w.caller(t, "two", site.SystemManager)
			foreign := w.boss.create(t, meta("A", obj{"is_default_outgoing": true, "is_default_incoming": true})).is(201)
			id := foreign.account().ID
			bodies := []string{`{}`, `{"account_name":"B"}`, `{"status":"Inactive"}`, `{"account_type":"WASender"}`, `{"meta_settings":null}`, `{"meta_settings":{"url":"http://x"}}`, `{"colour":1}`, `{`}
			headers := [][]string{nil, {"If-Match", foreign.etag()}, {"If-Match", `"x"`}, {"If-Match", "*"}, {"If-None-Match", foreign.etag()}, {"If-None-Match", "*"}, {"Idempotency-Key", "k"}}
			w.boss.unchanged(t, func() {
				for _, r := range httpapi.Routes() {
					if !strings.Contains(r.Path, "{id}") || r.Roles == nil {
						continue
					}
					same := func(method, body string, h ...string) {
						theirs := stranger.send(t, method, pathOf(r.Path, id), body, h...)
						nobodys := stranger.send(t, method, pathOf(r.Path, never), body, h...)
						require.Equal(t, nobodys.seen(never), theirs.seen(id), "%s %s %s %v", method, r.Path, body, h)
						require.GreaterOrEqual(t, theirs.status, 400)
					}
					for _, method := range []string{"GET", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "BREW"} {
						for _, h := range headers {
							same(method, bodies[0], h...)
						}
					}
					for _, body := range bodies[1:] { // the others read none
						same("PATCH", body)
						same("PATCH", body, "If-Match", foreign.etag())
					}
				}
			})
		})
	}
}

func TestTheMethodsOfAForeignIDAnswer404(t *testing.T) {
	t.Parallel()
	w := start(t)
	made := w.boss.create(t, meta("A")).is(201)
	id, stranger := made.account().ID, w.caller(t, "two", site.SystemManager)
	for _, match := range []string{absent, made.etag(), `"stale"`, "*"} {
		stranger.get(t, at(id), "If-None-Match", match).refused(404, "account_not_found")
		stranger.patch(t, at(id), inactive(), "If-Match", match).refused(404, "account_not_found")
		stranger.delete(t, at(id), "If-Match", match).refused(404, "account_not_found")
		stranger.get(t, at(id)+"/history").refused(404, "account_not_found")
	}
}

func TestAForeignIDIsNoDefaultAndNoRoute(t *testing.T) {
	t.Parallel()
	for database, start := range databases() {
		t.Run(database, func(t *testing.T) {
			t.Parallel()
			w := start(t)
			stranger := w.caller(t, "two", site.SystemManager)
			id := w.boss.make(t, meta("A")).ID
			w.boss.unchanged(t, func() {
				for _, direction := range []string{"outgoing", "incoming"} {
					theirs := stranger.put(t, "/v1/defaults/"+direction, obj{"account_id": id})
					theirs.refused(404, "account_not_found", "/account_id")
					assert.Equal(t, stranger.put(t, "/v1/defaults/"+direction, obj{"account_id": never}).seen(never), theirs.seen(id))
				}
				for _, kind := range []string{"", "&type=text", "&type=flow", "&direction=incoming"} {
					theirs := stranger.get(t, "/v1/route?account_id="+id+kind)
					theirs.refused(404, "account_not_found")
					assert.Equal(t, stranger.get(t, "/v1/route?account_id="+never+kind).seen(never), theirs.seen(id))
				}
			})
		})
	}
}

func TestNothingOfAnotherSiteIsShown(t *testing.T) {
	t.Parallel()
	for database, start := range databases() {
		t.Run(database, func(t *testing.T) {
			t.Parallel()
			w := start(t)
			stranger := w.caller(t, "two", site.SystemManager)
			shown := map[string]string{}
			paths := []string{"/v1/accounts", "/v1/accounts?q=A", "/v1/accounts?account_name=A", "/v1/accounts?status=Active", "/v1/accounts?account_type=Meta",
				"/v1/defaults", "/v1/defaults/outgoing", "/v1/defaults/incoming", "/v1/route", "/v1/route?direction=incoming"}
			for _, path := range paths {
				shown[path] = stranger.get(t, path).seen("-")
			}
			id := w.boss.make(t, meta("A", obj{"is_default_outgoing": true, "is_default_incoming": true})).ID
			w.boss.make(t, wasender("A wasender"))
			for _, path := range paths {
				assert.Equal(t, shown[path], stranger.get(t, path).seen("-"), path)
				w.boss.get(t, path).is(200)
			}
			assert.Empty(t, read[v1.AccountList](stranger.get(t, "/v1/accounts").is(200)).Data)
			assert.Equal(t, id, read[v1.Defaults](w.boss.get(t, "/v1/defaults")).Incoming.AccountID)
		})
	}
}

// What must be unique is unique within a site: another site neither blocks nor shows through a refusal.
func TestSitesDoNotStandInEachOthersWay(t *testing.T) {
	t.Parallel()
	for database, start := range databases() {
		t.Run(database, func(t *testing.T) {
			t.Parallel()
			w := start(t)
			stranger := w.caller(t, "two", site.SystemManager)
			same := meta("A", obj{"is_default_outgoing": true, "is_default_incoming": true})
			first, second := w.boss.make(t, same), stranger.make(t, same)
			assert.NotEqual(t, first.ID, second.ID)
			assert.True(t, w.boss.account(t, first.ID).IsDefaultOutgoing)
			w.boss.create(t, same).refused(409, "account_name_taken", "/account_name")
			stranger.delete(t, at(second.ID)).is(204)
			assert.True(t, w.boss.account(t, first.ID).IsDefaultIncoming)
			stranger.delete(t, "/v1/defaults/outgoing").is(204)
			assert.True(t, w.boss.account(t, first.ID).IsDefaultOutgoing)
		})
	}
}

func TestTheSiteComesFromTheKeyAlone(t *testing.T) {
	t.Parallel()
	w := start(t)
	w.boss.make(t, meta("A"))
	stranger := w.caller(t, "two", site.Viewer)
	for _, h := range []string{"X-Site", "X-Tenant", "X-Frappe-Site-Name", "X-Forwarded-Host", "Host"} {
		assert.Empty(t, read[v1.AccountList](stranger.get(t, "/v1/accounts", h, "one").is(200)).Data, h)
	}
}

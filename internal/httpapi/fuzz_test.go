package httpapi_test

import (
	"net/http"
	"net/url"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/stretchr/testify/assert"

	"github.com/ivendnext/whatsapp-accounts/internal/provider/providertest"
)

// What is held against every answer of these: never 5xx, never a panic; 2xx as the document promises, or a problem. send does all but the first.

func (a *answer) neverOurFault() {
	a.t.Helper()
	assert.Less(a.t, a.status, 500, "%s", a.body)
}

// seedBodies are pieces of what is sent, right and wrong.
func seedBodies(f *testing.F) {
	f.Helper()
	for _, body := range []obj{meta("A"), wasender("B"), draft("C"), meta("D", both), inactive(), {"meta_settings": nil}, {"account_name": "\u202eevil\u0000"}} {
		f.Add(strings.ReplaceAll(text(f, body), mark, "secret")) // the mutations may put it where it is repeated
	}
	for _, u := range providertest.HostileURLs("graph.facebook.com")[:8] {
		f.Add(text(f, obj{"account_name": "H", "account_type": "Meta", "meta_settings": obj{"url": u.Text}}))
	}
	for _, body := range []string{"", " ", "null", "[]", "{", `{"a":1,"a":2}`, "{}x", "\ufeff{}", `{"meta_settings":{"token":"\ud800"}}`, `{"\xff":1}`, `{"id":1e400}`, strings.Repeat(`{"a":`, 50),
		`{"status":null}`, `{"meta_settings":{"a/b":null}}`, `{"is_default_outgoing":true,"status":"Active"}`, `{"account_type":"Meta","account_name":"\u0130"}`} {
		f.Add(body)
	}
}

func FuzzCreateBody(f *testing.F) {
	seedBodies(f)
	w := startInProcess(f)
	f.Fuzz(func(t *testing.T, body string) {
		a := w.boss.create(t, body)
		a.neverOurFault()
		if a.status == http.StatusCreated {
			assert.Equal(t, string(a.body), string(w.boss.get(t, a.header.Get("Location")).is(200).body))
			w.boss.delete(t, a.header.Get("Location")).is(204)
		}
	})
}

func FuzzPatchBody(f *testing.F) {
	seedBodies(f)
	w := startInProcess(f)
	made := w.boss.create(f, meta("Patched")).is(201)
	path, tag := made.header.Get("Location"), made.etag()
	f.Fuzz(func(t *testing.T, body string) {
		a := w.boss.patch(t, path, body)
		a.neverOurFault()
		if a.status == http.StatusOK {
			tag = a.etag()
		}
		w.boss.get(t, path, "If-None-Match", tag).is(304)
	})
}

func FuzzQuery(f *testing.F) {
	w := startInProcess(f)
	id := w.boss.make(f, meta("A", both)).ID
	w.boss.make(f, draft("B"))
	next := *w.boss.page(f, "limit=1").NextCursor
	for _, seed := range []string{
		"", "limit=1", "limit=201", "cursor=" + next, "cursor=eyJpIjoiIn0", "q=a&limit=2", "q=%00", "q=%ff", "account_name=a&status=Active", "status=active&status=x", "%zz", "a;b", "limit",
		"account_type=Meta&q=%F4%8F%BF%BF", "account_id=" + id, "type=text&direction=incoming", "direction=", "=1", "q=' OR 1=1", "limit=-9223372036854775808",
	} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, query string) {
		for _, path := range []string{"/v1/accounts", "/v1/route", at(id) + "/history", "/v1/me"} {
			if _, err := url.ParseRequestURI(path + "?" + query); err != nil || strings.Contains(query, "#") {
				t.Skip("no request carries it")
			}
			w.boss.get(t, path+"?"+query).neverOurFault()
		}
	})
}

func FuzzCursor(f *testing.F) {
	w := startInProcess(f)
	id := w.boss.make(f, draft("A")).ID
	w.boss.make(f, draft("B"))
	next := *w.boss.page(f, "limit=1").NextCursor
	for _, seed := range []string{next, next[1:], next + "A", "", "eyJsIjoiIiwibiI6IlwwIn0", "bnVsbA", "W10", "eyJpIjo3fQ", "====", "\n" + next, id} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, cursor string) {
		for _, path := range []string{"/v1/accounts?", "/v1/accounts?q=b&", at(id) + "/history?"} {
			a := w.boss.get(t, path+"cursor="+url.QueryEscape(cursor))
			if a.status != http.StatusOK { // one that was made up well says where, and no more
				a.refused(422, "invalid_cursor", "cursor")
			}
		}
	})
}

func FuzzAuthorization(f *testing.F) {
	w := startInProcess(f)
	for _, seed := range []string{"", "Bearer", "Bearer ", "Bearer wak_", "Bearer " + strings.Repeat("a", 50), "bearer\twak_x", "Basic d2FrXw==", "Bearer wak_" + strings.Repeat("0", 46), "Bearer \xff"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, value string) {
		w.stranger().get(t, "/v1/me", "Authorization", value).refused(401, "unauthenticated")
	})
}

func FuzzVerifyQuery(f *testing.F) {
	w := startInProcess(f)
	id := w.boss.make(f, meta("A")).ID
	right := asked(verifyToken("A"), "7")
	for _, seed := range []string{
		right, right + "&hub.mode=subscribe", "", "hub.mode=subscribe", "hub.mode=subscribe&hub.challenge=%00&hub.verify_token=x", "%zz", "hub.challenge=<b>&" + right, "a;b",
		"hub.mode=subscribe&hub.challenge=7&hub.verify_token=%ff",
	} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, query string) {
		for _, path := range []string{"/webhooks/meta", "/webhooks/meta/" + id} {
			if _, err := url.ParseRequestURI(path + "?" + query); err != nil || strings.Contains(query, "#") {
				t.Skip("no request carries it")
			}
			a := w.stranger().beyond().get(t, path+"?"+query)
			sent, err := url.ParseQuery(query)
			if err == nil && sent.Get("hub.verify_token") == verifyToken("A") && a.status == http.StatusOK {
				assert.Equal(t, sent.Get("hub.challenge"), string(a.body))
				continue
			}
			a.refusedVerification()
		}
	})
}

// FuzzPath: whatever the path, there is an answer, and none that a stranger should not have.
func FuzzPath(f *testing.F) {
	w := startInProcess(f)
	for _, seed := range []string{"/", "/v1/accounts/x", "/v1/%2e%2e/x", "//", "/docs/../healthz", "/%ff", "/v1/accounts/%00/history", "/webhooks/meta/x/y", "/v1/defaults/outgoing/", "/%", "/docs/%2e%2e"} {
		f.Add("GET", seed)
		f.Add("DELETE", seed)
	}
	f.Fuzz(func(t *testing.T, method, path string) {
		u, err := url.ParseRequestURI(path)
		if err != nil || u.Host != "" || u.Scheme != "" || strings.Contains(path, "#") || !utf8.ValidString(method) || strings.ContainsAny(method, " \t\r\n/:") || method == "CONNECT" {
			t.Skip("no request has it")
		}
		if _, err := http.NewRequestWithContext(t.Context(), method, w.url+path, nil); err != nil {
			t.Skip("no request has it")
		}
		w.stranger().beyond().send(t, method, path, nil).neverOurFault()
	})
}

//go:build browser

package e2e

import (
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// website is somebody's page, at an origin of its own.
func website(t *testing.T) string {
	t.Helper()
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "text/html")
		fmt.Fprint(w, "<!doctype html><title>A page</title>")
	}))
	t.Cleanup(s.Close)
	return s.URL
}

// withheld is all that a page learns of what it may not read.
const withheld = "TypeError: Failed to fetch"

// fetched is what a page could read of an answer. Error is what it is told instead.
type fetched struct {
	Status              int
	Type, ETag, ID      string
	Body, Error, Origin string
}

// fetch asks as the script of a page does.
func (p *tab) fetch(method, url, body string, header map[string]string, mode string) (got fetched) {
	p.Helper()
	ask := map[string]any{"method": method, "mode": mode}
	if header != nil {
		ask["headers"] = header
	}
	if body != "" {
		ask["body"] = body
	}
	text, err := json.Marshal(ask)
	require.NoError(p, err)
	p.run(fmt.Sprintf(`fetch(%q, %s).then(
		async a => ({status: a.status, type: a.type, etag: a.headers.get("ETag") ?? "", id: a.headers.get("X-Request-Id") ?? "", body: await a.text(), origin: location.origin}),
		e => ({error: String(e), origin: location.origin}))`, url, text), &got)
	return got
}

// TestBrowserLetsANamedOriginReadAndChange and its opposite are the CORS of a real browser: what the headers mean is what it makes of them.
func TestBrowserLetsANamedOriginReadAndChange(t *testing.T) {
	origin := website(t)
	i := onSQLite(t).with("WA_CORS_ORIGINS", origin)
	key := i.apiKey(t, "default")
	p := i.serve(t)
	a := made(t, p.as(t, key), meta(1))
	url, bearer := p.url+"/v1/accounts/"+a.ID, "Bearer "+key
	page := openChromium(t).visit(origin)

	read := page.fetch("GET", url, "", map[string]string{"Authorization": bearer}, "cors")
	require.Empty(t, read.Error)
	assert.Equal(t, origin, read.Origin)
	assert.Equal(t, http.StatusOK, read.Status)
	assert.Contains(t, read.Body, a.ID)
	assert.NotEmpty(t, read.ETag, "exposed")
	assert.NotEmpty(t, read.ID, "exposed")

	changed := page.fetch("PATCH", url, `{"account_name":"By a page"}`, map[string]string{
		"Authorization": bearer, "Content-Type": "application/merge-patch+json", "If-Match": read.ETag, "X-Request-Id": "from-a-page",
	}, "cors")
	require.Empty(t, changed.Error)
	assert.Equal(t, http.StatusOK, changed.Status)
	assert.Equal(t, "from-a-page", changed.ID)
	assert.Contains(t, changed.Body, "By a page")

	stale := page.fetch("DELETE", url, "", map[string]string{"Authorization": bearer, "If-Match": read.ETag}, "cors")
	assert.Equal(t, http.StatusPreconditionFailed, stale.Status, "a refusal is read like any answer")
	same := page.fetch("GET", url, "", map[string]string{"Authorization": bearer, "If-None-Match": changed.ETag}, "cors")
	assert.Equal(t, http.StatusNotModified, same.Status)
	again := page.fetch("POST", p.url+"/v1/accounts", `{"account_name":"New","account_type":"Meta"}`,
		map[string]string{"Authorization": bearer, "Content-Type": "application/json", "Idempotency-Key": "k"}, "cors")
	assert.Equal(t, http.StatusCreated, again.Status)
	nobody := page.fetch("GET", url, "", nil, "cors")
	assert.Equal(t, http.StatusUnauthorized, nobody.Status)
	assert.Contains(t, nobody.Body, "unauthenticated")
	for _, path := range []string{"/openapi.json", "/readyz", verification(verifyToken(1), "7")} {
		assert.Equal(t, withheld, page.fetch("GET", p.url+path, "", nil, "cors").Error, "only /v1 is open to other origins: %s", path)
	}
}

func TestBrowserLetsNoOtherOriginReadOrChange(t *testing.T) {
	for name, origins := range map[string]string{"by default": "", "another is named": website(t)} {
		t.Run(name, func(t *testing.T) {
			i := onSQLite(t).with("WA_CORS_ORIGINS", origins)
			key := i.apiKey(t, "default")
			p := i.serve(t)
			a := made(t, p.as(t, key), meta(1))
			url := p.url + "/v1/accounts/" + a.ID
			header := map[string]string{"Authorization": "Bearer " + key}
			page := openChromium(t).visit(website(t))
			assert.Equal(t, withheld, page.fetch("GET", url, "", header, "cors").Error)
			assert.Equal(t, withheld, page.fetch("GET", url, "", nil, "cors").Error, "not even a refusal is read")
			assert.Equal(t, withheld, page.fetch("DELETE", url, "", header, "cors").Error)
			header["Content-Type"] = "application/json"
			assert.Equal(t, withheld, page.fetch("PATCH", url, `{"account_name":"By a page"}`, header, "cors").Error)
			blind := page.fetch("POST", p.url+"/v1/accounts", `{"account_name":"By a page"}`, header, "no-cors")
			assert.Equal(t, "opaque", blind.Type, "a form's request is sent, without the key")
			assert.Empty(t, blind.Body)
			after, err := p.as(t, key).GetAccount(t.Context(), a.ID)
			require.NoError(t, err)
			assert.Equal(t, a.ETag, after.ETag)
			assert.Equal(t, 1, strings.Count(p.said.String(), `"route":"/v1/accounts","status":401`), "the form's request was a stranger's")
		})
	}
}

// helpers are what a person does on the reference page, for its script.
const helpers = `
	window.until = found => new Promise(resolve => {
		const look = () => { const it = found(); if (it) { watch.disconnect(); resolve(it); } };
		const watch = new MutationObserver(look);
		watch.observe(document, {subtree: true, childList: true, attributes: true, characterData: true});
		look();
	});
	window.one = selector => until(() => document.querySelector(selector));
	window.press = async selector => (await one(selector)).click();
	window.type = async (selector, text) => {
		const input = await one(selector);
		Object.getOwnPropertyDescriptor(HTMLInputElement.prototype, "value").set.call(input, text);
		input.dispatchEvent(new Event("input", {bubbles: true}));
	};
	true`

// execute runs an operation of the reference as it is shown, with the examples that fill its form, and gives the status and the body.
func (p *tab) execute(operation string) (status, body string) {
	p.Helper()
	var got struct{ Status, Body string }
	p.run(fmt.Sprintf(`(async () => {
		const at = "#operations-%s ";
		await press(at + ".opblock-summary-control");
		await press(at + ".try-out__btn:not(.cancel)");
		await press(at + "button.execute");
		const answer = at + ".live-responses-table tbody ";
		const status = (await one(answer + ".response-col_status")).innerText;
		const body = (await one(answer + ".highlight-code")).innerText;
		document.querySelector(at).scrollIntoView();
		return {status, body};
	})()`, operation), &got)
	return got.Status, got.Body
}

func TestBrowserRunsRequestsFromTheReference(t *testing.T) {
	i := onSQLite(t)
	key := i.apiKey(t, "default")
	p := i.serve(t)
	c := openChromium(t)
	page := c.visit(p.url + "/docs")
	page.run(helpers, new(bool))
	page.run(`one("#operations-caller-getMe").then(() => true)`, new(bool))
	page.picture("reference")
	page.run(fmt.Sprintf(`press("button.authorize").then(() => type(".auth-container input", %q)).then(() => true)`, key), new(bool))
	page.picture("authorize")
	page.run(`press(".auth-btn-wrapper button[type=submit]").then(() => press(".auth-btn-wrapper button.btn-done")).then(() => true)`, new(bool))
	status, body := page.execute("caller-getMe")
	page.picture("me")
	assert.Contains(t, status, "200")
	assert.Contains(t, body, `"role": "system_manager"`)
	status, body = page.execute("accounts-createAccount")
	page.picture("create")
	assert.Contains(t, status, "201", body)
	status, body = page.execute("accounts-listAccounts")
	page.picture("list")
	assert.Contains(t, status, "200", body)
	for _, e := range c.seen {
		page.isSound(e, p.url)
	}
}

// isSound demands that the page complains of nothing and asks nobody else.
func (p *tab) isSound(e event, own string) {
	p.Helper()
	switch e.Method {
	case "Runtime.exceptionThrown", "Log.entryAdded":
		p.Errorf("the page complains: %s", e.Params)
	case "Network.requestWillBeSent":
		var asked struct{ Request struct{ URL string } }
		require.NoError(p, json.Unmarshal(e.Params, &asked))
		url := asked.Request.URL
		assert.True(p, strings.HasPrefix(url, own+"/") || strings.HasPrefix(url, "data:") || strings.HasPrefix(url, "blob:"), url)
	}
}

package e2e

import (
	"fmt"
	"net/http"
	"net/url"
	"strings"

	"github.com/stretchr/testify/assert"

	"github.com/ivendnext/whatsapp-accounts/pkg/client"
)

// send sends a body of any kind; what it is answered is kept, and has to be a refusal.
func (s *spy) send(method, path, body string) {
	s.t.Helper()
	a := s.ask(s.t, s.by, method, path, map[string]string{"Authorization": "Bearer " + s.key, "Content-Type": "application/json"}, body)
	assert.GreaterOrEqual(s.t, a.status, 400, "%s %s", method, path)
	assert.Less(s.t, a.status, 500, "%s %s", method, path)
}

// misplaceSecrets sends secrets to where they do not belong.
func (s *spy) misplaceSecrets(a *client.Account) {
	s.t.Helper()
	path := "/v1/accounts/" + a.ID
	for _, member := range []string{"status", "account_type", "is_default_outgoing", "allow_auto_read_receipt", "meta_settings", "wasender_settings", "id", "readiness", "unknown"} {
		s.send(http.MethodPatch, path, fmt.Sprintf(`{%q: %q}`, member, s.secret("as "+member)))
		rest := `"account_name": "n", "account_type": "Meta"`
		if member == "account_type" {
			rest = `"account_name": "n"`
		}
		s.send(http.MethodPost, "/v1/accounts", fmt.Sprintf(`{%s, %q: %q}`, rest, member, s.secret("as "+member+" of a new account")))
	}
	for _, member := range []string{"url", "version", "phone_id", "app_id", "business_id", "unknown"} {
		s.send(http.MethodPatch, path, fmt.Sprintf(`{"meta_settings": {%q: %q}}`, member, s.secret("as "+member)))
	}
	for _, address := range []string{"https://user:%s@graph.facebook.com", "https://%s.example.com", "https://graph.facebook.com/%s", "https://graph.facebook.com?%s", "https://graph.facebook.com:%s", "%s://graph.facebook.com", "https://[%s]"} {
		s.send(http.MethodPatch, path, fmt.Sprintf(`{"meta_settings": {"url": %q}}`, fmt.Sprintf(address, s.secret("in "+address))))
	}
	s.send(http.MethodPatch, path, fmt.Sprintf(`{"wasender_settings": {"wasender_api_key": %q}}`, s.secret("of another type")))
	for what, body := range map[string]string{
		"as the body": `%q`, "in a list": `[%q]`, "cut short": `{"meta_settings": {"token": %q`, "unquoted": `{"meta_settings": {"token": %[1]s}}`,
		"with data behind": `{"meta_settings": {"token": %q}} {}`, "as trailing data": `{} %q`, "twice": `{"meta_settings": {"token": "a", "token": %q}}`,
		"in a list as a secret": `{"meta_settings": {"token": [%q]}}`, "in an object as a secret": `{"meta_settings": {"token": {"v": %q}}}`,
		"with a line break": `{"meta_settings": {"token": "%s\n"}}`, "with a bad escape": `{"meta_settings": {"token": "%s\x"}}`, "with a bad byte": `{"meta_settings": {"token": "%s` + "\xff" + `"}}`,
		"too long": `{"meta_settings": {"token": "%s` + strings.Repeat("x", 4096) + `"}}`, "far too long": `{"meta_settings": {"token": "%s` + strings.Repeat("x", 1<<20) + `"}}`,
		"in a name with a control character": `{"account_name": "%s\u0000"}`, "in a name that is too long": `{"account_name": "%s` + strings.Repeat("x", 140) + `"}`,
		"as the status": `{"status": %q, "meta_settings": {"phone_id": null}}`,
	} {
		s.send(http.MethodPatch, path, fmt.Sprintf(body, s.secret(what)))
	}
	s.send(http.MethodPut, "/v1/defaults/outgoing", fmt.Sprintf(`{"account_id": %q}`, s.secret("as an account id")))
	for _, query := range []string{"status", "account_type", "limit", "cursor", "unknown"} {
		s.send(http.MethodGet, "/v1/accounts?"+query+"="+s.secret("in the query, as "+query), "")
	}
	s.send(http.MethodGet, "/v1/route?type="+s.secret("as a kind"), "")
	s.send(http.MethodGet, "/v1/route?direction="+s.secret("as a direction"), "")
}

// verifyWithSecrets asks as Meta does, with the right token and with wrong ones.
func (s *spy) verifyWithSecrets() {
	s.t.Helper()
	token := s.secret("verify token of another account")
	a := meta(2)
	a.MetaSettings.WebhookVerifyToken = &token
	account := made(s.t, s.c, a)
	right := verification(token, "challenge")
	assert.Equal(s.t, http.StatusOK, s.ask(s.t, s.by, http.MethodGet, right, nil, "").status)
	for _, path := range []string{
		verification(s.secret("unknown verify token"), "challenge"), right + "&hub.verify_token=" + s.secret("repeated verify token"), right + "&hub.mode=%zz",
		strings.Replace(verification(s.secret("verify token in another mode"), "challenge"), "subscribe", "unsubscribe", 1),
		verification(s.secret("verify token without a challenge"), ""), right + "&hub.challenge=" + s.secret("challenge that is repeated"),
		"/webhooks/meta?" + s.secret("as a parameter of the verify route") + "=1", "/webhooks/meta/" + account.ID + "?hub.verify_token=" + url.QueryEscape(s.secret("verify token of one account")),
	} {
		assert.Equal(s.t, http.StatusForbidden, s.ask(s.t, s.by, http.MethodGet, path, nil, "").status)
	}
	for _, method := range []string{http.MethodPut, http.MethodDelete, http.MethodHead} {
		s.ask(s.t, s.by, method, verification(s.secret("verify token with "+method), "challenge"), nil, "")
	}
}

// authorizeWithSecrets shows keys that are none, and one that was revoked.
func (s *spy) authorizeWithSecrets() {
	s.t.Helper()
	revoked := s.add("a revoked API key", strings.TrimSpace(s.must(s.t, "apikey", "create", "--site", "default", "--role", "viewer", "--name", "gone")))
	lines := strings.Split(strings.TrimSpace(s.must(s.t, "apikey", "list", "--site", "default")), "\n")
	s.must(s.t, "apikey", "revoke", "--site", "default", strings.Fields(lines[len(lines)-1])[0])
	for _, value := range []string{
		"Bearer " + revoked, "Bearer " + s.key + "x", "Bearer wak_" + s.secret("in an API key") + strings.Repeat("0", 30), "Bearer " + s.secret("as an API key"),
		"Basic " + s.secret("as Basic credentials"), s.secret("without a scheme"), "Bearer " + s.secret("before a space") + " " + s.key, "bearer\t" + s.secret("after a tab"),
	} {
		a := s.ask(s.t, s.by, http.MethodGet, "/v1/me", map[string]string{"Authorization": value}, "")
		assert.Equal(s.t, http.StatusUnauthorized, a.status)
	}
	assert.Equal(s.t, http.StatusUnauthorized, s.get(s.t, "/v1/me?key="+s.secret("as a parameter")).status)
	for _, raw := range []string{"GET /v1/me HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer %s\x01\r\n\r\n", "GET /v1/me HTTP/1.1\r\nHost: x\r\nAuthorization %s\r\n\r\n", "GET /v1/me?%s HTTP/9\r\n\r\n"} {
		refused := holdRequest(s.t, s.process, fmt.Sprintf(raw, s.secret("in a request that is not HTTP"))).finish(s.t, "")
		assert.Equal(s.t, 4, refused.status/100, refused.body)
		s.assertNone(s.t, "a refusal of the server", []byte(refused.body))
	}
}

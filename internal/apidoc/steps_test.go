package apidoc_test

import (
	"encoding/hex"
	"fmt"
	"strings"

	"github.com/ivendnext/whatsapp-accounts/internal/secret"
)

const metaComplete = `{
	"account_name": "Brand A, UAE", "account_type": "Meta", "status": "Active", "is_default_outgoing": true, "allow_auto_read_receipt": true,
	"meta_settings": {
		"token": "your-access-token", "webhook_verify_token": "your-verify-token", "app_secret": "your-app-secret",
		"phone_id": "305000000000007", "app_id": "1020000000000001", "business_id": "204000000000001"
	}
}`

const wasenderComplete = `{
	"account_name": "Brand B, Lebanon", "account_type": "WASender", "status": "Active",
	"wasender_settings": {"wasender_url": "wasenderapi.com", "wasender_api_key": "your-session-api-key", "webhook_secret": "your-webhook-secret"}
}`

// wholeWay is the tour. Its order matters: every answer follows from the steps before it.
func (w *tour) wholeWay() {
	w.t.Helper()
	w.meetEverybody()
	brandA := w.createAccounts()
	w.refuseCreations()
	w.readAccounts(brandA)
	brandB := w.moveDefaults(brandA)
	w.route(brandA, brandB)
	w.template(brandA, brandB)
	w.message(brandA, brandB)
	w.bulk(brandB)
	w.verify(brandA)
	w.receive(brandA, brandB)
	w.inspect(brandA, brandB)
	w.graph(brandB)
	w.changeAccount(brandA)
	w.deactivate(brandA, brandB)
	w.remove(brandA)
	w.subscribe()
	w.operate()
}

// meetEverybody records what every operation may answer, and what a new site looks like.
func (w *tour) meetEverybody() {
	w.t.Helper()
	general := func(name, summary, as, request string) {
		w.t.Helper()
		w.do(step{name: name, summary: summary, general: true, as: as, request: request})
	}
	general("unauthenticated", "Without a key", nobody, "GET /v1/accounts")
	general("unknown-parameter", "A query parameter that does not exist", reader, "GET /v1/accounts?page=2")
	general("method-not-allowed", "A method that the path does not take", manager, "DELETE /v1/me")
	w.do(step{name: "me", summary: "A system manager's key", as: manager, request: "GET /v1/me"})
	w.do(step{name: "me-viewer", summary: "A viewer's key", as: reader, request: "GET /v1/me"})
	w.do(step{name: "account-types", summary: "Both types", as: reader, request: "GET /v1/account-types"})
	w.do(step{name: "defaults-none", summary: "A new site", as: reader, request: "GET /v1/defaults"})
	w.do(step{name: "default-none", summary: "Nobody is default", as: reader, request: "GET /v1/defaults/outgoing"})
	w.do(step{name: "route-no-default", summary: "Nobody is default", as: reader, request: "GET /v1/route?type=text"})
}

func (w *tour) createAccounts() (brandA string) {
	w.t.Helper()
	key := map[string]string{"Idempotency-Key": "5f0c7c1e-2f52-4b0e-9f1c-create-brand-a"}
	w.do(step{name: "forbidden", summary: "The role may only read", general: true, as: reader, request: "POST /v1/accounts", body: `{"account_name": "Brand A", "account_type": "Meta"}`})
	made := w.do(step{name: "create-meta", summary: "A Meta account, Active and default outgoing", as: manager, request: "POST /v1/accounts", header: key, body: metaComplete})
	w.do(step{name: "create-replayed", summary: "The same request again: nothing is done twice", as: manager, request: "POST /v1/accounts", header: key, body: metaComplete})
	w.do(step{
		name: "create-key-reused", summary: "An Idempotency-Key with another body", as: manager, request: "POST /v1/accounts", header: key,
		body: `{"account_name": "Brand C", "account_type": "Meta"}`,
	})
	w.do(step{name: "create-draft", summary: "A draft, to be completed later", as: manager, request: "POST /v1/accounts", body: `{"account_name": "Brand C, Oman", "account_type": "Meta"}`})
	return made["id"].(string)
}

func (w *tour) refuseCreations() {
	w.t.Helper()
	refuse := func(name, summary, body string) {
		w.t.Helper()
		w.do(step{name: "create-" + name, summary: summary, as: manager, request: "POST /v1/accounts", body: body})
	}
	refuse("incomplete", "Active, with settings missing", `{"account_name": "Brand D", "account_type": "Meta", "status": "Active", "meta_settings": {"phone_id": "305000000000008"}}`)
	refuse("foreign-settings", "A setting of the other provider", `{"account_name": "Brand D", "account_type": "Meta", "wasender_settings": {"wasender_api_key": "your-session-api-key"}}`)
	refuse("read-only-field", "A flag that is read-only on WASender accounts",
		`{"account_name": "Brand D", "account_type": "WASender", "is_default_outgoing": true}`)
	refuse("cannot-receive-by-default", "A capability that the provider lacks", `{"account_name": "Brand D", "account_type": "WASender", "is_default_incoming": true}`)
	refuse("bad-version", "A value that breaks a rule", `{"account_name": "Brand D", "account_type": "Meta", "meta_settings": {"version": "latest"}}`)
	refuse("several-faults", "Several faults at once", `{"account_name": "", "account_type": "Meta", "status": "Active", "meta_settings": {"url": "http://localhost"}}`)
	refuse("inactive-default", "An Inactive account cannot become default", `{"account_name": "Brand D", "account_type": "Meta", "is_default_outgoing": true}`)
	refuse("name-taken", "A name that the site has already", `{"account_name": " brand a, uae ", "account_type": "Meta"}`)
	refuse("phone-id-taken", "A number that is configured already", `{"account_name": "Brand D", "account_type": "Meta", "meta_settings": {"phone_id": "305000000000007"}}`)
	refuse("unknown-member", "A misspelt member", `{"account_name": "Brand D", "account_type": "Meta", "meta_settings": {"phone_number": "305000000000008"}}`)
	w.do(step{
		name: "too-large", summary: "More than 1 MiB", general: true, as: manager, request: "POST /v1/accounts",
		body: `{"account_name": "` + strings.Repeat("A", 1<<20) + `"}`,
	})
	w.do(step{
		name: "media-type", summary: "A form instead of JSON", general: true, as: manager, request: "POST /v1/accounts", body: "account_name=Brand+D",
		header: map[string]string{"Content-Type": "application/x-www-form-urlencoded"},
	})
}

func (w *tour) readAccounts(brandA string) {
	w.t.Helper()
	first := w.do(step{name: "list-first-page", summary: "The first page of several", as: reader, request: "GET /v1/accounts?limit=1"})
	w.do(step{name: "list-last-page", summary: "The last page", as: reader, request: fmt.Sprintf("GET /v1/accounts?limit=1&cursor=%s", first["next_cursor"])})
	w.do(step{name: "list-none", summary: "No account matches", as: reader, request: "GET /v1/accounts?account_type=WASender"})
	w.do(step{name: "list-bad-limit", summary: "A limit out of bounds", as: reader, request: "GET /v1/accounts?limit=500"})
	w.do(step{name: "account", summary: "A Meta account", as: reader, request: "GET /v1/accounts/" + brandA})
	w.do(step{name: "account-not-found", summary: "No such account in the site", as: reader, request: "GET /v1/accounts/0198b2f0-5c1e-7c3a-9d1f-6a2b8c4d0e11"})
}

// moveDefaults makes a WASender account, which takes default outgoing, and gives it back.
func (w *tour) moveDefaults(brandA string) (brandB string) {
	w.t.Helper()
	made := w.do(step{
		name: "create-wasender", summary: "A WASender account; being Active, it takes default outgoing", as: manager, request: "POST /v1/accounts", body: wasenderComplete,
	})
	brandB = made["id"].(string)
	w.do(step{name: "defaults", summary: "WASender sends by default, nobody receives", as: reader, request: "GET /v1/defaults"})
	w.do(step{name: "default-set", summary: "Meta sends by default again", as: manager, request: "PUT /v1/defaults/outgoing", body: `{"account_id": "` + brandA + `"}`})
	w.do(step{name: "default-set-cannot", summary: "A capability that the provider lacks", as: manager, request: "PUT /v1/defaults/incoming", body: `{"account_id": "` + brandB + `"}`})
	w.do(step{
		name: "default-set-not-found", summary: "No such account in the site", as: manager, request: "PUT /v1/defaults/incoming",
		body: `{"account_id": "0198b2f0-5c1e-7c3a-9d1f-6a2b8c4d0e11"}`,
	})
	w.do(step{name: "default-set-unknown-member", summary: "A member that does not exist", as: manager, request: "PUT /v1/defaults/incoming", body: `{"id": "` + brandA + `"}`})
	w.do(step{name: "default-set-required", summary: "No account named", as: manager, request: "PUT /v1/defaults/incoming", body: `{}`})
	w.do(step{
		name: "default-set-stale", summary: "Another account became default meanwhile", as: manager, request: "PUT /v1/defaults/outgoing", body: `{"account_id": "` + brandB + `"}`,
		header: map[string]string{"If-Match": `"Zm9yIGV4YW1wbGUhISEhIQ"`},
	})
	w.do(step{
		name: "default-clear-stale", summary: "Another account became default meanwhile", as: manager, request: "DELETE /v1/defaults/outgoing",
		header: map[string]string{"If-Match": `"Zm9yIGV4YW1wbGUhISEhIQ"`},
	})
	w.do(step{name: "default", summary: "The account to send with", as: reader, request: "GET /v1/defaults/outgoing"})
	w.do(step{name: "default-bad-direction", summary: "Another word in the path", as: reader, request: "GET /v1/defaults/sideways"})
	return brandB
}

func (w *tour) route(brandA, brandB string) {
	w.t.Helper()
	w.do(step{name: "route-default", summary: "The request names no account", as: reader, request: "GET /v1/route?type=template"})
	w.do(step{name: "route-account", summary: "The request names an account; the default is passed over", as: reader, request: "GET /v1/route?type=text&account_id=" + brandB})
	w.do(step{name: "route-cannot", summary: "The account's provider cannot carry it", as: reader, request: "GET /v1/route?type=buttons&account_id=" + brandB})
	w.do(step{name: "route-bad-type", summary: "A kind of message that does not exist", as: reader, request: "GET /v1/route?type=fax&account_id=" + brandA})
	w.do(step{name: "route-not-found", summary: "No such account in the site", as: reader, request: "GET /v1/route?account_id=0198b2f0-5c1e-7c3a-9d1f-6a2b8c4d0e11"})
}

func (w *tour) verify(brandA string) {
	w.t.Helper()
	ask := func(name, summary, path, token string) {
		w.t.Helper()
		w.do(step{name: name, summary: summary, request: "GET " + path + "?hub.mode=subscribe&hub.challenge=1158201444&hub.verify_token=" + token})
	}
	ask("verify", "The challenge, and nothing else", "/webhooks/meta", "your-verify-token")
	ask("verify-refused", "No Active account has the token", "/webhooks/meta", "another-token")
	ask("verify-account", "The challenge, and nothing else", "/webhooks/meta/"+brandA, "your-verify-token")
	ask("verify-account-refused", "The account has another token", "/webhooks/meta/"+brandA, "another-token")
}

const incoming = `{"object":"whatsapp_business_account","entry":[{"id":"204000000000001","changes":[{"field":"messages","value":{"messaging_product":"whatsapp",` +
	`"metadata":{"display_phone_number":"15550100200","phone_number_id":"305000000000007"},"contacts":[{"profile":{"name":"Zoe Ok"},"wa_id":"447700900123"}],` +
	`"messages":[{"from":"447700900123","id":"wamid.HBgMNDQ3NzAwOTAwMTIz","timestamp":"1795345200","type":"text","text":{"body":"Do you ship?"}}]}}]}]}`

const wasenderIncoming = `{"event":"messages.received","timestamp":1795345200,"data":{"messages":{"key":{"id":"3EB0X1","fromMe":false,"remoteJid":"447700900123@s.whatsapp.net"},"messageBody":"Hi"}}}`

// receive posts webhooks as the providers do. What stands in the examples is set for reading; the signature is of the bytes as they were sent.
func (w *tour) receive(brandA, brandB string) {
	w.t.Helper()
	signed := map[string]string{"X-Hub-Signature-256": "sha256=" + hex.EncodeToString(secret.New("your-app-secret").Sign([]byte(incoming)))}
	forged := map[string]string{"X-Hub-Signature-256": "sha256=" + strings.Repeat("0", 64)}
	w.do(step{name: "receive", summary: "A message, proved and kept", request: "POST /webhooks/meta", header: signed, body: incoming})
	w.do(step{name: "receive-refused", summary: "A signature that no account's app secret makes", request: "POST /webhooks/meta", header: forged, body: incoming})
	w.do(step{name: "receive-account", summary: "For one account", request: "POST /webhooks/meta/" + brandA, header: signed, body: incoming})
	w.do(step{name: "receive-account-refused", summary: "The account's app secret makes another signature", request: "POST /webhooks/meta/" + brandA, header: forged, body: incoming})
	hook := map[string]string{"X-Webhook-Signature": "your-webhook-secret"}
	w.do(step{name: "receive-wasender", summary: "A message, proved and kept", request: "POST /webhooks/wasender/" + brandB, header: hook, body: wasenderIncoming})
	w.do(step{name: "receive-wasender-refused", summary: "Without the secret", request: "POST /webhooks/wasender/" + brandB, body: wasenderIncoming})
	w.work()
	w.do(step{name: "account-health", summary: "A webhook was proved, and one refused", as: reader, request: "GET /v1/accounts/" + brandA + "/health"})
	w.do(step{name: "account-health-not-found", summary: "No such account in the site", as: reader, request: "GET /v1/accounts/0198b2f0-5c1e-7c3a-9d1f-6a2b8c4d0e11/health"})
	w.do(step{name: "events", summary: "The messages that came, and where to go on", as: reader, request: "GET /v1/events?type=message.received"})
	w.do(step{name: "events-none", summary: "Nothing of this type", as: reader, request: "GET /v1/events?type=template.status"})
	w.do(step{name: "events-bad-cursor", summary: "A cursor that this service did not give", as: reader, request: "GET /v1/events?after=2"})
}

func (w *tour) changeAccount(brandA string) {
	w.t.Helper()
	at := "PATCH /v1/accounts/" + brandA
	etag := func() map[string]string {
		got := w.serve(w.handler, step{as: manager, request: "GET /v1/accounts/" + brandA})
		return map[string]string{"If-Match": got.Header().Get("ETag")}
	}
	before := etag()
	w.do(step{name: "update-secret", summary: "A new access token, only if nobody else changed the account", as: manager, request: at, header: before, body: `{"meta_settings": {"token": "your-new-access-token"}}`})
	w.do(step{name: "update-stale", summary: "Somebody else changed the account meanwhile", as: manager, request: at, header: before, body: `{"account_name": "Brand A, Gulf"}`})
	w.do(step{name: "update-clear", summary: "null clears a secret and restores a default", as: manager, request: at, body: `{"meta_settings": {"app_secret": null, "version": null}}`})
	w.do(step{name: "update-type", summary: "The type never changes", as: manager, request: at, body: `{"account_type": "WASender"}`})
	w.do(step{name: "update-null", summary: "A member that is no setting cannot be cleared", as: manager, request: at, body: `{"status": null}`})
	w.do(step{name: "update-read-only-member", summary: "A member of answers only", as: manager, request: at, body: `{"readiness": {}}`})
	w.do(step{name: "update-not-found", summary: "No such account in the site", as: manager, request: "PATCH /v1/accounts/0198b2f0-5c1e-7c3a-9d1f-6a2b8c4d0e11", body: `{"status": "Active"}`})
	w.do(step{name: "delete-stale", summary: "Somebody changed the account meanwhile", as: manager, request: "DELETE /v1/accounts/" + brandA, header: before})
}

// deactivate shows what an Inactive holder of the default means.
func (w *tour) deactivate(brandA, brandB string) {
	w.t.Helper()
	w.do(step{name: "update-deactivate", summary: "Switched off: it is used for nothing from now on", as: manager, request: "PATCH /v1/accounts/" + brandA, body: `{"status": "Inactive"}`})
	w.do(step{name: "default-inactive", summary: "The holder is Inactive", as: reader, request: "GET /v1/defaults/outgoing"})
	w.do(step{name: "route-inactive-default", summary: "The default is Inactive", as: reader, request: "GET /v1/route"})
	w.do(step{name: "route-inactive", summary: "The account that is named is Inactive", as: reader, request: "GET /v1/route?account_id=" + brandA})
	w.do(step{name: "update-inactive-default", summary: "An Inactive account cannot become default", as: manager, request: "PATCH /v1/accounts/" + brandA, body: `{"is_default_incoming": true}`})
	w.do(step{name: "default-set-inactive", summary: "An Inactive account cannot become default", as: manager, request: "PUT /v1/defaults/incoming", body: `{"account_id": "` + brandA + `"}`})
	w.do(step{name: "subscribe-inactive", summary: "Nothing is asked for with an Inactive account", as: manager, request: "POST /v1/accounts/" + brandA + "/subscribe"})
	w.do(step{name: "adopt-inactive", summary: "An Inactive account receives nothing", as: manager, request: "POST /v1/accounts/" + brandA + "/adopt"})
	w.keepTemplates(brandA)
	w.do(step{name: "default-clear-bad-direction", summary: "Another word in the path", as: manager, request: "DELETE /v1/defaults/sideways"})
	w.do(step{name: "default-clear", summary: "Nobody is default outgoing from now on", as: manager, request: "DELETE /v1/defaults/outgoing"})
	w.do(step{name: "history", summary: "The newest of many changes", as: reader, request: "GET /v1/accounts/" + brandA + "/history?limit=4"})
	w.do(step{name: "history-not-found", summary: "No such account in the site", as: reader, request: "GET /v1/accounts/0198b2f0-5c1e-7c3a-9d1f-6a2b8c4d0e11/history"})
	w.do(step{name: "history-bad-cursor", summary: "A cursor that this service did not give", as: reader, request: "GET /v1/accounts/" + brandA + "/history?cursor=2"})
	w.do(step{name: "history-wasender", summary: "It took the default and lost it", as: reader, request: "GET /v1/accounts/" + brandB + "/history"})
}

func (w *tour) remove(brandA string) {
	w.t.Helper()
	listed := w.do(step{as: reader, request: "GET /v1/templates?account_id=" + brandA})
	w.do(step{name: "delete-has-templates", summary: "A template belongs to the account", as: manager, request: "DELETE /v1/accounts/" + brandA})
	for _, linked := range listed["data"].([]any) {
		w.do(step{as: manager, request: "DELETE /v1/templates/" + linked.(map[string]any)["id"].(string) + "?only_here=true"})
	}
	w.do(step{name: "delete", summary: "Gone, with its secrets", as: manager, request: "DELETE /v1/accounts/" + brandA})
	w.do(step{name: "delete-not-found", summary: "Gone already", as: manager, request: "DELETE /v1/accounts/" + brandA})
	w.do(step{name: "history-deleted", summary: "History outlives the account", as: reader, request: "GET /v1/accounts/" + brandA + "/history?limit=1"})
}

func (w *tour) operate() {
	w.t.Helper()
	do, shut := w.app()
	do(step{name: "health", summary: "Alive", request: "GET /healthz"})
	do(step{name: "ready", summary: "Ready", request: "GET /readyz"})
	shut()
	do(step{name: "ready-not", summary: "The database is away", request: "GET /readyz"})
	w.handler = w.hurried
	w.do(step{name: "timeout", summary: "The request took too long", general: true, as: reader, request: "GET /v1/accounts"})
	w.hurryGraph()
	w.guess()
}

// guess tries a wrong key twice within the same minute.
func (w *tour) guess() {
	w.t.Helper()
	wrong := step{request: "GET /v1/accounts", header: map[string]string{"Authorization": "Bearer wak_nobody-has-this-key"}}
	w.handler = w.wary
	w.do(wrong)
	wrong.name, wrong.summary, wrong.general = "too-many-failures", "Too many wrong keys from one address", true
	w.record(wrong, w.serve(w.handler, wrong))
	w.guessGraph(w.handler)
}

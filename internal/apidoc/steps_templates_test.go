package apidoc_test

import "github.com/ivendnext/whatsapp-accounts/pkg/whatsapptest"

// orderReady is a template as a manager writes it.
func orderReady(accountID string) string {
	return `{
	"account_id": "` + accountID + `", "label": "Order ready", "language": "en_US", "category": "UTILITY",
	"header": {"format": "text", "text": "Order {{1}}"}, "body": "Hi {{1}}, your order is ready at {{2}} now.", "footer": "Brand A",
	"buttons": [{"type": "url", "text": "Track", "url": "https://shop.example.com/orders/{{1}}"}],
	"samples": {"header_1": "42", "1": "Ann", "2": "the Marina store", "button_0": "42"}
}`
}

// template writes templates of both providers.
func (w *tour) template(brandA, brandB string) {
	w.t.Helper()
	const path, nowhere = "/v1/templates", "/v1/templates/0198b2f0-5c1e-7c3a-9d1f-6a2b8c4d0e11"
	write := func(name, summary, body string) map[string]any {
		w.t.Helper()
		return w.do(step{name: "template-" + name, summary: summary, as: manager, request: "POST " + path, body: body})
	}
	made := write("create", "A Meta template; it is a draft until it is submitted", orderReady(brandA))
	local := write("create-wasender", "A WASender template, which is rendered here", `{"account_id": "`+brandB+`", "label": "Order ready", "language": "Arabic", "body": "Hi {{name}}, your order is ready."}`)
	write("create-exists", "A name and language that the business account has already", `{"account_id": "`+brandA+`", "label": "order READY", "language": "English (US)", "body": "Hi"}`)
	write("create-bad-body", "A body that begins with a placeholder", `{"account_id": "`+brandA+`", "label": "Sale", "language": "en_US", "body": "{{1}}, hi"}`)
	write("create-cannot", "A capability that the provider lacks", `{"account_id": "`+brandB+`", "label": "Sale", "language": "en_US", "body": "Hi", "buttons": [{"type": "quick_reply", "text": "Yes"}]}`)
	write("create-not-found", "No such account in the site", orderReady("0198b2f0-5c1e-7c3a-9d1f-6a2b8c4d0e11"))
	write("create-unknown-member", "A misspelt member", `{"account_id": "`+brandA+`", "label": "Sale", "lang": "en_US", "body": "Hi"}`)
	at := path + "/" + made["id"].(string)
	w.do(step{name: "templates", summary: "The newest first", as: reader, request: "GET " + path})
	w.do(step{name: "templates-none", summary: "No template matches", as: reader, request: "GET " + path + "?status=APPROVED"})
	w.do(step{name: "templates-bad-limit", summary: "A limit out of bounds", as: reader, request: "GET " + path + "?limit=500"})
	w.do(step{name: "template", summary: "A Meta template", as: reader, request: "GET " + at})
	w.do(step{name: "template-not-found", summary: "No such template in the site", as: reader, request: "GET " + nowhere})
	render := func(name, summary, at, body string) {
		w.t.Helper()
		w.do(step{name: "template-render" + name, summary: summary, as: reader, request: "POST " + at + "/render", body: body})
	}
	render("", "Values in the order of placeholders; what Meta would be sent, and why WASender would not", at, `{"parameters": ["42", "Ann", "the Marina store", "42"]}`)
	render("-wasender", "Values by name", path+"/"+local["id"].(string), `{"parameters": {"name": "Ann"}}`)
	render("-missing", "A placeholder without a value", at, `{"parameters": {"header_1": "42", "1": "Ann", "button_0": "42"}}`)
	render("-not-found", "No such template in the site", nowhere, `{}`)
	render("-wrong-type", "A value that is no text", at, `{"parameters": [42]}`)
	stale := map[string]string{"If-Match": `"Zm9yIGV4YW1wbGUhISEhIQ"`}
	w.do(step{name: "template-update", summary: "Another body, and no footer", as: manager, request: "PATCH " + at, body: `{"body": "Hi {{1}}, come to {{2}} for your order.", "footer": null}`})
	w.do(step{name: "template-update-stale", summary: "Somebody else changed the template meanwhile", as: manager, request: "PATCH " + at, header: stale, body: `{"footer": "Brand A"}`})
	w.do(step{name: "template-update-account", summary: "A template stays with its account", as: manager, request: "PATCH " + at, body: `{"account_id": "` + brandB + `"}`})
	w.do(step{name: "template-update-read-only-member", summary: "A member of answers only", as: manager, request: "PATCH " + at, body: `{"status": "APPROVED"}`})
	second := w.another(brandA, "Order delayed")
	w.do(step{name: "template-update-exists", summary: "A name that is taken", as: manager, request: "PATCH /v1/templates/" + second, body: `{"label": "Order ready"}`})
	w.do(step{name: "template-update-not-found", summary: "No such template in the site", as: manager, request: "PATCH " + nowhere, body: `{"footer": "Brand A"}`})
	w.do(step{as: manager, request: "POST /v1/templates/" + second + "/submit"})
	w.do(step{name: "template-sync", summary: "It is done soon", as: manager, request: "POST /v1/accounts/" + brandA + "/sync-templates"})
	w.do(step{name: "template-sync-cannot", summary: "A provider that has no templates", as: manager, request: "POST /v1/accounts/" + brandB + "/sync-templates"})
	w.do(step{name: "template-sync-not-found", summary: "No such account in the site", as: manager, request: "POST /v1/accounts/0198b2f0-5c1e-7c3a-9d1f-6a2b8c4d0e11/sync-templates"})
	route := "GET /v1/route?template_id="
	w.do(step{name: "route-template", summary: "The request names a template; its account is used, and the default passed over", as: reader, request: route + local["id"].(string)})
	w.do(step{name: "route-template-unapproved", summary: "Only approved templates are sent", as: reader, request: route + made["id"].(string)})
	w.do(step{name: "route-template-cannot", summary: "WASender has no buttons", as: reader, request: route + made["id"].(string) + "&account_id=" + brandB})
	w.submit(at, path+"/"+local["id"].(string), nowhere)
	w.do(step{name: "template-delete-stale", summary: "Somebody changed the template meanwhile", as: manager, request: "DELETE " + at, header: stale})
	w.do(step{name: "template-delete-bad-parameter", summary: "A parameter that is neither true nor false", as: manager, request: "DELETE " + at + "?only_here=yes"})
	w.do(step{name: "template-delete", summary: "Gone, at Meta too", as: manager, request: "DELETE " + at})
	w.do(step{name: "template-delete-not-found", summary: "Gone already", as: manager, request: "DELETE " + at})
}

// submit has templates approved, and shows what Meta does not take.
func (w *tour) submit(at, local, nowhere string) {
	w.t.Helper()
	submit := func(name, summary, at string) {
		w.t.Helper()
		w.do(step{name: "template-submit" + name, summary: summary, as: manager, request: "POST " + at + "/submit"})
	}
	for _, graph := range w.review {
		graph.FailNext(1, whatsapptest.MetaError(10), whatsapptest.CreateTemplate)
	}
	submit("-refused", "Meta refuses", at)
	submit("", "Meta reviews it", at)
	w.do(step{name: "template-update-locked", summary: "Meta lets nobody edit what it reviews", as: manager, request: "PATCH " + at, body: `{"body": "Hello {{1}}, come to {{2}} for your order."}`})
	submit("-wasender", "A provider that has no templates", local)
	submit("-not-found", "No such template in the site", nowhere)
	for _, graph := range w.review {
		graph.FailNext(1, whatsapptest.MetaError(10), whatsapptest.DeleteTemplate)
	}
	w.do(step{name: "template-delete-refused", summary: "Meta refuses, so the template is still here", as: manager, request: "DELETE " + at})
}

// another makes a template and gives its id.
func (w *tour) another(account, label string) string {
	w.t.Helper()
	body := `{"account_id": "` + account + `", "label": "` + label + `", "language": "en_US", "category": "UTILITY", "body": "Hi, it takes a day more."}`
	return w.do(step{as: manager, request: "POST /v1/templates", body: body})["id"].(string)
}

// keepTemplates shows what an Inactive account does not let its templates do.
func (w *tour) keepTemplates(account string) {
	w.t.Helper()
	known := w.do(step{as: reader, request: "GET /v1/templates?q=order_delayed"})["data"].([]any)[0].(map[string]any)["id"].(string)
	w.do(step{name: "template-submit-inactive", summary: "Nothing is asked for with an Inactive account", as: manager, request: "POST /v1/templates/" + w.another(account, "Order lost") + "/submit"})
	w.do(step{name: "template-sync-inactive", summary: "Nothing is asked for with an Inactive account", as: manager, request: "POST /v1/accounts/" + account + "/sync-templates"})
	w.do(step{name: "template-delete-inactive", summary: "Meta is not asked with an Inactive account", as: manager, request: "DELETE /v1/templates/" + known})
}

package apidoc_test

import (
	"context"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/ivendnext/whatsapp-accounts/internal/bulk"
	"github.com/ivendnext/whatsapp-accounts/internal/queue"
	"github.com/ivendnext/whatsapp-accounts/internal/store"
)

// feeder gives what makes messages of recipients, as the program does in the background.
func (w *tour) feeder(db *store.DB, router bulk.Router) func() {
	return func() {
		w.t.Helper()
		w.now, w.ids = w.now.Add(time.Minute), 0
		f := bulk.Feeder{Store: db.Bulks(), Router: router, Outbox: db.Messages(), Pace: carrier{}.Rules, Now: w.clock, NewID: w.newID}
		w.jobs(db, bulk.Queue, func(j queue.Job) (func(context.Context) error, error) {
			commit, err := f.Turn(w.t.Context(), j.Site, j.Subject)
			if commit == nil {
				commit = func(context.Context) error { return nil }
			}
			return commit, err
		})
	}
}

// bulk sends a template to many, and does with it what can be done.
func (w *tour) bulk(account string) {
	w.t.Helper()
	const path, nowhere = "/v1/bulk-messages", "/v1/bulk-messages/0198b2f0-5c1e-7c3a-9d1f-6a2b8c4d0e11"
	made := w.do(step{as: manager, request: "POST /v1/templates", body: `{"account_id": "` + account + `", "label": "Market day", "language": "English (US)", "body": "Hi {{name}}, today: {{offer}}."}`})
	template, _ := made["id"].(string)
	require.NotEmpty(w.t, template)
	head := `{"title": "Market day of November", "template_id": "` + template + `", "parameters": {"offer": "figs"}`
	send := func(name, summary, body string) string {
		w.t.Helper()
		id, _ := w.do(step{name: "bulk-" + name, summary: summary, as: manager, request: "POST " + path, body: body})["id"].(string)
		return id
	}
	first := send("send", "Three recipients, each with a value of its own and one in common", head+`, "recipients": [
		{"to": "+971501234567", "name": "Ann", "reference": "customer-1", "parameters": {"name": "Ann"}},
		{"to": "00971 50 123 4568", "parameters": {"name": "Bob", "offer": "dates"}},
		{"to": "+971501234569", "parameters": ["Cleo", "The store closes at ten"]}]}`)
	second, _ := w.do(step{
		name: "bulk-send-lines", summary: "The same as lines of JSON, later", as: manager, request: "POST " + path, header: map[string]string{"Content-Type": ndjson, "Idempotency-Key": "market-day"},
		body: head + `, "send_after": "2026-11-23T08:00:00Z"}` + "\n" + `{"to": "+971501234567", "parameters": {"name": "Ann"}}` + "\n" + `{"to": "+971501234568", "parameters": {"name": "Bob"}}` + "\n",
	})["id"].(string)
	send("send-bad-rows", "Recipients that break rules: each is named", head+`, "recipients": [
		{"to": "+971501234567", "parameters": {"name": "Ann"}}, {"to": "050 123"}, {"to": "+971501234567", "parameters": {"name": "Ann"}}]}`)
	send("send-order", "A list of recipients that does not come last", head+`, "recipients": [{"to": "+971501234567", "parameters": {"name": "Ann"}}], "if_unknown": "keep"}`)
	send("send-nobody", "No recipients", head+`, "recipients": []}`)
	send("send-unavailable", "No such template in the site", `{"title": "Sale", "template_id": "0198b2f0-5c1e-7c3a-9d1f-6a2b8c4d0e11", "recipients": [{"to": "+971501234567"}]}`)
	send("send-no-account", "No such account in the site", head+`, "account_id": "0198b2f0-5c1e-7c3a-9d1f-6a2b8c4d0e11", "recipients": [{"to": "+971501234567"}]}`)
	send("send-several-faults", "Several faults of the whole at once", `{"if_unknown": "forget", "recipients": [{"to": "+971501234567"}]}`)
	w.feeds()
	w.sends()
	do := func(name, summary, as, request string) {
		w.t.Helper()
		w.do(step{name: name, summary: summary, as: as, request: request})
	}
	do("bulk", "All went out", reader, "GET "+path+"/"+first)
	do("bulk-waiting", "Its time has not come", reader, "GET "+path+"/"+second)
	do("bulk-not-found", "No such bulk message in the site", reader, "GET "+nowhere)
	do("bulks", "The newest first", reader, "GET "+path)
	do("bulks-bad-status", "A status that does not exist", reader, "GET "+path+"?status=done")
	do("bulk-messages", "Those that the provider took", reader, "GET "+path+"/"+first+"/messages?status=accepted&limit=2")
	do("bulk-messages-not-found", "No such bulk message in the site", reader, "GET "+nowhere+"/messages")
	do("bulk-messages-bad-limit", "A limit out of bounds", reader, "GET "+path+"/"+first+"/messages?limit=500")
	retry := func(name, summary, body string) {
		w.t.Helper()
		w.do(step{name: name, summary: summary, as: manager, request: "POST " + path + "/" + first + "/retry-failed", header: map[string]string{"Idempotency-Key": "retry-1"}, body: body})
	}
	retry("bulk-retry-keyed", "It may be repeated", "")
	retry("bulk-retry-key-reused", "The key of another request", "{ }")
	do("bulk-retry", "Nothing has failed", manager, "POST "+path+"/"+first+"/retry-failed")
	do("bulk-retry-not-found", "No such bulk message in the site", manager, "POST "+nowhere+"/retry-failed")
	do("bulk-pause", "It waits until it is resumed", manager, "POST "+path+"/"+second+"/pause")
	do("bulk-pause-not-found", "No such bulk message in the site", manager, "POST "+nowhere+"/pause")
	do("bulk-resume", "It goes on", manager, "POST "+path+"/"+second+"/resume")
	do("bulk-resume-not-found", "No such bulk message in the site", manager, "POST "+nowhere+"/resume")
	do("bulk-cancel", "Nothing of it is sent", manager, "POST "+path+"/"+second+"/cancel")
	do("bulk-cancel-not-found", "No such bulk message in the site", manager, "POST "+nowhere+"/cancel")
	do("bulk-pause-cancelled", "It was cancelled", manager, "POST "+path+"/"+second+"/pause")
	do("bulk-resume-cancelled", "It was cancelled", manager, "POST "+path+"/"+second+"/resume")
	do("bulk-retry-cancelled", "It was cancelled", manager, "POST "+path+"/"+second+"/retry-failed")
	w.do(step{as: manager, request: "DELETE /v1/templates/" + template})
}

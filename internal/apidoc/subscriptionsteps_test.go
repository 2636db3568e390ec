package apidoc_test

import (
	"context"
	"fmt"
	"log/slog"
	"net/http"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/ivendnext/whatsapp-accounts/internal/httpapi"
	"github.com/ivendnext/whatsapp-accounts/internal/idempotency"
	"github.com/ivendnext/whatsapp-accounts/internal/secret"
	"github.com/ivendnext/whatsapp-accounts/internal/subscription"
	"github.com/ivendnext/whatsapp-accounts/internal/subscription/post"
)

// shop is a subscriber that answers as it is told to. The URL is judged as the program does.
type shop struct {
	post.Poster
	clock  func() time.Time
	status int
}

// Send answers for the subscriber.
func (s *shop) Send(context.Context, subscription.Message) subscription.Result {
	r := subscription.Result{Attempt: subscription.Attempt{At: s.clock(), Status: s.status, Took: 84 * time.Millisecond}}
	if !r.Succeeded() {
		r.Detail = fmt.Sprintf("The subscriber answered %d %s.", s.status, http.StatusText(s.status))
	}
	return r
}

// exampleKey is as long as a signing secret, and no secret.
func exampleKey() secret.Text { return secret.New("an example, and no secret at all") }

type untallied struct{}

func (untallied) Delivered(subscription.Outcome) {}
func (untallied) Ended(subscription.Reason)      {}

// deliver delivers what there is, as the program does in the background, until the subscription has been asked.
func (w *tour) deliver(id string) {
	w.t.Helper()
	w.now, w.ids = w.now.Add(time.Minute), 0
	home := w.holders[manager].Site
	ctx, cancel := context.WithCancel(w.t.Context())
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		subscription.NewCourier(w.db.Subscriptions(), subscription.Config{
			Sender: &w.shop, Encode: httpapi.EncodeEvent, Tally: untallied{}, Log: slog.New(slog.DiscardHandler), Now: w.clock, InFlight: 1, PollEvery: time.Millisecond,
			Chance: func() float64 { return 0.5 },
		}).Run(ctx)
	}()
	require.Eventually(w.t, func() bool {
		page, err := w.db.Subscriptions().Log(w.t.Context(), home, id, subscription.LogQuery{Limit: 200, Status: subscription.Pending})
		if err != nil {
			return false
		}
		for _, d := range page.Deliveries {
			if !d.NextAt.After(w.now) {
				return false
			}
		}
		return true
	}, 10*time.Second, time.Millisecond)
	cancel()
	<-ended
}

const shopURL = `"https://shop.example.com/hooks/whatsapp"`

// subscribe shows how a URL is subscribed, and what becomes of it.
func (w *tour) subscribe() {
	w.t.Helper()
	w.shop.clock = w.clock
	creating := "POST /v1/subscriptions"
	key := map[string]string{"Idempotency-Key": "5f0c7c1e-2f52-4b0e-9f1c-subscribe-shop"}
	body := `{"url": ` + shopURL + `, "event_types": ["message.received", "message.status"], "description": "The shop's order desk"}`
	made := w.do(step{name: "subscription-create", summary: "Two types of events; the secret is shown this once", as: manager, request: creating, header: key, body: body})
	w.do(step{name: "subscription-create-replayed", summary: "The same request again: nothing is done twice", as: manager, request: creating, header: key, body: body})
	w.do(step{name: "subscription-create-all", summary: "All types of events", as: manager, request: creating, body: `{"url": "https://audit.example.com/"}`})
	refuse := func(name, summary, body string) {
		w.t.Helper()
		w.do(step{name: "subscription-create-" + name, summary: summary, as: manager, request: creating, body: body})
	}
	refuse("bad-url", "A URL that is not on the public internet", `{"url": "http://localhost:3000/hooks"}`)
	refuse("bad-type", "A type that does not exist", `{"url": `+shopURL+`, "event_types": ["message.sent"]}`)
	refuse("several-faults", "Several faults at once", `{"event_types": null}`)
	refuse("read-only-member", "A member of answers only", `{"url": `+shopURL+`, "secret": "choose-any"}`)
	w.inProgress(creating, body)
	w.manage(made["id"].(string))
}

// inProgress shows a request whose first one is still running.
func (w *tour) inProgress(request, body string) {
	w.t.Helper()
	const key = "5f0c7c1e-2f52-4b0e-9f1c-still-running"
	claim := idempotency.Claim{
		Scope: idempotency.Scope{Caller: w.holders[manager], Method: http.MethodPost, Path: "/v1/subscriptions", Key: key}, ID: w.newID(), Until: w.now.Add(time.Hour),
	}
	_, err := w.db.Idempotency().Claim(w.t.Context(), claim, []byte(body), w.now)
	require.NoError(w.t, err)
	w.do(step{name: "in-progress", summary: "The first request is still running", general: true, as: manager, request: request, header: map[string]string{"Idempotency-Key": key}, body: body})
}

func (w *tour) manage(id string) {
	w.t.Helper()
	at, stale := "/v1/subscriptions/"+id, map[string]string{"If-Match": `"Zm9yIGV4YW1wbGUhISEhIQ"`}
	w.do(step{name: "subscriptions", summary: "The first page of two", as: manager, request: "GET /v1/subscriptions?limit=1"})
	w.do(step{name: "subscriptions-bad-limit", summary: "A limit out of bounds", as: manager, request: "GET /v1/subscriptions?limit=500"})
	w.do(step{name: "subscription", summary: "The secret is not shown again", as: manager, request: "GET " + at})
	w.do(step{name: "subscription-not-found", summary: "No such subscription in the site", general: true, as: manager, request: "GET /v1/subscriptions/0198b2f0-5c1e-7c3a-9d1f-6a2b8c4d0e16"})
	w.shop.status = http.StatusNoContent
	w.do(step{name: "subscription-test", summary: "The subscriber took it", as: manager, request: "POST " + at + "/test"})
	w.shop.status = http.StatusNotFound
	w.do(step{name: "subscription-test-failed", summary: "The subscriber did not", as: manager, request: "POST " + at + "/test"})

	feed := w.do(step{as: reader, request: "GET /v1/events?type=message.received&limit=1"})
	event := feed["data"].([]any)[0].(map[string]any)["id"].(string)
	again := "POST /v1/events/" + event + "/redeliver"
	w.do(step{name: "event-redeliver", summary: "To one subscription", as: manager, request: again, body: `{"subscription_id": "` + id + `"}`})
	w.shop.status = http.StatusInternalServerError
	w.deliver(id)
	w.do(step{name: "event-redeliver-all", summary: "To all that take it: the body may be left out", as: manager, request: again})
	w.do(step{name: "event-redeliver-not-found", summary: "No such event in the site, or no longer", as: manager, request: "POST /v1/events/0198b2f0-5c1e-7c3a-9d1f-6a2b8c4d0e15/redeliver"})
	w.do(step{name: "event-redeliver-no-subscription", summary: "No such subscription in the site", as: manager, request: again, body: `{"subscription_id": "0198b2f0-5c1e-7c3a-9d1f-6a2b8c4d0e16"}`})
	w.do(step{name: "event-redeliver-null", summary: "Leave out what is not meant", as: manager, request: again, body: `{"subscription_id": null}`})
	w.do(step{name: "deliveries", summary: "One is pending, one is tried again, two tests", as: manager, request: "GET " + at + "/deliveries"})
	w.do(step{name: "deliveries-bad-status", summary: "A status that does not exist", as: manager, request: "GET " + at + "/deliveries?status=lost"})

	rotate := map[string]string{"Idempotency-Key": "5f0c7c1e-2f52-4b0e-9f1c-rotate-shop"}
	w.do(step{name: "subscription-rotate", summary: "A new secret, shown this once", as: manager, request: "POST " + at + "/rotate-secret", header: rotate})
	w.do(step{name: "subscription-rotate-key-reused", summary: "An Idempotency-Key with another body", as: manager, request: "POST " + at + "/rotate-secret", header: rotate, body: `{ }`})
	w.do(step{name: "subscription-rotate-stale", summary: "Somebody else changed the subscription meanwhile", as: manager, request: "POST " + at + "/rotate-secret", header: stale})
	w.do(step{name: "subscription-update", summary: "Switched off, for all types once it is on again", as: manager, request: "PATCH " + at, body: `{"status": "disabled", "event_types": null}`})
	w.do(step{name: "event-redeliver-disabled", summary: "Nothing is delivered to a disabled subscription", as: manager, request: again, body: `{"subscription_id": "` + id + `"}`})
	w.do(step{name: "subscription-update-stale", summary: "Somebody else changed the subscription meanwhile", as: manager, request: "PATCH " + at, header: stale, body: `{"status": "enabled"}`})
	w.do(step{name: "subscription-update-null", summary: "A URL cannot be cleared", as: manager, request: "PATCH " + at, body: `{"url": null}`})
	w.do(step{name: "subscription-delete-stale", summary: "Somebody else changed the subscription meanwhile", as: manager, request: "DELETE " + at, header: stale})
	w.do(step{name: "subscription-delete", summary: "Gone, with its secret", as: manager, request: "DELETE " + at})
}

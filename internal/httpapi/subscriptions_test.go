package httpapi_test

import (
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"

	standardwebhooks "github.com/standard-webhooks/standard-webhooks/libraries/go"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	v1 "github.com/ivendnext/whatsapp-accounts/api/v1"
	"github.com/ivendnext/whatsapp-accounts/internal/config"
	"github.com/ivendnext/whatsapp-accounts/internal/event"
	"github.com/ivendnext/whatsapp-accounts/internal/httpapi"
	"github.com/ivendnext/whatsapp-accounts/internal/site"
)

const hooks = "https://shop.example.com/hooks"

// subscribe makes a subscription and keeps its secret out of everything that follows.
func (c *caller) subscribe(t testing.TB, body any) v1.SubscriptionWithSecret {
	t.Helper()
	made := read[v1.SubscriptionWithSecret](c.send(t, http.MethodPost, "/v1/subscriptions", body).is(201))
	c.w.log.forbid(strings.TrimPrefix(made.Secret, "whsec_"))
	return made
}

func subscriptionAt(id string) string { return "/v1/subscriptions/" + id }

// onThisMachine lets subscribers be here.
func onThisMachine(c *config.Serve) { c.AllowPrivateProviders = true }

// tell appends an event to the caller's site and gives its id.
func (c *caller) tell(t testing.TB, of event.Type) string {
	t.Helper()
	_, err := c.w.DB.Events().Append(t.Context(), c.site, event.New{Type: of, Data: []byte(`{"text":"Zoë"}`)})
	require.NoError(t, err)
	list := read[v1.EventList](c.get(t, "/v1/events?limit=200").is(200))
	return list.Data[len(list.Data)-1].ID
}

func TestSubscriptionShowsItsSecretOnceAndNeverAgain(t *testing.T) {
	t.Parallel()
	for database, start := range databases() {
		t.Run(database, func(t *testing.T) {
			t.Parallel()
			w := start(t)
			first := w.boss.send(t, http.MethodPost, "/v1/subscriptions", obj{"url": hooks, "event_types": []string{"message.status", "message.received", "message.status"}, "description": "Zoë's till"}).is(201)
			made := read[v1.SubscriptionWithSecret](first)
			w.log.forbid(made.Secret)
			assert.Regexp(t, `^whsec_[A-Za-z0-9+/]{43}=$`, made.Secret)
			assert.Equal(t, subscriptionAt(made.ID), first.header.Get("Location"))
			assert.Equal(t, []any{hooks, []string{"message.received", "message.status"}, "Zoë's till", "enabled"}, []any{made.URL, made.EventTypes, made.Description, made.Status})
			got := w.boss.get(t, subscriptionAt(made.ID)).is(200)
			assert.Equal(t, made.Subscription, read[v1.Subscription](got))
			assert.Equal(t, first.etag(), got.etag(), "the secret is no part of the representation")
			w.boss.get(t, subscriptionAt(made.ID), "If-None-Match", got.etag()).is(304)
			for _, a := range []*answer{
				got, w.boss.get(t, "/v1/subscriptions"), w.boss.patch(t, subscriptionAt(made.ID), obj{"description": "b"}), w.boss.get(t, subscriptionAt(made.ID)+"/deliveries"),
			} {
				assert.NotContains(t, string(a.is(200).body), "whsec_")
				assert.NotContains(t, string(a.body), made.Secret[6:])
			}
		})
	}
}

func TestAllTypesAreMeantByNone(t *testing.T) {
	t.Parallel()
	w := start(t)
	for _, body := range []obj{{"url": hooks}, {"url": hooks, "event_types": []string{}}} {
		assert.Empty(t, w.boss.subscribe(t, body).EventTypes)
	}
	made := w.boss.subscribe(t, obj{"url": hooks, "event_types": []string{"account.health"}})
	assert.Equal(t, []string{"account.health"}, made.EventTypes)
	assert.Empty(t, read[v1.Subscription](w.boss.patch(t, subscriptionAt(made.ID), obj{"event_types": nil}).is(200)).EventTypes)
}

func TestWhatIsWrongWithASubscriptionIsListedAtOnce(t *testing.T) {
	t.Parallel()
	w := start(t)
	create := func(body any) *answer { return w.boss.send(t, http.MethodPost, "/v1/subscriptions", body) }
	create(obj{}).refused(422, "required", "/url")
	create(obj{"url": nil}).refused(422, "null_not_allowed", "/url")
	create(obj{"event_types": nil, "url": hooks}).refused(422, "null_not_allowed", "/event_types")
	p := create(obj{"url": "http://10.0.0.1", "event_types": []string{"message.sent"}, "description": "a\x01b"}).refused(422, "invalid_value", "/url", "/event_types", "/description")
	assert.Contains(t, p.Errors[1].Detail, "message.received, message.status, template.status, account.health, account.changed, webhook.unrouted, webhook.other, subscription.disabled")
	create(obj{"url": hooks, "event_types": []string{"subscription.test"}}).refused(422, "invalid_value", "/event_types")
	w.boss.beyond().send(t, http.MethodPost, "/v1/subscriptions", obj{"url": hooks, "description": strings.Repeat("é", 501)}).refused(422, "invalid_value", "/description")
	create(obj{"url": hooks, "secret": "mine"}).refused(400, "read_only_member", "/secret")
	create(obj{"url": hooks, "status": "enabled"}).refused(400, "unknown_member", "/status")
	create(obj{"url": 7}).refused(400, "wrong_type", "/url")
	create(obj{"url": hooks, "event_types": "message.received"}).refused(400, "wrong_type", "/event_types")
	assert.Empty(t, read[v1.SubscriptionList](w.boss.get(t, "/v1/subscriptions").is(200)).Data)

	at := subscriptionAt(w.boss.subscribe(t, obj{"url": hooks}).ID)
	w.boss.patch(t, at, obj{"url": nil}).refused(422, "null_not_allowed", "/url")
	w.boss.patch(t, at, obj{"status": nil}).refused(422, "null_not_allowed", "/status")
	w.boss.patch(t, at, obj{"status": "paused"}).refused(422, "invalid_value", "/status")
	w.boss.patch(t, at, obj{"id": never}).refused(400, "read_only_member", "/id")
	w.boss.patch(t, at, obj{"url": "https://localhost"}).refused(422, "invalid_value", "/url")
}

// The whole table is in internal/subscription/post; here is that it is asked.
func TestForbiddenURLsAreNotStored(t *testing.T) {
	t.Parallel()
	w := start(t)
	at := subscriptionAt(w.boss.subscribe(t, obj{"url": hooks}).ID)
	for _, url := range []string{"http://shop.example.com", "https://127.0.0.1", "https://[::1]/", "https://169.254.169.254/latest", "https://me:pw@shop.example.com", "https://shop.example.com#a", "https://shop.example.com:8443", "https://10.1.2.3", "ftp://shop.example.com", ""} {
		w.boss.beyond().send(t, http.MethodPost, "/v1/subscriptions", obj{"url": url}).refused(422, "invalid_value", "/url")
		w.boss.beyond().patch(t, at, obj{"url": url}).refused(422, "invalid_value", "/url")
	}
}

func TestChangeOfASubscriptionHoldsToItsETag(t *testing.T) {
	t.Parallel()
	w := start(t)
	made := w.boss.subscribe(t, obj{"url": hooks, "description": "a"})
	at := subscriptionAt(made.ID)
	etag := w.boss.get(t, at).is(200).etag()
	changed := w.boss.patch(t, at, obj{"status": "disabled"}, "If-Match", etag).is(200)
	assert.Equal(t, []any{"disabled", "requested"}, []any{read[v1.Subscription](changed).Status, *read[v1.Subscription](changed).DisabledReason})
	assert.NotEqual(t, etag, changed.etag())
	w.boss.patch(t, at, obj{"status": "enabled"}, "If-Match", etag).refused(412, "stale_representation")
	w.boss.send(t, http.MethodPost, at+"/rotate-secret", nil, "If-Match", etag).refused(412, "stale_representation")
	w.boss.delete(t, at, "If-Match", etag).refused(412, "stale_representation")
	again := read[v1.Subscription](w.boss.patch(t, at, obj{"status": "enabled", "description": nil}, "If-Match", changed.etag()).is(200))
	assert.Equal(t, []any{"enabled", "", (*string)(nil), (*v1.Time)(nil)}, []any{again.Status, again.Description, again.DisabledReason, again.DisabledAt})
	w.boss.delete(t, at).is(204)
	w.boss.delete(t, at).refused(404, "subscription_not_found")
}

func TestSubscriptionsAreListedInPages(t *testing.T) {
	t.Parallel()
	w := start(t)
	var ids []string
	for range 3 {
		ids = append([]string{w.boss.subscribe(t, obj{"url": hooks}).ID}, ids...)
	}
	var got []string
	for path := "/v1/subscriptions?limit=2"; path != ""; {
		page := read[v1.SubscriptionList](w.boss.get(t, path).is(200))
		for _, s := range page.Data {
			got = append(got, s.ID)
		}
		path = ""
		if page.NextCursor != nil {
			path = "/v1/subscriptions?limit=2&cursor=" + *page.NextCursor
		}
	}
	assert.Equal(t, ids, got)
	w.boss.get(t, "/v1/subscriptions?cursor=x").refused(422, "invalid_cursor", "cursor")
	foreign := *read[v1.SubscriptionList](w.boss.get(t, "/v1/subscriptions?limit=1").is(200)).NextCursor
	w.boss.get(t, subscriptionAt(ids[0])+"/deliveries?cursor="+foreign).refused(422, "invalid_cursor", "cursor")
}

func TestRepeatedSubscriptionIsAnsweredWithTheSameSecret(t *testing.T) {
	t.Parallel()
	for database, start := range databases() {
		t.Run(database, func(t *testing.T) {
			t.Parallel()
			w := start(t)
			create := func() *answer {
				return w.boss.send(t, http.MethodPost, "/v1/subscriptions", obj{"url": hooks}, "Idempotency-Key", "k").is(201)
			}
			one, two := create(), create()
			assert.Equal(t, "true", two.header.Get("Idempotent-Replayed"))
			assert.Equal(t, string(one.body), string(two.body))
			w.log.forbid(read[v1.SubscriptionWithSecret](one).Secret)
			at := subscriptionAt(read[v1.SubscriptionWithSecret](one).ID)
			rotate := func(body any, headers ...string) *answer {
				return w.boss.send(t, http.MethodPost, at+"/rotate-secret", body, append(headers, "Idempotency-Key", "r")...)
			}
			three := rotate(nil).is(200)
			for _, same := range []*answer{rotate(nil), rotate("{}"), rotate(strings.NewReader(""))} {
				assert.Equal(t, string(three.body), string(same.is(200).body), "nothing and an empty object are one")
			}
			assert.NotEqual(t, read[v1.SubscriptionWithSecret](one).Secret, read[v1.SubscriptionWithSecret](three).Secret)
			assert.Len(t, read[v1.SubscriptionList](w.boss.get(t, "/v1/subscriptions").is(200)).Data, 1)
		})
	}
}

func TestBodyThatMayBeLeftOutIsReadStrictlyWhenItIsThere(t *testing.T) {
	t.Parallel()
	w := start(t)
	at := subscriptionAt(w.boss.subscribe(t, obj{"url": hooks}).ID) + "/rotate-secret"
	rotate := func(body any, headers ...string) *answer {
		return w.boss.beyond().send(t, http.MethodPost, at, body, headers...)
	}
	rotate(nil).is(200)
	rotate("{}").is(200)
	rotate(`{"secret":"x"}`).refused(400, "unknown_member", "/secret")
	rotate("[]").refused(400, "wrong_type")
	rotate("{").refused(400, "invalid_json")
	rotate("{}", "Content-Type", "text/plain").refused(415, "unsupported_media_type")
	rotate(strings.Repeat(" ", 1<<20)+"{}").refused(413, "body_too_large")
}

// shop is a subscriber on this machine.
type shop struct {
	*httptest.Server
	status  atomic.Int64
	headers chan http.Header
	bodies  chan []byte
}

func openShop(t *testing.T) *shop {
	t.Helper()
	s := &shop{headers: make(chan http.Header, 9), bodies: make(chan []byte, 9)}
	s.status.Store(http.StatusAccepted)
	s.Server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		s.headers <- r.Header
		s.bodies <- body
		w.WriteHeader(int(s.status.Load()))
		_, _ = io.WriteString(w, "what the shop says")
	}))
	t.Cleanup(s.Close)
	return s
}

func TestTestOfASubscriptionIsSentNowAndKeptInItsLog(t *testing.T) {
	t.Parallel()
	for database, start := range databases() {
		t.Run(database, func(t *testing.T) {
			t.Parallel()
			w, s := start(t, onThisMachine), openShop(t)
			made := w.boss.subscribe(t, obj{"url": s.URL, "event_types": []string{"account.health"}})
			at := subscriptionAt(made.ID)
			d := read[v1.Delivery](w.boss.send(t, http.MethodPost, at+"/test", nil).is(200))
			assert.Equal(t, []any{"succeeded", "subscription.test", 1, 202, ""}, []any{d.Status, d.EventType, len(d.Attempts), *d.Attempts[0].ResponseStatus, d.Attempts[0].Detail})
			assert.Nil(t, d.NextAttemptAt)
			judge, err := standardwebhooks.NewWebhook(made.Secret)
			require.NoError(t, err)
			header, body := <-s.headers, <-s.bodies
			require.NoError(t, judge.Verify(body, header))
			assert.Equal(t, d.EventID, header.Get("webhook-id"))
			assert.JSONEq(t, `{"id":"`+d.EventID+`","type":"subscription.test","created_at":"`+d.CreatedAt.Format("2006-01-02T15:04:05.000000Z")+`","account_id":null,"data":{"subscription_id":"`+made.ID+`"}}`, string(body))

			s.status.Store(http.StatusBadGateway)
			w.boss.patch(t, at, obj{"status": "disabled"}).is(200)
			failed := read[v1.Delivery](w.boss.send(t, http.MethodPost, at+"/test", nil).is(200))
			assert.Equal(t, []any{"failed", "The subscriber answered 502 Bad Gateway."}, []any{failed.Status, failed.Attempts[0].Detail})
			log := read[v1.DeliveryList](w.boss.get(t, at+"/deliveries").is(200))
			assert.Equal(t, []v1.Delivery{failed, d}, log.Data)
			assert.Equal(t, []v1.Delivery{d}, read[v1.DeliveryList](w.boss.get(t, at+"/deliveries?status=succeeded").is(200)).Data)
			assert.Equal(t, []v1.Delivery{failed}, read[v1.DeliveryList](w.boss.get(t, at+"/deliveries?limit=1").is(200)).Data)
			w.boss.get(t, at+"/deliveries?status=lost").refused(422, "invalid_value", "status")
			assert.Empty(t, read[v1.EventList](w.boss.get(t, "/v1/events").is(200)).Data, "it is in no feed")
			assert.NotContains(t, w.log.String(), "what the shop says")
		})
	}
}

// What a test does is outside any transaction, so it is never answered from what was kept.
func TestIdempotencyKeyHasNoEffectOnATest(t *testing.T) {
	t.Parallel()
	w, s := start(t, onThisMachine), openShop(t)
	at := subscriptionAt(w.boss.subscribe(t, obj{"url": s.URL}).ID)
	for range 2 {
		a := w.boss.send(t, http.MethodPost, at+"/test", nil, "Idempotency-Key", "k").is(200)
		assert.Empty(t, a.header.Get("Idempotent-Replayed"))
		<-s.headers
	}
}

func TestDeliveryIsJudgedByTodaysPolicy(t *testing.T) {
	t.Parallel()
	s, dir := openShop(t), ""
	w := start(t, onThisMachine, func(c *config.Serve) { dir = c.DataDir })
	at := subscriptionAt(w.boss.subscribe(t, obj{"url": s.URL}).ID)
	stricter := start(t, func(c *config.Serve) { c.DataDir = dir })
	d := read[v1.Delivery](stricter.boss.send(t, http.MethodPost, at+"/test", nil).is(200))
	assert.Contains(t, d.Attempts[0].Detail, "may not be called any more")
	assert.Empty(t, s.headers)
}

func TestEventIsDeliveredAgainOverHTTP(t *testing.T) {
	t.Parallel()
	for database, start := range databases() {
		t.Run(database, func(t *testing.T) {
			t.Parallel()
			w := start(t)
			id := w.boss.tell(t, event.MessageReceived)
			all, some := w.boss.subscribe(t, obj{"url": hooks}), w.boss.subscribe(t, obj{"url": hooks, "event_types": []string{"message.status"}})
			again := func(body any, headers ...string) *answer {
				return w.boss.send(t, http.MethodPost, "/v1/events/"+id+"/redeliver", body, headers...)
			}
			made := read[v1.Redelivery](again(nil).is(202)).Data
			require.Len(t, made, 1)
			assert.Equal(t, []any{all.ID, id, "message.received", "pending", []v1.DeliveryAttempt{}}, []any{made[0].SubscriptionID, made[0].EventID, made[0].EventType, made[0].Status, made[0].Attempts})
			assert.Equal(t, some.ID, read[v1.Redelivery](again(obj{"subscription_id": some.ID}).is(202)).Data[0].SubscriptionID, "who is named gets it, whatever it takes")
			one := again(nil, "Idempotency-Key", "k").is(202)
			assert.Equal(t, string(one.body), string(again(nil, "Idempotency-Key", "k").is(202).body))
			assert.Len(t, read[v1.DeliveryList](w.boss.get(t, subscriptionAt(all.ID)+"/deliveries").is(200)).Data, 2)
			again(obj{"subscription_id": never}).refused(404, "subscription_not_found")
			again(obj{"subscription_id": nil}).refused(422, "null_not_allowed", "/subscription_id")
			again(obj{"to": some.ID}).refused(400, "unknown_member", "/to")
			w.boss.patch(t, subscriptionAt(some.ID), obj{"status": "disabled"}).is(200)
			again(obj{"subscription_id": some.ID}).refused(409, "subscription_disabled")
			for _, gone := range []string{never, "nonsense"} {
				w.boss.beyond().send(t, http.MethodPost, "/v1/events/"+gone+"/redeliver", nil).refused(404, "event_not_found")
			}
		})
	}
}

// A8, of subscriptions and events.
func TestSubscriptionOfAnotherSiteIsOneThatNeverWas(t *testing.T) {
	t.Parallel()
	for database, start := range databases() {
		t.Run(database, func(t *testing.T) {
			t.Parallel()
			w := start(t)
			stranger := w.caller(t, "two", site.SystemManager)
			foreign, told := w.boss.subscribe(t, obj{"url": hooks}), w.boss.tell(t, event.MessageReceived)
			mine := stranger.tell(t, event.MessageReceived)
			before := string(w.boss.get(t, "/v1/subscriptions").is(200).body)
			for _, r := range httpapi.Routes() {
				id := foreign.ID
				if strings.HasPrefix(r.Path, "/v1/events/{id}") {
					id = told
				} else if !strings.HasPrefix(r.Path, "/v1/subscriptions/{id}") {
					continue
				}
				for _, h := range [][]string{nil, {"If-Match", `"x"`}, {"If-Match", "*"}, {"If-None-Match", "*"}, {"Idempotency-Key", "k"}} {
					theirs := stranger.send(t, r.Method, pathOf(r.Path, id), bodyOf(r), h...)
					nobodys := stranger.send(t, r.Method, pathOf(r.Path, never), bodyOf(r), h...)
					require.Equal(t, 404, theirs.status, "%s %s", r.Method, r.Path)
					require.Equal(t, nobodys.seen(never), theirs.seen(id), "%s %s", r.Method, r.Path)
				}
			}
			stranger.send(t, http.MethodPost, "/v1/events/"+mine+"/redeliver", obj{"subscription_id": foreign.ID}).refused(404, "subscription_not_found")
			assert.Empty(t, read[v1.SubscriptionList](stranger.get(t, "/v1/subscriptions").is(200)).Data)
			assert.Empty(t, read[v1.Redelivery](stranger.send(t, http.MethodPost, "/v1/events/"+mine+"/redeliver", nil).is(202)).Data)
			assert.Equal(t, before, string(w.boss.get(t, "/v1/subscriptions").is(200).body))
		})
	}
}

package httpapi_test

import (
	"context"
	"net/http"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	v1 "github.com/ivendnext/whatsapp-accounts/api/v1"
	"github.com/ivendnext/whatsapp-accounts/internal/app"
	"github.com/ivendnext/whatsapp-accounts/internal/httpapi"
	"github.com/ivendnext/whatsapp-accounts/internal/message"
	"github.com/ivendnext/whatsapp-accounts/internal/provider"
	"github.com/ivendnext/whatsapp-accounts/internal/site"
)

// outgoingDefault makes an account the default outgoing one.
func outgoingDefault() obj { return obj{"is_default_outgoing": true} }

// sentID is the id that a client of Meta's is told.
func (a *answer) sentID() string {
	a.t.Helper()
	sent := read[v1.GraphAnswer](a)
	require.Len(a.t, sent.Messages, 1)
	return sent.Messages[0].ID
}

func TestAGraphMessageIsAnsweredWithTheProvidersIDAndFoundByOurs(t *testing.T) {
	t.Parallel()
	for database, start := range databases() {
		t.Run(database, func(t *testing.T) {
			t.Parallel()
			w := start(t, waiting)
			w.settles(t, taken)
			a := w.boss.make(t, meta("A", outgoingDefault()))
			b, s := w.boss.make(t, meta("B")), w.boss.make(t, wasender("S"))
			w.boss.put(t, "/v1/defaults/outgoing", obj{"account_id": a.ID}).is(200)
			service := w.caller(t, "one", site.Service)
			for phone, account := range map[string]string{"default": a.ID, phoneID("A"): a.ID, phoneID("B"): b.ID, b.ID: b.ID, s.ID: s.ID} {
				got := service.graph(t, phone, graphHi(obj{"to": "00971 50 1234567", "biz_opaque_callback_data": "order-42"})).is(200)
				id := got.header.Get("X-Message-Id")
				assert.Equal(t, v1.GraphAnswer{
					MessagingProduct: "whatsapp", Contacts: []v1.GraphContact{{Input: "00971 50 1234567", WaID: "971501234567"}}, Messages: []v1.GraphMessageID{{ID: "wamid." + id}},
				}, read[v1.GraphAnswer](got), phone)
				kept := service.get(t, messagesPath+"/"+id).is(200).message()
				assert.Equal(t, []any{account, "accepted", "order-42", "wamid." + id}, []any{kept.AccountID, kept.Status, *kept.Reference, *kept.ProviderMessageID}, phone)
			}
		})
	}
}

func TestWhomAGraphMessageIsForIsToldAsMetaDoes(t *testing.T) {
	t.Parallel()
	w := start(t, waiting)
	w.settles(t, taken)
	w.boss.make(t, meta("A", outgoingDefault()))
	for _, c := range []struct {
		ask  obj
		want v1.GraphContact
	}{
		{obj{"to": "+971501234567"}, v1.GraphContact{Input: "+971501234567", WaID: "971501234567"}},
		{obj{"to": nil, "recipient": "AE.1029"}, v1.GraphContact{Input: "AE.1029", UserID: "AE.1029"}},
		{obj{"to": "120363@g.us", "recipient_type": "group"}, v1.GraphContact{Input: "120363@g.us", WaID: "120363@g.us"}},
	} {
		assert.Equal(t, []v1.GraphContact{c.want}, read[v1.GraphAnswer](w.boss.graph(t, "default", graphHi(c.ask)).is(200)).Contacts)
	}
}

// As Meta does, this door passes over what it does not know, and takes a number in place of a text.
func TestAGraphMessageMayHaveMembersThatNobodyKnows(t *testing.T) {
	t.Parallel()
	w := start(t, waiting)
	w.settles(t, taken)
	w.boss.make(t, meta("A", outgoingDefault()))
	c := w.boss.beyond()
	for _, more := range []obj{
		{"to": 971501234567}, {"messaging_account_id": "1", "image": obj{"link": "x"}}, {"context": nil, "recipient": nil, "status": nil}, {"context": obj{"message_id": "wamid.x", "new": 1}},
		{"text": obj{"body": "Hi", "new": 1}},
	} {
		c.graph(t, "default", graphHi(more)).is(200)
	}
	c.send(t, http.MethodPost, "/graph/v1.0/default/messages?fields=id&appsecret_proof=x&new=1&new=2", graphHi()).is(200)
	got := w.boss.graph(t, "default", obj{"to": "971501234567", "text": obj{"body": "Hi"}, "context": obj{"message_id": "wamid.x"}}).is(200)
	assert.Equal(t, "wamid.x", *w.boss.get(t, messagesPath+"/"+got.header.Get("X-Message-Id")).is(200).message().ContextMessageID)
}

func TestAGraphMessageThatNobodyTookInTimeIsAnsweredWithOurID(t *testing.T) {
	t.Parallel()
	w := start(t)
	w.boss.make(t, meta("A", outgoingDefault()))
	got := w.boss.graph(t, "default", graphHi()).is(200)
	assert.Equal(t, got.header.Get("X-Message-Id"), got.sentID())
	assert.Equal(t, "queued", w.boss.get(t, messagesPath+"/"+got.sentID()).is(200).message().Status)
}

func TestAGraphMessageOfWhichNobodyKnowsIsNoError(t *testing.T) {
	t.Parallel()
	w := start(t, waiting)
	w.settles(t, func(m message.Message) message.Message { m.Status = message.Unknown; return m })
	w.boss.make(t, meta("A", outgoingDefault()))
	got := w.boss.graph(t, "default", graphHi()).is(200)
	assert.Equal(t, got.header.Get("X-Message-Id"), got.sentID())
}

func TestAGraphMessageThatIsRepeatedWithItsKeyIsSentOnce(t *testing.T) {
	t.Parallel()
	for database, start := range databases() {
		t.Run(database, func(t *testing.T) {
			t.Parallel()
			w := start(t)
			w.boss.make(t, meta("A", outgoingDefault()))
			first := w.boss.graph(t, "default", graphHi(), keyed("k")...).is(200)
			w.settle(t.Context(), t, taken)
			again := w.boss.graph(t, "default", graphHi(), keyed("k")...).is(200)
			assert.False(t, first.replayed())
			assert.True(t, again.replayed())
			assert.Equal(t, first.header.Get("X-Message-Id"), again.header.Get("X-Message-Id"))
			assert.Equal(t, "wamid."+first.sentID(), again.sentID(), "it is told what has become of it since")
			w.boss.graph(t, "default", graphHi(obj{"to": "+971501234568"}), keyed("k")...).refused(400, "invalid")
			w.boss.graph(t, "default", graphHi(), "Idempotency-Key", "").refused(400, "invalid")
			assert.Len(t, read[v1.MessageList](w.boss.get(t, messagesPath).is(200)).Data, 1)
		})
	}
}

func TestACallerOfGraphThatGoesAwayChangesNothing(t *testing.T) {
	t.Parallel()
	w := start(t, waiting)
	w.boss.make(t, meta("A", outgoingDefault()))
	ctx, leave := context.WithCancel(t.Context())
	defer leave()
	w.DB.OnEvents(func(site.Site) { leave() })                                                                                                           // the message is kept
	_, err := (&http.Client{Transport: w.transport}).Do(w.boss.request(t, http.MethodPost, "/graph/v25.0/default/messages", graphHi()).WithContext(ctx)) //nolint:bodyclose // there is none
	require.ErrorIs(t, err, context.Canceled)
	kept := read[v1.MessageList](w.boss.get(t, messagesPath).is(200)).Data
	require.Len(t, kept, 1)
	assert.Equal(t, "queued", kept[0].Status)
}

func TestAServiceThatStopsLetsNobodyWaitAtGraph(t *testing.T) {
	t.Parallel()
	w := start(t)
	w.boss.make(t, meta("A", outgoingDefault()))
	c := w.rewired(t, func(d *httpapi.Deps) {
		stopping := make(chan struct{})
		close(stopping)
		d.Leaving, d.SendWait = stopping, time.Hour
		d.Messages = message.NewService(message.Deps{Store: w.DB.Messages(), Router: d.Routing, Providers: d.Providers, Now: app.Now, NewID: app.NewID})
	})
	got := c.graph(t, "default", graphHi()).is(200)
	assert.Equal(t, got.header.Get("X-Message-Id"), got.sentID())
}

func TestWhatTheProviderSaysOfAGraphMessageGoesOnInItsWords(t *testing.T) {
	t.Parallel()
	w := start(t, waiting)
	problems := make(chan message.Problem, 1)
	w.settles(t, func(m message.Message) message.Message {
		p := <-problems
		return m.Hear(provider.StateFailed, "", &p, m.CreatedAt)
	})
	w.boss.make(t, meta("A", outgoingDefault()))
	for _, c := range []struct {
		code         string
		class        provider.Class
		status, want int
		transient    bool
	}{
		{"131047", provider.ClassPermanent, 400, 131047, false},
		{"131056", provider.ClassRetry, 400, 131056, true},
		{"190", provider.ClassToken, 401, 190, false},
		{"0", provider.ClassToken, 401, 0, false},
		{"10", provider.ClassAccount, 403, 10, false},
		{"299", provider.ClassAccount, 403, 299, false},
		{"132001", provider.ClassPermanent, 404, 132001, false},
		{"131000", provider.ClassRetry, 500, 131000, true},
		{"2", provider.ClassRetry, 503, 2, true},
		{"", provider.ClassToken, 403, 131005, false},
		{"", provider.ClassPermanent, 400, 131009, false},
		{"", provider.ClassWait, 500, 131016, true},
		{"", provider.ClassUnknown, 500, 131000, true},
		{"account_inactive", provider.ClassAccount, 400, 133010, false},
	} {
		problems <- message.Problem{Code: c.code, Class: c.class, Meaning: "It was refused.", Detail: "In its own words", Fix: "Do this."}
		got := w.boss.graph(t, "default", graphHi())
		e := got.graphError(c.status, c.want)
		assert.Equal(t, "In its own words. Do this.", e.Data.Details)
		assert.Contains(t, e.Message, "It was refused.")
		assert.Equal(t, c.transient, e.IsTransient, c.code)
		assert.Equal(t, "failed", w.boss.get(t, messagesPath+"/"+got.header.Get("X-Message-Id")).is(200).message().Status)
	}
}

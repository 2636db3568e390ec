package httpapi_test

import (
	"net/http"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	v1 "github.com/ivendnext/whatsapp-accounts/api/v1"
	"github.com/ivendnext/whatsapp-accounts/internal/site"
)

const graphDefaultPath = "/graph/v25.0/default/messages"

func TestNobodyCallsGraphWithoutAKeyThatSends(t *testing.T) {
	t.Parallel()
	w := start(t)
	w.boss.make(t, meta("A", outgoingDefault()))
	for _, key := range []string{absent, "Bearer EAAG-a-token-of-metas", "Bearer wak_nobody", "Basic x"} {
		got := w.stranger().graph(t, "default", graphHi(), "Authorization", key)
		got.refused(401, "unauthenticated")
		assert.NotEmpty(t, got.header.Get("WWW-Authenticate"))
	}
	viewer := w.caller(t, "one", site.Viewer)
	assert.Contains(t, viewer.graph(t, "default", graphHi()).refused(403, "forbidden").Detail, "viewer")
	viewer.get(t, "/graph/v25.0/"+phoneID("A")).is(200)
	assert.Empty(t, read[v1.MessageList](w.boss.get(t, messagesPath).is(200)).Data)
}

func TestAKeyInAURLIsRefusedAtGraphWithTheCure(t *testing.T) {
	t.Parallel()
	w := start(t)
	w.boss.make(t, meta("A", outgoingDefault()))
	for _, c := range []*caller{w.boss, w.stranger()} {
		for _, query := range []string{"?access_token=" + w.boss.key, "?x=1&access_token=", "?access%5Ftoken=x"} {
			got := c.send(t, http.MethodPost, graphDefaultPath+query, graphHi())
			e := got.graphError(400, 100)
			assert.Contains(t, e.Data.Details, "Authorization: Bearer")
			assert.NotContains(t, string(got.body), "wak_")
		}
	}
	w.boss.get(t, "/v1/me?access_token=x").refused(400, "unknown_parameter", "access_token")
}

func TestAnObjectThatTheSiteLacksIsMetasError33(t *testing.T) {
	t.Parallel()
	for database, start := range databases() {
		t.Run(database, func(t *testing.T) {
			t.Parallel()
			w := start(t)
			id := w.boss.make(t, meta("A")).ID
			for _, phone := range []string{never, "1", "DEFAULT", strings.ToUpper(id), "%ff", "%00", "a%2Fb", strings.Repeat("9", 500)} {
				w.boss.graph(t, phone, graphHi()).refused(400, "account_not_found")
				w.boss.graph(t, phone, obj{"status": "read", "message_id": "wamid.x"}).refused(400, "account_not_found")
				w.boss.get(t, "/graph/v25.0/"+phone).refused(400, "account_not_found")
				w.boss.get(t, "/graph/v25.0/"+phone+"/phone_numbers").refused(400, "account_not_found")
				w.boss.get(t, "/graph/v25.0/"+phone+"/message_templates").refused(400, "account_not_found")
			}
			other := w.caller(t, "two", site.SystemManager)
			for _, phone := range []string{id, phoneID("A")} {
				other.graph(t, phone, graphHi()).refused(400, "account_not_found")
				other.get(t, "/graph/v25.0/"+phone).refused(400, "account_not_found")
			}
			other.get(t, "/graph/v25.0/204000000000001/phone_numbers").refused(400, "account_not_found")
			w.boss.graph(t, "default", graphHi()).refused(400, "no_default_account")
			w.boss.get(t, "/graph/v25.0/default").refused(400, "no_default_account")
		})
	}
}

func TestWhatRoutingRefusesHasItsReasonAtGraph(t *testing.T) {
	t.Parallel()
	w := start(t)
	idle, s := w.boss.make(t, meta("Idle", inactive())).ID, w.boss.make(t, wasender("S")).ID
	for _, phone := range []string{idle, phoneID("Idle")} {
		p := w.boss.graph(t, phone, graphHi()).refused(400, "account_inactive")
		assert.Contains(t, p.Detail, `"Idle" is Inactive`)
		assert.Contains(t, p.Detail, "PATCH /v1/accounts/"+idle, "the cure is there")
		w.boss.graph(t, phone, obj{"status": "read", "message_id": "wamid.x"}).refused(400, "account_inactive")
	}
	reaction := obj{"type": "reaction", "text": nil, "reaction": obj{"message_id": "x", "emoji": "👍"}}
	assert.Contains(t, w.boss.graph(t, s, graphHi(reaction)).refused(400, "capability_unsupported").Detail, "WASender")
	w.boss.graph(t, s, graphHi(obj{"type": "template", "text": nil, "template": obj{"name": "gone", "language": obj{"code": "en_US"}}})).refused(400, "template_unavailable")
	w.boss.write(t, written(s, "Order ready")).is(201)
	values := func(texts ...string) obj {
		all := []obj{}
		for _, text := range texts {
			all = append(all, obj{"type": "text", "text": text})
		}
		return obj{"type": "template", "text": nil, "template": obj{"name": "order_ready", "language": obj{"code": "en_US"}, "components": []obj{{"type": "body", "parameters": all}}}}
	}
	w.boss.graph(t, s, graphHi(values("Ann"))).graphError(400, 132000)
	w.boss.graph(t, s, graphHi(values("Ann", "42", "more"))).graphError(400, 132012)
	w.boss.graph(t, s, graphHi(values("Ann", "42"))).is(200)
}

func TestWhatIsWrongWithAGraphMessageIsNamedWithItsCure(t *testing.T) {
	t.Parallel()
	w := start(t)
	w.boss.make(t, meta("A", outgoingDefault()))
	for _, c := range []struct{ body, says string }{
		{`{"to": "+971501234567", "text": {}}`, "text.body: "},
		{`{"to": "+971501234567"}`, "text: "},
		{`{"text": {"body": "Hi"}}`, "to: Say whom"},
		{`{"to": "050", "text": {"body": "Hi"}}`, "to: "},
		{`{"to": ["+971501234567"], "text": {"body": "Hi"}}`, "to: Send a JSON string."},
		{`{"to": "+971501234567", "type": "fax", "fax": {}}`, "type: Send one of text, image"},
		{`{"to": "+971501234567", "type": "image", "image": {"link": "ftp://x"}}`, "image.link: "},
		{`{"to": "+971501234567", "text": {"body": 7}}`, "text.body: "},
		{`{"to": "+971501234567", "text": {"body": "Hi"}, "messaging_product": "fax"}`, "messaging_product: "},
		{`{"to": "+971501234567", "text": {"body": "Hi"}, "recipient_type": "all"}`, "recipient_type: "},
		{`{"to": "+971501234567", "text": {"body": "Hi"}, "context": "wamid.x"}`, "context: "},
		{`{"to": "+971501234567", "text": {"body": "Hi"}, "context": {"message_id": {}}}`, "context.message_id: "},
		{`{"to": "+971501234567", "text": {"body": "Hi"}, "biz_opaque_callback_data": "` + strings.Repeat("x", 513) + `"}`, "biz_opaque_callback_data: "},
		{`{"to": "+971501234567", "text": {"body": "Hi"}, "biz_opaque_callback_data": "a\u0000b"}`, "biz_opaque_callback_data: "},
		{`{"status": "read"}`, "message_id: Say which"},
		{`{"status": "delivered", "message_id": "wamid.x"}`, "status: "},
		{`{"status": "read", "message_id": "a\u0001"}`, "message_id: "},
		{`{"to": 1, "to": 2}`, "to: "},
		{`{`, "The body ends before"}, {`[]`, "A JSON array cannot"}, {`null`, "A JSON null cannot"}, {`"x"`, "A JSON string cannot"}, {"", "The body is empty."},
	} {
		e := w.boss.send(t, http.MethodPost, graphDefaultPath, c.body, "Content-Type", "application/json").graphError(400, 100)
		assert.Contains(t, e.Data.Details, c.says, "%.200s", c.body)
		assert.Zero(t, e.Subcode)
	}
	several := w.boss.graph(t, "default", obj{"to": "050", "type": "fax"}).graphError(400, 100)
	assert.Contains(t, several.Data.Details, "to: ")
	assert.Contains(t, several.Data.Details, "type: ")
	assert.Empty(t, read[v1.MessageList](w.boss.get(t, messagesPath).is(200)).Data)
}

func TestTheBoundsOfBodiesHoldAtGraph(t *testing.T) {
	t.Parallel()
	w := start(t)
	w.boss.graph(t, "default", `{"text": "`+strings.Repeat("x", 1<<20)+`"}`).refused(413, "body_too_large")
	w.boss.graph(t, "default", "to=1", "Content-Type", "application/x-www-form-urlencoded").refused(415, "unsupported_media_type")
	w.boss.graph(t, "default", graphHi(), "Content-Encoding", "gzip").refused(415, "unsupported_media_type")
}

func TestAPathThatGraphLacksIsAnErrorOfGraphs(t *testing.T) {
	t.Parallel()
	w := start(t)
	w.boss.make(t, meta("A", outgoingDefault()))
	for _, path := range []string{
		"/graph/", "/graph/v25.0", "/graph/v25.0/", "/graph/v25.0/default/media", "/graph/v25.0/default/messages/", "/graph/v25.0/default/messages/x", "/graph/default",
		"/graph/25.0/default", "/graph/v25/default", "/graph/V25.0/default", "/graph/v25.0x/default", "/graph/v/default", "/graph/v1234.0/default",
	} {
		w.boss.get(t, path).refused(404, "route_not_found")
	}
	for _, version := range []string{"v25", "latest", "v25.0.0", "v-1.0"} {
		w.boss.send(t, http.MethodPost, "/graph/"+version+"/default/messages", graphHi()).refused(404, "route_not_found")
		w.boss.get(t, "/graph/"+version+"/204000000000001/phone_numbers").refused(404, "route_not_found")
		w.boss.get(t, "/graph/"+version+"/204000000000001/message_templates").refused(404, "route_not_found")
	}
	got := w.boss.delete(t, "/graph/v25.0/default")
	got.refused(405, "method_not_allowed")
	assert.Equal(t, "GET, HEAD", got.header.Get("Allow"))
	w.boss.get(t, "/graph").refused(404, "route_not_found")
}

func TestGuessesAtGraphAreHeldUpAsAnywhere(t *testing.T) {
	t.Parallel()
	w := start(t, limited(2))
	for range 2 {
		w.stranger().graph(t, "default", graphHi(), "Authorization", "Bearer wak_wrong").refused(401, "unauthenticated")
	}
	got := w.stranger().graph(t, "default", graphHi(), "Authorization", "Bearer wak_wrong")
	got.refused(429, "too_many_failures")
	assert.NotEmpty(t, got.header.Get("Retry-After"))
}

func TestADatabaseThatIsAwayIsTransientAtGraph(t *testing.T) {
	t.Parallel()
	w := start(t)
	w.boss.make(t, meta("A", outgoingDefault()))
	w.boss.get(t, "/v1/me").is(200)
	require.NoError(t, w.DB.Close())
	for _, got := range []*answer{w.boss.graph(t, "default", graphHi()), w.boss.get(t, "/graph/v25.0/default")} {
		assert.Contains(t, []int{500, 503}, got.status)
		e := read[v1.GraphError](got).Error
		assert.Contains(t, []int{1, 2}, e.Code)
		assert.Equal(t, e.Code == 2, e.IsTransient)
	}
}

// A key is remembered with the path, which a database need not be able to hold.
func TestANumberThatIsNoTextIsNobodysAtGraphThoughARepeatIsAskedFor(t *testing.T) {
	t.Parallel()
	for database, start := range databases() {
		t.Run(database, func(t *testing.T) {
			t.Parallel()
			w := start(t)
			for _, phone := range []string{"%00", "%FF", "305%000", strings.Repeat("3", 6000)} {
				a := w.boss.send(t, http.MethodPost, "/graph/v25.0/"+phone+"/messages", obj{"messaging_product": "whatsapp", "to": "+971501234567", "text": obj{"body": "Hi"}}, keyed("k")...)
				require.Equal(t, 400, a.status, "%.300s", a.body)
				require.Contains(t, string(a.body), `"error_subcode":33`)
			}
		})
	}
}

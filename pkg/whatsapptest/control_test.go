package whatsapptest_test

import (
	"net/http"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/ivendnext/whatsapp-accounts/pkg/whatsapptest"
)

// commanded are both doubles as they listen for programs.
func commanded(t *testing.T) (*whatsapptest.Meta, *whatsapptest.WASender) {
	t.Helper()
	meta, wasender := whatsapptest.NewMeta(whatsapptest.SampleMeta()), whatsapptest.NewWASender(whatsapptest.SampleWASender())
	t.Cleanup(meta.Close)
	t.Cleanup(wasender.Close)
	require.NoError(t, meta.Listen("127.0.0.1:0"))
	require.NoError(t, wasender.Listen("127.0.0.1:0"))
	return meta, wasender
}

func order(t *testing.T, double, method, name, body string) answer {
	t.Helper()
	return ask(t, method, double+whatsapptest.ControlPrefix+name, "", body)
}

func TestDoubleOfMetaFollowsOrders(t *testing.T) {
	m, _ := commanded(t)
	in := callback(t)
	assert.Equal(t, http.StatusUnprocessableEntity, order(t, m.URL, http.MethodPost, "messages", `{}`).status, "it has no callback yet")
	wrong := order(t, m.URL, http.MethodPut, "callback", `{"url":"`+in.URL+`","verify_token":"wrong"}`)
	assert.Contains(t, wrong.at(t, "error"), "HTTP Status Code = 403")
	require.Equal(t, http.StatusOK, order(t, m.URL, http.MethodPut, "callback", `{"url":"`+in.URL+`","verify_token":"choose-any"}`).status)
	order(t, m.URL, http.MethodPost, "messages", `{"text":"Hi","from":"+44 1234","name":"Ann","copies":2}`)
	assert.Len(t, in.received(), 2)
	assert.Equal(t, "441234", in.last(t).at(t, "entry.0.changes.0.value.messages.0.from"))
	order(t, m.URL, http.MethodPost, "messages", `{"unsigned":true}`)
	assert.NotContains(t, in.headers[2], "X-Hub-Signature-256")

	send(t, m, hello)
	id := m.Sent()[0].ID
	order(t, m.URL, http.MethodPost, "statuses", `{"id":"`+id+`","status":"failed","code":131026,"details":"no WhatsApp"}`)
	assert.Equal(t, "Message undeliverable", in.last(t).at(t, "entry.0.changes.0.value.statuses.0.errors.0.title"))
	assert.Equal(t, http.StatusUnprocessableEntity, order(t, m.URL, http.MethodPost, "statuses", `{"id":"x"}`).status)
	order(t, m.URL, http.MethodPost, "changes", `{"field":"security","value":{"event":"PIN_CHANGED"}}`)
	assert.Equal(t, "PIN_CHANGED", in.last(t).at(t, "entry.0.changes.0.value.event"))
	assert.Equal(t, http.StatusUnprocessableEntity, order(t, m.URL, http.MethodPost, "changes", `{}`).status)
	assert.Equal(t, id, order(t, m.URL, http.MethodGet, "sent", "").at(t, "0.id"))
}

func TestOrdersAreNoPartOfTheRecord(t *testing.T) {
	m, _ := commanded(t)
	send(t, m, hello)
	assert.Equal(t, "send_message", order(t, m.URL, http.MethodGet, "requests", "").at(t, "0.kind"))
	assert.Len(t, m.Requests(), 1)
	order(t, m.URL, http.MethodDelete, "requests", "")
	assert.Empty(t, m.Requests())
	unknown := order(t, m.URL, http.MethodPost, "coffee", "")
	assert.Equal(t, http.StatusNotFound, unknown.status)
	assert.Contains(t, unknown.text, "POST messages")
	assert.Equal(t, http.StatusUnprocessableEntity, order(t, m.URL, http.MethodPost, "messages", "{").status)
	tested := graph(t)
	refused(t, order(t, tested.URL, http.MethodGet, "requests", ""), http.StatusUnauthorized, "190", "a test's double takes no orders over HTTP")
}

func TestFaultsAreOrdered(t *testing.T) {
	m, _ := commanded(t)
	fault := func(body string) int { return order(t, m.URL, http.MethodPost, "faults", body).status }
	for _, body := range []string{
		`{"fault":"error","code":131056}`, `{"fault":"html"}`, `{"fault":"too_many_requests","seconds":5}`, `{"fault":"slow","seconds":0.01}`,
		`{"fault":"error","code":131000,"every":2,"kinds":["send_message"]}`,
	} {
		require.Equal(t, http.StatusOK, fault(body), body)
	}
	assert.Equal(t, []int{400, 502, 429, 200, 200, 500, 200}, outcomes(t, m, 7))
	order(t, m.URL, http.MethodDelete, "faults", "")
	assert.Equal(t, []int{200, 200}, outcomes(t, m, 2))
	assert.Equal(t, http.StatusUnprocessableEntity, fault(`{"fault":"fire"}`))
	assert.Equal(t, http.StatusUnprocessableEntity, fault(`{"fault":"hang","kinds":"all"}`))
}

func TestDoubleOfWASenderFollowsOrders(t *testing.T) {
	_, s := commanded(t)
	in := callback(t)
	assert.Equal(t, http.StatusUnprocessableEntity, order(t, s.URL, http.MethodPost, "messages", `{}`).status, "it has no callback yet")
	assert.Equal(t, http.StatusUnprocessableEntity, order(t, s.URL, http.MethodPut, "callback", `{"session":7}`).status)
	order(t, s.URL, http.MethodPut, "callback", `{"url":"`+in.URL+`","secret":"new"}`)
	order(t, s.URL, http.MethodPost, "messages", `{"text":"Hi","from":"+44 1234"}`)
	assert.Equal(t, "441234@s.whatsapp.net", in.last(t).at(t, "data.messages.key.remoteJid"))
	assert.Equal(t, "new", in.headers[0].Get("X-Webhook-Signature"))
	call(t, s, http.MethodPost, "/send-message", `{"to":"+1234567890","text":"Hi"}`)
	order(t, s.URL, http.MethodPost, "statuses", `{"msg_id":100000,"status":4}`)
	assert.Equal(t, "messages.update", in.last(t).at(t, "event"))
	assert.Equal(t, http.StatusUnprocessableEntity, order(t, s.URL, http.MethodPost, "statuses", `{"msg_id":1}`).status)
	order(t, s.URL, http.MethodPut, "session", `{"status":"disconnected"}`)
	assert.Equal(t, "disconnected", in.last(t).at(t, "data.status"))
	assert.Equal(t, http.StatusUnprocessableEntity, order(t, s.URL, http.MethodPut, "session", `{"session":7}`).status)
	assert.NotNil(t, order(t, s.URL, http.MethodGet, "sent", "").at(t, "0.key.id"))
}

package whatsapptest_test

import (
	"encoding/json"
	"fmt"
	"net/http"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/ivendnext/whatsapp-accounts/pkg/whatsapptest"
)

func wasender(t *testing.T) *whatsapptest.WASender {
	t.Helper()
	return whatsapptest.StartWASender(t, whatsapptest.SampleWASender())
}

// call asks WASender's double with the sample key.
func call(t *testing.T, s *whatsapptest.WASender, method, path, body string) answer {
	t.Helper()
	return ask(t, method, s.URL+"/api"+path, whatsapptest.SampleAPIKey, body)
}

func TestWASenderAcceptsEveryKindOfMessage(t *testing.T) {
	s := wasender(t)
	for i, body := range []string{
		`{"to":"+1234567890","text":"Hi"}`, `{"to":"+1234567890","imageUrl":"https://example.com/a.jpg","text":"caption"}`,
		`{"to":"120363@g.us","documentUrl":"https://example.com/a.pdf","fileName":"a.pdf"}`, `{"to":"+1234567890","contact":{"name":"Ann","phone":"+1"}}`,
		`{"to":"+1234567890","location":{"latitude":1,"longitude":"2"}}`, `{"to":"+1234567890","poll":{"question":"?","options":["a","b"]}}`,
	} {
		got := call(t, s, http.MethodPost, "/send-message", body)
		require.Equal(t, http.StatusOK, got.status, "%s: %s", body, got.text)
		assert.Equal(t, json.Number(fmt.Sprint(100000+i)), got.at(t, "data.msgId"), "an integer")
		assert.Equal(t, "in_progress", got.at(t, "data.status"))
		assert.Equal(t, "256", got.header.Get("X-RateLimit-Limit"))
		assert.NotEmpty(t, got.header.Get("X-RateLimit-Remaining"))
		assert.NotEmpty(t, got.header.Get("X-RateLimit-Reset"))
	}
	assert.Len(t, s.Sent(), 6)
	info := call(t, s, http.MethodGet, "/messages/100000/info", "")
	assert.Equal(t, s.Sent()[0].Key.ID, info.at(t, "data.key.id"))
	assert.Equal(t, "1234567890@s.whatsapp.net", info.at(t, "data.remoteJid"))
	assert.Equal(t, "Hi", info.at(t, "data.message.conversation"))
	assert.Equal(t, http.StatusNotFound, call(t, s, http.MethodGet, "/messages/7/info", "").status)
}

func TestWASenderRefusesAWrongMessageMemberByMember(t *testing.T) {
	s := wasender(t)
	got := call(t, s, http.MethodPost, "/send-message", `{}`)
	assert.Equal(t, http.StatusUnprocessableEntity, got.status)
	assert.JSONEq(t, `{"success":false,"message":"Validation failed","errors":{"to":["The to field is required."],
		"text":["The text field is required when none of the media fields are present."]}}`, got.text)
	for member, body := range map[string]string{
		"to": `{"to":"Ann","text":"x"}`, "imageUrl": `{"to":"+1234567890","imageUrl":"x"}`,
		"poll.question": `{"to":"+1234567890","poll":{}}`, "contact.phone": `{"to":"+1234567890","contact":{"name":"x"}}`,
	} {
		got := call(t, s, http.MethodPost, "/send-message", body)
		assert.Equal(t, http.StatusUnprocessableEntity, got.status, member)
		assert.Contains(t, got.text, `"`+member+`":[`)
	}
	assert.Empty(t, s.Sent())
}

func TestWASenderWantsTheSessionsKey(t *testing.T) {
	s := wasender(t)
	for _, key := range []string{"", "wrong"} {
		got := ask(t, http.MethodGet, s.URL+"/api/status", key, "")
		assert.Equal(t, http.StatusUnauthorized, got.status)
		assert.JSONEq(t, `{"success":false,"message":"Unnotarized"}`, got.text)
	}
	tokens := []string{}
	call(t, s, http.MethodGet, "/status", "")
	for _, r := range s.Requests(whatsapptest.ReadStatus) {
		tokens = append(tokens, r.Token)
		assert.NotContains(t, fmt.Sprintf("%+v", r), whatsapptest.SampleAPIKey)
	}
	assert.Equal(t, []string{whatsapptest.NoToken, whatsapptest.UnknownToken, "Brand B"}, tokens)
}

func TestWASenderStatusIsABareObject(t *testing.T) {
	s := wasender(t)
	assert.JSONEq(t, `{"status":"connected"}`, call(t, s, http.MethodGet, "/status", "").text)
	update, err := s.ChangeSession(1, "NEED_SCAN")
	require.NoError(t, err)
	assert.JSONEq(t, `{"status":"NEED_SCAN"}`, call(t, s, http.MethodGet, "/status", "").text)
	assert.Equal(t, http.StatusBadRequest, call(t, s, http.MethodPost, "/send-message", `{"to":"+1234567890","text":"Hi"}`).status)

	in := callback(t)
	_, err = s.Webhooks(1, in.URL).Send(t.Context(), update)
	require.NoError(t, err)
	assert.Equal(t, "need_scan", in.last(t).at(t, "data.status"))
	_, err = s.ChangeSession(2, "connected")
	require.Error(t, err)
	user := call(t, s, http.MethodGet, "/user", "")
	assert.Equal(t, "15550100300@s.whatsapp.net", user.at(t, "data.id"))
	assert.Equal(t, http.StatusNotFound, call(t, s, http.MethodGet, "/moods", "").status)
}

func TestMessageThatComesTooEarlyIs429WithoutSuccess(t *testing.T) {
	now := time.Unix(1795345200, 0)
	config := whatsapptest.SampleWASender()
	config.Clock, config.Sessions[0].Pace = func() time.Time { return now }, 5*time.Second
	s := whatsapptest.StartWASender(t, config)
	hi := `{"to":"+1234567890","text":"Hi"}`
	first := call(t, s, http.MethodPost, "/send-message", hi)
	assert.Equal(t, http.StatusOK, first.status)
	assert.Equal(t, "1795345205", first.header.Get("X-RateLimit-Reset"))
	now = now.Add(2 * time.Second)
	second := call(t, s, http.MethodPost, "/send-message", hi)
	assert.Equal(t, http.StatusTooManyRequests, second.status)
	assert.Equal(t, json.Number("3"), second.at(t, "retry_after"))
	assert.Equal(t, "3", second.header.Get("Retry-After"))
	assert.NotContains(t, second.text, "success")
	now = now.Add(3 * time.Second)
	assert.Equal(t, http.StatusOK, call(t, s, http.MethodPost, "/send-message", hi).status)
	s.SetSession(1, func(one *whatsapptest.Session) { one.Pace = time.Minute })
	call(t, s, http.MethodPost, "/send-message", hi)
	now = now.Add(5 * time.Second)
	call(t, s, http.MethodPost, "/send-message", hi)
	assert.Contains(t, call(t, s, http.MethodPost, "/send-message", hi).text, "You are on a free trial.")
}

func TestWASenderMarksReadByTheExactKey(t *testing.T) {
	s, in := wasender(t), callback(t)
	d, err := s.Webhooks(1, in.URL).Send(t.Context(), whatsapptest.Received{Text: "Hi"})
	require.NoError(t, err)
	body := func(id, jid string) string {
		return fmt.Sprintf(`{"key":{"id":%q,"remoteJid":%q,"fromMe":false}}`, id, jid)
	}
	got := call(t, s, http.MethodPost, "/messages/read", body(d.MessageIDs[0], "447700900123@s.whatsapp.net"))
	assert.JSONEq(t, `{"success":true,"data":{"status":"read"}}`, got.text)
	assert.Equal(t, []whatsapptest.MessageKey{{ID: d.MessageIDs[0], RemoteJID: "447700900123@s.whatsapp.net"}}, s.Receipts())
	assert.Equal(t, http.StatusNotFound, call(t, s, http.MethodPost, "/messages/read", body(d.MessageIDs[0], "1@s.whatsapp.net")).status)
	assert.Equal(t, http.StatusUnprocessableEntity, call(t, s, http.MethodPost, "/messages/read", `{"key":{"id":"x"}}`).status)
}

func TestSessionMayChangeWhileItIsUsed(t *testing.T) {
	s := wasender(t)
	var work sync.WaitGroup
	for range 4 {
		work.Go(func() { s.SetSession(1, func(one *whatsapptest.Session) { one.Name += "!" }) })
		work.Go(func() { _, _ = try(t.Context(), http.MethodGet, s.URL+"/api/status", whatsapptest.SampleAPIKey, "") })
	}
	work.Wait()
	assert.Len(t, s.Requests(whatsapptest.ReadStatus), 4)
}

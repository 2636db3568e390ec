package whatsapptest_test

import (
	"encoding/json"
	"net/http"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/ivendnext/whatsapp-accounts/pkg/whatsapptest"
)

// told sends an event to an inbox and gives what came.
func told(t *testing.T, s *whatsapptest.WASender, e whatsapptest.WASenderEvent) answer {
	t.Helper()
	in := callback(t)
	d, err := s.Webhooks(1, in.URL).Send(t.Context(), e)
	require.NoError(t, err)
	require.True(t, d.Delivered)
	return in.last(t)
}

func TestReceivedHasAnObjectAndUpsertAList(t *testing.T) {
	s := wasender(t)
	object := told(t, s, whatsapptest.Received{Text: "Hi"})
	assert.Equal(t, "messages.received", object.at(t, "event"))
	assert.Equal(t, "Hi", object.at(t, "data.messages.messageBody"))
	assert.Equal(t, "Hi", object.at(t, "data.messages.message.conversation"))
	assert.Equal(t, "447700900123", object.at(t, "data.messages.key.cleanedSenderPn"))
	assert.Equal(t, false, object.at(t, "data.messages.key.fromMe"))
	assert.Equal(t, whatsapptest.SampleAPIKey, object.at(t, "sessionId"), "the key itself comes with it")

	list := told(t, s, whatsapptest.Received{Event: whatsapptest.MessagesUpsert, FromMe: true, Message: map[string]any{"imageMessage": map[string]any{"caption": "x"}}})
	assert.Equal(t, true, list.at(t, "data.messages.0.key.fromMe"))
	assert.Equal(t, "x", list.at(t, "data.messages.0.message.imageMessage.caption"))
	assert.Nil(t, list.at(t, "data.messages.0.messageBody"))
}

func TestGroupsAndHiddenNumbersHaveTheirOwnKeys(t *testing.T) {
	s := wasender(t)
	group := told(t, s, whatsapptest.Received{Event: "messages-group.received", Group: "120363@g.us"})
	assert.Equal(t, "120363@g.us", group.at(t, "data.messages.key.remoteJid"))
	assert.Equal(t, "447700900123", group.at(t, "data.messages.key.cleanedParticipantPn"))
	hidden := told(t, s, whatsapptest.Received{Hidden: true})
	assert.Equal(t, "555555555@lid", hidden.at(t, "data.messages.key.remoteJid"))
	assert.Equal(t, "447700900123", hidden.at(t, "data.messages.key.cleanedSenderPn"))
}

func TestStatusOfAMessageAdvances(t *testing.T) {
	config := whatsapptest.SampleWASender()
	config.Clock = func() time.Time { return time.Unix(1795345200, 467e6) }
	s := whatsapptest.StartWASender(t, config)
	call(t, s, http.MethodPost, "/send-message", `{"to":"+1234567890","text":"Hi"}`)
	update, err := s.Advance(100000, 3)
	require.NoError(t, err)
	got := told(t, s, update)
	assert.Equal(t, "messages.update", got.at(t, "event"))
	assert.Equal(t, json.Number("3"), got.at(t, "data.update.status"))
	assert.Equal(t, s.Sent()[0].Key.ID, got.at(t, "data.key.id"))
	assert.Equal(t, json.Number("1795345200467"), got.at(t, "timestamp"), "milliseconds here, seconds elsewhere")
	assert.Equal(t, json.Number("3"), call(t, s, http.MethodGet, "/messages/100000/info", "").at(t, "data.status"))
	_, err = s.Advance(1, 3)
	require.Error(t, err)

	receipt := told(t, s, whatsapptest.ReceiptUpdate(s.Sent()[0].Key, "1@s.whatsapp.net", time.Unix(1795345200, 0)))
	assert.Equal(t, "1@s.whatsapp.net", receipt.at(t, "data.message.receipt.userJid"))
	assert.Equal(t, json.Number("1795345200"), receipt.at(t, "timestamp"))
}

func TestWebhookSecretComesInClear(t *testing.T) {
	s, in := wasender(t), callback(t)
	h := s.Webhooks(1, in.URL)
	for _, one := range []*whatsapptest.WASenderWebhooks{h, h.With(whatsapptest.WronglySigned()), h.With(whatsapptest.Unsigned())} {
		_, err := one.Send(t.Context(), whatsapptest.Received{})
		require.NoError(t, err)
	}
	assert.Equal(t, whatsapptest.SampleWebhookSecret, in.headers[0].Get("X-Webhook-Signature"))
	assert.NotEqual(t, whatsapptest.SampleWebhookSecret, in.headers[1].Get("X-Webhook-Signature"))
	assert.NotContains(t, in.headers[2], "X-Webhook-Signature")

	s.SetSession(1, func(one *whatsapptest.Session) { one.WebhookSecret = "" })
	d, err := h.Send(t.Context(), whatsapptest.Received{})
	require.NoError(t, err)
	assert.Empty(t, d.Signature)
	assert.NotContains(t, in.headers[3], "X-Webhook-Signature")
}

func TestWASendersEventsAreRepeatedRetriedAndReordered(t *testing.T) {
	s, in := wasender(t), callback(t, 500)
	h := s.Webhooks(1, in.URL, whatsapptest.Attempts(2, 0), whatsapptest.Copies(2), whatsapptest.Reversed())
	all, err := h.SendEach(t.Context(), whatsapptest.Received{Text: "a"}, whatsapptest.Received{Text: "b"})
	require.NoError(t, err)
	assert.Equal(t, []int{500, 200, 200}, all[1].Statuses)
	assert.Equal(t, []int{200, 200}, all[0].Statuses)
	assert.Len(t, in.received(), 5)
	_, err = s.Webhooks(2, in.URL).Send(t.Context(), whatsapptest.Received{})
	require.Error(t, err)
}

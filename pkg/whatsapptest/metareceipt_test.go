package whatsapptest_test

import (
	"fmt"
	"net/http"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/ivendnext/whatsapp-accounts/pkg/whatsapptest"
)

func receipt(id string) string {
	return fmt.Sprintf(`{"messaging_product":"whatsapp","status":"read","message_id":%q}`, id)
}

func TestIncomingMessageIsMarkedRead(t *testing.T) {
	m, in := graph(t), callback(t)
	d, err := m.Webhooks(whatsapptest.SampleAppID, in.URL).Send(t.Context(), whatsapptest.Incoming{})
	require.NoError(t, err)
	for range 2 { // it may be repeated
		got := send(t, m, receipt(d.MessageIDs[0]))
		assert.Equal(t, http.StatusOK, got.status)
		assert.Equal(t, `{"success":true}`, got.text)
	}
	typing := `{"messaging_product":"whatsapp","status":"read","message_id":"` + d.MessageIDs[0] + `","typing_indicator":{"type":"text"}}`
	assert.Equal(t, http.StatusOK, send(t, m, typing).status)

	given := m.Receipts()
	require.Len(t, given, 3)
	assert.Equal(t, d.MessageIDs[0], given[0].MessageID)
	assert.Equal(t, []bool{false, false, true}, []bool{given[0].Typing, given[1].Typing, given[2].Typing})
	assert.Len(t, m.Requests(whatsapptest.MarkRead), 3)
	assert.Empty(t, m.Requests(whatsapptest.SendMessage))
	assert.Empty(t, m.Sent())
}

func TestUnknownMessageIsNotMarkedRead(t *testing.T) {
	m := graph(t)
	refused(t, send(t, m, receipt("wamid.unknown")), http.StatusBadRequest, "131009")
	refused(t, send(t, m, receipt("")), http.StatusBadRequest, "100")
	refused(t, send(t, m, `{"status":"read","message_id":"wamid.x"}`), http.StatusBadRequest, "100")
	send(t, m, hello)
	refused(t, send(t, m, receipt(m.Sent()[0].ID)), http.StatusBadRequest, "131009", "one's own message")
	m.Know(whatsapptest.SamplePhoneID, "wamid.known")
	assert.Equal(t, http.StatusOK, send(t, m, receipt("wamid.known")).status)
	refused(t, send(t, m, `{"messaging_product":"whatsapp","status":"read","message_id":"wamid.known","typing_indicator":{"type":"song"}}`), http.StatusBadRequest, "100")
	m.Know("another number", "wamid.other")
	refused(t, send(t, m, receipt("wamid.other")), http.StatusBadRequest, "131009", "another number's message")
}

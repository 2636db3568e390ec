package client_test

import (
	"errors"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	v1 "github.com/ivendnext/whatsapp-accounts/api/v1"
	"github.com/ivendnext/whatsapp-accounts/pkg/client"
)

func TestAMessageIsSentOnceReadListedAndTakenBack(t *testing.T) {
	c := running(t)
	account, err := c.CreateAccount(t.Context(), brandA())
	require.NoError(t, err)
	later := time.Now().Add(time.Hour).Format(time.RFC3339)
	ask := v1.MessageSend{To: new("+971 50 123 4567"), Text: []byte(`{"body":"Hi"}`), Reference: new("order-42"), SendAfter: &later}
	sent, err := c.SendMessage(t.Context(), ask, client.IdempotencyKey("k"))
	require.NoError(t, err)
	assert.Equal(t, "queued", sent.Status)
	assert.Equal(t, account.ID, sent.AccountID)
	assert.Equal(t, "default", sent.Reason)
	assert.NotEmpty(t, sent.Considered)
	again, err := c.SendMessage(t.Context(), ask, client.IdempotencyKey("k"))
	require.NoError(t, err)
	assert.True(t, again.Replayed)
	assert.Equal(t, sent.ID, again.ID)

	var listed []string
	for m, err := range c.AllMessages(t.Context(), client.MessageQuery{Status: "queued", AccountID: account.ID, To: "00971501234567", Reference: "order-42", Page: client.Page{Limit: 1}}) {
		require.NoError(t, err)
		assert.Empty(t, m.Timeline)
		listed = append(listed, m.ID)
	}
	assert.Equal(t, []string{sent.ID}, listed)

	for range 2 {
		back, err := c.CancelMessage(t.Context(), sent.ID)
		require.NoError(t, err)
		assert.Equal(t, "cancelled", back.Status)
	}
	read, err := c.GetMessage(t.Context(), sent.ID)
	require.NoError(t, err)
	assert.Len(t, read.Timeline, 2)
	_, err = c.GetMessage(t.Context(), account.ID)
	assert.True(t, client.HasCode(err, "message_not_found"), "%v", err)
}

func TestARefusalToSendSaysWhatWasConsidered(t *testing.T) {
	_, err := running(t).SendMessage(t.Context(), v1.MessageSend{To: new("+971501234567"), Text: []byte(`{"body":"Hi"}`)})
	p, is := errors.AsType[*client.Problem](err)
	require.True(t, is, "%v", err)
	assert.Equal(t, "no_default_account", p.Code)
	assert.Equal(t, "default", p.Reason)
}

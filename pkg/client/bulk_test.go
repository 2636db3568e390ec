package client_test

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	v1 "github.com/ivendnext/whatsapp-accounts/api/v1"
	"github.com/ivendnext/whatsapp-accounts/pkg/client"
)

// sale is a bulk message of a template of a new WASender account.
func sale(t *testing.T, c *client.Client) v1.BulkSend {
	t.Helper()
	account, err := c.CreateAccount(t.Context(), v1.AccountCreate{
		AccountName: new("Brand B"), AccountType: new("WASender"), Status: new("Active"),
		WASenderSettings: &v1.WASenderSettingsWrite{WASenderURL: new("www.wasenderapi.com"), WASenderAPIKey: new("a-session-api-key")},
	})
	require.NoError(t, err)
	template, err := c.CreateTemplate(t.Context(), v1.TemplateCreate{AccountID: &account.ID, Label: new("Sale"), Language: new("en_US"), Body: new("Hi {{name}}.")})
	require.NoError(t, err)
	return v1.BulkSend{Title: new("Sale"), TemplateID: &template.ID}
}

func customers(n int) []v1.BulkRecipient {
	all := make([]v1.BulkRecipient, n)
	for i := range all {
		all[i] = v1.BulkRecipient{To: new(fmt.Sprintf("+97150%07d", i)), Parameters: json.RawMessage(fmt.Sprintf(`{"name":"N%d"}`, i))}
	}
	return all
}

func TestABulkMessageIsSentReadAndSteered(t *testing.T) {
	c := running(t)
	ask := sale(t, c)
	made, err := c.SendBulkMessage(t.Context(), ask, slices.Values(customers(1001)), client.IdempotencyKey("k"))
	require.NoError(t, err)
	assert.Equal(t, []any{1001, 1001, "running", false}, []any{made.Total, made.Counts.Pending, made.Status, made.Replayed})
	again, err := c.SendBulkMessage(t.Context(), ask, slices.Values(customers(1001)), client.IdempotencyKey("k"))
	require.NoError(t, err)
	assert.True(t, again.Replayed)
	assert.Equal(t, made.ID, again.ID)

	paused, err := c.PauseBulkMessage(t.Context(), made.ID)
	require.NoError(t, err)
	assert.Equal(t, "paused", paused.Status)
	resumed, err := c.ResumeBulkMessage(t.Context(), made.ID)
	require.NoError(t, err)
	assert.Equal(t, "running", resumed.Status)
	n, err := c.RetryFailedOfBulkMessage(t.Context(), made.ID, client.IdempotencyKey("r"))
	require.NoError(t, err)
	assert.Zero(t, n)
	for one, err := range c.AllMessagesOfBulkMessage(t.Context(), made.ID, client.MessageQuery{Status: "failed"}) {
		require.NoError(t, err, one.ID)
	}
	cancelled, err := c.CancelBulkMessage(t.Context(), made.ID)
	require.NoError(t, err)
	assert.Equal(t, 1001, cancelled.Counts.Cancelled)
	_, err = c.RetryFailedOfBulkMessage(t.Context(), made.ID)
	assert.True(t, client.HasCode(err, "bulk_cancelled"), "%v", err)
	read, err := c.GetBulkMessage(t.Context(), made.ID)
	require.NoError(t, err)
	assert.Equal(t, cancelled.BulkMessage, read.BulkMessage)
	var listed []string
	for one, err := range c.AllBulkMessages(t.Context(), client.BulkMessageQuery{Status: "cancelled", Page: client.Page{Limit: 1}}) {
		require.NoError(t, err)
		listed = append(listed, one.ID)
	}
	assert.Equal(t, []string{made.ID}, listed)
}

func TestRecipientsThatBreakARuleAreNamed(t *testing.T) {
	c := running(t)
	some := customers(3)
	some[1].To = new("12")
	_, err := c.SendBulkMessage(t.Context(), sale(t, c), slices.Values(some))
	told, _ := errors.AsType[*client.Problem](err)
	require.NotNil(t, told, "%v", err)
	assert.Equal(t, "recipients_invalid", told.Code)
	require.Len(t, told.Errors, 1)
	assert.Equal(t, "/recipients/1/to", told.Errors[0].Pointer)
	_, err = c.SendBulkMessage(t.Context(), sale(t, running(t)), nil)
	assert.True(t, client.HasCode(err, "template_unavailable"), "%v", err)
}

func TestABulkMessageIsWrittenAnewForEachAttempt(t *testing.T) {
	var calls atomic.Int32
	var bodies [2]string
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		n := calls.Add(1)
		bodies[n-1] = string(body)
		if n == 1 {
			w.WriteHeader(http.StatusServiceUnavailable)
			return
		}
		w.WriteHeader(http.StatusAccepted)
		fmt.Fprint(w, `{"id":"b"}`)
	}))
	t.Cleanup(server.Close)
	c, err := client.New(server.URL, "key", client.WithRetries(client.Retries{Base: 1}))
	require.NoError(t, err)
	made, err := c.SendBulkMessage(t.Context(), v1.BulkSend{Title: new("Sale"), Recipients: customers(9)}, slices.Values(customers(2)), client.IdempotencyKey("k"))
	require.NoError(t, err)
	assert.Equal(t, "b", made.ID)
	assert.Equal(t, bodies[0], bodies[1])
	lines := strings.Split(strings.TrimSpace(bodies[0]), "\n")
	require.Len(t, lines, 3)
	assert.NotContains(t, lines[0], "recipients")
	assert.JSONEq(t, `{"to":"+971500000001","parameters":{"name":"N1"}}`, lines[2])
}

func TestNobodyGoesOnWritingWhenNobodyReads(t *testing.T) {
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "application/problem+json")
		w.WriteHeader(http.StatusUnauthorized)
		fmt.Fprint(w, `{"code":"unauthenticated"}`)
	}))
	t.Cleanup(server.Close)
	c, err := client.New(server.URL, "key", client.WithoutRetries())
	require.NoError(t, err)
	ended := make(chan struct{})
	endless := func(yield func(v1.BulkRecipient) bool) {
		defer close(ended)
		for yield(v1.BulkRecipient{To: new("+971501234567")}) {
		}
	}
	_, err = c.SendBulkMessage(t.Context(), v1.BulkSend{Title: new("Sale")}, endless)
	require.Error(t, err)
	<-ended
}

package whatsapptest_test

import (
	"context"
	"encoding/json"
	"net/http"
	"strings"
	"sync"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/ivendnext/whatsapp-accounts/pkg/whatsapptest"
)

func TestRequestIsRecordedWithoutItsToken(t *testing.T) {
	m := graph(t)
	send(t, m, hello)
	ask(t, http.MethodGet, m.URL+"/v24.0/1?fields=id&access_token="+whatsapptest.SampleToken, "", "")
	ask(t, http.MethodGet, m.URL+"/", "wrong", "")
	ask(t, http.MethodGet, m.URL+"/", "", "")
	all := m.Requests()
	require.Len(t, all, 4)
	assert.Equal(t, http.MethodPost, all[0].Method)
	assert.Equal(t, "/v25.0/"+whatsapptest.SamplePhoneID+"/messages", all[0].Path)
	assert.True(t, hello == string(all[0].Body), "byte for byte")
	assert.Equal(t, "application/json", all[0].Header.Get("Content-Type"))
	assert.NotContains(t, all[0].Header, "Authorization")
	assert.Equal(t, "id", all[1].Query.Get("fields"))
	assert.Equal(t, []string{"sample", "sample", whatsapptest.UnknownToken, whatsapptest.NoToken}, []string{all[0].Token, all[1].Token, all[2].Token, all[3].Token})
	shown, err := json.Marshal(all)
	require.NoError(t, err)
	assert.NotContains(t, string(shown), whatsapptest.SampleToken)
	assert.Contains(t, string(shown), `"body":{"messaging_product":"whatsapp"`)

	var body struct{ To string }
	require.NoError(t, all[0].JSON(&body))
	assert.Equal(t, "+447700900123", body.To)
	m.Forget()
	assert.Empty(t, m.Requests())
}

func TestWaitReturnsWhenEnoughCallsWereSeen(t *testing.T) {
	m := graph(t)
	var work sync.WaitGroup
	for range 5 {
		work.Go(func() { _, _ = posting(t.Context(), m) })
	}
	seen, err := m.Wait(soon(t), 5, whatsapptest.SendMessage)
	require.NoError(t, err)
	assert.GreaterOrEqual(t, len(seen), 5)
	work.Wait()
	long, err := m.WaitFor(soon(t), 5, func(r whatsapptest.Request) bool { return strings.Contains(string(r.Body), `"Hi"`) })
	require.NoError(t, err)
	assert.Len(t, long, 5)
}

func TestWaitEndsWithItsContext(t *testing.T) {
	m := graph(t)
	send(t, m, hello)
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	seen, err := m.Wait(ctx, 2)
	require.ErrorIs(t, err, context.Canceled)
	require.ErrorContains(t, err, "1 of 2 calls were seen")
	assert.Len(t, seen, 1)
}

func TestBodyThatNoProviderTakesIsTooLarge(t *testing.T) {
	assert.Equal(t, http.StatusRequestEntityTooLarge, send(t, graph(t), strings.Repeat("x", 5<<20)).status)
}

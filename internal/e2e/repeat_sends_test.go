package e2e

import (
	"fmt"
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	v1 "github.com/ivendnext/whatsapp-accounts/api/v1"
	"github.com/ivendnext/whatsapp-accounts/pkg/client"
)

// repeated asks 64 times at once, of two replicas, and gives the answers by their status.
func repeated(t *testing.T, replicas []*process, path string, header map[string]string, body string) map[int][]answer {
	t.Helper()
	var mu sync.Mutex
	answers := map[int][]answer{}
	calls := make([]func(), 64)
	for n := range calls {
		p := replicas[n%2]
		by := p.caller(t)
		calls[n] = func() {
			a := p.ask(t, by, http.MethodPost, path, header, body)
			mu.Lock()
			defer mu.Unlock()
			answers[a.status] = append(answers[a.status], a)
		}
	}
	together(calls...)
	return answers
}

// TestOneIdempotencyKeyIsOneMessageAndOneBulkMessage is A1 on messages and bulk messages.
func TestOneIdempotencyKeyIsOneMessageAndOneBulkMessage(t *testing.T) {
	t.Parallel()
	i := onPostgres(t)
	key := i.apiKey(t, "default")
	replicas := []*process{i.serve(t), i.serve(t)}
	c := replicas[0].as(t, key)
	account := made(t, c, wasender(1))
	template, err := c.CreateTemplate(t.Context(), v1.TemplateCreate{AccountID: &account.ID, Label: new("Greeting"), Language: new("en_US"), Body: new("Hi {{1}}.")})
	require.NoError(t, err)
	later := time.Now().Add(time.Hour).UTC().Format(time.RFC3339) // so that nothing leaves this machine
	bodies := map[string]string{
		"/v1/messages": fmt.Sprintf(`{"to":"+971501234567","text":{"body":"Hi"},"send_after":%q}`, later),
		"/v1/bulk-messages": fmt.Sprintf(`{"title":"T","template_id":%q,"parameters":["Ann"],"send_after":%q,"recipients":[{"to":"+971501234567"},{"to":"+971501234568"}]}`,
			template.ID, later),
	}
	header := map[string]string{"Authorization": "Bearer " + key, "Content-Type": "application/json", "Idempotency-Key": "k"}
	firsts := map[string]answer{}
	for path, body := range bodies {
		answers := repeated(t, replicas, path, header, body)
		t.Logf("A1 %s: %d accepted or replayed, %d told to wait", path, len(answers[http.StatusAccepted]), len(answers[http.StatusConflict]))
		assert.Equal(t, 64, len(answers[http.StatusAccepted])+len(answers[http.StatusConflict]), path)
		firsts[path] = assertOneAnswer(t, answers[http.StatusAccepted])
		other := replicas[1].ask(t, replicas[1].caller(t), http.MethodPost, path, header, strings.Replace(body, "7\"", "9\"", 1))
		assert.Contains(t, other.body, `"code":"idempotency_key_reused"`)
	}
	messages, err := c.Messages(t.Context(), client.MessageQuery{})
	require.NoError(t, err)
	assert.Len(t, messages.Data, 1)
	bulks, err := c.BulkMessages(t.Context(), client.BulkMessageQuery{})
	require.NoError(t, err)
	assert.Len(t, bulks.Data, 1)
	for _, p := range replicas {
		require.Zero(t, p.stop())
	}
	again := i.serve(t)
	for path, body := range bodies {
		replayed := again.ask(t, again.caller(t), http.MethodPost, path, header, body)
		assert.Equal(t, "true", replayed.header.Get("Idempotent-Replayed"), path)
		assertOneAnswer(t, []answer{firsts[path], replayed})
	}
}

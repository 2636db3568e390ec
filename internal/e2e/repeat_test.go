package e2e

import (
	"encoding/json"
	"fmt"
	"net/http"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	v1 "github.com/ivendnext/whatsapp-accounts/api/v1"
	"github.com/ivendnext/whatsapp-accounts/pkg/client"
)

// TestOneIdempotencyKeyIsOneAccount is A1.
func TestOneIdempotencyKeyIsOneAccount(t *testing.T) {
	t.Parallel()
	i := onPostgres(t).watched()
	key := i.apiKey(t, "default")
	replicas := []*process{i.serve(t), i.serve(t)}
	body, err := json.Marshal(meta(1))
	require.NoError(t, err)
	header := map[string]string{"Authorization": "Bearer " + key, "Content-Type": "application/json", "Idempotency-Key": "import-1"}

	answers := repeated(t, replicas, "/v1/accounts", header, string(body))
	t.Logf("A1: %d created or replayed, %d told to wait", len(answers[http.StatusCreated]), len(answers[http.StatusConflict]))
	assert.Equal(t, 64, len(answers[http.StatusCreated])+len(answers[http.StatusConflict]))
	first := assertOneAnswer(t, answers[http.StatusCreated])
	for _, a := range answers[http.StatusConflict] {
		assert.Contains(t, a.body, `"code":"idempotency_in_progress"`)
		assert.Equal(t, "1", a.header.Get("Retry-After"))
	}
	page, err := replicas[0].as(t, key).Accounts(t.Context(), client.AccountQuery{})
	require.NoError(t, err)
	assert.Len(t, page.Data, 1)

	_, err = replicas[1].as(t, key).CreateAccount(t.Context(), meta(2), client.IdempotencyKey("import-1"))
	assertCode(t, err, "idempotency_key_reused")
	for _, p := range replicas {
		require.Zero(t, p.stop())
	}
	again := i.serve(t)
	replayed := again.ask(t, again.caller(t), http.MethodPost, "/v1/accounts", header, string(body))
	assert.Equal(t, "true", replayed.header.Get("Idempotent-Replayed"))
	assertOneAnswer(t, []answer{first, replayed})
	_, err = again.as(t, key).CreateAccount(t.Context(), meta(2), client.IdempotencyKey("import-1"))
	assertCode(t, err, "idempotency_key_reused")
}

// assertOneAnswer fails unless all answers are the same, and gives it.
func assertOneAnswer(t testing.TB, answers []answer) answer {
	t.Helper()
	require.NotEmpty(t, answers)
	first := answers[0]
	for _, a := range answers[1:] {
		assert.Equal(t, first.body, a.body)
		for _, name := range []string{"ETag", "Location", "Content-Type"} {
			assert.Equal(t, first.header.Get(name), a.header.Get(name), name)
		}
	}
	return first
}

// TestOneETagIsOneChange is A2.
func TestOneETagIsOneChange(t *testing.T) {
	t.Parallel()
	t.Run("two replicas on PostgreSQL", func(t *testing.T) {
		t.Parallel()
		contendForETag(t, twoReplicas(t).clients[:])
	})
	t.Run("one process on SQLite", func(t *testing.T) {
		t.Parallel()
		i := onSQLite(t)
		key := i.apiKey(t, "default")
		contendForETag(t, []*client.Client{i.serve(t).as(t, key)})
	})
}

func contendForETag(t *testing.T, clients []*client.Client) {
	t.Helper()
	a := made(t, clients[0], meta(1))
	for round := range scaled(2) {
		results := make([]error, 64)
		names := make([]string, 64)
		calls := make([]func(), 64)
		for n := range calls {
			names[n] = fmt.Sprintf("Round %d, writer %d", round, n)
			calls[n] = func() {
				_, results[n] = clients[n%len(clients)].UpdateAccount(t.Context(), a.ID, v1.AccountUpdate{AccountName: &names[n]}, client.IfMatch(a.ETag))
			}
		}
		together(calls...)
		winner := -1
		for n, err := range results {
			if err == nil {
				assert.Equal(t, -1, winner, "one change")
				winner = n
				continue
			}
			assertCode(t, err, "stale_representation")
		}
		require.NotEqual(t, -1, winner)
		var err error
		a, err = clients[0].GetAccount(t.Context(), a.ID)
		require.NoError(t, err)
		assert.Equal(t, names[winner], a.AccountName)
	}
}

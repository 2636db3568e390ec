package e2e

import (
	"context"
	"net/http"
	"strings"
	"syscall"
	"testing"

	"github.com/jackc/pgx/v5"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	v1 "github.com/ivendnext/whatsapp-accounts/api/v1"
	"github.com/ivendnext/whatsapp-accounts/internal/apidoc/contract"
	"github.com/ivendnext/whatsapp-accounts/pkg/client"
)

// spy is a service at its most talkative, with everything that comes out of it.
type spy struct {
	installation
	*process
	marks
	t       testing.TB
	key     string
	answers *recorder
	by      *http.Client
	c       *client.Client
}

// TestNoSecretComesOut is S1.
func TestNoSecretComesOut(t *testing.T) {
	t.Parallel()
	for name, on := range databases {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			i := on(t)
			i = i.with("WA_LOG_LEVEL", "debug").with("WA_ALLOW_PRIVATE_PROVIDERS", "true").with("WA_PUBLIC_URL", "https://wa.example.com")
			s := &spy{installation: i, t: t, key: i.apiKey(t, "default")}
			s.process = i.serve(t)
			s.secret("none, so that the map is there")
			s.add("the API key", s.key)
			s.answers = &recorder{next: contract.Transport(t, s.http)}
			s.by = &http.Client{Transport: s.answers, Timeout: timeout}
			var err error
			s.c, err = client.New(s.url, s.key, client.WithoutRetries(), client.WithHTTPClient(s.by))
			require.NoError(t, err)

			account := s.keepSecrets()
			s.misplaceSecrets(account)
			s.verifyWithSecrets()
			s.receiveWithSecrets()
			s.authorizeWithSecrets()
			if !i.usesSQLite() {
				s.breakTheDatabase()
			}
			s.readEverything()
			metrics := s.metrics(t)
			s.crash()

			t.Logf("S1: %d secrets; searched %d bytes of answers, %d of log and crash, %d of metrics, %d of database",
				len(s.made), len(s.answers.bytes()), len(s.said.String()), len(metrics), len(i.dump(t)))
			for where, text := range map[string][]byte{
				"an answer": s.answers.bytes(), "the log": []byte(s.said.String()), "standard output": []byte(s.printed.String()),
				"the metrics": []byte(metrics), "the database": i.dump(t),
			} {
				s.assertNone(t, where, text)
			}
			for _, seen := range []string{string(s.answers.bytes()), string(i.dump(t))} {
				assert.Contains(t, seen, "A name that is no secret", "what is not secret is found, so what is secret would be")
			}
		})
	}
}

// keepSecrets goes the ways that secrets are meant to go.
func (s *spy) keepSecrets() *client.Account {
	s.t.Helper()
	whole := v1.AccountCreate{
		AccountName: new("A name that is no secret"), AccountType: new("Meta"), Status: new("Active"),
		MetaSettings: &v1.MetaSettingsWrite{
			Token: new(s.secret("token")), AppSecret: new(s.secret("app secret")), WebhookVerifyToken: new(s.secret("verify token")),
			PhoneID: new("305000000000007"), AppID: new("1020000000000001"), BusinessID: new("204000000000001"),
		},
	}
	a, err := s.c.CreateAccount(s.t.Context(), whole, client.IdempotencyKey("once"))
	require.NoError(s.t, err)
	_, err = s.c.CreateAccount(s.t.Context(), whole, client.IdempotencyKey("once"))
	require.NoError(s.t, err)
	_, err = s.c.CreateAccount(s.t.Context(), whole)
	assertCode(s.t, err, "account_name_taken")
	sender := wasender(1)
	sender.WASenderSettings.WASenderAPIKey, sender.WASenderSettings.WebhookSecret = new(s.secret("session key")), new(s.secret("webhook secret"))
	made(s.t, s.c, sender)

	for _, patch := range []client.Patch{
		{"token": s.secret("next token"), "app_secret": s.secret("next app secret"), "webhook_verify_token": s.secret("next verify token")},
		{"app_secret": nil},
		{"token": s.secret("longest token") + strings.Repeat("x", 4000)},
	} {
		_, err = s.c.UpdateAccount(s.t.Context(), a.ID, client.Patch{"meta_settings": patch})
		require.NoError(s.t, err)
	}
	return a
}

// carry writes secrets in a way that reaches the database.
func (s *spy) carry(n int, what string) error {
	a := meta(n)
	a.MetaSettings.Token, a.MetaSettings.WebhookVerifyToken = new(s.secret("token "+what)), new(s.secret("verify token "+what))
	_, err := s.c.CreateAccount(s.t.Context(), a)
	return err
}

// breakTheDatabase makes statements fail, and be slow, while they carry secrets.
func (s *spy) breakTheDatabase() {
	s.t.Helper()
	s.inPostgres(s.t, func(ctx context.Context, db *pgx.Conn) error {
		_, err := db.Exec(ctx, "ALTER TABLE account_history RENAME TO away")
		require.NoError(s.t, err)
		assertCode(s.t, s.carry(10, "of a transaction that fails"), "internal")
		_, err = db.Exec(ctx, "ALTER TABLE away RENAME TO account_history")
		return err
	})
	s.says(s.t, `"level":"ERROR"`)

	done := make(chan error)
	s.inPostgres(s.t, func(ctx context.Context, db *pgx.Conn) error {
		tx, err := db.Begin(ctx)
		require.NoError(s.t, err)
		_, err = tx.Exec(ctx, "LOCK TABLE account_secrets")
		require.NoError(s.t, err)
		go func() { done <- s.carry(11, "of a statement that is slow") }()
		eventually(s.t, "a statement has waited long enough to be told", func() bool {
			// Within a transaction the statistics are those of the first look, unless they are asked anew.
			_, err := tx.Exec(ctx, "SELECT pg_stat_clear_snapshot()")
			require.NoError(s.t, err)
			var slow bool
			err = tx.QueryRow(ctx, `SELECT EXISTS (SELECT FROM pg_stat_activity WHERE datname = current_database()
				AND wait_event_type = 'Lock' AND clock_timestamp() - query_start > interval '700 ms')`).Scan(&slow)
			require.NoError(s.t, err)
			return slow
		})
		return tx.Rollback(ctx)
	})
	require.NoError(s.t, <-done)
	s.says(s.t, "slow statement")
}

// readEverything reads what there is to read.
func (s *spy) readEverything() {
	s.t.Helper()
	for a, err := range s.c.AllAccounts(s.t.Context(), client.AccountQuery{}) {
		require.NoError(s.t, err)
		_, err = s.c.History(s.t.Context(), a.ID, client.Page{})
		require.NoError(s.t, err)
		_, err = s.c.Route(s.t.Context(), client.RouteQuery{AccountID: a.ID})
		require.NoError(s.t, err)
	}
	for _, path := range []string{"/v1/account-types", "/v1/defaults", "/v1/me", "/readyz", "/openapi.json"} {
		a := s.ask(s.t, s.by, http.MethodGet, path, map[string]string{"Authorization": "Bearer " + s.key}, "")
		assert.Equal(s.t, http.StatusOK, a.status, path)
	}
}

// crash makes the process print every goroutine and die, while requests with secrets are in flight.
func (s *spy) crash() {
	s.t.Helper()
	holdRequest(s.t, s.process, "POST /v1/accounts HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer "+s.key+
		"\r\nContent-Type: application/json\r\nContent-Length: 1000\r\n\r\n{\"meta_settings\": {\"token\": \""+s.secret("of a request that was cut short"))
	load := newTraffic()
	for worker := range 4 {
		load.flow(func(n int) bool { return s.carry(100*worker+n+20, "of a request in flight") == nil })
	}
	eventually(s.t, "requests are in flight", func() bool { return load.requests.Load() > 8 })
	s.signal(syscall.SIGQUIT)
	assert.Equal(s.t, 2, s.wait())
	load.stop()
	assert.Contains(s.t, s.said.String(), "SIGQUIT: quit")
	assert.Contains(s.t, s.said.String(), "httpapi")
}

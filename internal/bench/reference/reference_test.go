package main

import (
	"bufio"
	"context"
	"encoding/json"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/ivendnext/whatsapp-accounts/internal/app"
	"github.com/ivendnext/whatsapp-accounts/internal/config"
	"github.com/ivendnext/whatsapp-accounts/internal/pgtest"
	"github.com/ivendnext/whatsapp-accounts/internal/site"
)

func TestMain(m *testing.M) { pgtest.Main(m) }

const (
	newMeta = `{"account_name":"Brand A","account_type":"Meta","status":"Active","is_default_outgoing":true,"is_default_incoming":true,` +
		`"meta_settings":{"token":"t","webhook_verify_token":"vt","phone_id":"1","app_id":"2","business_id":"3"}}`
	verify = "/webhooks/meta?hub.mode=subscribe&hub.challenge=42&hub.verify_token=vt"
)

// both are the service and the reference on one database.
type both struct {
	service   http.Handler
	reference string // its address
	key       string
}

// The databases.
const (
	postgresName = "postgres"
	sqliteName   = "sqlite"
)

// on starts the two on a database and makes one account that is default.
func on(t *testing.T, database string) both {
	t.Helper()
	if database == postgresName {
		return pair(t, pgtest.URL(t))
	}
	return pair(t, "")
}

func pair(t *testing.T, url string) both {
	t.Helper()
	c := config.Serve{Storage: config.Storage{DataDir: t.TempDir(), DatabaseURL: url, DBMaxConns: 4}, RequestTimeout: time.Minute}
	c.MetaVersion = "v25.0"
	silent := slog.New(slog.DiscardHandler)
	opened, err := app.Open(t.Context(), c.Storage, silent)
	require.NoError(t, err)
	t.Cleanup(func() { assert.NoError(t, opened.DB.Close()) })
	providers, err := app.Providers(c.Providers)
	require.NoError(t, err)
	a, err := app.New(c, opened, providers, silent)
	require.NoError(t, err)
	in, err := site.Named("bench")
	require.NoError(t, err)
	_, key, err := a.Keys.Create(t.Context(), in, site.SystemManager, "bench")
	require.NoError(t, err)

	b := both{service: a.Handler, key: key.Reveal()}
	status, body := b.ofService(t, http.MethodPost, "/v1/accounts", newMeta)
	require.Equal(t, http.StatusCreated, status, body)
	b.reference = startReference(t, c, url)
	return b
}

// startReference runs the program until the end of the test.
func startReference(t *testing.T, c config.Serve, url string) string {
	t.Helper()
	answers := t.TempDir()
	require.NoError(t, os.WriteFile(filepath.Join(answers, "resolve"), []byte("from memory"), 0o600))
	args := []string{"-keyset", c.KeysetPath(), "-answers", answers, "-write", "elsewhere", "-conns", "2"}
	if url == "" {
		args = append(args, "-sqlite", c.SQLitePath())
	} else {
		args = append(args, "-postgres", url)
	}
	ctx, cancel := context.WithCancel(t.Context())
	out, said := io.Pipe()
	done := make(chan error, 1)
	go func() { done <- run(ctx, args, said) }()
	t.Cleanup(func() {
		cancel()
		assert.NoError(t, <-done)
	})
	line, err := bufio.NewReader(out).ReadString('\n')
	require.NoError(t, err)
	go func() { _, _ = io.Copy(io.Discard, out) }()
	found := regexp.MustCompile(`listening on (http://\S+)`).FindStringSubmatch(line)
	require.Len(t, found, 2, line)
	return found[1]
}

func (b both) ofService(t *testing.T, method, path, body string) (int, string) {
	t.Helper()
	w := httptest.NewRecorder()
	b.service.ServeHTTP(w, b.ask(t, method, path, body))
	return w.Code, w.Body.String()
}

func (b both) ofReference(t *testing.T, method, path, body string) (int, string) {
	t.Helper()
	response, err := http.DefaultTransport.RoundTrip(b.ask(t, method, b.reference+path, body))
	require.NoError(t, err)
	got, err := io.ReadAll(response.Body)
	require.NoError(t, err)
	require.NoError(t, response.Body.Close())
	return response.StatusCode, string(got)
}

func (b both) ask(t *testing.T, method, url, body string) *http.Request {
	t.Helper()
	request, err := http.NewRequestWithContext(t.Context(), method, url, strings.NewReader(body))
	require.NoError(t, err)
	request.Header.Set("Authorization", "Bearer "+b.key)
	request.Header.Set("Content-Type", "application/json")
	return request
}

func TestReferenceResolvesTheSameAccount(t *testing.T) {
	for _, database := range []string{sqliteName, postgresName} {
		b := on(t, database)
		_, mine := b.ofService(t, http.MethodGet, "/v1/defaults/outgoing", "")
		status, its := b.ofReference(t, http.MethodGet, "/v1/defaults/outgoing", "")
		require.Equal(t, http.StatusOK, status, its)

		var ours, reference map[string]any
		require.NoError(t, json.Unmarshal([]byte(mine), &ours))
		require.NoError(t, json.Unmarshal([]byte(its), &reference))
		for _, member := range []string{"id", "account_name", "account_type", "status", "is_default_outgoing", "is_default_incoming", "allow_auto_read_receipt"} {
			assert.Equal(t, ours[member], reference[member], member)
		}
		assert.Contains(t, reference["settings"], "phone_id")
	}
}

func TestReferenceAnswersVerificationAndKeyCheckLikeTheService(t *testing.T) {
	for _, database := range []string{sqliteName, postgresName} {
		b := on(t, database)
		for _, path := range []string{verify, "/v1/me"} {
			mineStatus, mine := b.ofService(t, http.MethodGet, path, "")
			status, its := b.ofReference(t, http.MethodGet, path, "")
			assert.Equal(t, mineStatus, status, path)
			if path == verify {
				assert.Equal(t, mine, its)
			} else {
				assert.JSONEq(t, mine, its)
			}
		}
	}
}

func TestReferenceRefusesWhatIsUnknown(t *testing.T) {
	for _, database := range []string{sqliteName, postgresName} {
		b := on(t, database)
		status, _ := b.ofReference(t, http.MethodGet, strings.Replace(verify, "=vt", "=other", 1), "")
		assert.Equal(t, http.StatusInternalServerError, status, "it says no, if not nicely")
		b.key = "wak_unknown"
		status, _ = b.ofReference(t, http.MethodGet, "/v1/defaults/outgoing", "")
		assert.Equal(t, http.StatusInternalServerError, status)
	}
}

func TestReferenceWritesWhereNobodyLooks(t *testing.T) {
	b := on(t, postgresName)
	status, its := b.ofReference(t, http.MethodPost, "/v1/accounts", newMeta)
	require.Equal(t, http.StatusCreated, status, its)

	_, mine := b.ofService(t, http.MethodGet, "/v1/accounts", "")
	assert.Equal(t, 1, strings.Count(mine, `"account_name"`), "the site of the service has its one account")
}

func TestReferenceAnswersFromMemory(t *testing.T) {
	b := on(t, sqliteName)
	status, its := b.ofReference(t, http.MethodGet, "/bare/resolve", "")
	assert.Equal(t, http.StatusOK, status)
	assert.Equal(t, "from memory", its)
}

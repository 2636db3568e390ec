package meta_test

import (
	"net/http"
	"net/http/httptest"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/ivendnext/whatsapp-accounts/internal/provider"
	"github.com/ivendnext/whatsapp-accounts/internal/provider/endpoint"
	"github.com/ivendnext/whatsapp-accounts/internal/provider/guard"
	"github.com/ivendnext/whatsapp-accounts/internal/provider/meta"
	"github.com/ivendnext/whatsapp-accounts/internal/secret"
)

// Marked secrets, which no error and no report may show.
const (
	token     = "EAAGmarkedtoken0000"
	appSecret = "marked-app-secret"
)

func now() time.Time { return time.Date(2026, time.November, 22, 12, 0, 0, 0, time.UTC) }

func open(t *testing.T) *meta.Provider {
	t.Helper()
	policy := endpoint.Policy{AllowPrivate: true}
	client := guard.New(guard.Options{Endpoints: policy, Now: now})
	t.Cleanup(client.Close)
	return meta.New(meta.Options{Endpoints: policy}, client)
}

// serve is a Graph API of one handler, and the credentials of an account there.
func serve(t *testing.T, h http.HandlerFunc) provider.Credentials {
	t.Helper()
	server := httptest.NewServer(h)
	t.Cleanup(server.Close)
	return provider.Credentials{
		Settings: map[string]string{"url": server.URL, "version": "v25.0", "phone_id": "305", "app_id": "102", "business_id": "204"},
		Secrets:  map[string]secret.Text{"token": secret.New(token), "app_secret": secret.New(appSecret)},
	}
}

// reply answers every request with one status and body.
func reply(status int, body string) http.HandlerFunc {
	return func(w http.ResponseWriter, _ *http.Request) {
		w.WriteHeader(status)
		_, _ = w.Write([]byte(body))
	}
}

// failure is the error of a call, which shows no secret.
func failure(t *testing.T, err error) *provider.CallError {
	t.Helper()
	var e *provider.CallError
	require.ErrorAs(t, err, &e)
	for _, marked := range []string{token, appSecret} {
		assert.NotContains(t, e.Error()+e.Meaning+e.Detail+e.Fix, marked)
	}
	return e
}

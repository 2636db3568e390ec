package guard_test

import (
	"context"
	"errors"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"go.uber.org/goleak"

	"github.com/ivendnext/whatsapp-accounts/internal/provider"
	"github.com/ivendnext/whatsapp-accounts/internal/provider/endpoint"
	"github.com/ivendnext/whatsapp-accounts/internal/provider/guard"
	"github.com/ivendnext/whatsapp-accounts/internal/secret"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

const marked = "marked-token"

func now() time.Time { return time.Date(2026, time.November, 22, 12, 0, 0, 0, time.UTC) }

func get(base string) guard.Request {
	c := provider.Credentials{Secrets: map[string]secret.Text{"token": secret.New(marked)}}
	return guard.Request{Of: "Meta", Method: http.MethodGet, Base: base, Path: []string{"v25.0", "305"}, Bearer: c.Secrets["token"], For: c}
}

// failure is the error of a call, which shows no secret and no URL.
func failure(t *testing.T, err error) *provider.CallError {
	t.Helper()
	e, ok := errors.AsType[*provider.CallError](err)
	require.True(t, ok, err)
	assert.NotContains(t, e.Error(), marked)
	assert.NotContains(t, e.Error(), "://")
	return e
}

// serve gives a client for loopback and the URL of h.
func serve(t *testing.T, timeout time.Duration, h http.HandlerFunc) (*guard.Client, string) {
	t.Helper()
	server := httptest.NewServer(h)
	t.Cleanup(server.Close)
	client := guard.New(guard.Options{Endpoints: endpoint.Policy{AllowPrivate: true}, Now: now, Timeout: timeout})
	t.Cleanup(client.Close)
	return client, server.URL
}

func TestARequestIsSentAsItWasMade(t *testing.T) {
	var got *http.Request
	var body []byte
	client, base := serve(t, 0, func(w http.ResponseWriter, r *http.Request) {
		got = r
		body, _ = io.ReadAll(r.Body)
		w.Header().Set("X-Tag", "a")
		w.WriteHeader(http.StatusTeapot)
		_, _ = w.Write([]byte("b"))
	})
	r := get(base + "/api")
	r.Method, r.Under, r.Path, r.Query, r.Body = http.MethodPost, "/api", []string{"a/b", "c?d", "é"}, url.Values{"e": {"f&g"}}, []byte(`{"h":1}`)
	answer, err := client.Do(t.Context(), r)
	require.NoError(t, err)
	assert.Equal(t, "POST /api/a%2Fb/c%3Fd/%C3%A9?e=f%26g", got.Method+" "+got.RequestURI)
	assert.Equal(t, "Bearer "+marked, got.Header.Get("Authorization"))
	assert.JSONEq(t, `{"h":1}`, string(body))
	assert.Equal(t, []any{http.StatusTeapot, "a", "b"}, []any{answer.Status, answer.Header.Get("X-Tag"), string(answer.Body)})
	assert.Empty(t, got.Header.Get("Accept-Encoding"), "what is compressed is not asked for")
}

func TestAPieceOfThePathThatIsMissingOrClimbsIsNotSent(t *testing.T) {
	client, base := serve(t, 0, func(http.ResponseWriter, *http.Request) { t.Error("it was sent") })
	for _, piece := range []string{"", ".", ".."} {
		r := get(base)
		r.Path = []string{"v25.0", piece, "messages"}
		_, err := client.Do(t.Context(), r)
		assert.Equal(t, provider.ClassAccount, failure(t, err).Class)
	}
}

func TestThePathOfTheStoredURLMustBeTheExpectedOne(t *testing.T) {
	client, base := serve(t, 0, func(http.ResponseWriter, *http.Request) {})
	for stored, under := range map[string]string{"": "", "/": "", "/api": "/api", "/api/": "/api"} {
		r := get(base + stored)
		r.Under = under
		_, err := client.Do(t.Context(), r)
		require.NoError(t, err, stored)
	}
	for stored, under := range map[string]string{"/api": "", "/x": "/api", "": "/api", "/api/../x": "/api"} {
		r := get(base + stored)
		r.Under = under
		_, err := client.Do(t.Context(), r)
		assert.Equal(t, provider.ClassAccount, failure(t, err).Class, stored)
	}
}

func TestAnAnswerIsReadUpToOneMebibyte(t *testing.T) {
	for size, status := range map[int]int{guard.MaxBody: 200, guard.MaxBody + 1: 200, guard.MaxBody + 2: 500} {
		client, base := serve(t, 0, func(w http.ResponseWriter, _ *http.Request) {
			w.WriteHeader(status)
			_, _ = io.WriteString(w, strings.Repeat("a", size))
		})
		answer, err := client.Do(t.Context(), get(base))
		if status == 200 && size > guard.MaxBody {
			assert.Equal(t, provider.ClassUnknown, failure(t, err).Class)
			require.ErrorIs(t, err, guard.ErrTooLarge())
			continue
		}
		require.NoError(t, err)
		assert.Len(t, answer.Body, guard.MaxBody)
	}
}

func TestAnErrorStatusCountsThoughItsBodyBreaksOff(t *testing.T) {
	client, base := serve(t, 0, func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Length", "99")
		w.WriteHeader(http.StatusBadRequest)
		_, _ = w.Write([]byte(`{"error":`))
	})
	answer, err := client.Do(t.Context(), get(base))
	require.NoError(t, err)
	assert.Equal(t, `{"error":`, string(answer.Body))
}

func TestBeforeAConnectionItMayBeSentAgainAndAfterThatNobodyKnows(t *testing.T) {
	client, base := serve(t, 0, func(_ http.ResponseWriter, r *http.Request) { <-r.Context().Done() })
	cancelled, cancel := context.WithCancel(t.Context())
	cancel()
	_, err := client.Do(cancelled, get(base))
	assert.Equal(t, provider.ClassRetry, failure(t, err).Class)
	require.ErrorIs(t, err, context.Canceled)

	client, base = serve(t, 0, func(http.ResponseWriter, *http.Request) { panic(http.ErrAbortHandler) })
	r := get(base)
	r.Method = http.MethodPost
	_, err = client.Do(t.Context(), r)
	assert.Equal(t, provider.ClassUnknown, failure(t, err).Class)
	require.ErrorIs(t, err, io.EOF)
}

func TestAWholeCallHasItsTimeAndNotMore(t *testing.T) {
	client, base := serve(t, 50*time.Millisecond, func(w http.ResponseWriter, r *http.Request) {
		_, _ = w.Write([]byte("begun"))
		_ = http.NewResponseController(w).Flush()
		<-r.Context().Done()
	})
	_, err := client.Do(t.Context(), get(base))
	assert.Equal(t, provider.ClassUnknown, failure(t, err).Class)
	require.ErrorIs(t, err, context.DeadlineExceeded)
}

func TestAHostWithAnothersCertificateIsSentNothing(t *testing.T) {
	server := httptest.NewUnstartedServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { t.Error("it was sent") }))
	server.Config.ErrorLog = slog.NewLogLogger(slog.DiscardHandler, slog.LevelError)
	server.StartTLS()
	t.Cleanup(server.Close)
	client := guard.New(guard.Options{Endpoints: endpoint.Policy{AllowPrivate: true}, Now: now})
	_, err := client.Do(t.Context(), get(server.URL))
	e := failure(t, err)
	assert.Equal(t, provider.ClassRetry, e.Class)
	assert.Contains(t, e.Error(), "certificate")
}

func TestASecretInAParameterIsInNoError(t *testing.T) {
	client, base := serve(t, 50*time.Millisecond, func(_ http.ResponseWriter, r *http.Request) { <-r.Context().Done() })
	r := get(base)
	r.Query = url.Values{"input_token": {marked}}
	_, err := client.Do(t.Context(), r)
	assert.Equal(t, provider.ClassUnknown, failure(t, err).Class)
}

func TestPausesAreReadInSecondsOrAsADate(t *testing.T) {
	client := guard.New(guard.Options{Now: now})
	for text, want := range map[string]time.Duration{
		"": 0, "0": 0, "-1": 0, "x": 0, "NaN": 0, "Inf": guard.LongestPause, "30": 30 * time.Second, "0.5": 500 * time.Millisecond, " 7 ": 7 * time.Second, "1e99": guard.LongestPause,
		"Sun, 22 Nov 2026 12:00:30 GMT": 30 * time.Second, "Sun, 22 Nov 2026 11:00:00 GMT": 0, "Sun, 22 Nov 2099 11:00:00 GMT": guard.LongestPause,
	} {
		assert.Equal(t, want, client.RetryAfter(http.Header{"Retry-After": {text}}), text)
	}
}

package client_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	v1 "github.com/ivendnext/whatsapp-accounts/api/v1"
	"github.com/ivendnext/whatsapp-accounts/pkg/client"
)

// patiently retries without waiting, and notes how long it would have waited.
func patiently(pauses *[]time.Duration) client.Option {
	return client.WithRetries(client.Retries{Sleep: func(_ context.Context, pause time.Duration) error {
		*pauses = append(*pauses, pause)
		return nil
	}})
}

// attempts counts how often a call is made of a service that always does as h.
func attempts(t *testing.T, h http.HandlerFunc, call func(*client.Client) error) int {
	t.Helper()
	var made atomic.Int32 // a connection that breaks orders nothing between the server and the test
	var pauses []time.Duration
	c := answering(t, func(w http.ResponseWriter, r *http.Request) {
		made.Add(1)
		h(w, r)
	}, client.WithHTTPClient(&http.Client{Transport: &http.Transport{DisableKeepAlives: true}}), patiently(&pauses))
	require.Error(t, call(c))
	assert.Len(t, pauses, int(made.Load())-1)
	return int(made.Load())
}

func read(c *client.Client) error { _, err := c.Me(context.Background()); return err }

func create(opts ...client.CallOption) func(*client.Client) error {
	return func(c *client.Client) error {
		_, err := c.CreateAccount(context.Background(), v1.AccountCreate{}, opts...)
		return err
	}
}

func patch(opts ...client.CallOption) func(*client.Client) error {
	return func(c *client.Client) error {
		_, err := c.UpdateAccount(context.Background(), "a", client.Patch{}, opts...)
		return err
	}
}

func answer(status int) http.HandlerFunc {
	return func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(status) }
}

func hangUp(http.ResponseWriter, *http.Request) { panic(http.ErrAbortHandler) }

func breakOff(w http.ResponseWriter, _ *http.Request) {
	w.Header().Set("Content-Length", "100")
	fmt.Fprint(w, `{`)
}

func TestOnlyWhatIsHarmlessTwiceIsRepeatedAfterItWasSent(t *testing.T) {
	put := func(c *client.Client) error { _, err := c.SetDefault(t.Context(), client.Outgoing, "a"); return err }
	remove := func(c *client.Client) error { return c.DeleteAccount(t.Context(), "a") }
	calls := map[string]struct {
		call func(*client.Client) error
		want int
	}{
		"GET":                      {read, 3},
		"PUT":                      {put, 3},
		"DELETE":                   {remove, 3},
		"POST with a key":          {create(client.IdempotencyKey("once")), 3},
		"POST without one":         {create(), 1},
		"POST with an empty one":   {create(client.IdempotencyKey("")), 1},
		"PATCH":                    {patch(), 1},
		"PATCH with an ETag":       {patch(client.IfMatch(`"a"`)), 1},
		"PATCH with a key, unread": {patch(client.IdempotencyKey("once")), 1},
	}
	failures := map[string]http.HandlerFunc{
		"429": answer(429), "502": answer(502), "503": answer(503), "504": answer(504), "no answer": hangUp, "half an answer": breakOff,
	}
	for what, c := range calls {
		for how, h := range failures {
			assert.Equal(t, c.want, attempts(t, h, c.call), "%s, %s", what, how)
		}
	}
}

func TestRefusalIsNotRepeated(t *testing.T) {
	for _, status := range []int{301, 400, 401, 403, 404, 409, 412, 413, 415, 422, 500, 501} {
		assert.Equal(t, 1, attempts(t, answer(status), read), status)
		assert.Equal(t, 1, attempts(t, answer(status), create(client.IdempotencyKey("once"))), status)
	}
	unreadable := func(w http.ResponseWriter, _ *http.Request) { fmt.Fprint(w, `[]`) }
	assert.Equal(t, 1, attempts(t, unreadable, read))
}

func TestCallIsMadeAgainAsItWas(t *testing.T) {
	var sent []string
	var pauses []time.Duration
	c := answering(t, func(w http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		sent = append(sent, fmt.Sprint(string(body), r.Header["Idempotency-Key"], r.Header["X-Request-Id"], r.Header["Authorization"], r.ContentLength))
		if len(sent) < 3 {
			w.WriteHeader(http.StatusBadGateway)
			return
		}
		w.Header().Set("Idempotent-Replayed", "true")
		fmt.Fprint(w, `{"id":"a"}`)
	}, patiently(&pauses))
	made, err := c.CreateAccount(t.Context(), v1.AccountCreate{AccountName: new("Brand A")}, client.IdempotencyKey("once"), client.RequestID("import-7"))
	require.NoError(t, err)
	assert.Equal(t, "a", made.ID)
	assert.True(t, made.Replayed)
	require.Len(t, sent, 3)
	assert.Contains(t, sent[0], `"account_name":"Brand A"`)
	assert.Equal(t, []string{sent[0], sent[0], sent[0]}, sent)
}

// The first attempt's answer was lost, but the service is still at it.
func TestKeyedPostWaitsForItsOwnFirstAttempt(t *testing.T) {
	var made atomic.Int32
	var pauses []time.Duration
	c := answering(t, func(w http.ResponseWriter, r *http.Request) {
		switch made.Add(1) {
		case 1:
			hangUp(w, r)
		case 2:
			w.Header().Set("Content-Type", "application/problem+json")
			w.Header().Set("Retry-After", "1")
			w.WriteHeader(http.StatusConflict)
			fmt.Fprint(w, `{"code":"idempotency_in_progress"}`)
		default:
			fmt.Fprint(w, `{"id":"a"}`)
		}
	}, patiently(&pauses))
	_, err := c.CreateAccount(t.Context(), v1.AccountCreate{}, client.IdempotencyKey("once"))
	require.NoError(t, err)
	require.Len(t, pauses, 2)
	assert.GreaterOrEqual(t, pauses[1], time.Second)
}

// transport answers as its function does.
type transport func(*http.Request) (*http.Response, error)

func (f transport) RoundTrip(r *http.Request) (*http.Response, error) { return f(r) }

func TestCallThatCannotHaveBeenSentIsRepeatedWhateverItIs(t *testing.T) {
	for _, call := range []func(*client.Client) error{read, create(), patch()} {
		made, pauses := 0, []time.Duration(nil)
		refused := transport(func(*http.Request) (*http.Response, error) {
			if made++; made < 3 {
				return nil, &net.OpError{Op: "dial", Net: "tcp", Err: errors.New("connection refused")}
			}
			return &http.Response{StatusCode: http.StatusOK, Body: io.NopCloser(strings.NewReader("{}"))}, nil
		})
		c, err := client.New("http://wa.example.com", apiKey, client.WithHTTPClient(&http.Client{Transport: refused}), patiently(&pauses))
		require.NoError(t, err)
		require.NoError(t, call(c))
		assert.Equal(t, 3, made)
	}
}

func TestCallIsMadeOnceWithoutRetries(t *testing.T) {
	made := 0
	c := answering(t, func(w http.ResponseWriter, _ *http.Request) {
		made++
		w.WriteHeader(http.StatusServiceUnavailable)
	}, client.WithoutRetries())
	require.Error(t, read(c))
	assert.Equal(t, 1, made)
}

func TestIteratorOutlastsAFailureThatPasses(t *testing.T) {
	var asked, ids []string
	var pauses []time.Duration
	pages, failed := threePages(&asked), false
	c := answering(t, func(w http.ResponseWriter, r *http.Request) {
		if r.FormValue("cursor") == "1" && !failed {
			failed = true
			w.WriteHeader(http.StatusServiceUnavailable)
			return
		}
		pages(w, r)
	}, patiently(&pauses))
	for a, err := range c.AllAccounts(t.Context(), client.AccountQuery{}) {
		require.NoError(t, err)
		ids = append(ids, a.ID)
	}
	assert.Equal(t, []string{"a", "b", "c"}, ids)
	assert.Len(t, pauses, 1)
}

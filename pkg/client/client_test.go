package client_test

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/ivendnext/whatsapp-accounts/pkg/client"
)

// apiKey is what no error and no print may show.
const apiKey = "wak_a-key-that-nobody-else-may-see"

// answering makes a client of a server that answers as h does. It makes each call once, unless an option says otherwise.
func answering(t *testing.T, h http.HandlerFunc, opts ...client.Option) *client.Client {
	t.Helper()
	server := httptest.NewServer(h)
	t.Cleanup(server.Close)
	c, err := client.New(server.URL, apiKey, append([]client.Option{client.WithoutRetries()}, opts...)...)
	require.NoError(t, err)
	return c
}

func TestKeyGoesInTheHeaderAndNowhereElse(t *testing.T) {
	c := answering(t, func(w http.ResponseWriter, r *http.Request) {
		assert.Equal(t, "Bearer "+apiKey, r.Header.Get("Authorization"))
		assert.NotContains(t, r.RequestURI, apiKey)
		assert.Equal(t, "our-service", r.UserAgent())
		fmt.Fprint(w, `{"site":"default","role":"viewer","name":"first"}`)
	}, client.WithUserAgent("our-service"))
	me, err := c.Me(t.Context())
	require.NoError(t, err)
	assert.Equal(t, "default", me.Site)
}

func TestClientPrintsWithoutTheKey(t *testing.T) {
	c, err := client.New("https://wa.example.com/", apiKey)
	require.NoError(t, err)
	holder := struct{ c *client.Client }{c}
	marshalled, err := json.Marshal(c)
	require.NoError(t, err)
	for _, text := range []string{
		fmt.Sprintf("%v %+v %#v %s %q %x", c, c, c, c, c, c), fmt.Sprintf("%v %+v %#v", *c, *c, *c), fmt.Sprintf("%+v %#v", holder, holder),
		dump(c), string(marshalled),
	} {
		assert.NotContains(t, text, apiKey)
		assert.NotContains(t, text, fmt.Sprintf("%x", apiKey))
	}
	assert.Equal(t, "client of https://wa.example.com", fmt.Sprint(c))
}

// dump is what a failed assertion about v would print: testify follows every pointer.
func dump(v any) string {
	var told recorder
	assert.Equal(&told, "something else", v)
	return string(told)
}

type recorder []byte

func (r *recorder) Errorf(format string, args ...any) { *r = fmt.Appendf(*r, format, args...) }

func TestErrorsDoNotTellTheKey(t *testing.T) {
	refuses := answering(t, func(w http.ResponseWriter, _ *http.Request) { http.Error(w, apiKey, http.StatusBadGateway) })
	gone := answering(t, func(http.ResponseWriter, *http.Request) { panic(http.ErrAbortHandler) })
	garbage := answering(t, func(w http.ResponseWriter, _ *http.Request) { fmt.Fprint(w, apiKey) })
	for _, c := range []*client.Client{refuses, gone, garbage} {
		_, err := c.Me(t.Context())
		require.Error(t, err)
		assert.NotContains(t, fmt.Sprintf("%v %+v %#v", err, err, err), apiKey)
	}
}

func TestUnusableArgumentsAreRefusedWithoutBeingQuoted(t *testing.T) {
	for _, base := range []string{
		"", "wa.example.com", "ftp://wa.example.com", "https://", "https://pa55word wa",
		"https://user:pa55word@wa.example.com", "https://wa.example.com?a=pa55word", "https://wa.example.com#pa55word",
	} {
		_, err := client.New(base, apiKey)
		require.ErrorContains(t, err, "base URL", base)
		assert.NotContains(t, err.Error(), "pa55word")
	}
	for _, key := range []string{"", "two words", "wak_a\nX-Injected: b", " wak_a", "wak_\x00"} {
		_, err := client.New("https://wa.example.com", key)
		require.ErrorContains(t, err, "API key")
		assert.NotContains(t, err.Error(), "wak_")
	}
}

func TestBasePathIsKept(t *testing.T) {
	server := httptest.NewServer(http.StripPrefix("/whatsapp", http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		assert.Equal(t, "/v1/me", r.URL.Path)
		fmt.Fprint(w, `{}`)
	})))
	defer server.Close()
	c, err := client.New(server.URL+"/whatsapp/", apiKey)
	require.NoError(t, err)
	_, err = c.Me(t.Context())
	require.NoError(t, err)
}

func TestRedirectIsNotFollowed(t *testing.T) {
	elsewhere := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		t.Errorf("the client came along, with %q", r.Header.Get("Authorization"))
	}))
	defer elsewhere.Close()
	own := &http.Client{}
	c := answering(t, func(w http.ResponseWriter, r *http.Request) {
		http.Redirect(w, r, elsewhere.URL, http.StatusTemporaryRedirect)
	}, client.WithHTTPClient(own))
	_, err := c.Me(t.Context())
	var p *client.Problem
	require.ErrorAs(t, err, &p)
	assert.Equal(t, http.StatusTemporaryRedirect, p.StatusCode)
	assert.Nil(t, own.CheckRedirect, "the client that was handed in is not changed")
}

func TestContextEndsACall(t *testing.T) {
	begun := make(chan struct{})
	c := answering(t, func(_ http.ResponseWriter, r *http.Request) {
		close(begun)
		<-r.Context().Done()
	})
	ctx, cancel := context.WithCancel(t.Context())
	go func() {
		<-begun
		cancel()
	}()
	_, err := c.Me(ctx)
	assert.ErrorIs(t, err, context.Canceled)
}

func TestAnswerThatBreaksOffIsAnError(t *testing.T) {
	c := answering(t, func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Length", "100")
		fmt.Fprint(w, `{"site":`)
	})
	_, err := c.Me(t.Context())
	assert.ErrorContains(t, err, "GET /v1/me: the answer broke off")
}

func TestAnswerIsReadWithinBounds(t *testing.T) {
	c := answering(t, func(w http.ResponseWriter, _ *http.Request) {
		fmt.Fprintf(w, `{"name":%q}`, strings.Repeat("a", 17<<20))
	})
	_, err := c.Me(t.Context())
	assert.ErrorContains(t, err, "larger than 16777216 bytes")
}

func TestIDIsOneSegmentOfThePath(t *testing.T) {
	c := answering(t, func(w http.ResponseWriter, r *http.Request) {
		assert.Equal(t, "/v1/accounts/..%2Fdefaults%2Foutgoing%3Fa=b", r.RequestURI)
		w.WriteHeader(http.StatusNoContent)
	})
	assert.NoError(t, c.DeleteAccount(t.Context(), "../defaults/outgoing?a=b"))
}

func TestCallOptionsAreHeaders(t *testing.T) {
	c := answering(t, func(w http.ResponseWriter, r *http.Request) {
		assert.Equal(t, []string{"once", `"a"`, `"b"`, "import-7"}, []string{
			r.Header.Get("Idempotency-Key"), r.Header.Get("If-Match"), r.Header.Get("If-None-Match"), r.Header.Get("X-Request-Id"),
		})
		w.WriteHeader(http.StatusNoContent)
	})
	err := c.DeleteAccount(t.Context(), "a", client.IdempotencyKey("once"), client.IfMatch(`"a"`), client.IfNoneMatch(`"b"`), client.RequestID("import-7"))
	assert.NoError(t, err)
}

func TestOptionCannotReplaceTheKey(t *testing.T) {
	c := answering(t, func(w http.ResponseWriter, r *http.Request) {
		assert.Equal(t, []string{"Bearer " + apiKey}, r.Header.Values("Authorization"))
		w.WriteHeader(http.StatusNoContent)
	})
	assert.NoError(t, c.DeleteAccount(t.Context(), "a", func(h http.Header) { h.Set("Authorization", "Bearer other") }))
}

func TestDefaultTimeoutIsBounded(t *testing.T) {
	assert.LessOrEqual(t, client.DefaultTimeout, time.Minute)
}

package post_test

import (
	"context"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"go.uber.org/goleak"

	"github.com/ivendnext/whatsapp-accounts/internal/subscription"
	"github.com/ivendnext/whatsapp-accounts/internal/subscription/post"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

func now() time.Time { return time.Date(2026, time.November, 28, 12, 0, 0, 0, time.UTC) }

// poster posts to this machine.
func poster(t *testing.T, timeout time.Duration) *post.Poster {
	t.Helper()
	p := post.New(post.Options{AllowLoopback: true, Now: now, Timeout: timeout})
	t.Cleanup(p.Close)
	return p
}

func message(url string) subscription.Message {
	return subscription.Message{URL: url, ID: "event-1", At: now(), Body: []byte(`{"id":"event-1"}`), Signature: "v1,one v1,two"}
}

// serving gives the URL of a subscriber.
func serving(t *testing.T, h http.HandlerFunc) string {
	t.Helper()
	server := httptest.NewServer(h)
	t.Cleanup(server.Close)
	return server.URL
}

// hang takes the message and never answers.
func hang(_ http.ResponseWriter, r *http.Request) {
	_, _ = io.Copy(io.Discard, r.Body) // only then the server notices that the client is gone
	<-r.Context().Done()
}

func TestMessageIsPostedAsItIs(t *testing.T) {
	var got *http.Request
	var body []byte
	url := serving(t, func(_ http.ResponseWriter, r *http.Request) {
		got = r
		body, _ = io.ReadAll(r.Body)
	})
	r := poster(t, 0).Send(t.Context(), message(url+"/hooks?key=a%20b"))
	assert.Equal(t, subscription.Result{Attempt: subscription.Attempt{At: now(), Status: 200}}, r)
	assert.Equal(t, "POST /hooks?key=a%20b", got.Method+" "+got.RequestURI)
	assert.JSONEq(t, `{"id":"event-1"}`, string(body))
	for name, want := range map[string]string{
		"Content-Type": "application/json", "User-Agent": "whatsapp-accounts-webhooks", "webhook-id": "event-1", "webhook-timestamp": "1795867200", "webhook-signature": "v1,one v1,two",
		"Authorization": "", "Accept-Encoding": "", "Cookie": "",
	} {
		assert.Equal(t, want, got.Header.Get(name), name)
	}
}

func TestAnswerIsToldInWordsOfOurs(t *testing.T) {
	for status, want := range map[int]string{
		201: "", 301: "redirect (301)", 302: "redirect (302)", 304: "redirect (304)", 308: "redirect (308)", 400: "400 Bad Request", 404: "404 Not Found", 410: "410 Gone", 500: "500 Internal Server Error", 599: "answered 599.",
	} {
		url := serving(t, func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Location", "http://127.0.0.1:1/elsewhere")
			w.Header().Set("Retry-After", "60")
			w.WriteHeader(status)
			_, _ = io.WriteString(w, "what they say")
		})
		r := poster(t, 0).Send(t.Context(), message(url))
		assert.Equal(t, status, r.Status)
		assert.Contains(t, r.Detail, want)
		assert.Equal(t, want == "", r.Detail == "")
		assert.NotContains(t, r.Detail, "what they say")
		assert.Zero(t, r.RetryAfter)
	}
}

func TestRetryAfterIsReadWhereItMeansToComeLater(t *testing.T) {
	for status, want := range map[int]time.Duration{429: time.Minute, 503: time.Minute, 500: 0, 200: 0} {
		url := serving(t, func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Retry-After", "60")
			w.WriteHeader(status)
		})
		assert.Equal(t, want, poster(t, 0).Send(t.Context(), message(url)).RetryAfter, status)
	}
}

func TestRedirectIsNotFollowed(t *testing.T) {
	other := serving(t, func(http.ResponseWriter, *http.Request) { t.Error("it was followed") })
	url := serving(t, func(w http.ResponseWriter, r *http.Request) { http.Redirect(w, r, other, http.StatusTemporaryRedirect) })
	assert.Equal(t, 307, poster(t, 0).Send(t.Context(), message(url)).Status)
}

func TestFailureIsToldInWordsThatNameNobody(t *testing.T) {
	hangs := serving(t, hang)
	breaks := serving(t, func(http.ResponseWriter, *http.Request) { panic(http.ErrAbortHandler) })
	unproved := httptest.NewUnstartedServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { t.Error("it was sent") }))
	unproved.Config.ErrorLog = nil
	unproved.StartTLS()
	t.Cleanup(unproved.Close)
	plain := serving(t, func(http.ResponseWriter, *http.Request) { t.Error("it was sent") })
	free, err := net.Listen("tcp", "127.0.0.1:0") //nolint:noctx // it is closed at once
	require.NoError(t, err)
	require.NoError(t, free.Close())
	for url, want := range map[string]string{
		hangs:                             "did not answer within 50ms",
		breaks:                            "broke off before there was an answer",
		unproved.URL:                      "could not be secured",
		"https" + plain[len("http"):]:     "could not be secured",
		"http://" + free.Addr().String():  "refused the connection",
		"https://nobody.invalid/?key=abc": "", // what a name server says of it differs
		"http://example.com":              "may not be called any more",
		"not a URL":                       "may not be called any more",
	} {
		timeout := time.Duration(0)
		if url == hangs {
			timeout = 50 * time.Millisecond
		}
		r := poster(t, timeout).Send(t.Context(), message(url))
		assert.Zero(t, r.Status, url)
		assert.NotEmpty(t, r.Detail, url)
		assert.Contains(t, r.Detail, want, url)
		for _, told := range []string{"127.0.0.1", "://", "abc", "example", "nobody"} {
			if !strings.HasPrefix(url, "http://example") || told != "://" { // the cure names https://
				assert.NotContains(t, strings.ReplaceAll(r.Detail, "https://", ""), told, url)
			}
		}
	}
}

func TestMessageIsBrokenOffWithItsContext(t *testing.T) {
	url := serving(t, hang)
	ctx, cancel := context.WithTimeout(t.Context(), 20*time.Millisecond)
	defer cancel()
	assert.Zero(t, poster(t, 0).Send(ctx, message(url)).Status)
}

func TestLongAnswerIsNotReadToItsEnd(t *testing.T) {
	url := serving(t, func(w http.ResponseWriter, _ *http.Request) {
		for range 1 << 10 {
			if _, err := io.WriteString(w, strings.Repeat("a", 1<<20)); err != nil {
				return
			}
		}
		t.Error("a gigabyte was read")
	})
	assert.Equal(t, 200, poster(t, 0).Send(t.Context(), message(url)).Status)
}

// TestPrivateSubscriberIsReachedOnlyWhereTheOperatorAllowsIt dials: a listener on loopback stands for any private network, which the list opens.
func TestPrivateSubscriberIsReachedOnlyWhereTheOperatorAllowsIt(t *testing.T) {
	came := 0
	url := serving(t, func(http.ResponseWriter, *http.Request) { came++ })
	for name, c := range map[string]struct {
		options post.Options
		want    int
	}{
		"nothing is allowed":   {post.Options{}, 0},
		"another network":      {post.Options{Networks: []netip.Prefix{netip.MustParsePrefix("10.0.0.0/8")}}, 0},
		"its network":          {post.Options{Networks: []netip.Prefix{netip.MustParsePrefix("127.0.0.0/8")}}, 1},
		"loopback, to develop": {post.Options{AllowLoopback: true}, 1},
	} {
		came, c.options.Now = 0, now
		p := post.New(c.options)
		r := p.Send(t.Context(), message(url))
		p.Close()
		assert.Equal(t, c.want, came, name)
		assert.Equal(t, c.want == 1, r.Succeeded(), name)
		assert.Equal(t, c.want == 1, r.Detail == "", name)
	}
}

// A name passes when it is stored, since nobody asks a name server then; what it leads to is judged when it is dialled.
func TestNameThatLeadsToAForbiddenAddressIsNotDialled(t *testing.T) {
	port := serving(t, func(http.ResponseWriter, *http.Request) { t.Error("it was sent") })
	port = port[strings.LastIndex(port, ":"):]
	p := post.New(post.Options{Networks: []netip.Prefix{netip.MustParsePrefix("10.0.0.0/8")}, Now: now})
	t.Cleanup(p.Close)
	require.Empty(t, p.Complain("http://ip6-localhost"+port))
	for _, name := range []string{"ip6-localhost", "localhost.localdomain"} {
		assert.NotEmpty(t, p.Send(t.Context(), message("http://"+name+port)).Detail)
	}
}

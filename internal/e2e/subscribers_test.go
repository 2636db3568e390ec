package e2e

import (
	"io"
	"net/http"
	"net/http/httptest"
	"slices"
	"sync"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	v1 "github.com/ivendnext/whatsapp-accounts/api/v1"
	"github.com/ivendnext/whatsapp-accounts/pkg/client"
	"github.com/ivendnext/whatsapp-accounts/pkg/whatsapptest"
)

// listener is a subscriber, as somebody who uses our client would write one.
type listener struct {
	*httptest.Server
	mu      sync.Mutex
	secrets []string
	came    []v1.Event
	refused []error
	closed  bool // answers 503
}

func listen(t testing.TB) *listener {
	t.Helper()
	l := new(listener)
	l.Server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		l.mu.Lock()
		defer l.mu.Unlock()
		e, err := client.VerifyWebhook(r.Header, body, l.secrets...)
		switch {
		case err != nil:
			l.refused = append(l.refused, err)
			w.WriteHeader(http.StatusUnauthorized)
		case l.closed:
			w.WriteHeader(http.StatusServiceUnavailable)
		default:
			l.came = append(l.came, e)
		}
	}))
	t.Cleanup(l.Close)
	return l
}

func (l *listener) trust(secrets ...string) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.secrets = secrets
}

func (l *listener) close(is bool) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.closed = is
}

// events are those that came, each once.
func (l *listener) events(of string) (ids []string) {
	l.mu.Lock()
	defer l.mu.Unlock()
	for _, e := range l.came {
		if e.Type == of && !slices.Contains(ids, e.ID) {
			ids = append(ids, e.ID)
		}
	}
	return ids
}

// TestWebhookThatCameInGoesOutToSubscribers goes the whole way: an account, a subscription, a message from Meta, and the event as the subscriber proves it;
// across a restart while the subscriber is closed, and a rotation of its secret.
func TestWebhookThatCameInGoesOutToSubscribers(t *testing.T) {
	t.Parallel()
	for name, on := range databases {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			double := whatsapptest.StartMeta(t, whatsapptest.SampleMeta())
			i := on(t).with("WA_ALLOW_PRIVATE_PROVIDERS", "true")
			key := i.apiKey(t, "default")
			p := i.serve(t)
			c, shop := p.as(t, key), listen(t)
			made(t, c, sample(double))
			s, err := c.CreateSubscription(t.Context(), v1.SubscriptionCreate{URL: &shop.URL, EventTypes: &[]string{"message.received"}})
			require.NoError(t, err)
			shop.trust(s.Secret)
			tried, err := c.TestSubscription(t.Context(), s.ID)
			require.NoError(t, err)
			require.Equal(t, "succeeded", tried.Status)

			say := func(text string) {
				sent, err := double.Webhooks(whatsapptest.SampleAppID, p.url+"/webhooks/meta").Send(t.Context(), whatsapptest.Incoming{Content: whatsapptest.Text(text)})
				require.NoError(t, err)
				require.True(t, sent.Delivered)
			}
			say("Zoë 👍 @home")
			eventually(t, "the message is at the shop", func() bool { return len(shop.events("message.received")) == 1 })
			feed := told(t, c, "message.received")
			shop.mu.Lock()
			arrived := shop.came[len(shop.came)-1]
			shop.mu.Unlock()
			assert.Equal(t, feed[0].ID, arrived.ID)
			assert.JSONEq(t, string(feed[0].Data), string(arrived.Data))

			shop.close(true)
			say("while it is closed")
			eventually(t, "it was tried", func() bool {
				page, err := c.Deliveries(t.Context(), s.ID, client.DeliveryQuery{Status: "pending"})
				return err == nil && len(page.Data) == 1 && len(page.Data[0].Attempts) > 0
			})
			require.Zero(t, p.stop())
			p = i.serve(t)
			c = p.as(t, key)
			rotated, err := c.RotateSubscriptionSecret(t.Context(), s.ID)
			require.NoError(t, err)
			shop.trust(rotated.Secret, s.Secret)
			shop.close(false)
			eventually(t, "it comes after all", func() bool { return len(shop.events("message.received")) == 2 })
			for n, secret := range []string{rotated.Secret, s.Secret} {
				shop.trust(secret)
				say("signed with both: " + secret[len(secret)-5:])
				eventually(t, "either secret proves it", func() bool { return len(shop.events("message.received")) == 3+n })
			}
			again, err := c.RedeliverEvent(t.Context(), feed[0].ID, "")
			require.NoError(t, err)
			require.Len(t, again, 1)
			eventually(t, "the first came twice", func() bool {
				shop.mu.Lock()
				defer shop.mu.Unlock()
				times := 0
				for _, e := range shop.came {
					if e.ID == feed[0].ID {
						times++
					}
				}
				return times == 2
			})
			assert.Empty(t, shop.refused)
		})
	}
}

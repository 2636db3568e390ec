package e2e

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	v1 "github.com/ivendnext/whatsapp-accounts/api/v1"
	"github.com/ivendnext/whatsapp-accounts/pkg/client"
	"github.com/ivendnext/whatsapp-accounts/pkg/whatsapptest"
)

// sample is the account that the double of Meta knows.
func sample(double *whatsapptest.Meta) v1.AccountCreate {
	return v1.AccountCreate{
		AccountName: new("Sample"), AccountType: new("Meta"), Status: new("Active"), AllowAutoReadReceipt: new(true),
		MetaSettings: &v1.MetaSettingsWrite{
			URL: &double.URL, Token: new(whatsapptest.SampleToken), AppSecret: new(whatsapptest.SampleAppSecret), WebhookVerifyToken: new("verify"),
			PhoneID: new(whatsapptest.SamplePhoneID), AppID: new(whatsapptest.SampleAppID), BusinessID: new(whatsapptest.SampleBusinessID),
		},
	}
}

// told gives every event of some types, each page as it comes.
func told(t testing.TB, c *client.Client, types ...string) (events []v1.Event) {
	t.Helper()
	for q := (client.EventQuery{Types: types, Limit: 200}); ; {
		page, err := c.Events(t.Context(), q)
		require.NoError(t, err)
		if len(page.Data) == 0 {
			return events
		}
		events, q.After = append(events, page.Data...), page.NextCursor
	}
}

// TestOneReadReceiptForAMessageHoweverOftenItComes is W9, with a provider that is not always there and a restart.
func TestOneReadReceiptForAMessageHoweverOftenItComes(t *testing.T) {
	t.Parallel()
	for name, on := range databases {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			double := whatsapptest.StartMeta(t, whatsapptest.SampleMeta())
			i := on(t).with("WA_ALLOW_PRIVATE_PROVIDERS", "true")
			key := i.apiKey(t, "default")
			p := i.serve(t)
			made(t, p.as(t, key), sample(double))
			double.FailNext(1, whatsapptest.TooManyRequests(time.Second), whatsapptest.MarkRead)
			double.FailNext(1, whatsapptest.HTML(http.StatusBadGateway), whatsapptest.MarkRead)

			hook := double.Webhooks(whatsapptest.SampleAppID, p.url+"/webhooks/meta")
			sent, err := hook.With(whatsapptest.Copies(16)).Send(t.Context(), whatsapptest.Incoming{Content: whatsapptest.Text("Zoë 👍 @home")})
			require.NoError(t, err)
			require.True(t, sent.Delivered)
			require.Zero(t, p.stop())
			p = i.serve(t)
			_, err = double.Webhooks(whatsapptest.SampleAppID, p.url+"/webhooks/meta").SendBody(t.Context(), sent.Body)
			require.NoError(t, err)

			c := p.as(t, key)
			var events []v1.Event
			eventually(t, "the receipt is sent", func() bool {
				events = told(t, c, "message.received")
				return len(events) == 1 && events[0].ReadReceipt != nil && events[0].ReadReceipt.Status == "sent"
			})
			assert.Contains(t, string(events[0].Data), "Zoë 👍 @home")
			assert.Len(t, double.Receipts(), 1)
		})
	}
}

// TestNothingAcknowledgedIsLostWhenTheServiceIsKilled is W1.
func TestNothingAcknowledgedIsLostWhenTheServiceIsKilled(t *testing.T) {
	t.Parallel()
	for name, on := range databases {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			double := whatsapptest.StartMeta(t, whatsapptest.SampleMeta())
			i := on(t).watched().with("WA_ALLOW_PRIVATE_PROVIDERS", "true")
			key := i.apiKey(t, "default")
			ask := sample(double)
			ask.AllowAutoReadReceipt = nil
			acknowledged := new(sync.Map)
			for round := range scaled(3) {
				p := i.serve(t)
				if round == 0 {
					made(t, p.as(t, key), ask)
				}
				burst(t, p, round, acknowledged)
			}
			p := i.serve(t)
			count := 0
			acknowledged.Range(func(any, any) bool { count++; return true })
			require.Positive(t, count)
			seen := map[string]int{}
			eventually(t, "everything that was acknowledged is told", func() bool {
				clear(seen)
				for _, e := range told(t, p.as(t, key), "message.received") {
					seen[messageID(t, e)]++
				}
				lost := 0
				acknowledged.Range(func(id, _ any) bool {
					if seen[id.(string)] == 0 {
						lost++
					}
					return true
				})
				return lost == 0
			})
			for id, times := range seen {
				assert.Equal(t, 1, times, id)
			}
			t.Logf("%d acknowledged, %d told", count, len(seen))
		})
	}
}

// burst posts messages from many sides and kills the service in the middle.
func burst(t testing.TB, p *process, round int, acknowledged *sync.Map) {
	t.Helper()
	var n atomic.Int64
	var group sync.WaitGroup
	by := &http.Client{Transport: p.http, Timeout: timeout}
	for worker := range 8 {
		group.Go(func() {
			for k := 0; ; k++ {
				id := fmt.Sprintf("wamid.%d.%d.%d", round, worker, k)
				if !post(t.Context(), by, p.url, incoming(id)) {
					return // the service is gone
				}
				acknowledged.Store(id, true)
				n.Add(1)
			}
		})
	}
	eventually(t, "the burst has begun", func() bool { return n.Load() > 30 })
	p.signal(syscall.SIGKILL)
	<-p.ended
	group.Wait()
}

func incoming(id string) string {
	return fmt.Sprintf(`{"object":"whatsapp_business_account","entry":[{"id":%q,"changes":[{"field":"messages","value":{"metadata":{"phone_number_id":%q},"messages":[{"from":"1","id":%q,"type":"text","text":{"body":"hi"}}]}}]}]}`,
		whatsapptest.SampleBusinessID, whatsapptest.SamplePhoneID, id)
}

// post reports whether the body was acknowledged.
func post(ctx context.Context, by *http.Client, url, body string) bool {
	request, err := http.NewRequestWithContext(ctx, http.MethodPost, url+"/webhooks/meta", strings.NewReader(body))
	if err != nil {
		return false
	}
	request.Header.Set(whatsapptest.SignatureHeader, whatsapptest.Sign(whatsapptest.SampleAppSecret, []byte(body)))
	response, err := by.Do(request)
	if err != nil {
		return false
	}
	_ = response.Body.Close()
	return response.StatusCode == http.StatusOK
}

func messageID(t testing.TB, e v1.Event) string {
	t.Helper()
	var data struct{ Message struct{ ID string } }
	require.NoError(t, json.Unmarshal(e.Data, &data))
	return data.Message.ID
}

// TestTheLargestBodyIsKeptWholeAndOneByteMoreIsRefused is W5.
func TestTheLargestBodyIsKeptWholeAndOneByteMoreIsRefused(t *testing.T) {
	t.Parallel()
	for name, on := range databases {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			double := whatsapptest.StartMeta(t, whatsapptest.SampleMeta())
			i := on(t).with("WA_ALLOW_PRIVATE_PROVIDERS", "true")
			key := i.apiKey(t, "default")
			p := i.serve(t)
			ask := sample(double)
			ask.AllowAutoReadReceipt = nil
			made(t, p.as(t, key), ask)
			changes := make([]string, 1000)
			for n := range changes {
				changes[n] = fmt.Sprintf(`{"field":"messages","value":{"metadata":{"phone_number_id":%q},"messages":[{"id":"m%d","type":"text"}]}}`, whatsapptest.SamplePhoneID, n)
			}
			body := `{"entry":[{"id":"` + whatsapptest.SampleBusinessID + `","changes":[` + strings.Join(changes, ",") + `]}],"pad":"`
			body += strings.Repeat("x", 3<<20-len(body)-2) + `"}`
			require.Len(t, body, 3<<20)
			by := &http.Client{Transport: p.http, Timeout: timeout}
			require.True(t, post(t.Context(), by, p.url, body))
			signed := map[string]string{whatsapptest.SignatureHeader: whatsapptest.Sign(whatsapptest.SampleAppSecret, []byte(body+" "))}
			assert.Equal(t, http.StatusRequestEntityTooLarge, p.ask(t, by, http.MethodPost, "/webhooks/meta", signed, body+" ").status)
			eventually(t, "every change is told", func() bool { return len(told(t, p.as(t, key), "message.received")) == 1000 })
		})
	}
}

// TestAReaderWhoFollowsTheCursorMissesNothing lets writers commit in parallel, on two replicas, while a reader follows.
func TestAReaderWhoFollowsTheCursorMissesNothing(t *testing.T) {
	t.Parallel()
	double := whatsapptest.StartMeta(t, whatsapptest.SampleMeta())
	i := onPostgres(t).with("WA_ALLOW_PRIVATE_PROVIDERS", "true")
	key := i.apiKey(t, "default")
	one, two := i.serve(t), i.serve(t)
	ask := sample(double)
	ask.AllowAutoReadReceipt = nil
	made(t, one.as(t, key), ask)
	const writers, each = 8, 25
	var group sync.WaitGroup
	for w := range writers {
		p := []*process{one, two}[w%2]
		group.Go(func() {
			by := &http.Client{Transport: p.http, Timeout: timeout}
			for n := range each {
				assert.True(t, post(t.Context(), by, p.url, incoming(fmt.Sprintf("wamid.%d.%d", w, n))))
			}
		})
	}
	ctx, cancel := context.WithTimeout(t.Context(), timeout)
	defer cancel()
	seen := map[string]bool{}
	for e, err := range two.as(t, key).Follow(ctx, client.EventQuery{Types: []string{"message.received"}, Limit: 7, Wait: 5 * time.Second}) {
		require.NoError(t, err)
		id := messageID(t, e.Event)
		require.False(t, seen[id], "%s is told twice", id)
		if seen[id] = true; len(seen) == writers*each {
			break
		}
	}
	group.Wait()
	assert.Len(t, seen, writers*each)
}

package e2e

import (
	"fmt"
	"net/http"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/ivendnext/whatsapp-accounts/internal/apidoc/contract"
	"github.com/ivendnext/whatsapp-accounts/pkg/client"
	"github.com/ivendnext/whatsapp-accounts/pkg/whatsapptest"
)

// balancer hands each request to the next replica that is ready, and repeats none.
type balancer struct {
	mu       sync.Mutex
	replicas []*process
	next     int
}

// RoundTrip sends the request to a replica.
func (b *balancer) RoundTrip(request *http.Request) (*http.Response, error) {
	b.mu.Lock()
	b.next++
	p := b.replicas[b.next%len(b.replicas)]
	b.mu.Unlock()
	there := request.Clone(request.Context())
	there.URL.Host = p.address()
	return p.http.RoundTrip(there)
}

func (b *balancer) set(replicas ...*process) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.replicas = replicas
}

// insist posts a message as Meta does: what is not answered with 200 is sent again. It gives how often it was sent.
func (s *postings) insist(t testing.TB, by *http.Client, id string) (attempts int) {
	t.Helper()
	for attempts < 20 {
		attempts++
		if post(t.Context(), by, "http://balancer", incoming(id)) {
			s.acknowledged.Store(id, true)
			s.taken.Add(1)
			return attempts
		}
	}
	t.Errorf("%s was not taken in %d attempts", id, attempts)
	return attempts
}

// TestRollingRestartsFailNoRequest is O1, WA_TEST_SCALE=4 its ten restarts and more: requests of callers, webhooks, and readers of events.
func TestRollingRestartsFailNoRequest(t *testing.T) {
	t.Parallel()
	i := onPostgres(t).with("WA_ALLOW_PRIVATE_PROVIDERS", "true").with("WA_DRAIN_DELAY", "2s") // however busy the machine is, the balancer notices in time
	key := i.apiKey(t, "default")
	running := [2]*process{i.serve(t), i.serve(t)}
	b := new(balancer)
	b.set(running[:]...)
	c, err := client.New("http://balancer", key, client.WithoutRetries(), client.WithHTTPClient(&http.Client{Transport: contract.Transport(t, b), Timeout: timeout}))
	require.NoError(t, err)
	a := made(t, c, meta(0))
	double := whatsapptest.StartMeta(t, whatsapptest.SampleMeta())
	receiver := sample(double)
	receiver.AllowAutoReadReceipt = nil
	made(t, c, receiver)

	load := newTraffic()
	load.flow(func(n int) bool {
		_, err := c.CreateAccount(t.Context(), meta(n+1000), client.IdempotencyKey(fmt.Sprint("create ", n)))
		return assert.NoError(t, err)
	})
	for range 4 {
		load.flow(func(n int) bool {
			_, err := c.UpdateAccount(t.Context(), a.ID, client.Patch{"allow_auto_read_receipt": n%2 == 0})
			return assert.NoError(t, err)
		})
		load.flow(func(int) bool {
			_, err := c.Me(t.Context())
			return assert.NoError(t, err)
		})
	}
	sent, again, by := new(postings), new(atomic.Int64), &http.Client{Transport: b, Timeout: timeout}
	for worker := range 2 {
		load.flow(func(n int) bool {
			again.Add(int64(sent.insist(t, by, fmt.Sprintf("wamid.%d.%d", worker, n)) - 1))
			return !t.Failed()
		})
	}
	var read client.EventQuery
	load.flow(func(int) bool { // a reader who waits for news, wherever the balancer sends it
		page, err := c.Events(t.Context(), client.EventQuery{After: read.After, Limit: 200, Wait: time.Second})
		if assert.NoError(t, err) {
			read.After = page.NextCursor
		}
		return err == nil
	})
	var slowest time.Duration
	for n := range scaled(3) {
		leaving, staying := running[n%2], running[1-n%2]
		began := time.Now()
		leaving.beginStop(t)
		b.set(staying)
		require.Zero(t, leaving.wait())
		slowest = max(slowest, time.Since(began))
		running[n%2] = i.serve(t)
		b.set(staying, running[n%2])
	}
	assert.Less(t, slowest, 10*time.Second)
	requests := load.stop()
	assert.Zero(t, again.Load(), "no webhook had to be sent again")
	sent.assertTold(t, c)
	t.Logf("O1: %d restarts, %d requests, of which %d webhooks, slowest drain %v", scaled(3), requests, sent.taken.Load(), slowest.Round(time.Millisecond))
}

package e2e

import (
	"fmt"
	"net/http"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/ivendnext/whatsapp-accounts/internal/apidoc/contract"
	"github.com/ivendnext/whatsapp-accounts/pkg/client"
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

// TestRollingRestartsFailNoRequest is O1 in small.
func TestRollingRestartsFailNoRequest(t *testing.T) {
	t.Parallel()
	i := onPostgres(t).with("WA_DRAIN_DELAY", "2s") // however busy the machine is, the balancer notices in time
	key := i.apiKey(t, "default")
	running := [2]*process{i.serve(t), i.serve(t)}
	b := new(balancer)
	b.set(running[:]...)
	c, err := client.New("http://balancer", key, client.WithoutRetries(), client.WithHTTPClient(&http.Client{Transport: contract.Transport(t, b), Timeout: timeout}))
	require.NoError(t, err)
	a := made(t, c, meta(0))

	load := newTraffic()
	load.flow(func(n int) bool {
		_, err := c.CreateAccount(t.Context(), meta(n+1), client.IdempotencyKey(fmt.Sprint("create ", n)))
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
	t.Logf("O1: %d restarts, %d requests, slowest drain %v", scaled(3), load.stop(), slowest.Round(time.Millisecond))
}

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

	v1 "github.com/ivendnext/whatsapp-accounts/api/v1"
	"github.com/ivendnext/whatsapp-accounts/internal/pgtest"
	"github.com/ivendnext/whatsapp-accounts/pkg/client"
	"github.com/ivendnext/whatsapp-accounts/pkg/whatsapptest"
)

// postings are webhooks that were sent, by what became of them.
type postings struct {
	acknowledged sync.Map // message ids
	taken        atomic.Int64
	refused      atomic.Int64
	slowest      atomic.Int64 // of the refusals, in nanoseconds
}

// send posts a message once. Only 200 and 503 are answers that a provider may get from a service whose database comes and goes.
func (s *postings) send(t testing.TB, p *process, by *http.Client, id string) bool {
	t.Helper()
	body := incoming(id)
	began := time.Now()
	got := p.ask(t, by, http.MethodPost, "/webhooks/meta", map[string]string{whatsapptest.SignatureHeader: whatsapptest.Sign(whatsapptest.SampleAppSecret, []byte(body))}, body)
	switch got.status {
	case http.StatusOK:
		s.acknowledged.Store(id, true)
		s.taken.Add(1)
	case http.StatusServiceUnavailable:
		s.refused.Add(1)
		for took, most := int64(time.Since(began)), s.slowest.Load(); took > most && !s.slowest.CompareAndSwap(most, took); most = s.slowest.Load() {
		}
	default:
		return assert.Fail(t, "an answer that is neither 200 nor 503", "%d %s", got.status, got.body)
	}
	return true
}

// missing gives how many of the acknowledged messages are not among the events, and how many events tell what another one told.
func (s *postings) missing(t testing.TB, events []v1.Event) (lost, twice int) {
	t.Helper()
	seen := map[string]int{}
	for _, e := range events {
		id := messageID(t, e)
		if seen[id]++; seen[id] == 2 {
			twice++
		}
	}
	s.acknowledged.Range(func(id, _ any) bool {
		if seen[id.(string)] == 0 {
			lost++
		}
		return true
	})
	return lost, twice
}

// assertTold waits until everything that was acknowledged is told, and fails if anything is told twice.
func (s *postings) assertTold(t testing.TB, c *client.Client) {
	t.Helper()
	twice := 0
	eventually(t, "everything that was acknowledged is told", func() (told bool) {
		var lost int
		lost, twice = s.missing(t, all(t, c))
		return lost == 0
	})
	assert.Zero(t, twice, "told twice")
}

func all(t testing.TB, c *client.Client) []v1.Event {
	t.Helper()
	return told(t, c, "message.received")
}

// TestNothingAcknowledgedIsLostWhenTheDatabaseGoesAway is W3; WA_TEST_SCALE=10 is its half minute.
func TestNothingAcknowledgedIsLostWhenTheDatabaseGoesAway(t *testing.T) {
	t.Parallel()
	server := pgtest.Start(t, pgtest.Options{Durable: true})
	double := whatsapptest.StartMeta(t, whatsapptest.SampleMeta())
	i := onSQLite(t).with("WA_DATABASE_URL", server.URL(t)).with("WA_ALLOW_PRIVATE_PROVIDERS", "true")
	key := i.apiKey(t, "default")
	replicas := []*process{i.serve(t), i.serve(t)}
	ask := sample(double)
	ask.AllowAutoReadReceipt, ask.IsDefaultOutgoing = nil, new(true)
	made(t, replicas[0].as(t, key), ask)

	sent, load := new(postings), newTraffic()
	for worker := range 8 {
		p := replicas[worker%2]
		by := &http.Client{Transport: p.http, Timeout: timeout}
		load.flow(func(n int) bool { return sent.send(t, p, by, fmt.Sprintf("wamid.%d.%d", worker, n)) })
	}
	eventually(t, "webhooks are taken", func() bool { return sent.taken.Load() > 50 })

	server.Halt(t)
	gone := time.Now()
	for _, p := range replicas {
		assert.Equal(t, http.StatusServiceUnavailable, p.get(t, "/readyz").status)
		_, err := p.as(t, key).Default(t.Context(), client.Outgoing)
		assertCode(t, err, "database_unavailable")
	}
	eventually(t, "the database was away for long enough", func() bool {
		return time.Since(gone) > time.Duration(scaled(3))*time.Second && sent.refused.Load() > 50
	})
	server.Resume(t)
	back := time.Now()
	for n, p := range replicas {
		by, c := &http.Client{Transport: p.http, Timeout: timeout}, p.as(t, key)
		ready := func() bool { return p.ask(t, by, http.MethodGet, "/readyz", nil, "").status == http.StatusOK }
		resolves := func() bool { _, err := c.Default(t.Context(), client.Outgoing); return err == nil }
		takes := func() bool { return post(t.Context(), by, p.url, incoming(fmt.Sprint("wamid.back.", n))) }
		for what, right := range map[string]func() bool{"is ready": ready, "resolves": resolves, "takes webhooks": takes} {
			eventually(t, "a replica "+what, right)
			t.Logf("replica %d %s after %v", n, what, time.Since(back))
		}
	}
	recovered := time.Since(back)
	assert.Less(t, recovered, 5*time.Second)
	taken := sent.taken.Load()
	eventually(t, "webhooks are taken again", func() bool { return sent.taken.Load() > taken+50 })
	load.stop()
	sent.assertTold(t, replicas[1].as(t, key))

	slowest := time.Duration(sent.slowest.Load())
	assert.Less(t, slowest, 5*time.Second, "it says so at once, and does not wait for the database")
	t.Logf("W3: %d acknowledged, %d refused, the slowest refusal %v, right answers %v after the return", sent.taken.Load(), sent.refused.Load(),
		slowest.Round(time.Millisecond), recovered.Round(time.Millisecond))
	require.Positive(t, sent.refused.Load())
}

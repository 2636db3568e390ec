package e2e

import (
	"fmt"
	"net/http"
	"strings"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/ivendnext/whatsapp-accounts/pkg/client"
)

// keyLine is one line of keys list.
type keyLine struct{ id, secrets, answers, mark string }

func (i installation) keys(t testing.TB) []keyLine {
	t.Helper()
	var keys []keyLine
	for _, line := range strings.Split(strings.TrimSpace(i.must(t, "keys", "list")), "\n")[1:] {
		words := append(strings.Fields(line), "")
		keys = append(keys, keyLine{words[0], words[3], words[4], words[5]})
	}
	return keys
}

// rotate goes through the four steps as a script would, without a pause, and gives the old key and the new one.
func (i installation) rotate(t testing.TB) (old, fresh string) {
	t.Helper()
	old = i.keys(t)[0].id
	fresh = strings.TrimSpace(i.must(t, "keys", "add"))
	i.must(t, "keys", "promote", fresh)
	i.must(t, "keys", "reseal")
	i.must(t, "keys", "retire", old)
	return old, fresh
}

// traffic is callers of a service that go on until they are told to stop.
type traffic struct {
	group    sync.WaitGroup
	over     chan struct{}
	requests atomic.Int64
}

func newTraffic() *traffic { return &traffic{over: make(chan struct{})} }

// flow calls one kind of request again and again; n counts.
func (f *traffic) flow(call func(n int) bool) {
	f.group.Go(func() {
		for n := 0; ; n++ {
			select {
			case <-f.over:
				return
			default:
			}
			if !call(n) {
				return // the test has failed already
			}
			f.requests.Add(1)
		}
	})
}

// stop ends the traffic and gives how many requests there were.
func (f *traffic) stop() int64 {
	close(f.over)
	f.group.Wait()
	return f.requests.Load()
}

// TestRotationBesideTrafficFailsNoRequest is S2 in small.
func TestRotationBesideTrafficFailsNoRequest(t *testing.T) {
	t.Parallel()
	for name, on := range databases {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			i := on(t)
			accounts := scaled(300)
			i = i.with("WA_KEYSET_POLL", "500ms") // a rotation that does not wait for the replicas is noticed
			key := i.apiKey(t, "default")
			replicas := []*process{i.serve(t)}
			if !i.usesSQLite() {
				replicas = append(replicas, i.serve(t))
			}
			ids := seed(t, replicas[0].as(t, key), accounts)

			load := newTraffic()
			for n, p := range replicas {
				load.around(t, p, p.as(t, key), ids, n)
			}
			old, fresh := i.rotate(t)
			t.Logf("%d requests beside the rotation", load.stop())

			left := i.keys(t)
			require.Len(t, left, 1)
			assert.Equal(t, keyLine{fresh, fmt.Sprint(accounts*3 + len(replicas)), "0", "primary"}, left[0])
			for _, p := range replicas {
				p.says(t, fmt.Sprintf(`"keys":"%s","primary":"%s"`, fresh, fresh))
				require.Zero(t, p.stop())
				assert.NotContains(t, p.said.String(), `"level":"ERROR"`)
			}

			again := i.serve(t)
			assertVerifies(t, again, 7)
			_, err := again.as(t, key).UpdateAccount(t.Context(), ids[7], client.Patch{"meta_settings": client.Patch{"app_secret": "another"}})
			require.NoError(t, err, "the secret that it replaces is opened")
			assert.NotContains(t, i.must(t, "keys", "list"), old)
		})
	}
}

// seed makes accounts and gives their ids; that at n has verifyToken(n).
func seed(t testing.TB, c *client.Client, accounts int) []string {
	t.Helper()
	ids := make([]string, accounts)
	var group sync.WaitGroup
	for worker := range 4 {
		group.Go(func() {
			for n := worker; n < accounts; n += 4 {
				a, err := c.CreateAccount(t.Context(), meta(n))
				if !assert.NoError(t, err) {
					return
				}
				ids[n] = a.ID
			}
		})
	}
	group.Wait()
	require.False(t, t.Failed())
	return ids
}

// around is every kind of request that seals, opens or looks up a secret. Writer w writes to the account ids[w] alone.
func (f *traffic) around(t testing.TB, p *process, c *client.Client, ids []string, w int) {
	t.Helper()
	// app_secret opens what it replaces and keeps it: one secret more of that account.
	f.flow(func(n int) bool {
		_, err := c.UpdateAccount(t.Context(), ids[w], client.Patch{"meta_settings": client.Patch{"app_secret": fmt.Sprint("secret ", n), "webhook_verify_token": verifyToken(w)}})
		return assert.NoError(t, err)
	})
	f.flow(func(n int) bool {
		_, err := c.GetAccount(t.Context(), ids[n%len(ids)])
		return assert.NoError(t, err)
	})
	by := p.caller(t)
	for range 2 {
		f.flow(func(n int) bool {
			a := p.ask(t, by, http.MethodGet, verification(verifyToken(n%len(ids)), "challenge"), nil, "")
			return assert.Equal(t, http.StatusOK, a.status, "verification of account %d", n%len(ids))
		})
	}
}

func assertVerifies(t testing.TB, p *process, n int) {
	t.Helper()
	a := p.get(t, verification(verifyToken(n), "challenge-accepted"))
	assert.Equal(t, http.StatusOK, a.status)
	assert.Equal(t, "challenge-accepted", a.body)
}

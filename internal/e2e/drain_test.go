package e2e

import (
	"bufio"
	"encoding/json"
	"fmt"
	"net"
	"net/http"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	v1 "github.com/ivendnext/whatsapp-accounts/api/v1"
)

// held is a request of which the end has not been sent.
type held struct{ conn net.Conn }

func holdRequest(t testing.TB, p *process, beginning string) held {
	t.Helper()
	conn := p.dial()
	_, err := conn.Write([]byte(beginning))
	require.NoError(t, err)
	return held{conn}
}

// finish sends the rest and reads the answer.
func (h held) finish(t testing.TB, rest string) answer {
	t.Helper()
	_, err := h.conn.Write([]byte(rest))
	require.NoError(t, err)
	response, err := http.ReadResponse(bufio.NewReader(h.conn), nil)
	require.NoError(t, err)
	var body strings.Builder
	_, err = bufio.NewReader(response.Body).WriteTo(&body)
	require.NoError(t, err)
	require.NoError(t, response.Body.Close())
	return answer{status: response.StatusCode, header: response.Header, body: body.String()}
}

// beginStop tells the process to end, and waits until it says no at /readyz.
func (p *process) beginStop(t testing.TB) {
	t.Helper()
	p.signal(syscall.SIGTERM)
	eventually(t, "the service is not ready", func() bool { return p.get(t, "/readyz").status == http.StatusServiceUnavailable })
}

func TestStoppingServiceFinishesWhatItBegan(t *testing.T) {
	t.Parallel()
	for name, on := range databases {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			i := on(t)
			key := i.apiKey(t, "default")
			p := i.with("WA_DRAIN_DELAY", "3s").serve(t)
			body, err := json.Marshal(meta(1))
			require.NoError(t, err)
			post := holdRequest(t, p, fmt.Sprintf("POST /v1/accounts HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer %s\r\nContent-Type: application/json\r\nContent-Length: %d\r\n\r\n%s",
				key, len(body), body[:40]))

			p.beginStop(t)
			said := p.get(t, "/readyz")
			assert.Contains(t, said.body, "The service is stopping.")
			assert.Equal(t, http.StatusOK, p.get(t, "/healthz").status, "it is alive all the same")
			_, err = p.as(t, key).Me(t.Context())
			require.NoError(t, err, "a balancer that has not noticed yet is still served")
			eventually(t, "the port is closed", func() bool {
				conn, err := new(net.Dialer).DialContext(t.Context(), "tcp", p.address())
				if err == nil {
					_ = conn.Close()
				}
				return err != nil
			})
			assert.False(t, p.hasEnded(), "the request is still being sent")

			created := post.finish(t, string(body[40:]))
			assert.Equal(t, http.StatusCreated, created.status, created.body)
			assert.Zero(t, p.wait())
			var account v1.Account
			require.NoError(t, json.Unmarshal([]byte(created.body), &account))
			_, err = i.serve(t).as(t, key).GetAccount(t.Context(), account.ID)
			assert.NoError(t, err)
		})
	}
}

func TestRequestThatNeverEndsIsBrokenOff(t *testing.T) {
	t.Parallel()
	i := onSQLite(t).with("WA_DRAIN_DELAY", "0s").with("WA_SHUTDOWN_TIMEOUT", "200ms")
	key := i.apiKey(t, "default")
	p := i.serve(t)
	post := holdRequest(t, p, "POST /v1/accounts HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer "+key+"\r\nContent-Type: application/json\r\nContent-Length: 100\r\n\r\n{")
	eventually(t, "the request is in flight", func() bool {
		_, err := p.as(t, key).Me(t.Context())
		return assert.NoError(t, err)
	})
	began := time.Now()
	p.signal(syscall.SIGTERM)
	assert.Equal(t, failed, p.wait())
	assert.Less(t, time.Since(began), 10*time.Second)
	assert.Contains(t, p.said.String(), "whatsapp-accounts: requests were still in flight after 200ms")
	_ = post.conn.Close()
}

func TestInterruptStopsToo(t *testing.T) {
	t.Parallel()
	p := onSQLite(t).serve(t)
	p.signal(syscall.SIGINT)
	assert.Zero(t, p.wait())
}

func TestStopWhileStarting(t *testing.T) {
	t.Parallel()
	p := onSQLite(t).launch(t)
	eventually(t, "it has begun", func() bool { return p.hasEnded() || p.said.String() != "" })
	p.signal(syscall.SIGTERM)
	assert.Zero(t, p.wait())
}

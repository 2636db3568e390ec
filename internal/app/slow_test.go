package app

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/ivendnext/whatsapp-accounts/internal/config"
)

// The times of these tests: short, and each far from the others, so that a connection that ended tells by which it was.
const (
	brief   = 300 * time.Millisecond
	longest = 10 * time.Second // the machine may be busy; the times that are not tested are a minute
	crowded = 40
)

// patient is a service that waits for everything for a minute, but for what change says.
func patient(t *testing.T, change func(*config.Serve)) *besieged {
	t.Helper()
	c := settings(t)
	c.ReadHeaderTimeout, c.ReadTimeout, c.WriteTimeout, c.IdleTimeout = time.Minute, time.Minute, time.Minute, time.Minute
	change(&c)
	out, _, _ := serving(t, c)
	key := out.find(t, `(?m)^API key (\S+) `)
	return &besieged{t: t, url: out.find(t, `(?m)^listening on (\S+)$`), key: key}
}

// besieged is a running service that clients are slow with.
type besieged struct {
	t        *testing.T
	url, key string
}

// connect opens a connection and sends a beginning.
func (b *besieged) connect(beginning string) *net.TCPConn {
	b.t.Helper()
	conn, err := new(net.Dialer).DialContext(b.t.Context(), "tcp", strings.TrimPrefix(b.url, "http://"))
	require.NoError(b.t, err)
	b.t.Cleanup(func() { _ = conn.Close() })
	require.NoError(b.t, conn.SetDeadline(time.Now().Add(longest)))
	_, err = io.WriteString(conn, beginning)
	require.NoError(b.t, err)
	return conn.(*net.TCPConn)
}

// servesOthers demands that somebody who is not slow is answered.
func (b *besieged) servesOthers() {
	b.t.Helper()
	status, _ := read(b.t, b.url+"/readyz")
	assert.Equal(b.t, http.StatusOK, status)
}

// ended waits until the service ends a connection, and gives what it said before.
func ended(t *testing.T, conn net.Conn) string {
	t.Helper()
	said, err := io.ReadAll(conn)
	if errors.Is(err, os.ErrDeadlineExceeded) {
		t.Errorf("the connection is still open after %s", longest)
	}
	return string(said)
}

// within demands that all of these are ended, no sooner than after the time that bounds them and while others are served.
func (b *besieged) within(bound time.Duration, slow []*net.TCPConn, began time.Time) (said []string) {
	b.t.Helper()
	b.servesOthers()
	said = make([]string, len(slow))
	var wg sync.WaitGroup
	for i, conn := range slow {
		wg.Go(func() { said[i] = ended(b.t, conn) })
	}
	wg.Wait()
	assert.GreaterOrEqual(b.t, time.Since(began), bound)
	assert.Less(b.t, time.Since(began), longest)
	b.servesOthers()
	return said
}

func (b *besieged) crowd(beginning string) (slow []*net.TCPConn, began time.Time) {
	b.t.Helper()
	began = time.Now()
	for range crowded {
		slow = append(slow, b.connect(beginning))
	}
	return slow, began
}

func (b *besieged) post(length int) string {
	return fmt.Sprintf("POST /v1/accounts HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer %s\r\nContent-Type: application/json\r\nContent-Length: %d\r\n\r\n{", b.key, length)
}

func TestHeadersThatDoNotComeEndTheConnection(t *testing.T) {
	t.Parallel()
	for name, beginning := range map[string]string{"nothing": "", "half a line": "GET /readyz HT", "half of them": "GET /readyz HTTP/1.1\r\nHost: x\r\nX-Slow: "} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			b := patient(t, func(c *config.Serve) { c.ReadHeaderTimeout = brief })
			slow, began := b.crowd(beginning)
			for _, said := range b.within(brief, slow, began) {
				assert.NotContains(t, said, "200 OK")
			}
		})
	}
}

// A drop now and then buys no time: the bound is on the whole, not on the pause.
func TestHeadersThatDripEndTheConnectionAllTheSame(t *testing.T) {
	t.Parallel()
	b := patient(t, func(c *config.Serve) { c.ReadHeaderTimeout = brief })
	conn, began := b.connect("GET /readyz HTTP/1.1\r\n"), time.Now()
	drip := time.NewTicker(brief / 20)
	defer drip.Stop()
	drops := 0
	for range drip.C {
		if _, err := io.WriteString(conn, "X-Drop: 1\r\n"); err != nil {
			require.NotErrorIs(t, err, os.ErrDeadlineExceeded)
			break
		}
		drops++
	}
	assert.Greater(t, drops, 2)
	assert.Less(t, time.Since(began), longest)
	b.servesOthers()
}

func TestABodyThatDoesNotComeIsRefusedAndEndsTheConnection(t *testing.T) {
	t.Parallel()
	b := patient(t, func(c *config.Serve) { c.ReadTimeout = brief })
	slow, began := b.crowd(b.post(1000))
	for _, said := range b.within(brief, slow, began) {
		assert.Contains(t, said, "400 Bad Request")
		assert.Contains(t, said, "unreadable_body")
	}
}

func TestAStrangersBodyIsNotWaitedForLonger(t *testing.T) {
	t.Parallel()
	b := patient(t, func(c *config.Serve) { c.ReadTimeout = brief })
	conn, began := b.connect(strings.Replace(b.post(1000), b.key, "wak_nobody", 1)), time.Now()
	assert.Contains(t, ended(t, conn), "401 Unauthorized")
	assert.Less(t, time.Since(began), longest)
}

func TestAConnectionThatNobodyUsesIsEnded(t *testing.T) {
	t.Parallel()
	b := patient(t, func(c *config.Serve) { c.IdleTimeout = brief })
	slow, began := b.crowd("GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n")
	for _, said := range b.within(brief, slow, began) {
		assert.Contains(t, said, "200 OK")
		assert.NotContains(t, said, "Connection: close", "it was kept, and ended for want of use")
	}
}

// An answer that nobody takes fills the buffers on the way until the service cannot write on. That the client's own writes then fail is how it
// learns, without reading, that the service has given it up.
func TestAnAnswerThatNobodyTakesEndsTheConnection(t *testing.T) {
	t.Parallel()
	b := patient(t, func(c *config.Serve) { c.WriteTimeout = brief })
	conn, began := b.connect(""), time.Now()
	require.NoError(t, conn.SetReadBuffer(4096))
	asked := bytes.Repeat([]byte("GET /openapi.json HTTP/1.1\r\nHost: x\r\n\r\n"), 100)
	var err error
	for err == nil {
		_, err = conn.Write(asked)
	}
	require.NotErrorIs(t, err, os.ErrDeadlineExceeded)
	assert.Less(t, time.Since(began), longest)
	b.servesOthers()
}

func TestMoreConnectionsThanAllowedWaitUntilOneEnds(t *testing.T) {
	t.Parallel()
	b := patient(t, func(c *config.Serve) { c.MaxConnections = 2 })
	first, second := b.connect("GET"), b.connect("GET")
	third := b.connect("GET /healthz HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n")
	require.NoError(t, third.SetReadDeadline(time.Now().Add(brief/10)))
	_, err := third.Read(make([]byte, 1))
	require.ErrorIs(t, err, os.ErrDeadlineExceeded, "both places are taken")
	require.NoError(t, first.Close())
	require.NoError(t, third.SetReadDeadline(time.Now().Add(longest)))
	answer, err := http.ReadResponse(bufio.NewReader(third), nil)
	require.NoError(t, err)
	assert.Equal(t, http.StatusOK, answer.StatusCode)
	require.NoError(t, errors.Join(answer.Body.Close(), second.Close()))
}

func TestAServiceWhoseConnectionsAreAllTakenStopsAllTheSame(t *testing.T) {
	t.Parallel()
	c := settings(t)
	c.MaxConnections, c.ReadHeaderTimeout, c.ShutdownTimeout = 1, time.Minute, longest
	out, _, stop := serving(t, c)
	b := &besieged{t: t, url: out.find(t, `(?m)^listening on (\S+)$`)}
	conn := b.connect("GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n")
	_, err := conn.Read(make([]byte, 1))
	require.NoError(t, err)
	require.NoError(t, stop())
}

// Package guard is the way out to the providers: it judges the URL again, then the address that is dialled, sends the token nowhere else and
// bounds what comes back. Its judging of addresses is also for whoever calls subscribers. It knows no provider by name and none of their errors; it tells only whether there was an answer.
package guard

import (
	"net"
	"net/http"
	"time"

	"github.com/ivendnext/whatsapp-accounts/internal/provider/endpoint"
)

// The bounds of a call. The provider is a neighbour on the internet: what takes longer is not coming.
const (
	connectTimeout = 5 * time.Second
	tlsTimeout     = 5 * time.Second
	headerTimeout  = 10 * time.Second
	wholeTimeout   = 15 * time.Second
	maxHeader      = 64 << 10 // bytes
	// MaxBody is how much of an answer is read, in bytes.
	MaxBody = 1 << 20
)

// idlePerHost keeps connections for the workers that call one provider at once.
const idlePerHost = 1000

// Options are the operator's choices.
type Options struct {
	Endpoints endpoint.Policy
	// Now is the clock.
	Now func() time.Time
	// Timeout is for a whole call, its body included; zero means 15 seconds.
	Timeout time.Duration
}

// Client calls providers. It is safe for concurrent use.
type Client struct {
	policy  endpoint.Policy
	now     func() time.Time
	timeout time.Duration
	way     *http.Transport // which follows no redirect: the answer to one is that
}

// New makes a client.
func New(o Options) *Client {
	return newClient(o, Reach{Loopback: o.Endpoints.AllowPrivate}.Dialer())
}

func newClient(o Options, d *net.Dialer) *Client {
	if o.Timeout == 0 {
		o.Timeout = wholeTimeout
	}
	return &Client{policy: o.Endpoints, now: o.Now, timeout: o.Timeout, way: Transport(d)}
}

// Now asks the clock that the client was made with.
func (c *Client) Now() time.Time { return c.now() }

// Close gives up connections that are kept for later calls.
func (c *Client) Close() { c.way.CloseIdleConnections() }

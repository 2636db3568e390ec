package guard

import (
	"net"
	"net/http"
	"syscall"
)

// NewWith makes a client that dials with d, so that a test can stand in for the name server and see what would be dialled.
func NewWith(o Options, d *net.Dialer) *Client { return newClient(o, d) }

// Judge is what a client asks of each address.
func Judge(allowPrivate bool) func(network, address string, _ syscall.RawConn) error {
	return Reach{Loopback: allowPrivate}.judge()
}

// ErrTooLarge is the cause of an answer that is too large.
func ErrTooLarge() error { return errTooLarge }

// TransportOf is what carries a client's requests.
func TransportOf(c *Client) http.RoundTripper { return c.way }

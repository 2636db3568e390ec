package guard

import (
	"crypto/tls"
	"errors"
	"net"
	"net/http"
	"net/netip"
	"syscall"

	"code.dny.dev/ssrf"
)

// errForbiddenAddress is the cause when a name led to an address that no provider has.
var errForbiddenAddress = errors.New("the address is not one of the public internet")

// transport takes no proxy from the environment, which would dial for us unjudged. Each request has a connection to itself (HTTP/1.1), so that one
// that hangs holds up no other. What is compressed is not asked for: the bound is on what arrives.
func transport(d *net.Dialer) *http.Transport {
	return &http.Transport{
		Proxy:                  nil,
		DialContext:            d.DialContext,
		TLSClientConfig:        &tls.Config{MinVersion: tls.VersionTLS12},
		TLSHandshakeTimeout:    tlsTimeout,
		ResponseHeaderTimeout:  headerTimeout,
		MaxResponseHeaderBytes: maxHeader,
		MaxIdleConnsPerHost:    idlePerHost,
		IdleConnTimeout:        wholeTimeout,
		DisableCompression:     true,
	}
}

// judge looks at each address after the name was resolved and before a packet is sent, so a name that leads elsewhere the second time gains nothing.
func judge(allowPrivate bool) func(network, address string, _ syscall.RawConn) error {
	public := ssrf.New(
		ssrf.WithPorts(443),
		ssrf.WithDeniedV4Prefixes(netip.MustParsePrefix("168.63.129.16/32")), // Azure's metadata, though public by its number
	)
	return func(network, address string, raw syscall.RawConn) error {
		if allowPrivate && isLoopback(address) {
			return nil
		}
		if err := public.Safe(network, address, raw); err != nil {
			return errors.Join(errForbiddenAddress, err)
		}
		return nil
	}
}

// isLoopback takes no IPv4 address in IPv6 clothes: whoever dials one is testing us.
func isLoopback(address string) bool {
	at, err := netip.ParseAddrPort(address)
	return err == nil && at.Addr().IsLoopback() && !at.Addr().Is4In6()
}

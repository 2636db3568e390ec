package guard

import (
	"crypto/tls"
	"errors"
	"net"
	"net/http"
	"net/netip"
	"slices"
	"syscall"

	"code.dny.dev/ssrf"
)

// ErrForbiddenAddress is the cause when a name led to an address that may not be dialled.
var ErrForbiddenAddress = errors.New("the address is not one of the public internet")

// Transport dials with d. It takes no proxy from the environment, which would dial for us unjudged. Each request has a connection to itself (HTTP/1.1), so that one
// that hangs holds up no other. What is compressed is not asked for: the bound is on what arrives.
func Transport(d *net.Dialer) *http.Transport {
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

// Reach says which addresses may be dialled. The zero Reach is port 443 of the public internet.
type Reach struct {
	// Loopback may be dialled on any port. For development.
	Loopback bool
	// Networks may be dialled on any port, whatever they are, save what hands out credentials to machines.
	Networks []netip.Prefix
	// NotPublic leaves only the two above.
	NotPublic bool
}

// Dialer gives a dialer that judges each address after the name was resolved and before a packet is sent, so a name that leads elsewhere the
// second time gains nothing.
func (r Reach) Dialer() *net.Dialer { return &net.Dialer{Timeout: connectTimeout, Control: r.judge()} }

// Allows judges one address; the error is ErrForbiddenAddress.
func (r Reach) Allows(at netip.AddrPort) error {
	network := "tcp6"
	if at.Addr().Is4() {
		network = "tcp4"
	}
	return r.judge()(network, at.String(), nil)
}

func (r Reach) judge() func(network, address string, _ syscall.RawConn) error {
	public := ssrf.New(
		ssrf.WithPorts(443),
		ssrf.WithDeniedV4Prefixes(netip.MustParsePrefix("168.63.129.16/32")), // Azure's metadata, though public by its number
	)
	return func(network, address string, raw syscall.RawConn) error {
		if r.Loopback && isLoopback(address) || r.isListed(address) {
			return nil
		}
		if r.NotPublic {
			return ErrForbiddenAddress
		}
		if err := public.Safe(network, address, raw); err != nil {
			return errors.Join(ErrForbiddenAddress, err)
		}
		return nil
	}
}

// isListed reports whether the operator listed the address. Those at which clouds hand out a machine's credentials are in no list.
func (r Reach) isListed(address string) bool {
	at, err := netip.ParseAddrPort(address)
	if err != nil || at.Addr().Is4In6() || slices.Contains(metadata(), at.Addr().WithZone("").String()) {
		return false
	}
	return slices.ContainsFunc(r.Networks, func(n netip.Prefix) bool { return n.Contains(at.Addr()) })
}

// metadata are the addresses at which clouds tell a machine who it is, and give it credentials.
func metadata() []string {
	return []string{
		"169.254.169.254", "169.254.170.2", "169.254.170.23", "fd00:ec2::254", "fd00:ec2::23", // AWS, and most others
		"fd20:ce::254",    // Google
		"168.63.129.16",   // Azure
		"100.100.100.200", // Alibaba
		"192.0.0.192",     // Oracle
	}
}

// isLoopback takes no IPv4 address in IPv6 clothes: whoever dials one is testing us.
func isLoopback(address string) bool {
	at, err := netip.ParseAddrPort(address)
	return err == nil && at.Addr().IsLoopback() && !at.Addr().Is4In6()
}

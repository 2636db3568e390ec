package doctor

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"net"
	"net/netip"
	"strings"
	"syscall"
	"time"
)

// unresolved says why a host has no address.
func unresolved(host string, err error) Link {
	failed, known := errors.AsType[*net.DNSError](err)
	if err != nil && (!known || !failed.IsNotFound) {
		return broken("The name server gave no answer about "+host+".", "Try again; if it stays so, look at the name servers of this machine and of the domain.")
	}
	return broken("There is no address for "+host+".", "Make an A or AAAA record for it, or correct WA_PUBLIC_URL.")
}

// connect opens a connection to the first address that answers.
func (c *callback) connect(ctx context.Context) Link {
	var failures []string
	var last error
	for _, a := range c.addresses {
		conn, err := c.dial(ctx, a)
		if err != nil {
			failures, last = append(failures, fmt.Sprintf("%s %s", a, whyNot(err))), err
			continue
		}
		_ = conn.Close()
		c.reached = a
		found := fmt.Sprintf("%s answers at port %s.", a, c.port())
		if len(failures) > 0 {
			found += " From here " + strings.Join(failures, ", ") + "."
		}
		return fine("%s", found)
	}
	cure := "See that the proxy runs and listens at this port, and that no firewall is in the way of the internet."
	if errors.Is(last, context.DeadlineExceeded) || isTimeout(last) {
		cure = "Let the firewall pass this port for everybody, since providers call from many addresses. If only this machine cannot reach its own public address, run this elsewhere."
	}
	return broken("Nobody answers at port "+c.port()+": "+strings.Join(failures, ", ")+".", cure)
}

func (c *callback) dial(ctx context.Context, a netip.Addr) (net.Conn, error) {
	d := net.Dialer{Timeout: c.doctor.Within}
	return d.DialContext(ctx, "tcp", net.JoinHostPort(a.String(), c.port()))
}

func (c *callback) port() string {
	switch {
	case c.target.Port() != "":
		return c.target.Port()
	case c.target.Scheme == "http":
		return "80"
	}
	return "443"
}

// whyNot is a dial's error in words.
func whyNot(err error) string {
	switch {
	case errors.Is(err, syscall.ECONNREFUSED):
		return "refuses the connection"
	case isTimeout(err):
		return "does not answer in time"
	case errors.Is(err, syscall.ENETUNREACH), errors.Is(err, syscall.EHOSTUNREACH):
		return "cannot be reached"
	}
	return "cannot be connected to"
}

func isTimeout(err error) bool {
	timed, is := errors.AsType[net.Error](err)
	return is && timed.Timeout()
}

// handshake looks at the certificate as a provider does.
func (c *callback) handshake(ctx context.Context) Link {
	if c.target.Scheme != "https" {
		return fine("No TLS is asked for.")
	}
	ctx, cancel := context.WithTimeout(ctx, c.doctor.Within)
	defer cancel()
	conn, err := c.dial(ctx, c.reached)
	if err != nil {
		return broken("The second connection failed: it "+whyNot(err)+".", "Try again.")
	}
	defer func() { _ = conn.Close() }()
	secured := tls.Client(conn, c.tls())
	if err := secured.HandshakeContext(ctx); err != nil {
		return distrusted(c.target.Hostname(), err)
	}
	leaf := secured.ConnectionState().PeerCertificates[0]
	days := int(leaf.NotAfter.Sub(c.doctor.Now()) / (24 * time.Hour))
	l := fine("The certificate is for %s and valid for %s more, until %s.", c.target.Hostname(), counted(days, "day"), leaf.NotAfter.UTC().Format(time.DateOnly))
	if days < soon {
		l.Cure = "Renew the certificate, and see that it renews itself."
	}
	return l
}

// soon is when a certificate that renews itself would have been renewed, in days.
const soon = 14

func (c *callback) tls() *tls.Config {
	return &tls.Config{ServerName: c.target.Hostname(), RootCAs: c.doctor.Roots, Time: c.doctor.Now, MinVersion: tls.VersionTLS12}
}

// distrusted says what is wrong with a certificate.
func distrusted(host string, err error) Link {
	name, isName := errors.AsType[x509.HostnameError](err)
	invalid, isInvalid := errors.AsType[x509.CertificateInvalidError](err)
	unknown, isUnknown := errors.AsType[x509.UnknownAuthorityError](err)
	switch {
	case isName:
		return broken("The certificate is not for "+host+namesIn(name.Certificate)+".", "Get a certificate for "+host+", or set WA_PUBLIC_URL to a name that it has.")
	case isInvalid && invalid.Reason == x509.Expired:
		return broken("The certificate is valid from "+validity(invalid.Cert)+", and not now.", "Renew the certificate; if it looks valid, correct this machine's clock.")
	case isUnknown:
		return broken("The certificate is signed by nobody whom this machine trusts"+issuerIn(unknown.Cert)+".",
			"Serve a certificate of a public authority, with its intermediate certificates: providers take no other.")
	case errors.As(err, new(tls.RecordHeaderError)):
		return broken("What listens at this port speaks no TLS.", "Let the proxy speak TLS at this port, or correct the port in WA_PUBLIC_URL.")
	case isTimeout(err), errors.Is(err, context.DeadlineExceeded):
		return broken("The TLS handshake was not answered in time.", "Look at the proxy's log; see that it has a certificate for "+host+".")
	}
	return broken("The TLS handshake failed.", "Look at the proxy's log: it needs TLS 1.2 or newer, and a certificate for "+host+".")
}

func namesIn(c *x509.Certificate) string {
	if c == nil || len(c.DNSNames) == 0 {
		return ""
	}
	return " but for " + strings.Join(c.DNSNames[:min(len(c.DNSNames), 5)], ", ")
}

func validity(c *x509.Certificate) string {
	if c == nil {
		return "another time on"
	}
	return c.NotBefore.UTC().Format(time.DateOnly) + " to " + c.NotAfter.UTC().Format(time.DateOnly)
}

func issuerIn(c *x509.Certificate) string {
	if c == nil || c.Issuer.CommonName == "" && len(c.Issuer.Organization) == 0 {
		return ""
	}
	return ": " + strings.Join(append(c.Issuer.Organization, c.Issuer.CommonName), " ")
}

func counted(n int, what string) string {
	if n == 1 {
		return "1 " + what
	}
	return fmt.Sprintf("%d %ss", n, what)
}

// listed writes addresses for a sentence.
func listed(all []netip.Addr) string {
	texts := make([]string, len(all))
	for i, a := range all {
		texts[i] = a.String()
	}
	return strings.Join(texts, ", ")
}

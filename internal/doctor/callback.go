package doctor

import (
	"context"
	"fmt"
	"net/netip"
	"net/url"

	"github.com/ivendnext/whatsapp-accounts/internal/provider"
)

// callback is the way from the provider to the service, as far as the doctor has come.
type callback struct {
	doctor  *Doctor
	patient Patient

	target    *url.URL     // the webhook URL
	addresses []netip.Addr // of its host
	reached   netip.Addr   // the one that answers
	links     []Link
}

// walk goes the way link by link. What lies behind a broken one cannot be seen; the requests of the provider do not depend on each other.
func (c *callback) walk(ctx context.Context) error {
	steps := []struct {
		name string
		look func(context.Context) Link
	}{
		{"public_url", c.publicURL}, {"dns", c.resolve}, {"connection", c.connect}, {"tls", c.handshake}, {"service", c.answers},
	}
	var behind string
	for _, s := range steps {
		if behind != "" {
			c.note(s.name, unseen(behind))
			continue
		}
		l := s.look(ctx)
		if c.note(s.name, l); l.State == Broken {
			behind = s.name
		}
	}
	for _, r := range c.patient.Rehearsals {
		if behind != "" {
			c.note(r.Name, unseen(behind))
			continue
		}
		l, err := c.play(ctx, r)
		if err != nil {
			return err
		}
		c.note(r.Name, l)
	}
	return ctx.Err()
}

// note keeps what was found, in words that show no secret whoever repeats one.
func (c *callback) note(name string, l Link) {
	l.Part, l.Name = PartCallback, name
	l.Found, l.Cure = c.patient.Credentials.Words(l.Found), c.patient.Credentials.Words(l.Cure)
	c.links = append(c.links, l)
}

func unseen(behind string) Link {
	return Link{State: Unknown, Found: fmt.Sprintf("Not looked at, because %s is broken.", behind)}
}

// publicURL judges the text.
func (c *callback) publicURL(context.Context) Link {
	p := c.patient
	if p.PublicURL == "" {
		return broken("WA_PUBLIC_URL is not set, so nobody knows where providers reach the service.",
			"Set WA_PUBLIC_URL, or --public-url here, to https:// and the host that is entered at the provider.")
	}
	target, err := url.Parse(p.webhookURL())
	if err != nil {
		return broken("The webhook URL cannot be read.", "Correct WA_PUBLIC_URL.")
	}
	c.target = target
	address, err := netip.ParseAddr(target.Hostname())
	loopback := err == nil && address.IsLoopback() || target.Hostname() == "localhost"
	switch {
	case loopback && p.Development:
		return fine("The webhook URL is %s, on this machine alone: this is for development.", target)
	case loopback:
		return broken("The webhook URL is on this machine alone: "+target.String()+".", "Set WA_PUBLIC_URL to an address that the internet reaches.")
	case target.Scheme != "https":
		return broken("The webhook URL is "+target.String()+", and providers call https alone.",
			"Let a proxy in front of the service speak TLS, and set WA_PUBLIC_URL to its https:// address.")
	}
	return fine("The webhook URL is %s; see that this is what is entered at %s.", target, p.Spec.Title)
}

// resolve looks the host up.
func (c *callback) resolve(ctx context.Context) Link {
	host := c.target.Hostname()
	if address, err := netip.ParseAddr(host); err == nil {
		c.addresses = []netip.Addr{address}
		return c.led(host)
	}
	ctx, cancel := context.WithTimeout(ctx, c.doctor.Within)
	defer cancel()
	found, err := c.doctor.Lookup(ctx, host)
	if err != nil || len(found) == 0 {
		return unresolved(host, err)
	}
	for _, a := range found {
		c.addresses = append(c.addresses, a.Unmap())
	}
	return c.led(host)
}

// led judges where the host leads: seen from inside, a name may lead elsewhere than for the internet.
func (c *callback) led(host string) Link {
	if !c.patient.Development && isPrivate(c.addresses) {
		return Link{State: Unknown, Found: fmt.Sprintf("Seen from here %s leads to %s, which the internet does not reach.", host, listed(c.addresses)),
			Cure: "That is well if the internet is told another address. If not, correct the name's A and AAAA records; to be sure, run this outside of your network."}
	}
	if _, err := netip.ParseAddr(host); err == nil {
		return fine("The host is an address and no name.")
	}
	return fine("%s leads to %s.", host, listed(c.addresses))
}

func isPrivate(all []netip.Addr) bool {
	for _, a := range all {
		if a.IsPrivate() || a.IsLoopback() || a.IsLinkLocalUnicast() || a.IsUnspecified() {
			return true
		}
	}
	return false
}

func fine(format string, about ...any) Link {
	return Link{State: OK, Found: fmt.Sprintf(format, about...)}
}

func broken(found, cure string) Link { return Link{State: Broken, Found: found, Cure: cure} }

// lacking is a request that cannot be played.
func lacking(spec provider.Spec, setting string) Link {
	f, _ := spec.Field(setting)
	return Link{State: Unknown, Found: fmt.Sprintf("Not tried, because %s of the account is not set.", f.Label), Cure: fmt.Sprintf("Enter %s.", f.Label)}
}

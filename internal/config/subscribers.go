package config

import (
	"fmt"
	"net/netip"
	"slices"
)

// Subscribers is where events may be posted to.
type Subscribers struct {
	SubscriberNetworks string `help:"Private networks that events may be posted to, besides the public internet: '10.20.0.0/16,fd12:3456::/32'. There http and any port are allowed. Without it, only https on port 443 of the public internet." env:"WA_SUBSCRIBER_NETWORKS" placeholder:"NETWORKS"`
}

// private are the networks that WA_SUBSCRIBER_NETWORKS may open: those that are not the public internet, and nothing that leads elsewhere in disguise.
func private() []netip.Prefix {
	return []netip.Prefix{
		netip.MustParsePrefix("10.0.0.0/8"), netip.MustParsePrefix("172.16.0.0/12"), netip.MustParsePrefix("192.168.0.0/16"), netip.MustParsePrefix("100.64.0.0/10"),
		netip.MustParsePrefix("fc00::/7"), netip.MustParsePrefix("127.0.0.0/8"), netip.MustParsePrefix("::1/128"), netip.MustParsePrefix("169.254.0.0/16"), netip.MustParsePrefix("fe80::/10"),
	}
}

// Networks gives the networks of WA_SUBSCRIBER_NETWORKS; an address is a network of one.
func (s Subscribers) Networks() ([]netip.Prefix, error) {
	var all []netip.Prefix
	for _, text := range list(s.SubscriberNetworks) {
		p, err := network(text)
		within := func(wide netip.Prefix) bool { return wide.Bits() <= p.Bits() && wide.Contains(p.Addr()) }
		if err != nil || !slices.ContainsFunc(private(), within) {
			return nil, fmt.Errorf("WA_SUBSCRIBER_NETWORKS (--subscriber-networks) must be private networks, for example 10.20.0.0/16,fd12:3456::/32, and not %q", text)
		}
		all = append(all, p)
	}
	return all, nil
}

// Validate checks what the list means.
func (s Subscribers) Validate() error {
	_, err := s.Networks()
	return err
}

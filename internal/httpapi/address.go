package httpapi

import (
	"net/http"
	"net/netip"
	"slices"
	"strings"

	"github.com/labstack/echo/v4"
)

// clientAddress tells who is calling: whoever connects, unless that is a proxy that the operator trusts. Then X-Forwarded-For is read from
// its end, where each proxy adds whom it saw, and the first address that is not a trusted proxy's is the client. What stands before it
// anybody can have written. The zero Addr when nothing can be told.
func (a *api) clientAddress(r *http.Request) netip.Addr {
	at := hop(r.RemoteAddr)
	if !a.trusts(at) {
		return at
	}
	hops := strings.Split(strings.Join(r.Header.Values(echo.HeaderXForwardedFor), ","), ",")
	for _, text := range slices.Backward(hops) {
		before := hop(strings.TrimSpace(text))
		if !before.IsValid() {
			return at
		}
		if at = before; !a.trusts(at) {
			return at
		}
	}
	return at
}

// trusts reports whether an address is a proxy of ours.
func (a *api) trusts(at netip.Addr) bool {
	return slices.ContainsFunc(a.TrustedProxies, func(p netip.Prefix) bool { return p.Contains(at) })
}

// hop reads an address, with a port or without; some proxies write one. An IPv4 address in IPv6 clothes is an IPv4 address.
func hop(text string) netip.Addr {
	if both, err := netip.ParseAddrPort(text); err == nil {
		return both.Addr().Unmap().WithZone("")
	}
	alone, err := netip.ParseAddr(strings.Trim(text, "[]"))
	if err != nil {
		return netip.Addr{}
	}
	return alone.Unmap().WithZone("")
}

// wideV6 is how much of an IPv6 address names a subscriber: whoever has one address has 2^64 of them.
const wideV6 = 64

// subscriber is what failures are counted by: an IPv4 address, or the /64 of an IPv6 address.
func subscriber(at netip.Addr) netip.Prefix {
	if at.Is6() {
		return netip.PrefixFrom(at, wideV6).Masked()
	}
	return netip.PrefixFrom(at, at.BitLen())
}

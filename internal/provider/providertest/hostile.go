package providertest

import (
	"slices"
	"strings"
)

// URL is a provider URL to try, and what it tries.
type URL struct{ Why, Text string }

// HostileURLs are URLs that no provider may take, with or without AllowPrivate. They aim at allowed, a host that the policy lists: most look
// like it and lead elsewhere. Some hold Canary, which no answer or log line may repeat; one is empty, and one is no UTF-8, which JSON cannot
// carry. None is longer than 64 KiB.
func HostileURLs(allowed string) []URL {
	all := slices.Concat(schemes(), userInfo(), lookalikes(), ports(), addresses(), loopbackTricks(), characters(), tails())
	for i, u := range all {
		fill := strings.NewReplacer(
			"{HOST}", allowed,
			"{%HOST}", percent(allowed),
			"{WIDE}", wide(allowed),
			"{CYRILLIC}", strings.Replace(allowed, "a", "\u0430", 1),
			"{DOTS}", strings.ReplaceAll(allowed, ".", "。"),
			"{CANARY}", Canary,
		)
		all[i].Text = fill.Replace(u.Text)
	}
	return all
}

// LoopbackURLs are URLs that are taken with AllowPrivate and refused without it.
func LoopbackURLs() []URL {
	return []URL{
		{"http on 127.0.0.1", "http://127.0.0.1"},
		{"another port", "http://127.0.0.1:8080"},
		{"elsewhere in 127.0.0.0/8", "https://127.8.9.10:8443"},
		{"the last port", "http://127.255.255.254:65535"},
		{"localhost", "http://localhost"},
		{"localhost in capitals", "HTTP://LOCALHOST:9"},
		{"IPv6", "http://[::1]:8080"},
		{"IPv6 without a port", "https://[::1]"},
	}
}

// percent writes the first letter as an escape, which some clients undo before they look up the name.
func percent(host string) string {
	const digits = "0123456789abcdef"
	return "%" + string(digits[host[0]>>4]) + string(digits[host[0]&15]) + host[1:]
}

// wide writes host in full-width letters, which IDNA maps to the plain ones.
func wide(host string) string {
	return strings.Map(func(r rune) rune {
		if r > ' ' && r < 0x7f {
			return r + 0xfee0
		}
		return r
	}, host)
}

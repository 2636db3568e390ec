package endpoint

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/ivendnext/whatsapp-accounts/internal/provider"
)

// DefaultHosts are the providers' own hosts, in the form of WA_ALLOWED_PROVIDER_HOSTS.
const DefaultHosts = "Meta=graph.facebook.com;WASender=www.wasenderapi.com,wasenderapi.com"

// Hosts are the hosts that accounts of each type may name, in lower case. Made once and never changed.
type Hosts map[provider.Type][]string

// ParseHosts reads the form of WA_ALLOWED_PROVIDER_HOSTS: "Type=host,host;Type=host". Spaces around names do not count.
// A known type that text leaves out may use no host. Errors, for the operator: another form, a type that is not among known or is there
// twice, and a host that is empty, there twice, no full name, or more than a name (scheme, port, path, wildcard, address).
func ParseHosts(text string, known []provider.Type) (Hosts, error) {
	hosts := Hosts{}
	for entry := range strings.SplitSeq(text, ";") {
		name, list, found := strings.Cut(entry, "=")
		of := provider.Type(strings.TrimSpace(name))
		switch {
		case !found:
			return nil, fmt.Errorf("allowed provider hosts: %q has not the form Type=host,host; an example is %s", entry, DefaultHosts)
		case !slices.Contains(known, of):
			return nil, fmt.Errorf("allowed provider hosts: %q is no account type; the types are %q", of, known)
		case hosts[of] != nil:
			return nil, fmt.Errorf("allowed provider hosts: %s is there twice; list its hosts once, with commas between them", of)
		}
		parsed, err := parseList(list)
		if err != nil {
			return nil, fmt.Errorf("allowed provider hosts: %s: %w", of, err)
		}
		hosts[of] = parsed
	}
	return hosts, nil
}

func parseList(list string) ([]string, error) {
	var hosts []string
	for item := range strings.SplitSeq(list, ",") {
		item = strings.TrimSpace(item)
		if err := checkName(item); err != nil {
			return nil, fmt.Errorf("host %q %w", item, err)
		}
		host := strings.ToLower(item) // only now: lowering turns the Kelvin sign into a k
		if slices.Contains(hosts, host) {
			return nil, fmt.Errorf("host %q is there twice", host)
		}
		hosts = append(hosts, host)
	}
	return hosts, nil
}

// checkName wants a full DNS name. Addresses are refused in all of their spellings: no certificate worth a token names one.
func checkName(host string) error {
	labels := strings.Split(host, ".")
	last := labels[len(labels)-1]
	switch {
	case host == "":
		return errors.New("is empty")
	case strings.ContainsAny(host, "*?"):
		return errors.New("has a wildcard; list every host by its name")
	case strings.ContainsAny(host, ":/@#"):
		return errors.New("must be a name alone, without scheme, port, user or path")
	case len(host) > 253 || !allLabels(labels):
		return errors.New("is no host name; an example is graph.facebook.com")
	case len(labels) < 2 || strings.EqualFold(last, "localhost"):
		return errors.New("is no full name; loopback is for WA_ALLOW_PRIVATE_PROVIDERS")
	case last[0] >= '0' && last[0] <= '9':
		return errors.New("is an address; name a host")
	}
	return nil
}

func allLabels(labels []string) bool {
	for _, l := range labels {
		if l == "" || len(l) > 63 || strings.ContainsFunc(l, alien) || l[0] == '-' || l[len(l)-1] == '-' {
			return false
		}
	}
	return true
}

// alien is what no host name holds.
func alien(r rune) bool {
	return r != '-' && (r < '0' || r > '9') && (r < 'a' || r > 'z') && (r < 'A' || r > 'Z')
}

// complaint names the hosts to choose from, and never the one that was tried.
func (h Hosts) complaint(of provider.Type) string {
	if len(h[of]) == 0 {
		return "Ask whoever operates the service to allow a host for this account type in WA_ALLOWED_PROVIDER_HOSTS; there is none yet."
	}
	return "Use a host that is allowed for this account type: " + strings.Join(h[of], ", ") +
		". Whoever operates the service can allow another in WA_ALLOWED_PROVIDER_HOSTS."
}

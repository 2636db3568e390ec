// Package site says who is calling and for which tenant.
// It does not know how a caller proved it.
package site

import (
	"fmt"
	"regexp"
)

// Site is one iVendNext tenant. The zero Site is nobody's, and every store method refuses it.
type Site struct{ name string }

var siteName = regexp.MustCompile(`^[A-Za-z0-9][A-Za-z0-9._-]{0,139}$`)

// Named gives the site of that name: 1 to 140 letters, digits, dots, dashes and underscores, a letter or digit first.
func Named(name string) (Site, error) {
	if !siteName.MatchString(name) {
		return Site{}, fmt.Errorf("site %q: use 1 to 140 letters, digits, dots, dashes and underscores, a letter or digit first", name)
	}
	return Site{name: name}, nil
}

// String is the site's name.
func (s Site) String() string { return s.name }

// IsZero reports whether s names no site.
func (s Site) IsZero() bool { return s.name == "" }

// Role is what a principal may do in its site.
type Role string

// The roles, as api.md of the contract names them.
const (
	SystemManager Role = "system_manager" // everything in the site
	Service       Role = "service"        // resolves, sends, reads accounts and events
	Viewer        Role = "viewer"         // reads
)

// Roles lists every role, the mightiest first.
func Roles() []Role { return []Role{SystemManager, Service, Viewer} }

// ParseRole gives the role of that name.
func ParseRole(name string) (Role, error) {
	for _, r := range Roles() {
		if string(r) == name {
			return r, nil
		}
	}
	return "", fmt.Errorf("role %q: use one of %v", name, Roles())
}

// Principal is a caller that has proved who it is.
type Principal struct {
	KeyID string // the API key's id
	Name  string // the API key's name: what history calls the actor
	Site  Site
	Role  Role
}

// Caller is a principal together with the request it is making.
type Caller struct {
	Principal
	RequestID string
}

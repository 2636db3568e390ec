package providertest

import (
	"strings"
	"testing"

	"github.com/ivendnext/whatsapp-accounts/internal/provider"
)

// RefusesHostileURLs fails t for every hostile URL that f takes, and for every complaint that repeats a secret of the URL or where it led.
// Allowed is a host that f takes.
func RefusesHostileURLs(t *testing.T, f provider.Field, allowed string) {
	t.Helper()
	for _, u := range HostileURLs(allowed) {
		stored, complaint := f.Clean(u.Text)
		if complaint == "" || stored != "" {
			t.Errorf("%s takes %s: %.200q is stored as %q", f.Name, u.Why, u.Text, stored)
		}
		if strings.Contains(complaint, Canary) || strings.Contains(complaint, "evil") {
			t.Errorf("%s repeats a piece of %s: %q", f.Name, u.Why, complaint)
		}
	}
}

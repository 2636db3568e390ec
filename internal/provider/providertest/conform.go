// Package providertest holds what every provider must keep: a conformance suite and hostile values to try it with.
// It knows no provider by name, and only tests import it.
package providertest

import (
	"testing"

	"github.com/ivendnext/whatsapp-accounts/internal/provider"
)

// check is one promise of a spec. It answers with what is wrong, a line each.
type check struct {
	name string
	find func(provider.Spec) []string
}

func checks() []check {
	return []check{
		{"it says who it is", identity},
		{"a registry takes it", registered},
		{"capabilities are known, unique and in the order of the contract", capabilities},
		{"field names are snake_case and unique", names},
		{"a form can be drawn from its fields", forms},
		{"something is needed to activate", required},
		{"values that no field takes are refused", refusals},
		{"what Clean stores is clean", idempotence},
		{"complaints are sentences that repeat no value", complaints},
		{"defaults are clean, and secrets have none", defaults},
		{"Pattern and Clean agree", patterns},
		{"warnings are about settings, and looking for them is harmless", warnings},
	}
}

// Conform fails t for every promise that spec does not keep. Run it in the tests of each provider.
func Conform(t *testing.T, spec provider.Spec) {
	t.Helper()
	for _, c := range checks() {
		t.Run(c.name, func(t *testing.T) {
			for _, problem := range c.find(spec) {
				t.Error(problem)
			}
		})
	}
}

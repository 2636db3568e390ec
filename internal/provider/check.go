package provider

import (
	"fmt"
	"slices"
)

// checkDefaults catches a setting of the operator, such as a default version, before it is stored with the first account.
func checkDefaults(s Spec) error {
	for _, f := range s.Fields {
		if f.Default == "" || f.Clean == nil {
			continue
		}
		if stored, complaint := f.Clean(f.Default); complaint != "" || stored != f.Default {
			return fmt.Errorf("provider %s: default %q of field %s breaks the field's own rule: %s", s.Type, f.Default, f.Name, complaint)
		}
	}
	return nil
}

func checkCapabilities(s Spec) error {
	known := Capabilities()
	for i, c := range s.Capabilities {
		if !slices.Contains(known, c) || slices.Contains(s.Capabilities[:i], c) {
			return fmt.Errorf("provider %s: capability %q is unknown or there twice", s.Type, c)
		}
	}
	return nil
}

package apidoc

import (
	"fmt"
	"maps"
	"slices"

	"github.com/getkin/kin-openapi/openapi3"

	"github.com/ivendnext/whatsapp-accounts/internal/provider"
)

// applyProviders writes the rules of every provider's settings into the schemas that requests use, so that a rule stands once: in its Spec.
func applyProviders(doc *openapi3.T, from Source) error {
	for _, spec := range from.Providers.All() {
		for _, body := range []string{"AccountCreate", "AccountUpdate"} {
			written, err := settingsSchema(doc, body, spec)
			if err != nil {
				return err
			}
			for _, f := range spec.Fields {
				applyField(written.Properties[f.Name].Value, f)
			}
		}
		if _, err := settingsSchema(doc, "Account", spec); err != nil {
			return err
		}
	}
	return nil
}

// settingsSchema finds the settings of a provider inside an account, and refuses a type of the wire that is not what the Spec says.
func settingsSchema(doc *openapi3.T, owner string, spec provider.Spec) (*openapi3.Schema, error) {
	member, known := doc.Components.Schemas[owner].Value.Properties[spec.SettingsKey]
	if !known {
		return nil, fmt.Errorf("api/v1: %s lacks the member %s of %s", owner, spec.SettingsKey, spec.Type)
	}
	target, _ := reference(member)
	schema := doc.Components.Schemas[target].Value
	names := make([]string, 0, len(spec.Fields))
	for _, f := range spec.Fields {
		names = append(names, f.Name)
	}
	slices.Sort(names)
	if have := slices.Sorted(maps.Keys(schema.Properties)); !slices.Equal(have, names) {
		return nil, fmt.Errorf("api/v1: %s has the members %v, and the Spec of %s the fields %v", target, have, spec.Type, names)
	}
	return schema, nil
}

func applyField(member *openapi3.Schema, f provider.Field) {
	member.Title = f.Label
	member.MinLength = 1
	member.MaxLength = new(uint64(f.MaxLength)) //nolint:gosec // provider.NewRegistry refuses a length that is not positive
	member.Pattern = f.Pattern
	if f.Default != "" {
		// Not as the schema's default: a merge patch that leaves the member out keeps it.
		member.Description += " A new account that leaves it out gets " + f.Default + "."
	}
	if f.IsSecret() {
		member.Format, member.WriteOnly = "password", true
	}
}

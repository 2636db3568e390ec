package meta

import (
	"encoding/json"
	"slices"

	"github.com/ivendnext/whatsapp-accounts/internal/provider"
)

// Describe implements provider.TemplateDescriber. A part of which one sample lacks has none, since Meta lists all of them or no example.
func (p *Provider) Describe(c provider.TemplateContent, samples provider.TemplateMessage) (json.RawMessage, error) {
	lacks := func(v provider.TemplateValue) bool { return v.Text == "" }
	if slices.ContainsFunc(samples.Header, lacks) {
		samples.Header = nil
	}
	if slices.ContainsFunc(samples.Body, lacks) {
		samples.Body = nil
	}
	samples.Buttons = slices.DeleteFunc(slices.Clone(samples.Buttons), func(v provider.ButtonValue) bool { return v.Text == "" })
	all := componentsOf(c, samples)
	if c.Header.IsMedia() && samples.MediaAt == "" {
		all[0].Example = nil
	}
	return json.Marshal(all)
}

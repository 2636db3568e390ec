package template

import (
	"encoding/json"

	"github.com/ivendnext/whatsapp-accounts/internal/provider"
)

// Describe gives the components of a template as its provider has it, in the provider's own form, and what that has no other place for: whether its
// placeholders have names. Nil components are those of a provider that has no templates.
func (s *Service) Describe(t Template) (components json.RawMessage, named bool, err error) {
	describer, can := provider.As[provider.TemplateDescriber](s.providers, t.Type)
	if t.AtProvider != nil {
		t.Content = t.AtProvider.Content
	}
	if !can {
		return nil, Named(t.Content), nil
	}
	components, err = describer.Describe(t.Content, MessageOf(t, t.Content.Samples))
	return components, Named(t.Content), err
}

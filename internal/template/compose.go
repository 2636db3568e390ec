package template

import (
	"context"
	"encoding/json"
	"fmt"

	"github.com/ivendnext/whatsapp-accounts/internal/provider"
	"github.com/ivendnext/whatsapp-accounts/internal/site"
)

// For is what an account of one type would send, or why it would not.
type For struct {
	Type    provider.Type
	Message json.RawMessage     // nil when nothing would be sent
	Lack    provider.Capability // what the provider lacks; empty when it is something else, or nothing
	Detail  string              // why nothing would be sent
}

// Render puts values into the template, and gives what each provider that has templates would be sent of it. ErrNotFound, Invalid with each parameter at fault.
func (s *Service) Render(ctx context.Context, in site.Site, id string, p Parameters) (Rendered, []For, error) {
	t, err := s.store.Get(ctx, in, id)
	if err != nil {
		return Rendered{}, nil, err
	}
	values, err := p.Fill(t.Content)
	if err != nil {
		return Rendered{}, nil, err
	}
	r := Render(t.Content, values)
	var all []For
	for _, spec := range s.providers.All() {
		if !spec.Can(provider.CanTemplateApproval) && !spec.Can(provider.CanTemplateLocalRendering) {
			continue
		}
		one, err := s.compose(spec, t, values, r)
		if err != nil {
			return Rendered{}, nil, err
		}
		all = append(all, one)
	}
	return r, all, nil
}

func (s *Service) compose(spec provider.Spec, t Template, values map[string]string, r Rendered) (For, error) {
	out := For{Type: spec.Type}
	if lack, found := Unfit(spec, t); found {
		out.Lack, out.Detail = lack.Capability, lack.Detail(spec.Type)
		return out, nil
	}
	if wrong := judgeValues(spec.Templates, values, r); len(wrong) > 0 {
		out.Detail = wrong[0].Pointer + ": " + wrong[0].Detail
		return out, nil
	}
	composer, can := provider.As[provider.TemplateComposer](s.providers, spec.Type)
	if !can {
		out.Detail = fmt.Sprintf("%s takes no templates from this service.", spec.Type)
		return out, nil
	}
	var err error
	out.Message, err = composer.Compose(MessageOf(t, values))
	return out, err
}

// Unfit finds what keeps a provider from carrying the template. A provider that approves templates sends those alone that are its own.
func Unfit(spec provider.Spec, t Template) (Lack, bool) {
	if spec.Type != t.Type && !spec.Can(provider.CanTemplateLocalRendering) {
		return Lack{Capability: provider.CanTemplateLocalRendering, what: fmt.Sprintf("The template is one of %s", t.Type)}, true
	}
	for _, lack := range Lacks(spec, t.Content) {
		return lack, true
	}
	return Lack{}, false
}

// MessageOf makes the message of a template and the values of its places.
func MessageOf(t Template, values map[string]string) provider.TemplateMessage {
	m := provider.TemplateMessage{Name: t.Name, Language: t.Language, Named: Named(t.Content), Text: Render(t.Content, values).Text()}
	for _, p := range PlacesOf(t.Content) {
		value := provider.TemplateValue{Name: p.Name, Text: values[p.Key]}
		switch p.Kind {
		case Media:
			m.Media, m.MediaAt = t.Content.Header.Format, value.Text
		case InHeader:
			m.Header = append(m.Header, value)
		case InBody:
			m.Body = append(m.Body, value)
		case InURL, Code:
			m.Buttons = append(m.Buttons, provider.ButtonValue{Kind: t.Content.Buttons[p.Index].Kind, Index: p.Index, Text: value.Text})
		}
	}
	for i, b := range t.Content.Buttons {
		if b.Kind == provider.ButtonFlow {
			m.Buttons = append(m.Buttons, provider.ButtonValue{Kind: b.Kind, Index: i})
		}
	}
	return m
}

package template

import (
	"context"
	"encoding/json"
	"fmt"

	"github.com/ivendnext/whatsapp-accounts/internal/account"
	"github.com/ivendnext/whatsapp-accounts/internal/fault"
	"github.com/ivendnext/whatsapp-accounts/internal/provider"
	"github.com/ivendnext/whatsapp-accounts/internal/site"
)

// named is a template as Meta's page "Sending template messages" names it in a message, with the values of its places.
type named struct {
	Name     string `json:"name"`
	Language struct {
		Code string `json:"code"`
	} `json:"language"`
	Components []struct {
		Type       string             `json:"type"`
		SubType    string             `json:"sub_type"`
		Index      provider.LooseText `json:"index"`
		Parameters []given            `json:"parameters"`
	} `json:"components"`
}

// given is a value in any of the forms that Meta takes. A formatted one has a text that says the same.
type given struct {
	Type     string     `json:"type"`
	Name     string     `json:"parameter_name"`
	Text     string     `json:"text"`
	Coupon   string     `json:"coupon_code"`
	Payload  string     `json:"payload"`
	Image    *link      `json:"image"`
	Video    *link      `json:"video"`
	Document *link      `json:"document"`
	Currency *formatted `json:"currency"`
	DateTime *formatted `json:"date_time"`
}

type link struct {
	Link string             `json:"link"`
	ID   provider.LooseText `json:"id"`
}

type formatted struct {
	Fallback string `json:"fallback_value"`
}

// Named finds the template that a message names with {name, language, components} among those of an account's home, with the values that it gives. Not found
// is one that is not kept here: its provider may have it all the same. The values are not held against the template; Compose does that.
func (s *Service) Named(ctx context.Context, in site.Site, a account.Account, message json.RawMessage) (Template, Parameters, error) {
	var n named
	if err := json.Unmarshal(message, &n); err != nil || n.Name == "" || n.Language.Code == "" {
		return Template{}, Parameters{}, ErrNotFound
	}
	t, err := s.store.Find(ctx, in, a.Type, s.specOf(a.Type).TemplateHome(a.ID, a.Settings), n.Name, n.Language.Code)
	return t, Parameters{ByKey: n.values()}, err
}

// values puts what the components give under the keys of the places.
func (n named) values() map[string]string {
	values := map[string]string{}
	for _, c := range n.Components {
		for i, p := range c.Parameters {
			name := p.Name
			if name == "" {
				name = fmt.Sprint(i + 1)
			}
			switch {
			case c.Type == "header" && p.medium() != "":
				values["header"] = p.medium()
			case c.Type == "header":
				values[provider.HeaderKey(name)] = p.said()
			case c.Type == "body":
				values[name] = p.said()
			case c.Type == "button" && (c.SubType == "url" || c.SubType == "copy_code"):
				values["button_"+string(c.Index)] = p.said()
			}
		}
	}
	return values
}

// said is the value as a text.
func (g given) said() string {
	for _, text := range []string{g.Text, g.Coupon, g.Payload} {
		if text != "" {
			return text
		}
	}
	for _, f := range []*formatted{g.Currency, g.DateTime} {
		if f != nil {
			return f.Fallback
		}
	}
	return ""
}

func (g given) medium() string {
	for _, m := range []*link{g.Image, g.Video, g.Document} {
		if m != nil && m.Link != "" {
			return m.Link
		}
		if m != nil {
			return string(m.ID)
		}
	}
	return ""
}

// Compose makes what an account sends of a template that it may use. Invalid with each parameter at fault: one without a place, a place without one, a value that
// the provider would refuse. ErrUnavailable when the provider takes no templates from this service.
func (s *Service) Compose(a account.Account, t Template, p Parameters) (json.RawMessage, error) {
	values, err := p.Fill(t.Content)
	if err != nil {
		return nil, err
	}
	spec := s.specOf(a.Type)
	if wrong := judgeValues(spec.Templates, values, Render(t.Content, values)); len(wrong) > 0 {
		return nil, p.placed(t.Content, wrong).Err()
	}
	composer, can := provider.As[provider.TemplateComposer](s.providers, a.Type)
	if !can {
		return nil, ErrUnavailable.Saying("%s takes no templates from this service.", a.Type)
	}
	return composer.Compose(MessageOf(t, values))
}

// placed names members of a list by their place in it.
func (p Parameters) placed(c provider.TemplateContent, wrong fault.Fields) fault.Fields {
	if p.ByKey != nil {
		return wrong
	}
	for i, at := range PlacesOf(c) {
		for n := range wrong {
			if wrong[n].Pointer == "/parameters/"+at.Key {
				wrong[n].Pointer = fmt.Sprintf("/parameters/%d", i)
			}
		}
	}
	return wrong
}

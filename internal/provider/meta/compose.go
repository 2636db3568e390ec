package meta

import (
	"encoding/json"
	"strconv"
	"strings"

	"github.com/ivendnext/whatsapp-accounts/internal/provider"
)

// templateMessage is a message of Meta's page "Sending template messages" (Cloud API, 2025).
type templateMessage struct {
	Type     string `json:"type"`
	Template struct {
		Name     string `json:"name"`
		Language struct {
			Code string `json:"code"`
		} `json:"language"`
		Components []filled `json:"components,omitempty"`
	} `json:"template"`
}

// filled is a component with its values.
type filled struct {
	Type       string      `json:"type"`
	SubType    string      `json:"sub_type,omitempty"`
	Index      string      `json:"index,omitempty"`
	Parameters []parameter `json:"parameters"`
}

type parameter struct {
	Type     string            `json:"type"`
	Name     string            `json:"parameter_name,omitempty"`
	Text     string            `json:"text,omitempty"`
	Coupon   string            `json:"coupon_code,omitempty"`
	Action   map[string]string `json:"action,omitempty"`
	Image    *medium           `json:"image,omitempty"`
	Video    *medium           `json:"video,omitempty"`
	Document *medium           `json:"document,omitempty"`
}

type medium struct {
	Link string `json:"link,omitempty"`
	ID   string `json:"id,omitempty"`
}

// Compose implements provider.TemplateComposer.
func (p *Provider) Compose(m provider.TemplateMessage) (json.RawMessage, error) {
	var out templateMessage
	out.Type, out.Template.Name, out.Template.Language.Code = "template", m.Name, m.Language
	add := func(c filled) { out.Template.Components = append(out.Template.Components, c) }
	if m.MediaAt != "" {
		add(filled{Type: "header", Parameters: []parameter{mediumOf(m.Media, m.MediaAt)}})
	}
	if len(m.Header) > 0 {
		add(filled{Type: "header", Parameters: texts(m.Header, m.Named)})
	}
	if len(m.Body) > 0 {
		add(filled{Type: "body", Parameters: texts(m.Body, m.Named)})
	}
	for _, b := range m.Buttons {
		add(filled{Type: "button", SubType: string(b.Kind), Index: strconv.Itoa(b.Index), Parameters: []parameter{buttonParameter(b)}})
	}
	return json.Marshal(out)
}

func texts(values []provider.TemplateValue, named bool) []parameter {
	all := make([]parameter, len(values))
	for i, v := range values {
		all[i] = parameter{Type: "text", Text: v.Text}
		if named {
			all[i].Name = v.Name
		}
	}
	return all
}

func mediumOf(format provider.HeaderFormat, at string) parameter {
	from := &medium{ID: at}
	if strings.HasPrefix(at, "https://") {
		from = &medium{Link: at}
	}
	out := parameter{Type: string(format)}
	switch format {
	case provider.HeaderImage:
		out.Image = from
	case provider.HeaderVideo:
		out.Video = from
	case provider.HeaderDocument:
		out.Document = from
	case provider.HeaderText:
	}
	return out
}

// buttonParameter is what a button needs. A flow wants a token, and "unused" where nobody tells its sessions apart.
func buttonParameter(b provider.ButtonValue) parameter {
	switch b.Kind {
	case provider.ButtonCopyCode:
		return parameter{Type: "coupon_code", Coupon: b.Text}
	case provider.ButtonFlow:
		return parameter{Type: "action", Action: map[string]string{"flow_token": "unused"}}
	case provider.ButtonURL, provider.ButtonQuickReply, provider.ButtonPhone:
	}
	return parameter{Type: "text", Text: b.Text}
}

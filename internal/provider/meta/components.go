package meta

import (
	"encoding/json"
	"strconv"
	"strings"

	"github.com/ivendnext/whatsapp-accounts/internal/provider"
)

// component is a part of a template, as it is submitted and as it is listed.
type component struct {
	Type    string   `json:"type"`
	Format  string   `json:"format,omitempty"`
	Text    string   `json:"text,omitempty"`
	Example *example `json:"example,omitempty"`
	Buttons []button `json:"buttons,omitempty"`
	// What authentication templates have in place of a text.
	Security json.RawMessage `json:"add_security_recommendation,omitempty"`
	Expires  json.RawMessage `json:"code_expiration_minutes,omitempty"`
}

// example has the samples of a component.
type example struct {
	HeaderText   []string     `json:"header_text,omitempty"`
	HeaderNamed  []namedValue `json:"header_text_named_params,omitempty"`
	HeaderHandle []string     `json:"header_handle,omitempty"`
	BodyText     [][]string   `json:"body_text,omitempty"`
	BodyNamed    []namedValue `json:"body_text_named_params,omitempty"`
}

type namedValue struct {
	Name    string `json:"param_name"`
	Example string `json:"example"`
}

// button has an example of its own: a list for a URL, a text for a code.
type button struct {
	Type    string          `json:"type"`
	Text    string          `json:"text,omitempty"`
	URL     string          `json:"url,omitempty"`
	Phone   string          `json:"phone_number,omitempty"`
	FlowID  objectID        `json:"flow_id,omitempty"`
	Example json.RawMessage `json:"example,omitempty"`
}

// componentsOf writes a template as Meta wants it submitted.
func componentsOf(c provider.TemplateContent, samples provider.TemplateMessage) []component {
	var all []component
	if c.Header != nil {
		header := component{Type: "HEADER", Format: strings.ToUpper(string(c.Header.Format)), Text: c.Header.Text}
		switch {
		case c.Header.IsMedia():
			header.Example = &example{HeaderHandle: []string{samples.MediaAt}}
		case len(samples.Header) > 0 && samples.Named:
			header.Example = &example{HeaderNamed: named(samples.Header)}
		case len(samples.Header) > 0:
			header.Example = &example{HeaderText: plain(samples.Header)}
		}
		all = append(all, header)
	}
	body := component{Type: "BODY", Text: c.Body}
	switch {
	case len(samples.Body) > 0 && samples.Named:
		body.Example = &example{BodyNamed: named(samples.Body)}
	case len(samples.Body) > 0:
		body.Example = &example{BodyText: [][]string{plain(samples.Body)}}
	}
	all = append(all, body)
	if c.Footer != "" {
		all = append(all, component{Type: "FOOTER", Text: c.Footer})
	}
	if len(c.Buttons) > 0 {
		all = append(all, component{Type: "BUTTONS", Buttons: buttonsOf(c.Buttons, samples)})
	}
	return all
}

func named(values []provider.TemplateValue) []namedValue {
	all := make([]namedValue, len(values))
	for i, v := range values {
		all[i] = namedValue{Name: v.Name, Example: v.Text}
	}
	return all
}

func plain(values []provider.TemplateValue) []string {
	all := make([]string, len(values))
	for i, v := range values {
		all[i] = v.Text
	}
	return all
}

func buttonsOf(buttons []provider.TemplateButton, samples provider.TemplateMessage) []button {
	all := make([]button, len(buttons))
	for i, b := range buttons {
		all[i] = button{Type: strings.ToUpper(string(b.Kind)), Text: b.Text, URL: b.URL, Phone: b.Phone, FlowID: objectID(b.FlowID)}
	}
	for _, s := range samples.Buttons {
		switch s.Kind {
		case provider.ButtonURL:
			all[s.Index].Example, _ = json.Marshal([]string{s.Text}) // a list of texts always can be
		case provider.ButtonCopyCode:
			all[s.Index].Example, _ = json.Marshal(s.Text)
		case provider.ButtonFlow, provider.ButtonPhone, provider.ButtonQuickReply:
		}
	}
	return all
}

// contentOf reads a template as Meta lists it. What this service cannot write is named as foreign.
func contentOf(components []component) provider.TemplateContent {
	c := provider.TemplateContent{Samples: map[string]string{}}
	foreign := func(what string) { c.Foreign = append(c.Foreign, what) }
	for _, part := range components {
		switch kind := strings.ToUpper(part.Type); kind {
		case "HEADER":
			readHeader(&c, part, foreign)
		case "BODY":
			if c.Body = part.Text; len(part.Security) > 0 {
				foreign("BODY of Meta's own")
			}
			part.Example.ofBody(c.Samples)
		case "FOOTER":
			if c.Footer = part.Text; len(part.Expires) > 0 {
				foreign("FOOTER of Meta's own")
			}
		case "BUTTONS":
			for i, b := range part.Buttons {
				readButton(&c, i, b, foreign)
			}
		default:
			foreign(kind)
		}
	}
	return c
}

func readHeader(c *provider.TemplateContent, part component, foreign func(string)) {
	switch format := provider.HeaderFormat(strings.ToLower(part.Format)); format {
	case provider.HeaderText, "":
		c.Header = &provider.TemplateHeader{Format: provider.HeaderText, Text: part.Text}
		part.Example.ofHeader(c.Samples)
	case provider.HeaderImage, provider.HeaderVideo, provider.HeaderDocument:
		c.Header = &provider.TemplateHeader{Format: format} // the listed example is an address that ends, and no handle
	default:
		foreign("HEADER " + strings.ToUpper(part.Format))
	}
}

func readButton(c *provider.TemplateContent, i int, b button, foreign func(string)) {
	kind := provider.ButtonKind(strings.ToLower(b.Type))
	switch kind {
	case provider.ButtonQuickReply, provider.ButtonURL, provider.ButtonPhone, provider.ButtonFlow:
	case provider.ButtonCopyCode:
		b.Text = "" // WhatsApp's own
	default:
		foreign("BUTTON " + strings.ToUpper(b.Type))
		return
	}
	c.Buttons = append(c.Buttons, provider.TemplateButton{Kind: kind, Text: b.Text, URL: b.URL, Phone: b.Phone, FlowID: string(b.FlowID)})
	var list provider.LooseList
	var sample provider.LooseText
	if len(b.Example) > 0 && json.Unmarshal(b.Example, &list) == nil && len(list) > 0 && json.Unmarshal(list[0], &sample) == nil && sample != "" {
		c.Samples[provider.ButtonKey(i)] = string(sample)
	}
}

func (e *example) ofHeader(samples map[string]string) {
	if e == nil {
		return
	}
	for i, text := range e.HeaderText {
		samples[provider.HeaderKey(strconv.Itoa(i+1))] = text
	}
	for _, v := range e.HeaderNamed {
		samples[v.Name] = v.Example
	}
}

func (e *example) ofBody(samples map[string]string) {
	if e == nil {
		return
	}
	if len(e.BodyText) > 0 {
		for i, text := range e.BodyText[0] {
			samples[strconv.Itoa(i+1)] = text
		}
	}
	for _, v := range e.BodyNamed {
		samples[v.Name] = v.Example
	}
}

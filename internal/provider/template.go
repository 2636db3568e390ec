package provider

import "encoding/json"

// TemplateContent is what a template says, in a form of no provider. Texts may hold placeholders: {{1}}, {{2}} or {{name}}.
type TemplateContent struct {
	Header  *TemplateHeader  `json:"header,omitempty"`
	Body    string           `json:"body"`
	Footer  string           `json:"footer,omitempty"`
	Buttons []TemplateButton `json:"buttons,omitempty"`
	// Samples are values for whoever reviews the template, by the keys of its places.
	Samples map[string]string `json:"samples,omitempty"`
	// Foreign names what the provider's template has and this form has no place for. A template that has some is shown and not edited.
	Foreign []string `json:"foreign,omitempty"`
}

// HeaderFormat is the kind of a header.
type HeaderFormat string

// The kinds of header.
const (
	HeaderText     HeaderFormat = "text"
	HeaderImage    HeaderFormat = "image"
	HeaderVideo    HeaderFormat = "video"
	HeaderDocument HeaderFormat = "document"
)

// HeaderFormats lists the kinds of header.
func HeaderFormats() []HeaderFormat {
	return []HeaderFormat{HeaderText, HeaderImage, HeaderVideo, HeaderDocument}
}

// TemplateHeader stands above the body: a text, or a medium that each message brings.
type TemplateHeader struct {
	Format HeaderFormat `json:"format"`
	Text   string       `json:"text,omitempty"` // of a text alone
}

// IsMedia tells a header that is no text.
func (h *TemplateHeader) IsMedia() bool { return h != nil && h.Format != HeaderText }

// ButtonKind is the kind of a button.
type ButtonKind string

// The kinds of button.
const (
	ButtonQuickReply ButtonKind = "quick_reply"
	ButtonURL        ButtonKind = "url"
	ButtonPhone      ButtonKind = "phone_number"
	ButtonCopyCode   ButtonKind = "copy_code"
	ButtonFlow       ButtonKind = "flow"
)

// ButtonKinds lists the kinds of button.
func ButtonKinds() []ButtonKind {
	return []ButtonKind{ButtonQuickReply, ButtonURL, ButtonPhone, ButtonCopyCode, ButtonFlow}
}

// TemplateButton stands below the body. Each kind has its own members.
type TemplateButton struct {
	Kind   ButtonKind `json:"kind"`
	Text   string     `json:"text,omitempty"`    // what is on it; a copy code button has a text of WhatsApp's
	URL    string     `json:"url,omitempty"`     // of a url button; it may end in one placeholder
	Phone  string     `json:"phone,omitempty"`   // of a phone number button
	FlowID string     `json:"flow_id,omitempty"` // of a flow button
}

// TemplateRules are the limits that a provider sets to templates, in characters and counts. Zero allows none of it.
type TemplateRules struct {
	// Home is the setting whose value templates belong to: accounts that share it share their templates. Empty: the account itself.
	Home string
	// Editable are the statuses, in the provider's words, in which it takes another content.
	Editable []string
	// Undeletable are those in which it keeps a template.
	Undeletable []string
	// Categories are those that a template may have; none of them means that it has no category.
	Categories []string
	MaxHeader  int
	MaxBody    int
	MaxFooter  int
	// Surrounded: the body neither begins nor ends with a placeholder, and text stands between two of them.
	Surrounded bool
	// OneLine: a value has no line break, no tab and no more than four spaces in a row.
	OneLine    bool
	MaxButtons int
	Most       map[ButtonKind]int // of one kind, where that is less
	MaxLabel   int                // the text on a button
	MaxURL     int
	MaxPhone   int
	MaxCode    int
}

// TemplateHome is what the templates of an account belong to.
func (s Spec) TemplateHome(accountID string, settings map[string]string) string {
	if s.Templates.Home == "" {
		return accountID
	}
	return settings[s.Templates.Home]
}

// TemplateMessage is a template with the values of one message.
type TemplateMessage struct {
	Name, Language string
	Named          bool // placeholders have names
	Media          HeaderFormat
	MediaAt        string          // the medium of the header: its https address, or the provider's id of it
	Header, Body   []TemplateValue // in the order of the placeholders
	Buttons        []ButtonValue
	Text           string // header, body and footer with the values in their places
}

// TemplateValue is the value of a placeholder.
type TemplateValue struct{ Name, Text string }

// ButtonValue is what a button needs in a message.
type ButtonValue struct {
	Kind  ButtonKind
	Index int
	Text  string // empty for a flow, which is opened as it is
}

// TemplateComposer makes the message that a template becomes.
type TemplateComposer interface {
	// Compose gives what goes to the provider beside the recipient. It asks nobody.
	Compose(m TemplateMessage) (json.RawMessage, error)
}

// TemplateDescriber writes templates in the provider's own form.
type TemplateDescriber interface {
	// Describe gives the components of a template as the provider lists them. Samples that are not there are left out.
	Describe(c TemplateContent, samples TemplateMessage) (json.RawMessage, error)
}

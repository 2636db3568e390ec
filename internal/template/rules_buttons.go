package template

import (
	"fmt"
	"net/url"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/ivendnext/whatsapp-accounts/internal/fault"
	"github.com/ivendnext/whatsapp-accounts/internal/provider"
)

// judgeButtons counts the buttons and looks at each; a provider that has none has said so already.
func judgeButtons(spec provider.Spec, buttons []provider.TemplateButton, wrong *fault.Fields) {
	rules := spec.Templates
	if rules.MaxButtons == 0 {
		return
	}
	if len(buttons) > rules.MaxButtons {
		wrong.Add("/buttons", "invalid_value", fmt.Sprintf("A template has at most %d buttons.", rules.MaxButtons))
	}
	count, labels := map[provider.ButtonKind]int{}, map[string]bool{}
	for i, b := range buttons {
		at := fmt.Sprintf("/buttons/%d", i)
		count[b.Kind]++
		if most, limited := rules.Most[b.Kind]; limited && count[b.Kind] == most+1 {
			wrong.Add(at, "invalid_value", fmt.Sprintf("A template has at most %d of the buttons %s.", most, b.Kind))
		}
		judgeButton(rules, at, b, wrong)
		if b.Text != "" && labels[b.Text] {
			wrong.Add(at+"/text", "invalid_value", "Two buttons have this text; a recipient could not tell them apart.")
		}
		labels[b.Text] = true
	}
}

// member is a member of a button, with what is wrong with its value.
type member struct {
	name, value string
	wants       []provider.ButtonKind
	complaint   string
}

func judgeButton(rules provider.TemplateRules, at string, b provider.TemplateButton, wrong *fault.Fields) {
	if !slices.Contains(provider.ButtonKinds(), b.Kind) {
		wrong.Add(at+"/type", "invalid_value", "type must be one of quick_reply, url, phone_number, copy_code, flow.")
		return
	}
	labelled := []provider.ButtonKind{provider.ButtonQuickReply, provider.ButtonURL, provider.ButtonPhone, provider.ButtonFlow}
	for _, m := range []member{
		{"text", b.Text, labelled, badLabel(rules, b.Text)},
		{"url", b.URL, []provider.ButtonKind{provider.ButtonURL}, badURL(rules, b.URL)},
		{"phone_number", b.Phone, []provider.ButtonKind{provider.ButtonPhone}, badPhone(rules, b.Phone)},
		{"flow_id", b.FlowID, []provider.ButtonKind{provider.ButtonFlow}, badFlow(b.FlowID)},
	} {
		spot, wanted := at+"/"+m.name, slices.Contains(m.wants, b.Kind)
		switch {
		case m.value == "" && wanted:
			wrong.Add(spot, "required", fmt.Sprintf("A button %s needs its %s.", b.Kind, m.name))
		case m.value != "" && !wanted:
			wrong.Add(spot, "field_not_applicable", fmt.Sprintf("A button %s has no %s.", b.Kind, m.name))
		case m.value != "" && m.complaint != "":
			wrong.Add(spot, "invalid_value", m.complaint)
		}
	}
}

func badLabel(rules provider.TemplateRules, text string) string {
	switch {
	case utf8.RuneCountInString(text) > rules.MaxLabel:
		return fmt.Sprintf("The text of a button has at most %d characters.", rules.MaxLabel)
	case strings.ContainsAny(text, "{}\n\r\t\x00") || strings.TrimSpace(text) == "":
		return "The text of a button is one line of words, without placeholders."
	}
	return ""
}

// badURL wants an address, and a placeholder only at its end.
func badURL(rules provider.TemplateRules, text string) string {
	pieces, complaint := parse(text)
	switch {
	case text == "":
		return ""
	case complaint != "":
		return complaint
	case utf8.RuneCountInString(text) > rules.MaxURL:
		return fmt.Sprintf("The URL has at most %d characters.", rules.MaxURL)
	case len(pieces) > 2 || len(pieces) == 2 && pieces[1].name != "1" || pieces[0].name != "":
		return "A URL may have the placeholder {{1}}, at its end."
	}
	u, err := url.Parse(pieces[0].text)
	if err != nil || u.Scheme != "https" && u.Scheme != "http" || u.Host == "" {
		return "The URL must be a complete one, which begins with https:// or http://."
	}
	return ""
}

func badPhone(rules provider.TemplateRules, text string) string {
	if utf8.RuneCountInString(text) > rules.MaxPhone || !phonePattern.MatchString(text) {
		return fmt.Sprintf("The phone number has at most %d characters: digits, with + before them.", rules.MaxPhone)
	}
	return ""
}

func badFlow(text string) string {
	if len(text) > provider.DigitsMax || strings.Trim(text, "0123456789") != "" {
		return "The flow id has digits only: WhatsApp Manager, Flows."
	}
	return ""
}

package template

import (
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/ivendnext/whatsapp-accounts/internal/fault"
	"github.com/ivendnext/whatsapp-accounts/internal/provider"
)

func sorted(m map[string]string) []string { return slices.Sorted(maps.Keys(m)) }

// judge holds what a template says against the rules of its provider, and notes everything that is wrong.
func judge(spec provider.Spec, c provider.TemplateContent, wrong *fault.Fields) {
	for _, lack := range Lacks(spec, c) {
		wrong.Add(lack.Pointer, "capability_unsupported", lack.Detail(spec.Type))
	}
	judgeHeader(spec.Templates, c.Header, wrong)
	judgeBody(spec.Templates, c.Body, wrong)
	judgeFooter(spec.Templates, c.Footer, wrong)
	judgeMixture(c, wrong)
	judgeButtons(spec, c.Buttons, wrong)
	judgeSamples(spec.Templates, c, wrong)
}

// Lack is a capability that a template needs and a provider has not.
type Lack struct {
	Capability provider.Capability
	Pointer    string
	what       string
}

// Detail says it as a sentence.
func (l Lack) Detail(t provider.Type) string {
	return fmt.Sprintf("%s, and %s does not have the capability %s.", l.what, t, l.Capability)
}

// Lacks lists what the provider cannot carry of a template, in the order of its parts.
func Lacks(spec provider.Spec, c provider.TemplateContent) []Lack {
	var all []Lack
	need := func(can provider.Capability, pointer, what string) {
		if !spec.Can(can) && !slices.ContainsFunc(all, func(l Lack) bool { return l.Capability == can }) {
			all = append(all, Lack{can, pointer, what})
		}
	}
	if c.Header.IsMedia() {
		need(provider.CanTemplateMediaHeader, "/header/format", "The header is a medium")
	}
	for i, b := range c.Buttons {
		can, what := provider.CanInteractiveButtons, "The template has a button"
		if b.Kind == provider.ButtonFlow {
			can, what = provider.CanFlows, "The template has a button that opens a flow"
		}
		need(can, fmt.Sprintf("/buttons/%d", i), what)
	}
	if len(c.Foreign) > 0 {
		need(provider.CanTemplateApproval, "", "The template has parts of another provider ("+strings.Join(c.Foreign, ", ")+")")
	}
	return all
}

// judgeText notes what is wrong with any text, and tells whether there is something to look at further.
func judgeText(pointer, name, text string, most int, wrong *fault.Fields) bool {
	_, complaint := parse(text)
	switch {
	case !utf8.ValidString(text) || strings.ContainsRune(text, 0):
		wrong.Add(pointer, "invalid_value", "The "+name+" is not valid text.")
	case utf8.RuneCountInString(text) > most:
		wrong.Add(pointer, "invalid_value", fmt.Sprintf("The %s is longer than %d characters.", name, most))
	case complaint != "":
		wrong.Add(pointer, "invalid_value", complaint)
	default:
		return true
	}
	return false
}

func judgeHeader(rules provider.TemplateRules, h *provider.TemplateHeader, wrong *fault.Fields) {
	const at = "/header/text"
	switch {
	case h == nil:
	case !slices.Contains(provider.HeaderFormats(), h.Format):
		wrong.Add("/header/format", "invalid_value", "format must be one of text, image, video, document.")
	case h.IsMedia():
		if h.Text != "" {
			wrong.Add(at, "field_not_applicable", "A header that is a medium has no text.")
		}
	case strings.TrimSpace(h.Text) == "":
		wrong.Add(at, "required", "A text header needs its text.")
	case judgeText(at, "header", h.Text, rules.MaxHeader, wrong):
		switch {
		case strings.ContainsAny(h.Text, "\n\r"):
			wrong.Add(at, "invalid_value", "The header is one line.")
		case len(namesIn(h.Text)) > 1:
			wrong.Add(at, "invalid_value", "The header may have one placeholder.")
		default:
			judgeNumbers(at, h.Text, wrong)
		}
	}
}

func judgeBody(rules provider.TemplateRules, body string, wrong *fault.Fields) {
	const at = "/body"
	if strings.TrimSpace(body) == "" {
		wrong.Add(at, "required", "The template needs a body.")
		return
	}
	if !judgeText(at, "body", body, rules.MaxBody, wrong) {
		return
	}
	if rules.Surrounded && !surrounded(body) {
		wrong.Add(at, "invalid_value", "A placeholder may neither begin nor end the body, nor stand beside another one: put words around it.")
		return
	}
	judgeNumbers(at, body, wrong)
}

// surrounded tells that words stand before, between and after placeholders.
func surrounded(text string) bool {
	words := false
	pieces, _ := parse(strings.TrimSpace(text))
	for _, p := range pieces {
		if p.name != "" && !words {
			return false
		}
		words = strings.TrimSpace(p.text) != ""
	}
	return words
}

// judgeNumbers wants numbers to begin with 1 and leave none out.
func judgeNumbers(at, text string, wrong *fault.Fields) {
	for i, name := range ordered(namesIn(text)) {
		if isNumber(name) && name != strconv.Itoa(i+1) && !wrong.Has(at) {
			wrong.Add(at, "invalid_value", fmt.Sprintf("Placeholders are numbered from 1 on and none is left out: {{%d}} is missing.", i+1))
		}
	}
}

func judgeFooter(rules provider.TemplateRules, footer string, wrong *fault.Fields) {
	const at = "/footer"
	if footer != "" && judgeText(at, "footer", footer, rules.MaxFooter, wrong) && len(namesIn(footer)) > 0 {
		wrong.Add(at, "invalid_value", "The footer has no placeholders.")
	}
}

// judgeMixture refuses names beside numbers, and names that would be taken for something else.
func judgeMixture(c provider.TemplateContent, wrong *fault.Fields) {
	texts := map[string]string{"/body": c.Body}
	if c.Header != nil {
		texts["/header/text"] = c.Header.Text
	}
	for _, at := range sorted(texts) {
		for _, name := range namesIn(texts[at]) {
			switch {
			case wrong.Has(at):
			case Named(c) && isNumber(name):
				wrong.Add(at, "invalid_value", "The template has placeholders with names and with numbers; use either.")
			case reserved.MatchString(name):
				wrong.Add(at, "invalid_value", fmt.Sprintf("{{%s}} is what this service calls another place of the template; choose another name.", name))
			}
		}
	}
}

// maxSample is the longest sample, in characters.
const maxSample = 1024

// judgeSamples holds samples against the places they are for. That one is missing is told when it is needed, which is at the submission.
func judgeSamples(rules provider.TemplateRules, c provider.TemplateContent, wrong *fault.Fields) {
	places := PlacesOf(c)
	for _, key := range sorted(c.Samples) {
		at, value := "/samples/"+key, c.Samples[key]
		i := slices.IndexFunc(places, func(p Place) bool { return p.Key == key })
		switch {
		case i < 0:
			if !wrong.Has("/body") && !wrong.Has("/header/text") { // or it may be for what is wrong there
				wrong.Add(at, "invalid_value", "The template has no placeholder for this sample.")
			}
		case value == "" || !utf8.ValidString(value) || strings.ContainsRune(value, 0) || utf8.RuneCountInString(value) > maxSample:
			wrong.Add(at, "invalid_value", fmt.Sprintf("A sample is a text of 1 to %d characters.", maxSample))
		case places[i].Kind == Code && utf8.RuneCountInString(value) > rules.MaxCode:
			wrong.Add(at, "invalid_value", fmt.Sprintf("A code has at most %d characters.", rules.MaxCode))
		case places[i].Kind != Media && rules.OneLine && broken.MatchString(value):
			wrong.Add(at, "invalid_value", "The sample has a line break, a tab or more than four spaces in a row, which the provider refuses.")
		}
	}
}

// unsampled lists the places that have no sample.
func unsampled(c provider.TemplateContent) (wrong fault.Fields) {
	for _, p := range PlacesOf(c) {
		if at := "/samples/" + p.Key; c.Samples[p.Key] == "" && !wrong.Has(at) {
			wrong.Add(at, "required", fmt.Sprintf("The provider wants a sample for %s before it reviews the template.", p.Key))
		}
	}
	return wrong
}

var phonePattern = regexp.MustCompile(`^\+?[0-9][0-9 ()-]*$`)

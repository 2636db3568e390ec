package template

import (
	"fmt"
	"regexp"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/ivendnext/whatsapp-accounts/internal/fault"
	"github.com/ivendnext/whatsapp-accounts/internal/provider"
)

// Parameters are the values of a message: by the keys of the places, or in their order.
type Parameters struct {
	ByKey   map[string]string
	InOrder []string // used when ByKey is nil
}

// maxValue is the longest value, in characters; the limits of the text that it becomes part of come on top.
const maxValue = 2048

// Fill gives every place its value. A place without one is an error, and so is a value without a place: both are mistakes that a recipient would see.
func (p Parameters) Fill(c provider.TemplateContent) (map[string]string, error) {
	var wrong fault.Fields
	places, values := PlacesOf(c), map[string]string{}
	for i, at := range places {
		value, given, pointer := p.value(i, at.Key)
		switch {
		case !given || value == "":
			if !wrong.Has(pointer) && values[at.Key] == "" {
				wrong.Add(pointer, "required", fmt.Sprintf("The template has the placeholder %s, and there is no value for it.", at.Key))
			}
			continue
		case utf8.RuneCountInString(value) > maxValue:
			wrong.Add(pointer, "invalid_value", fmt.Sprintf("The value is longer than %d characters.", maxValue))
		case at.Kind == Media && !strings.HasPrefix(value, "https://") && strings.Trim(value, "0123456789") != "":
			wrong.Add(pointer, "invalid_value", "The header is a medium: send its address, which begins with https://, or the provider's id of it.")
		}
		values[at.Key] = value
	}
	p.strangers(places, &wrong)
	return values, wrong.Err()
}

// value is what is given for the place of that index and key, and where. A name that stands in header and body is one place in a list.
func (p Parameters) value(i int, key string) (value string, given bool, pointer string) {
	if p.ByKey != nil || p.InOrder == nil {
		value, given = p.ByKey[key]
		return value, given, "/parameters/" + key
	}
	if pointer = fmt.Sprintf("/parameters/%d", i); i < len(p.InOrder) {
		return p.InOrder[i], true, pointer
	}
	return "", false, pointer
}

// strangers notes values that no place takes.
func (p Parameters) strangers(places []Place, wrong *fault.Fields) {
	const detail = "The template has no placeholder for this value."
	for _, key := range sorted(p.ByKey) {
		if !slices.ContainsFunc(places, func(at Place) bool { return at.Key == key }) {
			wrong.Add("/parameters/"+key, "invalid_value", detail)
		}
	}
	if p.ByKey == nil {
		for i := len(places); i < len(p.InOrder); i++ {
			wrong.Add(fmt.Sprintf("/parameters/%d", i), "invalid_value", detail)
		}
	}
}

// Rendered is a template with its values in their places.
type Rendered struct {
	Header  string // empty where there is none, or where it is a medium
	Body    string
	Footer  string
	Buttons []provider.TemplateButton
}

// Text is the whole as one text: what an account sends whose provider has no templates.
func (r Rendered) Text() string {
	var parts []string
	for _, part := range []string{r.Header, r.Body, r.Footer} {
		if part != "" {
			parts = append(parts, part)
		}
	}
	return strings.Join(parts, "\n\n")
}

// Render puts values into their places, in one pass: what a value holds is never expanded.
func Render(c provider.TemplateContent, values map[string]string) Rendered {
	r := Rendered{Body: fill(c.Body, values, func(name string) string { return name }), Footer: c.Footer, Buttons: slices.Clone(c.Buttons)}
	if c.Header != nil && !c.Header.IsMedia() {
		r.Header = fill(c.Header.Text, values, provider.HeaderKey)
	}
	for i := range r.Buttons {
		r.Buttons[i].URL = fill(r.Buttons[i].URL, values, func(string) string { return provider.ButtonKey(i) })
	}
	return r
}

func fill(text string, values map[string]string, keyOf func(name string) string) string {
	pieces, _ := parse(text)
	var b strings.Builder
	for _, p := range pieces {
		if p.name == "" {
			b.WriteString(p.text)
			continue
		}
		b.WriteString(values[keyOf(p.name)])
	}
	return b.String()
}

var broken = regexp.MustCompile(`[\n\r\t]| {5}`)

// judgeValues holds values and what they make of the text against a provider's rules.
func judgeValues(rules provider.TemplateRules, values map[string]string, r Rendered) (wrong fault.Fields) {
	for _, key := range sorted(values) {
		if rules.OneLine && broken.MatchString(values[key]) {
			wrong.Add("/parameters/"+key, "invalid_value", "The value has a line break, a tab or more than four spaces in a row, which the provider refuses.")
		}
	}
	for _, part := range []struct {
		name, text string
		most       int
	}{{"header", r.Header, rules.MaxHeader}, {"body", r.Body, rules.MaxBody}} {
		if utf8.RuneCountInString(part.text) > part.most {
			wrong.Add("/parameters", "invalid_value", fmt.Sprintf("With these values the %s is longer than %d characters.", part.name, part.most))
		}
	}
	return wrong
}

package whatsapptest

import (
	"fmt"
	"regexp"
	"slices"
	"strings"
)

var placeholder = regexp.MustCompile(`\{\{\s*([A-Za-z0-9_]+)\s*\}\}`)

// judgeTemplate compares a template message with the template of this name and language.
func (b *business) judgeTemplate(content params) *graphError {
	name, language := content.text("name"), content.object("language").text("code")
	if name == "" || language == "" {
		return newGraphError(131008, "Required parameter is missing: template['name'] and template['language']['code'].")
	}
	i := slices.IndexFunc(b.templates, func(t *Template) bool { return t.Name == name && t.Language == language })
	if i < 0 {
		return newGraphError(132001, fmt.Sprintf("template name (%s) does not exist in %s", name, language))
	}
	t := b.templates[i]
	switch t.Status {
	case "APPROVED":
	case "PAUSED":
		return newGraphError(132015, fmt.Sprintf("template name (%s) is paused", name))
	case "DISABLED":
		return newGraphError(132016, fmt.Sprintf("template name (%s) is disabled", name))
	default:
		return newGraphError(132001, fmt.Sprintf("template name (%s) does not exist in %s", name, language))
	}
	return t.judgeParameters(content.objects("components"))
}

// judgeParameters compares what a message fills in with what the template has to fill.
func (t *Template) judgeParameters(sent []params) *graphError {
	for _, part := range []string{"HEADER", "BODY"} {
		have := parametersOf(sent, part)
		want, media := t.slots(part)
		switch {
		case media != "":
			if len(have) != 1 || have[0].text("type") != media {
				return newGraphError(132012, fmt.Sprintf("%s: Format mismatch, expected %s, received %s", strings.ToLower(part), strings.ToUpper(media), typesOf(have)))
			}
		case len(have) != len(want):
			return newGraphError(132000, fmt.Sprintf("%s: number of localizable_params (%d) does not match the expected number of params (%d)", strings.ToLower(part), len(have), len(want)))
		default:
			if refused := t.judgeTexts(part, have, want); refused != nil {
				return refused
			}
		}
	}
	return t.judgeButtons(sent)
}

func (t *Template) judgeTexts(part string, have []params, want []string) *graphError {
	for _, p := range have {
		if t.named() && !slices.Contains(want, p.text("parameter_name")) {
			return newGraphError(132000, fmt.Sprintf("%s: Parameter name is missing or empty, or not one of %s", strings.ToLower(part), strings.Join(want, ", ")))
		}
		if kind := p.text("type"); !slices.Contains([]string{"text", "currency", "date_time"}, kind) || !p.has(kind) {
			return newGraphError(132012, fmt.Sprintf("%s: Parameter format does not match format in the created template", strings.ToLower(part)))
		}
		if text := p.text("text"); strings.ContainsAny(text, "\n\t") || strings.Contains(text, "     ") {
			return invalidParameter("Param text cannot have new-line/tab characters or more than 4 consecutive spaces")
		}
	}
	return nil
}

// judgeButtons wants a parameter for each URL button whose URL has a place for one.
func (t *Template) judgeButtons(sent []params) *graphError {
	for i, button := range t.buttons() {
		url, _ := button["url"].(string)
		if len(placeholder.FindAllString(url, -1)) == 0 {
			continue
		}
		filled := slices.ContainsFunc(sent, func(c params) bool {
			return strings.EqualFold(c.text("type"), "button") && strings.EqualFold(c.text("sub_type"), "url") && c.text("index") == fmt.Sprint(i) && len(c.objects("parameters")) == 1
		})
		if !filled {
			return newGraphError(131008, fmt.Sprintf("Required parameter is missing: buttons: Button at index %d of type Url requires a parameter", i))
		}
	}
	return nil
}

// slots are the names or numbers of the places in a part, or the kind of media that it wants.
func (t *Template) slots(part string) (names []string, media string) {
	for _, c := range t.Components {
		if !strings.EqualFold(textOf(c, "type"), part) {
			continue
		}
		if format := strings.ToLower(textOf(c, "format")); part == "HEADER" && format != "" && format != "text" {
			return nil, format
		}
		for _, found := range placeholder.FindAllStringSubmatch(textOf(c, "text"), -1) {
			if !slices.Contains(names, found[1]) {
				names = append(names, found[1])
			}
		}
	}
	return names, ""
}

func (t *Template) buttons() []map[string]any {
	var all []map[string]any
	for _, c := range t.Components {
		if strings.EqualFold(textOf(c, "type"), "BUTTONS") {
			_ = decode(encode(c["buttons"]), &all)
		}
	}
	return all
}

func (t *Template) named() bool { return strings.EqualFold(t.ParameterFormat, "NAMED") }

func parametersOf(components []params, part string) []params {
	for _, c := range components {
		if strings.EqualFold(c.text("type"), part) {
			return c.objects("parameters")
		}
	}
	return nil
}

func typesOf(parameters []params) string {
	kinds := []string{}
	for _, p := range parameters {
		kinds = append(kinds, strings.ToUpper(p.text("type")))
	}
	return or(strings.Join(kinds, ", "), "UNKNOWN")
}

func textOf(c Component, name string) string {
	text, _ := c[name].(string)
	return text
}

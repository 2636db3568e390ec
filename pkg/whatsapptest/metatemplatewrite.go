package whatsapptest

import (
	"fmt"
	"net/http"
	"regexp"
	"slices"
	"strings"
	"time"
)

// nameRests is how long the name of a deleted template may not be used again.
const nameRests = 30 * 24 * time.Hour

var templateName = regexp.MustCompile(`^[a-z0-9_]{1,512}$`)

func (m *Meta) createTemplate(c graphCall, token Token) reply {
	m.world.Lock()
	defer m.world.Unlock()
	b, missing := m.businessFor(c, token)
	if missing != nil {
		return missing.reply()
	}
	t := Template{
		Name: c.params.text("name"), Language: c.params.text("language"), Status: "PENDING", Category: strings.ToUpper(c.params.text("category")),
		ParameterFormat: strings.ToUpper(c.params.text("parameter_format")),
	}
	components, refused := componentsOf(c.params)
	if refused == nil {
		t.Components = components
		refused = m.judgeNew(b, t)
	}
	if refused != nil {
		return refused.reply()
	}
	kept := m.newTemplate(t)
	b.templates = append(b.templates, kept)
	return reply{status: http.StatusOK, body: object{{"id", kept.ID}, {"status", kept.Status}, {"category", kept.Category}}}
}

// componentsOf reads components; like the list, it has an address where the creator put a media handle.
func componentsOf(p params) ([]Component, *graphError) {
	var components []Component
	if !decode(p["components"], &components) || len(components) == 0 {
		return nil, required("components")
	}
	for _, c := range components {
		if example, ok := c["example"].(map[string]any); ok && example["header_handle"] != nil {
			example["header_handle"] = []any{"https://scontent.whatsapp.net/v/t61/" + newTrace()}
		}
		if refused := judgeComponent(c); refused != nil {
			return nil, refused
		}
	}
	return components, nil
}

func (m *Meta) judgeNew(b *business, t Template) *graphError {
	taken := slices.ContainsFunc(b.templates, func(other *Template) bool { return other.Name == t.Name && other.Language == t.Language })
	deleted, rests := b.deleted[t.Name]
	switch {
	case !templateName.MatchString(t.Name):
		return invalidParameter("Param name must be 1 to 512 lower-case letters, digits and underscores.")
	case t.Language == "":
		return required("language")
	case !slices.Contains([]string{"MARKETING", "UTILITY", "AUTHENTICATION"}, t.Category):
		return invalidParameter(fmt.Sprintf("Param category must be one of {AUTHENTICATION, MARKETING, UTILITY} - got %q.", t.Category))
	case taken:
		return refusedTemplate(2388024, "Content in this language already exists", fmt.Sprintf("There is already %s content for this template.", t.Language))
	case rests && m.clock().Before(deleted.Add(nameRests)):
		return refusedTemplate(2388023, "Message template language is being deleted", "New content cannot be added while this name is being deleted. Try again in 4 weeks.")
	}
	return nil
}

func refusedTemplate(subcode int, title, hint string) *graphError {
	e := invalidParameter("")
	e.subcode, e.title, e.hint = subcode, title, hint
	return e
}

// judgeComponent knows the limits of texts, and that a text neither begins nor ends with a place to fill.
func judgeComponent(c Component) *graphError {
	text := textOf(c, "text")
	places := placeholder.FindAllStringIndex(text, -1)
	switch strings.ToUpper(textOf(c, "type")) {
	case "HEADER":
		if len([]rune(text)) > 60 || len(places) > 1 {
			return refusedTemplate(2388047, "Message header format is incorrect", "A header has at most 60 characters and one parameter.")
		}
	case "FOOTER":
		if len([]rune(text)) > 60 || len(places) > 0 {
			return refusedTemplate(2388073, "Message footer format is incorrect", "A footer has at most 60 characters and no parameter.")
		}
	case "BODY":
		return judgeBody(text, places)
	}
	return nil
}

func judgeBody(text string, places [][]int) *graphError {
	text = strings.TrimRight(text, " \n")
	switch {
	case len([]rune(text)) > 1024:
		return refusedTemplate(2388040, "Field character limit exceeded", "A body has at most 1024 characters.")
	case len(places) > 0 && (places[0][0] == 0 || places[len(places)-1][1] >= len(text)):
		return refusedTemplate(2388299, "Parameters cannot be at the start or end", "The body begins or ends with a parameter.")
	}
	for i := 1; i < len(places); i++ {
		if strings.TrimSpace(text[places[i-1][1]:places[i][0]]) == "" {
			return refusedTemplate(2388072, "Message body format is incorrect", "Two parameters stand next to each other.")
		}
	}
	return nil
}

// editTemplate replaces what the body names, and has the template reviewed again.
func (m *Meta) editTemplate(c graphCall, token Token) reply {
	m.world.Lock()
	defer m.world.Unlock()
	b, t := m.template(c.id)
	if t == nil || !token.sees(b.ID) {
		return missingObject(c.request.Method, c.id).reply()
	}
	category := strings.ToUpper(c.params.text("category"))
	switch {
	case !slices.Contains([]string{"APPROVED", "REJECTED", "PAUSED"}, t.Status):
		return invalidParameter("Only templates that are approved, rejected or paused can be edited.").reply()
	case category != "" && category != t.Category && t.Status == "APPROVED":
		return invalidParameter("The category of an approved template cannot be edited.").reply()
	}
	if c.params.has("components") {
		components, refused := componentsOf(c.params)
		if refused != nil {
			return refused.reply()
		}
		t.Components = components
	}
	if c.params.has("components") || category != "" {
		t.Category, t.Status = or(category, t.Category), "PENDING"
	}
	return success()
}

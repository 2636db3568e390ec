package whatsapptest

import (
	"net/http"
	"slices"
	"strconv"
	"strings"
)

// newTemplate fills in what a configuration leaves out.
func (m *Meta) newTemplate(t Template) *Template {
	if t.ID == "" {
		m.lastID++
		t.ID = strconv.FormatInt(m.lastID, 10)
	}
	t.Status, t.Category, t.ParameterFormat = or(t.Status, "APPROVED"), or(t.Category, "UTILITY"), or(t.ParameterFormat, "POSITIONAL")
	t.Quality, t.RejectedReason = or(t.Quality, "UNKNOWN"), or(t.RejectedReason, "NONE")
	return &t
}

// template finds a template by its id, and its account. The world is locked.
func (m *Meta) template(id string) (*business, *Template) {
	for _, b := range m.businesses {
		for _, t := range b.templates {
			if t.ID == id {
				return b, t
			}
		}
	}
	return nil, nil
}

func (t *Template) node(now int64) node {
	var previous any
	if t.PreviousCategory != "" {
		previous = t.PreviousCategory
	}
	components := t.Components
	if components == nil {
		components = []Component{}
	}
	return node{"WhatsAppMessageTemplate", object{
		{"name", t.Name}, {"parameter_format", t.ParameterFormat}, {"components", components}, {"language", t.Language}, {"status", t.Status},
		{"category", t.Category}, {"sub_category", nil}, {"previous_category", previous}, {"quality_score", object{{"score", t.Quality}, {"date", now}}},
		{"rejected_reason", t.RejectedReason}, {"correct_category", nil}, {"message_send_ttl_seconds", nil}, {"cta_url_link_tracking_opted_out", nil},
		{"library_template_name", nil}, {"health_status", nil}, {"last_updated_time", nil}, {"id", t.ID},
	}, []string{"name", "parameter_format", "components", "language", "status", "category", "sub_category", "previous_category"}}
}

func (m *Meta) readTemplate(c graphCall, token Token) reply {
	m.world.Lock()
	defer m.world.Unlock()
	b, t := m.template(c.id)
	if t == nil || !token.sees(b.ID) {
		return missingObject(c.request.Method, c.id).reply()
	}
	return t.node(m.clock().Unix()).read(c.query.Get("fields"))
}

func (m *Meta) listTemplates(c graphCall, token Token) reply {
	m.world.Lock()
	defer m.world.Unlock()
	b, missing := m.businessFor(c, token)
	if missing != nil {
		return missing.reply()
	}
	var nodes []node
	for _, t := range b.templates {
		if t.passes(c) {
			nodes = append(nodes, t.node(m.clock().Unix()))
		}
	}
	return pageOf(c, nodes)
}

// passes applies the filters of the list: name and name_or_content find parts of texts, the others compare.
func (t *Template) passes(c graphCall) bool {
	q := c.query
	if name := q.Get("name"); name != "" && !strings.Contains(t.Name, strings.ToLower(name)) {
		return false
	}
	if text := strings.ToLower(q.Get("name_or_content")); text != "" && !strings.Contains(t.Name+" "+strings.ToLower(string(encode(t.Components))), text) {
		return false
	}
	return oneOf(q.Get("status"), t.Status) && oneOf(q.Get("category"), t.Category) && oneOf(q.Get("language"), t.Language) && oneOf(q.Get("quality_score"), t.Quality)
}

// oneOf reports whether a filter, which is a value or a JSON list of values, lets a value pass.
func oneOf(filter, value string) bool {
	if filter == "" {
		return true
	}
	var list []string
	if !decode([]byte(filter), &list) {
		list = strings.Split(filter, ",")
	}
	return slices.ContainsFunc(list, func(wanted string) bool { return strings.EqualFold(wanted, value) })
}

// deleteTemplate deletes the languages of a name, or the one with hsm_id.
func (m *Meta) deleteTemplate(c graphCall, token Token) reply {
	name, id := or(c.query.Get("name"), c.params.text("name")), or(c.query.Get("hsm_id"), c.params.text("hsm_id"))
	if name == "" {
		return required("name").reply()
	}
	m.world.Lock()
	defer m.world.Unlock()
	b, missing := m.businessFor(c, token)
	if missing != nil {
		return missing.reply()
	}
	meant := func(t *Template) bool { return t.Name == name && (id == "" || t.ID == id) }
	switch {
	case !slices.ContainsFunc(b.templates, meant):
		unknown := invalidParameter("")
		unknown.status, unknown.subcode, unknown.title = http.StatusNotFound, 2593002, "Message Template Not Found"
		return unknown.reply()
	case slices.ContainsFunc(b.templates, func(t *Template) bool { return meant(t) && t.Status == "DISABLED" }):
		return invalidParameter("A disabled message template cannot be deleted.").reply()
	}
	b.templates = slices.DeleteFunc(b.templates, meant)
	if !slices.ContainsFunc(b.templates, func(t *Template) bool { return t.Name == name }) {
		b.deleted[name] = m.clock()
	}
	return success()
}

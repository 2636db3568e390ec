package meta

import (
	"context"
	"encoding/json"
	"errors"
	"net/http"
	"net/url"
	"slices"
	"strings"

	"github.com/ivendnext/whatsapp-accounts/internal/provider"
	"github.com/ivendnext/whatsapp-accounts/internal/provider/guard"
)

// templatesEdge is where a business account has its templates, and templateFields is what is read of each. (Meta, Template Management API.)
const (
	templatesEdge  = "message_templates"
	templateFields = "id,name,language,status,category,parameter_format,components,quality_score,rejected_reason"
)

// maxTemplatePages bounds a list of templates; a page has 100 and a business account at most 6,000.
const maxTemplatePages = 100

// The subcodes of code 100 by which we go.
const (
	subcodeExists = "2388024" // a template of this name and language is there
	subcodeGone   = "2593002" // and none is
)

// statusPending is what Meta says of a template that it is reviewing.
const statusPending = "PENDING"

// listedTemplate is an item of GET /{business_id}/message_templates.
type listedTemplate struct {
	ID         objectID        `json:"id"`
	Name       string          `json:"name"`
	Language   string          `json:"language"`
	Status     string          `json:"status"`
	Category   string          `json:"category"`
	Format     string          `json:"parameter_format"`
	Components []component     `json:"components"`
	Reason     string          `json:"rejected_reason"`
	Quality    json.RawMessage `json:"quality_score"`
}

func (l listedTemplate) known() provider.KnownTemplate {
	k := provider.KnownTemplate{
		ID: string(l.ID), Name: l.Name, Language: l.Language, Category: strings.ToUpper(l.Category), Status: strings.ToUpper(l.Status), Content: contentOf(l.Components),
	}
	if l.Reason != "NONE" {
		k.Reason = l.Reason
	}
	var score struct {
		Score string `json:"score"`
	}
	_ = json.Unmarshal(l.Quality, &score) // what cannot be read says nothing
	if score.Score != "UNKNOWN" {
		k.Quality = score.Score
	}
	return k
}

// newTemplate is the body of POST /{business_id}/message_templates, and, with fewer members, of POST /{template_id}.
type newTemplate struct {
	Name       string      `json:"name,omitempty"`
	Language   string      `json:"language,omitempty"`
	Category   string      `json:"category,omitempty"`
	Format     string      `json:"parameter_format,omitempty"`
	Components []component `json:"components"`
}

// madeTemplate is what Meta answers to it.
type madeTemplate struct {
	ID       objectID `json:"id"`
	Status   string   `json:"status"`
	Category string   `json:"category"`
}

// SubmitTemplate implements provider.TemplateApprover.
func (p *Provider) SubmitTemplate(ctx context.Context, c provider.Credentials, s provider.TemplateSubmission) (provider.KnownTemplate, error) {
	known := provider.KnownTemplate{ID: s.ID, Name: s.Samples.Name, Language: s.Samples.Language, Category: s.Category, Status: statusPending, Content: s.Content}
	ask := newTemplate{Category: s.Category, Components: componentsOf(s.Content, s.Samples)}
	if s.ID != "" {
		return known, p.editTemplate(ctx, c, s.ID, ask)
	}
	ask.Name, ask.Language, ask.Format = known.Name, known.Language, "positional"
	if s.Samples.Named {
		ask.Format = "named"
	}
	made, err := post[madeTemplate](ctx, p, c, []string{c.Settings["business_id"], templatesEdge}, ask)
	switch {
	case subcodeOf(err) == subcodeExists:
		return p.findTemplate(ctx, c, known.Name, known.Language, err)
	case err != nil:
		return known, err
	case made.ID == "":
		return known, unreadable(http.StatusOK)
	}
	known.ID = string(made.ID)
	if made.Status != "" {
		known.Status = strings.ToUpper(made.Status)
	}
	if made.Category != "" {
		known.Category = strings.ToUpper(made.Category)
	}
	return known, nil
}

func (p *Provider) editTemplate(ctx context.Context, c provider.Credentials, id string, ask newTemplate) error {
	return confirmed(post[done](ctx, p, c, []string{id}, ask))
}

// post sends a body as JSON.
func post[Answer, Body any](ctx context.Context, p *Provider, c provider.Credentials, path []string, body Body) (Answer, error) {
	text, err := json.Marshal(body)
	if err != nil {
		var none Answer
		return none, err
	}
	return ask[Answer](ctx, p, c, guard.Request{Method: http.MethodPost, Path: path, Body: text})
}

// findTemplate gives the template of a name and language, which Meta says is there; refused is the error that says so.
func (p *Provider) findTemplate(ctx context.Context, c provider.Credentials, name, language string, refused error) (provider.KnownTemplate, error) {
	is := func(l listedTemplate) bool { return l.Name == name && l.Language == language }
	query := url.Values{"fields": {templateFields}, "name": {name}} // Meta finds parts of names too
	all, _, err := pages(ctx, p, c, templatesEdge, query, maxPages, is)
	if err != nil {
		return provider.KnownTemplate{}, err
	}
	if i := slices.IndexFunc(all, is); i >= 0 {
		return all[i].known(), nil
	}
	return provider.KnownTemplate{}, refused
}

// WithdrawTemplate implements provider.TemplateApprover.
func (p *Provider) WithdrawTemplate(ctx context.Context, c provider.Credentials, id, name string) error {
	r := guard.Request{
		Method: http.MethodDelete, Path: []string{c.Settings["business_id"], templatesEdge}, Query: url.Values{"hsm_id": {id}, "name": {name}},
	}
	answer, err := ask[done](ctx, p, c, r)
	if subcodeOf(err) == subcodeGone {
		return nil
	}
	return confirmed(answer, err)
}

// Templates implements provider.TemplateSyncer.
func (p *Provider) Templates(ctx context.Context, c provider.Credentials) ([]provider.KnownTemplate, error) {
	all, complete, err := pages(ctx, p, c, templatesEdge, url.Values{"fields": {templateFields}}, maxTemplatePages, func(listedTemplate) bool { return false })
	if err == nil && !complete {
		err = &provider.CallError{
			Class: provider.ClassPermanent, Meaning: "Meta lists more templates than a business account can have.", Fix: "Look at the templates in WhatsApp Manager.",
		}
	}
	if err != nil {
		return nil, err
	}
	known := make([]provider.KnownTemplate, 0, len(all))
	for _, l := range all {
		if l.ID != "" && l.Name != "" && l.Language != "" && l.Status != "" {
			known = append(known, l.known())
		}
	}
	return known, nil
}

// subcodeOf is the subcode of an error of code 100; empty for any other.
func subcodeOf(err error) string {
	if failed, is := errors.AsType[*provider.CallError](err); is && failed.Code == "100" {
		return failed.Subcode
	}
	return ""
}

package httpapi

import (
	stdjson "encoding/json"
	"net/http"
	"strconv"
	"strings"

	"github.com/go-json-experiment/json"

	v1 "github.com/ivendnext/whatsapp-accounts/api/v1"
	"github.com/ivendnext/whatsapp-accounts/internal/account"
	"github.com/ivendnext/whatsapp-accounts/internal/fault"
	"github.com/ivendnext/whatsapp-accounts/internal/template"
)

// graphLimit is how many items Meta gives when nobody says how many.
const graphLimit = 25

// graphTemplates lists the templates of a business account.
//
//	@Summary	List the templates of a business account as Meta's Graph API does
//	@Description	Answers the templates that are kept here and that Meta has, the newest first, as Meta has them: drafts and edits that were not submitted are not shown. Meta is not asked; `POST /v1/accounts/{id}/sync-templates` does that. Several values of a filter are a JSON array.
//	@Tags		graph
//	@Param		version		path		string	true	"A version of Meta's Graph API; which one makes no difference"	example(v25.0)
//	@Param		business	path		string	true	"The business_id of an account"	example(204000000000001)
//	@Param		name		query		string	false	"Only the template of this name"
//	@Param		language	query		string	false	"Only those of this language"
//	@Param		status		query		string	false	"Only those of this status"
//	@Param		category	query		string	false	"Only those of this category"
//	@Param		fields		query		string	false	"Only these fields, separated by commas, and the id"
//	@Param		limit		query		int		false	"Templates per page; more than 200 are 200"	minimum(1)	default(25)
//	@Param		after		query		string	false	"paging.cursors.after of the page before"
//	@Success	200			{object}	v1.GraphTemplateList
//	@Failure	default		{object}	v1.GraphError
//	@Router		/graph/{version}/{business}/message_templates [get]
func (a *api) graphTemplates(in *call) (reply, error) {
	accounts, err := a.graphBusiness(in)
	if err != nil {
		return reply{}, err
	}
	query, err := graphTemplateQuery(in, accounts[0].ID)
	if err != nil {
		return reply{}, err
	}
	page, err := a.Templates.List(in.ctx, in.caller.Site, query)
	if err != nil {
		return reply{}, err
	}
	wants := graphFields(in, "name", "parameter_format", "components", "language", "status", "category")
	list := v1.GraphTemplateList{Data: make([]v1.GraphTemplate, len(page.Templates))}
	for i, of := range page.Templates {
		if list.Data[i], err = a.graphTemplateOf(of, wants); err != nil {
			return reply{}, err
		}
	}
	list.Paging, err = a.graphPaging(in, page)
	if err != nil {
		return reply{}, err
	}
	body, err := json.Marshal(list, json.Deterministic(true))
	return reply{status: http.StatusOK, body: body}, err
}

func graphTemplateQuery(in *call, accountID string) (template.Query, error) {
	var wrong fault.Fields
	q := template.Query{AccountID: accountID, Limit: graphLimit}
	q.Among = template.Among{Names: severalOf(in, "name"), Languages: severalOf(in, "language"), Categories: severalOf(in, "category"), AtProvider: true}
	for _, status := range severalOf(in, "status") {
		q.Among.Statuses = append(q.Among.Statuses, template.Status(status))
	}
	if text, sent := param(in, "limit"); sent {
		n, err := strconv.Atoi(text)
		if err != nil || n < 1 {
			wrong.Add("limit", "invalid_value", "Send a number from 1 on.")
		}
		q.Limit = min(n, maxLimit)
	}
	if text, sent := param(in, "after"); sent && text != "" {
		at, ok := readCursor(text)
		if !ok || at.List != listOf(in, graphOrder) || at.ID == "" {
			wrong.Add("after", "invalid_cursor", "Send paging.cursors.after of a page of this list, or begin without it.")
		}
		q.After = at.ID
	}
	if text, sent := param(in, "before"); sent && text != "" {
		wrong.Add("before", "invalid_value", "This list leads forward only: begin again, and send after.")
	}
	return q, wrong.Err()
}

// graphOrder names the order of these lists in cursors.
const graphOrder = "graph"

// severalOf reads a filter: one value, or several in a JSON array.
func severalOf(in *call, name string) []string {
	text := in.QueryParam(name)
	var several []string
	switch {
	case text == "":
		return nil
	case strings.HasPrefix(text, "[") && json.Unmarshal([]byte(text), &several) == nil:
		return several
	}
	return []string{text}
}

// graphTemplateOf shows a template as its provider has it.
func (a *api) graphTemplateOf(of template.Template, wants func(string) bool) (v1.GraphTemplate, error) {
	shown := v1.GraphTemplate{ID: of.ProviderID}
	components, named, err := a.Templates.Describe(of)
	if err != nil {
		return shown, err
	}
	category, format, reason := of.Category, "POSITIONAL", of.Reason
	if of.AtProvider != nil {
		category = of.AtProvider.Category
	}
	if named {
		format = "NAMED"
	}
	if reason == "" {
		reason = "NONE"
	}
	for _, member := range []struct {
		name, from string
		into       *string
	}{
		{"name", of.Name, &shown.Name}, {"language", of.Language, &shown.Language}, {"status", string(of.Status), &shown.Status},
		{"category", category, &shown.Category}, {"parameter_format", format, &shown.ParameterFormat}, {"rejected_reason", reason, &shown.RejectedReason},
	} {
		if wants(member.name) {
			*member.into = member.from
		}
	}
	if wants("quality_score") && of.Quality != "" {
		shown.QualityScore = &v1.GraphQuality{Score: of.Quality}
	}
	if wants("components") && components != nil {
		err = stdjson.Unmarshal(components, &shown.Components)
	}
	return shown, err
}

// graphPaging is nil where there is nothing, as Meta has it.
func (a *api) graphPaging(in *call, page template.Page) (*v1.GraphPaging, error) {
	if len(page.Templates) == 0 {
		return nil, nil
	}
	first, err := cursorOf(in, graphOrder, account.Position{ID: page.Templates[0].ID})
	if err != nil {
		return nil, err
	}
	last, err := cursorOf(in, graphOrder, account.Position{ID: page.Templates[len(page.Templates)-1].ID})
	if err != nil {
		return nil, err
	}
	paging := v1.GraphPaging{Cursors: v1.GraphCursors{Before: *first, After: *last}}
	if page.Next != "" {
		query := in.QueryParams()
		query.Set("after", paging.Cursors.After)
		paging.Next = a.address(in) + in.Request().URL.EscapedPath() + "?" + query.Encode()
	}
	return &paging, nil
}

// address is where the caller reaches this service.
func (a *api) address(in *call) string {
	if a.PublicURL != "" {
		return strings.TrimSuffix(a.PublicURL, "/")
	}
	return in.Scheme() + "://" + in.Request().Host
}

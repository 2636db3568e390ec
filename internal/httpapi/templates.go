package httpapi

import (
	"net/http"

	"github.com/go-json-experiment/json"

	v1 "github.com/ivendnext/whatsapp-accounts/api/v1"
	"github.com/ivendnext/whatsapp-accounts/internal/account"
	"github.com/ivendnext/whatsapp-accounts/internal/fault"
	"github.com/ivendnext/whatsapp-accounts/internal/template"
)

// createTemplate makes a template.
//
//	@Summary	Create a template
//	@Description	Makes a template of an account, whose type it has. It is held against the provider's limits at once; a Meta template is a DRAFT until it is submitted, and a WASender template is rendered here and can be used at once.
//	@Tags		templates
//	@Param		body			body		v1.TemplateCreate	true	"The template"
//	@Param		Idempotency-Key	header		string				false	"Repeats are answered as the first request was"	minlength(1)	maxlength(255)
//	@Success	201				{object}	v1.Template
//	@Failure	default			{object}	v1.Problem
//	@Router		/v1/templates [post]
func (a *api) createTemplate(in *call) (reply, error) {
	ask, err := templateBody(in.body)
	if err != nil {
		return reply{}, err
	}
	made, err := a.Templates.Create(in.ctx, in.caller, ask)
	if err != nil {
		return reply{}, err
	}
	out, err := oneTemplate(http.StatusCreated, made)
	out.location = "/v1/templates/" + made.ID
	return out, err
}

// oneTemplate answers one template with its ETag.
func oneTemplate(status int, of template.Template) (reply, error) {
	body, err := representTemplate(of)
	return reply{status: status, body: body, etag: etagOf(body)}, err
}

// representTemplate is the one JSON of a template: what is sent, and what the ETag digests.
func representTemplate(of template.Template) ([]byte, error) {
	return json.Marshal(templateAnswer(of), json.Deterministic(true))
}

// listTemplates reads a page of templates.
//
//	@Summary	List templates
//	@Description	Answers a page of the site's templates, newest first. Those of an account are also those that it shares with the other numbers of its business account.
//	@Tags		templates
//	@Param		account_id	query		string	false	"Only templates that this account can use"
//	@Param		status		query		string	false	"Only templates of this status"	minlength(1)	maxlength(140)
//	@Param		q			query		string	false	"Labels and names that begin so"	minlength(1)	maxlength(140)
//	@Param		limit		query		int		false	"Templates per page"	minimum(1)	maximum(200)	default(50)
//	@Param		cursor		query		string	false	"next_cursor of the page before"
//	@Success	200			{object}	v1.TemplateList
//	@Failure	default		{object}	v1.Problem
//	@Router		/v1/templates [get]
func (a *api) listTemplates(in *call) (reply, error) {
	query, err := templateQuery(in)
	if err != nil {
		return reply{}, err
	}
	page, err := a.Templates.List(in.ctx, in.caller.Site, query)
	if err != nil {
		return reply{}, err
	}
	answers := make([]v1.Template, len(page.Templates))
	for i, of := range page.Templates {
		answers[i] = templateAnswer(of)
	}
	next, err := cursorOf(in, "age", account.Position{ID: page.Next})
	if err != nil {
		return reply{}, err
	}
	body, err := json.Marshal(pageAnswer[v1.Template]{Data: answers, NextCursor: next}, json.Deterministic(true))
	return reply{status: http.StatusOK, body: body}, err
}

func templateQuery(in *call) (template.Query, error) {
	var wrong fault.Fields
	q := template.Query{
		AccountID: in.QueryParam("account_id"), Status: template.Status(searchOf(in, "status", &wrong)), Prefix: template.NameOf(searchOf(in, "q", &wrong)),
		Limit: limitOf(in, &wrong), After: positionOf(in, "age", &wrong).ID,
	}
	for _, name := range []string{"account_id", "q"} {
		if _, sent := param(in, name); sent && !wrong.Has(name) && (name == "account_id" && q.AccountID == "" || name == "q" && q.Prefix == "") {
			wrong.Add(name, "invalid_value", name+" says nothing that could be looked for. Leave it out to see all.")
		}
	}
	return q, badQuery(wrong)
}

// getTemplate reads a template.
//
//	@Summary	Read a template
//	@Description	Answers the template: what it says, what a message of it must bring, and how far its approval is.
//	@Tags		templates
//	@Param		id				path		string	true	"The template's id"
//	@Param		If-None-Match	header		string	false	"Answers 304 while the representation is this one"
//	@Success	200				{object}	v1.Template
//	@Failure	default			{object}	v1.Problem
//	@Router		/v1/templates/{id} [get]
func (a *api) getTemplate(in *call) (reply, error) {
	found, err := a.Templates.Get(in.ctx, in.caller.Site, in.Param("id"))
	if err != nil {
		return reply{}, err
	}
	return oneTemplate(http.StatusOK, found)
}

// updateTemplate changes a template.
//
//	@Summary	Change a template
//	@Description	Applies a merge patch (RFC 7396) here. What Meta reviews of it waits until the template is submitted again (`unsubmitted`); Meta takes edits of templates that are APPROVED, REJECTED or PAUSED, and never another name or language.
//	@Tags		templates
//	@Accept		json,application/merge-patch+json
//	@Param		id			path		string				true	"The template's id"
//	@Param		If-Match	header		string				false	"Changes the template only while its ETag is this one"
//	@Param		body		body		v1.TemplateUpdate	true	"A merge patch"
//	@Success	200			{object}	v1.Template
//	@Failure	default		{object}	v1.Problem
//	@Router		/v1/templates/{id} [patch]
func (a *api) updateTemplate(in *call) (reply, error) {
	edit, err := templatePatch(in.body)
	if err != nil {
		return reply{}, err
	}
	changed, err := a.Templates.Update(in.ctx, in.caller, in.Param("id"), edit, templatePrecondition(in))
	if err != nil {
		return reply{}, err
	}
	return oneTemplate(http.StatusOK, changed)
}

// deleteTemplate removes a template.
//
//	@Summary	Delete a template
//	@Description	Removes the template here and with its provider. Meta keeps one that is DISABLED, and lets nobody use its name again for 30 days. With `only_here=true` the provider is not asked; what it has comes back with the next sync.
//	@Tags		templates
//	@Param		id			path	string	true	"The template's id"
//	@Param		only_here	query	string	false	"Leaves the template with its provider"	Enums(true, false)	default(false)
//	@Param		If-Match	header	string	false	"Deletes the template only while its ETag is this one"
//	@Success	204
//	@Failure	default	{object}	v1.Problem
//	@Router		/v1/templates/{id} [delete]
func (a *api) deleteTemplate(in *call) (reply, error) {
	var wrong fault.Fields
	onlyHere := oneOf(in, "only_here", &wrong, "true", "false") == "true"
	if err := badQuery(wrong); err != nil {
		return reply{}, err
	}
	err := a.Templates.Delete(in.ctx, in.caller, in.Param("id"), onlyHere, templatePrecondition(in))
	return reply{status: http.StatusNoContent}, err
}

// submitTemplate asks for approval.
//
//	@Summary	Submit a template for approval
//	@Description	Asks the provider to approve the template, or its edit. The review comes later: `template.status` events tell its result, and syncs find it. What was submitted already is not submitted again, and where the provider has a template of this name and language already, that is shown; so it takes no body and may be repeated.
//	@Tags		templates
//	@Param		id		path		string	true	"The template's id"
//	@Success	200		{object}	v1.Template
//	@Failure	default	{object}	v1.Problem
//	@Router		/v1/templates/{id}/submit [post]
func (a *api) submitTemplate(in *call) (reply, error) {
	submitted, err := a.Templates.Submit(in.ctx, in.caller, in.Param("id"))
	if err != nil {
		return reply{}, err
	}
	return oneTemplate(http.StatusOK, submitted)
}

// syncTemplates has an account's templates read from its provider.
//
//	@Summary	Sync an account's templates
//	@Description	Has all templates of the account's business account read from the provider soon: new ones appear, and changed statuses are told as `template.status`. Edits that were not submitted stay. What became of it is `template_sync` in the account's health. It takes no body and may be repeated. Active accounts are synced by the service itself now and then (`WA_SYNC_TEMPLATES_EVERY`).
//	@Tags		templates
//	@Param		id		path		string	true	"The account's id"
//	@Success	202		{object}	v1.TemplateSync
//	@Failure	default	{object}	v1.Problem
//	@Router		/v1/accounts/{id}/sync-templates [post]
func (a *api) syncTemplates(in *call) (reply, error) {
	if err := a.Templates.AskSync(in.ctx, in.caller.Site, in.Param("id")); err != nil {
		return reply{}, err
	}
	body, err := json.Marshal(v1.TemplateSync{AccountID: in.Param("id"), Status: "queued"})
	return reply{status: http.StatusAccepted, body: body}, err
}

// templatePrecondition is If-Match, checked inside the transaction against the template as it is there.
func templatePrecondition(in *call) template.Precondition {
	header := in.Request().Header.Values("If-Match")
	if len(header) == 0 {
		return nil
	}
	return func(current template.Template) error {
		body, err := representTemplate(current)
		if err == nil && !matches(header, etagOf(body), false) {
			err = template.ErrStale
		}
		return err
	}
}

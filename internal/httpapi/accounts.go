package httpapi

import (
	"net/http"

	"github.com/go-json-experiment/json"

	"github.com/ivendnext/whatsapp-accounts/internal/account"
	"github.com/ivendnext/whatsapp-accounts/internal/fault"
	"github.com/ivendnext/whatsapp-accounts/internal/provider"
)

// createAccount makes an account.
//
//	@Summary	Create an account
//	@Description	Makes an account, Inactive unless the request says otherwise. An Active one must be complete: whatever is missing is listed at once. A WASender account that is created Active takes default outgoing.
//	@Tags		accounts
//	@Param		body			body		v1.AccountCreate	true	"The account"
//	@Param		Idempotency-Key	header		string				false	"Repeats are answered as the first request was"	minlength(1)	maxlength(255)
//	@Success	201				{object}	v1.Account
//	@Failure	default			{object}	v1.Problem
//	@Router		/v1/accounts [post]
func (a *api) createAccount(in *call) (reply, error) {
	ask, err := a.createBody(in.body)
	if err != nil {
		return reply{}, err
	}
	made, err := a.Accounts.Create(in.ctx, in.caller, ask)
	if err != nil {
		return reply{}, err
	}
	out, err := a.single(http.StatusCreated, made)
	out.location = "/v1/accounts/" + made.ID
	return out, err
}

// single answers one account with its ETag.
func (a *api) single(status int, of account.Account) (reply, error) {
	body, err := a.represent(of)
	return reply{status: status, body: body, etag: etagOf(body)}, err
}

// listAccounts reads a page of accounts.
//
//	@Summary	List accounts
//	@Description	Answers a page of the site's accounts, newest first. What each of them lacks to send and to receive is in its readiness.
//	@Tags		accounts
//	@Param		status			query		string	false	"Only accounts of this status"				Enums(Active, Inactive)
//	@Param		account_type	query		string	false	"Only accounts of this type, as GET /v1/account-types lists them"
//	@Param		account_name	query		string	false	"The account of this name, case ignored"	minlength(1)	maxlength(140)
//	@Param		q				query		string	false	"Names that begin so, case ignored; the page is then ordered by name"	minlength(1)	maxlength(140)
//	@Param		limit			query		int		false	"Accounts per page"	minimum(1)	maximum(200)	default(50)
//	@Param		cursor			query		string	false	"next_cursor of the page before"
//	@Success	200				{object}	v1.AccountList
//	@Failure	default			{object}	v1.Problem
//	@Router		/v1/accounts [get]
func (a *api) listAccounts(in *call) (reply, error) {
	query, err := a.accountQuery(in)
	if err != nil {
		return reply{}, err
	}
	page, err := a.Accounts.List(in.ctx, in.caller.Site, query)
	if err != nil {
		return reply{}, err
	}
	answers := make([]accountAnswer, len(page.Accounts))
	for i, of := range page.Accounts {
		answers[i] = a.answerOf(of)
	}
	next, err := cursorOf(in, orderOf(query), page.Next)
	if err != nil {
		return reply{}, err
	}
	return ok(pageAnswer[accountAnswer]{Data: answers, NextCursor: next})
}

// orderOf says how a page of accounts is ordered.
func orderOf(q account.Query) string {
	if q.Prefix != "" {
		return "name"
	}
	return "age"
}

// pageAnswer is every list that has pages.
type pageAnswer[T any] struct {
	Data       []T     `json:"data"`
	NextCursor *string `json:"next_cursor"`
}

func (a *api) accountQuery(in *call) (account.Query, error) {
	var wrong fault.Fields
	types := make([]string, 0, 2)
	for _, t := range a.Providers.Types() {
		types = append(types, string(t))
	}
	q := account.Query{
		Status: account.Status(oneOf(in, "status", &wrong, string(account.Active), string(account.Inactive))),
		Type:   provider.Type(oneOf(in, "account_type", &wrong, types...)),
		Name:   searchOf(in, "account_name", &wrong), Prefix: searchOf(in, "q", &wrong),
		Limit: limitOf(in, &wrong),
	}
	q.After = positionOf(in, orderOf(q), &wrong)
	return q, badQuery(wrong)
}

// getAccount reads an account.
//
//	@Summary	Read an account
//	@Description	Answers the account. In place of a secret stands whether and since when it is set: no request reads a secret.
//	@Tags		accounts
//	@Param		id				path		string	true	"The account's id"
//	@Param		If-None-Match	header		string	false	"Answers 304 while the representation is this one"
//	@Success	200				{object}	v1.Account
//	@Failure	default			{object}	v1.Problem
//	@Router		/v1/accounts/{id} [get]
func (a *api) getAccount(in *call) (reply, error) {
	found, err := a.Accounts.Get(in.ctx, in.caller.Site, in.Param("id"))
	if err != nil {
		return reply{}, err
	}
	return a.single(http.StatusOK, found)
}

// updateAccount changes an account.
//
//	@Summary	Change an account
//	@Description	Applies a merge patch (RFC 7396): a member that is left out stays, null clears a secret or restores a default. The rules see the account as it will be, so completing, activating and making it default can be one request.
//	@Tags		accounts
//	@Accept		json,application/merge-patch+json
//	@Param		id			path		string				true	"The account's id"
//	@Param		If-Match	header		string				false	"Changes the account only while its ETag is this one"
//	@Param		body		body		v1.AccountUpdate	true	"A merge patch"
//	@Success	200			{object}	v1.Account
//	@Failure	default		{object}	v1.Problem
//	@Router		/v1/accounts/{id} [patch]
func (a *api) updateAccount(in *call) (reply, error) {
	ask, err := a.patchBody(in.body)
	if err != nil {
		return reply{}, err
	}
	changed, err := a.Accounts.Update(in.ctx, in.caller, in.Param("id"), ask, a.precondition(in))
	if err != nil {
		return reply{}, err
	}
	return a.single(http.StatusOK, changed)
}

// deleteAccount removes an account.
//
//	@Summary	Delete an account
//	@Description	Removes the account with its secrets; a designation it holds goes with it. Its history stays. It is refused while templates belong to the account.
//	@Tags		accounts
//	@Param		id			path	string	true	"The account's id"
//	@Param		If-Match	header	string	false	"Deletes the account only while its ETag is this one"
//	@Success	204
//	@Failure	default	{object}	v1.Problem
//	@Router		/v1/accounts/{id} [delete]
func (a *api) deleteAccount(in *call) (reply, error) {
	err := a.Accounts.Delete(in.ctx, in.caller, in.Param("id"), a.precondition(in))
	return reply{status: http.StatusNoContent}, err
}

// ok answers 200 with a body.
func ok(answer any) (reply, error) {
	body, err := json.Marshal(answer)
	return reply{status: http.StatusOK, body: body}, err
}

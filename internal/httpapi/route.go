package httpapi

import (
	v1 "github.com/ivendnext/whatsapp-accounts/api/v1"
	"github.com/ivendnext/whatsapp-accounts/internal/account"
	"github.com/ivendnext/whatsapp-accounts/internal/fault"
	"github.com/ivendnext/whatsapp-accounts/internal/routing"
)

// routeAnswer is v1.Route as the service writes it.
type routeAnswer struct {
	Account    accountAnswer  `json:"account"`
	Reason     string         `json:"reason"`
	Considered []v1.Candidate `json:"considered"`
}

// getRoute says which account is used and why, without sending.
//
//	@Summary	Ask which account is used
//	@Description	Answers the account that a request like this would use, and why: the account it names, else that of the template, else the default. A template is sent with its own account and with those that share it; with another business account only where an approved one of the same name and language is; with WASender as a text, if it has no media header, buttons or flow. Nothing is sent. A refusal has the reason too, and lists every account that was considered.
//	@Tags		defaults and routing
//	@Param		account_id	query		string	false	"The account that the request would name"
//	@Param		template_id	query		string	false	"The template that the request would send"
//	@Param		type		query		string	false	"The kind of message that is to be sent"	Enums(text, media, location, contacts, template, buttons, list, flow, reaction)
//	@Param		direction	query		string	false	"The designation to fall back on"			Enums(outgoing, incoming)	default(outgoing)
//	@Success	200			{object}	v1.Route
//	@Failure	default		{object}	v1.Problem
//	@Router		/v1/route [get]
func (a *api) getRoute(in *call) (reply, error) {
	query, err := routeQuery(in)
	if err != nil {
		return reply{}, err
	}
	decided, err := a.Routing.Route(in.ctx, in.caller.Site, query)
	if err != nil {
		return reply{}, err
	}
	return ok(routeAnswer{Account: a.answerOf(decided.Account), Reason: string(decided.Reason), Considered: candidates(decided.Considered)})
}

func routeQuery(in *call) (routing.Query, error) {
	var wrong fault.Fields
	q := routing.Query{
		AccountID: in.QueryParam("account_id"), TemplateID: in.QueryParam("template_id"),
		Kind:      routing.Kind(oneOf(in, "type", &wrong, routing.Kinds()...)),
		Direction: account.Direction(oneOf(in, "direction", &wrong, string(account.Outgoing), string(account.Incoming))),
	}
	if in.QueryParams().Has("account_id") && q.AccountID == "" {
		wrong.Add("account_id", "invalid_value", "account_id is empty. Leave it out to ask for the default.")
	}
	if in.QueryParams().Has("template_id") && q.TemplateID == "" {
		wrong.Add("template_id", "invalid_value", "template_id is empty. Leave it out when no template is sent.")
	}
	if q.Direction == "" {
		q.Direction = account.Outgoing
	}
	if err := badQuery(wrong); err != nil {
		return q, &routing.Refusal{Fault: faultOf(err), Reason: q.Reason()}
	}
	return q, nil
}

// candidates is never nil: a refusal of routing always tells what was looked at, if only that it was nothing.
func candidates(considered []routing.Candidate) []v1.Candidate {
	out := make([]v1.Candidate, 0, len(considered))
	for _, c := range considered {
		out = append(out, v1.Candidate{AccountID: c.AccountID, AccountName: unlessEmpty(c.Name), Outcome: string(c.Outcome), Detail: c.Detail})
	}
	return out
}

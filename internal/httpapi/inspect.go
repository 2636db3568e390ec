package httpapi

import (
	"net/http"

	v1 "github.com/ivendnext/whatsapp-accounts/api/v1"
	"github.com/ivendnext/whatsapp-accounts/internal/provider"
	"github.com/ivendnext/whatsapp-accounts/internal/webhook"
)

// checkAccount asks the provider about an account.
//
//	@Summary	Check an account with its provider
//	@Description	Asks the provider now whether the account works, check by check, with the provider's reason and the cure of each. Silence, overload and server errors are `unknown`. Nothing about the account changes, whatever is found; the report stays to be read as `last_check` in its health. Inactive accounts can be checked too. It takes no body and may be repeated. Active accounts are checked by the service itself now and then (`WA_CHECK_EVERY`).
//	@Tags		accounts
//	@Param		id		path		string	true	"The account's id"
//	@Success	200		{object}	v1.AccountCheck
//	@Failure	default	{object}	v1.Problem
//	@Router		/v1/accounts/{id}/check [post]
func (a *api) checkAccount(in *call) (reply, error) {
	report, err := a.Inspector.Check(in.ctx, in.caller.Site, in.Param("id"))
	if err != nil {
		return reply{}, err
	}
	return ok(checkOf(in.Param("id"), report))
}

// subscribeAccount makes the provider send the account's webhooks.
//
//	@Summary	Subscribe the app to the account's webhooks
//	@Description	Asks the provider to send the webhooks of the account's business account to its app, as Meta demands once for each business account, and then checks the account. It takes no body and may be repeated.
//	@Tags		accounts
//	@Param		id		path		string	true	"The account's id"
//	@Success	200		{object}	v1.AccountCheck
//	@Failure	default	{object}	v1.Problem
//	@Router		/v1/accounts/{id}/subscribe [post]
func (a *api) subscribeAccount(in *call) (reply, error) {
	report, err := a.Inspector.Subscribe(in.ctx, in.caller.Site, in.Param("id"))
	if err != nil {
		return reply{}, err
	}
	return ok(checkOf(in.Param("id"), report))
}

func checkOf(accountID string, r provider.Report) v1.AccountCheck {
	out := v1.AccountCheck{AccountID: accountID, Verdict: string(r.Verdict), CheckedAt: v1.Time{Time: r.At}, Checks: make([]v1.Check, len(r.Checks))}
	for i, c := range r.Checks {
		out.Checks[i] = v1.Check{Name: c.Name, Verdict: string(c.Verdict), Detail: c.Detail, Fix: unlessEmpty(c.Fix), Pointer: unlessEmpty(c.Pointer)}
	}
	return out
}

// adoptWebhooks gives an account what came for it before it could have it.
//
//	@Summary	Adopt the webhooks that were kept for nobody
//	@Description	Looks through the site's `webhook.unrouted` events for those that name this account: they came before it was created, while it was Inactive, or while its secret was wrong or missing. Each body is proved again with the account's own secret and then handled for it, as if it came now; what was handled before has no further effect. Bodies are kept for `WA_WEBHOOK_RETENTION`. It takes no body and may be repeated.
//	@Tags		accounts
//	@Param		id				path		string	true	"The account's id"
//	@Success	200				{object}	v1.Adoption
//	@Failure	default	{object}	v1.Problem
//	@Router		/v1/accounts/{id}/adopt [post]
func (a *api) adoptWebhooks(in *call) (reply, error) {
	done, err := a.Adopter.Adopt(in.ctx, in.caller.Site, in.Param("id"))
	if err != nil {
		return reply{}, err
	}
	return ok(adoptionOf(in.Param("id"), done))
}

func adoptionOf(accountID string, done webhook.Adopted) v1.Adoption {
	return v1.Adoption{AccountID: accountID, Adopted: done.Adopted, Already: done.Already, Unproved: done.Unproved, Gone: done.Gone}
}

// listParkedJobs lists what was given up for now.
//
//	@Summary	List parked jobs
//	@Description	Answers background work of the site that failed too often, or in a way that trying again does not cure, the oldest first. It waits here until it is replayed.
//	@Tags		operation
//	@Param		queue	query		string	false	"Which work"	Enums(webhooks, read-receipts, template-syncs)	default(webhooks)
//	@Param		limit	query		int		false	"Jobs per page"	minimum(1)	maximum(200)	default(50)
//	@Param		cursor	query		string	false	"next_cursor of the page before"
//	@Success	200		{object}	v1.ParkedJobList
//	@Failure	default	{object}	v1.Problem
//	@Router		/v1/parked-jobs [get]
func (a *api) listParkedJobs(in *call) (reply, error) {
	q, err := a.parkedQuery(in)
	if err != nil {
		return reply{}, err
	}
	page, err := a.Jobs.Parked(in.ctx, in.caller.Site, q.queue, q.after, q.limit)
	if err != nil {
		return reply{}, err
	}
	return parkedPage(in, q, page)
}

// replayParkedJob makes a parked job ready.
//
//	@Summary	Replay a parked job
//	@Description	Has the job done again, with all its attempts before it. Mend first what it failed of: `last_error` says it. It takes no body and may be repeated.
//	@Tags		operation
//	@Param		id				path	string	true	"The job's id"
//	@Success	204
//	@Failure	default	{object}	v1.Problem
//	@Router		/v1/parked-jobs/{id}/replay [post]
func (a *api) replayParkedJob(in *call) (reply, error) {
	n, err := a.Jobs.Replay(in.ctx, in.caller.Site, []string{in.Param("id")})
	if err == nil && n == 0 {
		err = errNoJob
	}
	return reply{status: http.StatusNoContent}, err
}

package httpapi

import (
	"context"
	"net/http"

	"github.com/go-json-experiment/json"

	v1 "github.com/ivendnext/whatsapp-accounts/api/v1"
	"github.com/ivendnext/whatsapp-accounts/internal/site"
	"github.com/ivendnext/whatsapp-accounts/internal/webhook"
)

// Health reads what providers last told of an account.
type Health interface {
	Health(ctx context.Context, in site.Site, accountID string) (map[string]webhook.Fact, error)
}

// getAccountHealth reads what is known of an account's health.
//
//	@Summary	Read an account's health
//	@Description	Answers what the provider last told of the account, fact by fact, and what became of its webhooks: the last that was proved, the last that was refused and why, the last verification. Why does nothing arrive? The answer is here.
//	@Tags		accounts
//	@Param		id		path		string	true	"The account's id"
//	@Success	200		{object}	v1.AccountHealth
//	@Failure	default	{object}	v1.Problem
//	@Router		/v1/accounts/{id}/health [get]
func (a *api) getAccountHealth(in *call) (reply, error) {
	of, err := a.Accounts.Get(in.ctx, in.caller.Site, in.Param("id"))
	if err != nil {
		return reply{}, err
	}
	facts, err := a.Health.Health(in.ctx, of.Site, of.ID)
	if err != nil {
		return reply{}, err
	}
	out := v1.AccountHealth{AccountID: of.ID, Facts: make(map[string]v1.HealthFact, len(facts))}
	for name, f := range facts {
		out.Facts[name] = v1.HealthFact{At: v1.Time{Time: f.At}, Value: f.Value}
	}
	body, err := json.Marshal(out, json.Deterministic(true))
	return reply{status: http.StatusOK, body: body}, err
}

package wasender

import (
	"context"
	"encoding/json"
	"net/http"

	"github.com/ivendnext/whatsapp-accounts/internal/provider"
	"github.com/ivendnext/whatsapp-accounts/internal/provider/guard"
)

// Provider asks WASender for what accounts need. It is safe for concurrent use.
type Provider struct {
	Receiver

	spec   provider.Spec
	client *guard.Client
}

// New makes the provider under the operator's choices; client has the same Endpoints as o.
func New(o Options, client *guard.Client) *Provider {
	return &Provider{spec: Spec(o), client: client}
}

// Spec describes WASender.
func (p *Provider) Spec() provider.Spec { return p.spec }

// ask sends r with the account's key to the account's URL and reads the answer as an Answer.
func ask[Answer any](ctx context.Context, p *Provider, c provider.Credentials, r guard.Request) (Answer, error) {
	var answer Answer
	r.Of, r.For, r.Base, r.Under, r.Bearer = Type, c, c.Settings["wasender_url"], apiPath, c.Secrets["wasender_api_key"]
	response, err := p.client.Do(ctx, r)
	if err != nil {
		return answer, err
	}
	said := problemIn(response.Body)
	if response.Status >= http.StatusBadRequest || said.denied {
		return answer, p.classify(c, response, said)
	}
	if err := json.Unmarshal(response.Body, &answer); err != nil {
		return answer, unreadable(response.Status)
	}
	return answer, nil
}

// unreadable is for a success that does not say so in JSON: a page of somebody in between.
func unreadable(status int) error {
	return &provider.CallError{
		Class: provider.ClassUnknown, Status: status,
		Meaning: "The answer is not one of WASender's API.", Fix: "Try again later; if it stays so, check the URL of the account.",
	}
}

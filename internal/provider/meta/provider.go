package meta

import (
	"context"
	"encoding/json"
	"net/http"
	"slices"

	"github.com/ivendnext/whatsapp-accounts/internal/provider"
	"github.com/ivendnext/whatsapp-accounts/internal/provider/guard"
)

// Provider asks Meta's Graph API for what accounts need. It is safe for concurrent use.
type Provider struct {
	spec   provider.Spec
	client *guard.Client
	codes  codes
}

// New makes the provider under the operator's choices; client has the same Endpoints as o.
func New(o Options, client *guard.Client) *Provider {
	return &Provider{spec: Spec(o), client: client, codes: known()}
}

// Spec describes Meta.
func (p *Provider) Spec() provider.Spec { return p.spec }

// Explain translates an error code of the Graph API or of a failed status.
func (p *Provider) Explain(code, subcode string) (provider.Explanation, bool) {
	return p.codes.explain(code, subcode)
}

// ask sends r with the account's token, unless r brings another, to the account's URL and version, and reads the answer as an Answer.
func ask[Answer any](ctx context.Context, p *Provider, c provider.Credentials, r guard.Request) (Answer, error) {
	var answer Answer
	r.Of, r.For, r.Base = Type, c, c.Settings["url"]
	r.Path = slices.Concat([]string{c.Settings["version"]}, r.Path)
	if r.Bearer.IsZero() {
		r.Bearer = c.Secrets["token"]
	}
	response, err := p.client.Do(ctx, r)
	if err != nil {
		return answer, err
	}
	if said, failed := problemIn(response.Body); failed || response.Status >= http.StatusBadRequest {
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
		Meaning: "The answer is not one of Meta's Graph API.", Fix: "Try again later; if it stays so, check the URL of the account.",
	}
}

package httpapi

import (
	"bytes"
	"context"

	"github.com/go-json-experiment/json"

	v1 "github.com/ivendnext/whatsapp-accounts/api/v1"
	"github.com/ivendnext/whatsapp-accounts/internal/account"
	"github.com/ivendnext/whatsapp-accounts/internal/site"
	"github.com/ivendnext/whatsapp-accounts/internal/webhook"
)

// Health reads what providers last told of an account.
type Health interface {
	Health(ctx context.Context, in site.Site, accountID string) (map[string]webhook.Fact, error)
}

// withHealth adds the account's health to its representation, behind everything else, and to its ETag.
func (a *api) withHealth(in *call, out reply, of account.Account) (reply, error) {
	facts, err := a.Health.Health(in.ctx, of.Site, of.ID)
	if err != nil {
		return reply{}, err
	}
	health := make(map[string]v1.HealthFact, len(facts))
	for name, f := range facts {
		health[name] = v1.HealthFact{At: v1.Time{Time: f.At}, Value: f.Value}
	}
	text, err := json.Marshal(health, json.Deterministic(true))
	if err != nil {
		return reply{}, err
	}
	out.body = bytes.Join([][]byte{bytes.TrimSuffix(out.body, []byte("}")), []byte(`,"health":`), text, []byte("}")}, nil)
	out.etag = withPart(out.etag, text)
	return out, nil
}

package httpapi

import (
	"bytes"
	"context"

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
	health := make([]member, 0, len(facts))
	for _, name := range sortedKeys(facts) {
		health = append(health, member{name, v1.HealthFact{At: v1.Time{Time: facts[name].At}, Value: facts[name].Value}})
	}
	text, err := object(health)
	if err != nil {
		return reply{}, err
	}
	out.body = bytes.Join([][]byte{bytes.TrimSuffix(out.body, []byte("}")), []byte(`,"health":`), text, []byte("}")}, nil)
	out.etag = withPart(out.etag, text)
	return out, nil
}

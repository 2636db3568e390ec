package meta

import (
	"context"
	"net/http"

	"github.com/ivendnext/whatsapp-accounts/internal/provider"
	"github.com/ivendnext/whatsapp-accounts/internal/provider/guard"
)

// Subscribe subscribes the app of the token to the webhooks of the business account: POST /{business_id}/subscribed_apps. It takes back a
// callback URL that was set for this business account alone, as Meta does when the body is empty.
func (p *Provider) Subscribe(ctx context.Context, c provider.Credentials) error {
	answer, err := ask[done](ctx, p, c, guard.Request{Method: http.MethodPost, Path: []string{c.Settings["business_id"], "subscribed_apps"}})
	return confirmed(answer, err)
}

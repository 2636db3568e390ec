package wasender

import (
	"crypto/rand"
	"net/http"

	"github.com/ivendnext/whatsapp-accounts/internal/provider"
	"github.com/ivendnext/whatsapp-accounts/internal/secret"
)

// Rehearse implements provider.Rehearser: a body with the secret in its header. WASender asks a webhook URL nothing first. The event is none of
// WASender's own: it brings no message and changes nothing, and shows in the feed once, as webhook.other, or as webhook.unrouted while the account
// is Inactive.
func (p *Provider) Rehearse(c provider.Credentials) []provider.Rehearsal {
	const name, setting = "signed_webhook", "webhook_secret"
	key := c.Secrets[setting]
	if key.IsZero() {
		return []provider.Rehearsal{{Name: name, Lacks: setting}}
	}
	return []provider.Rehearsal{{
		Name: name, Method: http.MethodPost, Proof: setting,
		Body:   []byte(`{"event":"rehearsal","data":{"rehearsal":"` + rand.Text() + `"}}`),
		Header: map[string]secret.Text{"Content-Type": secret.New("application/json"), Receiver{}.SignatureHeader(): key},
	}}
}

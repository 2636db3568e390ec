package meta

import (
	"crypto/rand"
	"encoding/hex"
	"encoding/json"
	"net/http"

	"github.com/ivendnext/whatsapp-accounts/internal/provider"
	"github.com/ivendnext/whatsapp-accounts/internal/secret"
)

// userAgent is what Meta's webhooks are seen to say; a proxy may let pass or hold back by it.
const userAgent = "facebookexternalua"

// Rehearse implements provider.Rehearser: the verification request, and a signed body.
// Source: Meta, Webhooks, "Verification requests" and "Validate payloads".
func (p *Provider) Rehearse(c provider.Credentials) []provider.Rehearsal {
	return []provider.Rehearsal{verification(c), signed(c)}
}

// verification asks with a challenge that nobody can have answered before.
func verification(c provider.Credentials) provider.Rehearsal {
	const name, setting = "verification", "webhook_verify_token"
	token := c.Secrets[setting]
	if token.IsZero() {
		return provider.Rehearsal{Name: name, Lacks: setting}
	}
	challenge := rand.Text()
	return provider.Rehearsal{
		Name: name, Method: http.MethodGet, Answer: challenge,
		Query:  map[string]secret.Text{"hub.mode": secret.New("subscribe"), "hub.challenge": secret.New(challenge), "hub.verify_token": token},
		Header: map[string]secret.Text{"User-Agent": secret.New(userAgent)},
	}
}

// signed posts a body that names the business account and lists no change, so it is proved and kept and becomes no event. What is not ASCII is
// escaped, as Meta does: a proxy that writes JSON anew breaks the signature.
func signed(c provider.Credentials) provider.Rehearsal {
	const name, setting = "signed_webhook", "app_secret"
	key := c.Secrets[setting]
	if key.IsZero() {
		return provider.Rehearsal{Name: name, Lacks: setting}
	}
	if c.Settings[fieldBusiness] == "" {
		return provider.Rehearsal{Name: name, Lacks: fieldBusiness}
	}
	business, _ := json.Marshal(c.Settings[fieldBusiness]) // a text always can be
	body := []byte(`{"object":"whatsapp_business_account","entry":[{"id":` + string(business) + `,"changes":[]}],"rehearsal":"Zo\u00eb \ud83d\udc4d ` + rand.Text() + `"}`)
	return provider.Rehearsal{
		Name: name, Method: http.MethodPost, Body: body, Proof: setting,
		Header: map[string]secret.Text{
			"Content-Type": secret.New("application/json"), "User-Agent": secret.New(userAgent),
			Receiver{}.SignatureHeader(): secret.New(signaturePrefix + hex.EncodeToString(key.Sign(body))),
		},
	}
}

package e2e

import (
	"net/http"
	"net/url"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/ivendnext/whatsapp-accounts/pkg/client"
)

// verifies asks with the token of meta(1).
func (p *process) verifies(t testing.TB, path string) string {
	t.Helper()
	a := p.ask(t, p.caller(t), http.MethodGet, strings.Replace(verification(verifyToken(1), "challenge"), "/webhooks/meta", path, 1), nil, "")
	switch a.status {
	case http.StatusOK:
		return "used"
	case http.StatusForbidden:
		return "refused"
	}
	return a.body
}

// TestVerificationAnswersTheChallengeAndNothingElse is W8.
func TestVerificationAnswersTheChallengeAndNothingElse(t *testing.T) {
	t.Parallel()
	p := twoReplicas(t)
	a := made(t, p.clients[0], meta(1))
	off := meta(2)
	off.Status = new("Inactive")
	inactive := made(t, p.clients[0], off)
	other := made(t, p.clients[0], meta(3))
	gone := made(t, p.clients[0], meta(4))
	require.NoError(t, p.clients[0].DeleteAccount(t.Context(), gone.ID))
	cleared := made(t, p.clients[0], meta(5))
	_, err := p.clients[1].UpdateAccount(t.Context(), cleared.ID, client.Patch{"status": "Inactive", "meta_settings": client.Patch{"webhook_verify_token": nil}})
	require.NoError(t, err)

	refused := wrongVerifications(a.ID, inactive.ID, other.ID)
	asked := 0
	for n := range scaled(6) {
		replica := p.replicas[n%2]
		by := replica.caller(t)
		for what, path := range refused {
			no := replica.ask(t, by, http.MethodGet, path, nil, "")
			assert.Equal(t, http.StatusForbidden, no.status, what)
			assert.Equal(t, "application/problem+json", no.header.Get("Content-Type"), what)
			asked++
		}
		for _, challenge := range []string{"1158201444", "<script>alert(1)</script>", "a+b%20&=\r\n\x00é😀", strings.Repeat("9", 4096)} {
			for _, path := range []string{"/webhooks/meta", "/webhooks/meta/" + a.ID} {
				yes := replica.ask(t, by, http.MethodGet, strings.Replace(verification(verifyToken(1), challenge), "/webhooks/meta", path, 1), nil, "")
				assert.Equal(t, http.StatusOK, yes.status)
				assert.Equal(t, challenge, yes.body, "its bytes and nothing else")
				assert.Equal(t, "text/plain; charset=UTF-8", yes.header.Get("Content-Type"))
				assert.Equal(t, "nosniff", yes.header.Get("X-Content-Type-Options"))
				asked++
			}
		}
	}
	t.Logf("W8: %d verifications", asked)
}

// wrongVerifications are requests that nobody may answer with the challenge.
func wrongVerifications(active, inactive, other string) map[string]string {
	const right = "/webhooks/meta?hub.mode=subscribe&hub.challenge=1&hub.verify_token="
	const mine = right + "verify-token-1"
	at := func(id, path string) string { return strings.Replace(path, "/webhooks/meta", "/webhooks/meta/"+id, 1) }
	return map[string]string{
		"no parameter":               "/webhooks/meta",
		"no token":                   strings.TrimSuffix(right, "&hub.verify_token="),
		"an empty token":             right,
		"a wrong token":              mine + "x",
		"a token in another case":    right + "VERIFY-TOKEN-1",
		"a token with a space":       right + "verify-token-1%20",
		"a token with a null":        right + "verify-token-1%00",
		"a part of a token":          right + "verify-token-",
		"another secret":             right + "app-secret-1",
		"the token of an Inactive":   right + "verify-token-2",
		"the token of a deleted":     right + "verify-token-4",
		"a token that was cleared":   right + "verify-token-5",
		"a repeated token":           mine + "&hub.verify_token=verify-token-1",
		"a repeated challenge":       mine + "&hub.challenge=1",
		"a repeated mode":            mine + "&hub.mode=subscribe",
		"no mode":                    strings.Replace(mine, "hub.mode=subscribe&", "", 1),
		"another mode":               strings.Replace(mine, "subscribe", "unsubscribe", 1),
		"a mode in another case":     strings.Replace(mine, "subscribe", "Subscribe", 1),
		"no challenge":               strings.Replace(mine, "hub.challenge=1&", "", 1),
		"an empty challenge":         strings.Replace(mine, "hub.challenge=1", "hub.challenge=", 1),
		"names in another case":      strings.Replace(mine, "hub.", "HUB.", 3),
		"a broken encoding":          right + "verify-token-1%zz",
		"a token of 64 KiB":          right + url.QueryEscape(strings.Repeat("x", 32<<10)),
		"the account is another":     at(other, mine),
		"the account is Inactive":    at(inactive, strings.Replace(mine, "-1", "-2", 1)),
		"the account is none":        at("0198b2f0-5c1e-7c3a-9d1f-6a2b8c4d0e11", mine),
		"the account is no id":       at("1", mine),
		"the id is in another shape": at(strings.ToUpper(active), mine),
	}
}

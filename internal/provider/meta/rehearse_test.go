package meta

import (
	"encoding/hex"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/ivendnext/whatsapp-accounts/internal/provider"
	"github.com/ivendnext/whatsapp-accounts/internal/secret"
)

func rehearsing() provider.Credentials {
	return provider.Credentials{
		Settings: map[string]string{"business_id": "204"},
		Secrets:  map[string]secret.Text{"webhook_verify_token": secret.New("choose any"), "app_secret": secret.New("app-secret")},
	}
}

func TestVerificationIsPlayedWithAChallengeOfItsOwn(t *testing.T) {
	first, second := new(Provider).Rehearse(rehearsing())[0], new(Provider).Rehearse(rehearsing())[0]
	assert.Equal(t, "GET", first.Method)
	assert.True(t, first.Query["hub.verify_token"].Is("choose any"))
	assert.True(t, first.Query["hub.challenge"].Is(first.Answer))
	assert.NotEqual(t, first.Answer, second.Answer)
	assert.Empty(t, first.Proof)
}

func TestSignedBodyIsEscapedAsMetaDoesAndBecomesNoEvent(t *testing.T) {
	played := new(Provider).Rehearse(rehearsing())[1]
	assert.Contains(t, string(played.Body), `Zo\u00eb \ud83d\udc4d`)
	for _, b := range played.Body {
		require.Less(t, b, byte(0x80))
	}
	assert.Equal(t, []string{"204"}, Receiver{}.Names(played.Body)["business_id"])
	assert.Empty(t, Receiver{}.Items(played.Body))
	signature := "sha256=" + hex.EncodeToString(secret.New("app-secret").Sign(played.Body))
	assert.True(t, played.Header["X-Hub-Signature-256"].Is(signature))
}

func TestWithoutASecretThereIsNothingToPlay(t *testing.T) {
	for lacks, name := range map[string]string{"webhook_verify_token": "verification", "app_secret": "signed_webhook", "business_id": "signed_webhook"} {
		c := rehearsing()
		delete(c.Secrets, lacks)
		delete(c.Settings, lacks)
		for _, r := range new(Provider).Rehearse(c) {
			if r.Name == name {
				assert.Equal(t, provider.Rehearsal{Name: name, Lacks: lacks}, r)
			} else {
				assert.Empty(t, r.Lacks)
			}
		}
	}
}

func TestAnEntryThatListsNoChangeTellsNothingAndOneThatCannotBeReadIsPassedOn(t *testing.T) {
	for body, items := range map[string]int{
		`{"entry":[{"id":"204","changes":[]}]}`:   0,
		`{"entry":[{"id":"204"}]}`:                1,
		`{"entry":[{"id":"204","changes":null}]}`: 1,
		`{"entry":[7]}`:                           1,
	} {
		assert.Len(t, Receiver{}.Items([]byte(body)), items, body)
	}
}

package e2e

import (
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/ivendnext/whatsapp-accounts/pkg/client"
	"github.com/ivendnext/whatsapp-accounts/pkg/whatsapptest"
)

// patiently is eventually for what takes a provider's time-outs to come about.
func patiently(t testing.TB, what string, done func() bool) {
	t.Helper()
	for deadline := time.Now().Add(4 * timeout); !done(); time.Sleep(10 * tick) {
		require.False(t, time.Now().After(deadline), "not within %v: %s", 4*timeout, what)
	}
}

// TestAProviderThatHangsHoldsUpNobodyAndIsAskedAgainByItself is O2: resolve is answered all the while, no account changes, the breaker opens and
// closes, and every receipt is sent once the provider answers.
func TestAProviderThatHangsHoldsUpNobodyAndIsAskedAgainByItself(t *testing.T) {
	t.Parallel()
	double := whatsapptest.StartMeta(t, whatsapptest.SampleMeta())
	i := onPostgres(t).with("WA_ALLOW_PRIVATE_PROVIDERS", "true")
	key := i.apiKey(t, "default")
	p := i.serve(t)
	c := p.as(t, key)
	ask := sample(double)
	ask.IsDefaultOutgoing = new(true)
	before := made(t, c, ask)
	double.FailEvery(1, whatsapptest.Hang(), whatsapptest.MarkRead)
	const messages = 20
	for range messages {
		_, err := double.Webhooks(whatsapptest.SampleAppID, p.url+"/webhooks/meta").Send(t.Context(), whatsapptest.Incoming{Content: whatsapptest.Text("hi")})
		require.NoError(t, err)
	}
	resolved := 0
	patiently(t, "the breaker opens", func() bool {
		found, err := c.Default(t.Context(), client.Outgoing)
		require.NoError(t, err)
		require.Equal(t, before.ID, found.ID)
		resolved++
		return assert.ObjectsAreEqual("1", gauge(t, p, "whatsapp_accounts_breakers_open"))
	})
	after, err := c.GetAccount(t.Context(), before.ID)
	require.NoError(t, err)
	assert.Equal(t, before.Account, after.Account)
	double.Heal()
	patiently(t, "every receipt is sent", func() bool {
		sent := 0
		for _, e := range told(t, c, "message.received") {
			if e.ReadReceipt != nil && e.ReadReceipt.Status == "sent" {
				sent++
			}
		}
		return sent == messages
	})
	assert.Equal(t, "0", gauge(t, p, "whatsapp_accounts_breakers_open"))
	t.Logf("O2: %d resolves while the provider hung", resolved)
}

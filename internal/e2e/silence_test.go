package e2e

import (
	"context"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	v1 "github.com/ivendnext/whatsapp-accounts/api/v1"
	"github.com/ivendnext/whatsapp-accounts/pkg/client"
	"github.com/ivendnext/whatsapp-accounts/pkg/whatsapptest"
)

// patiently is eventually for what takes a provider's time-outs to come about.
func patiently(t testing.TB, what string, done func() bool) {
	t.Helper()
	waitFor(t, 4*timeout, what, done)
}

// openBreakers reads how many breakers are open.
func openBreakers(t testing.TB, p *process) string {
	t.Helper()
	for line := range strings.Lines(p.metrics(t)) {
		if value, is := strings.CutPrefix(strings.TrimSpace(line), "whatsapp_accounts_breakers_open "); is {
			return value
		}
	}
	return ""
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
		return openBreakers(t, p) == "1"
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
	assert.Equal(t, "0", openBreakers(t, p))
	t.Logf("O2: %d resolves while the provider hung", resolved)
}

// TestAProviderThatHangsWhileMessagesAreSentHoldsUpNoOtherAccount is O2 for sends: another account sends all the while, what hung is unknown and never sent
// again, and what had not begun is sent once the provider answers.
func TestAProviderThatHangsWhileMessagesAreSentHoldsUpNoOtherAccount(t *testing.T) {
	t.Parallel()
	hangs, answers := whatsapptest.StartMeta(t, whatsapptest.SampleMeta()), whatsapptest.StartWASender(t, whatsapptest.SampleWASender())
	i := onPostgres(t).with("WA_ALLOW_PRIVATE_PROVIDERS", "true")
	key := i.apiKey(t, "default")
	p := i.serve(t)
	c := p.as(t, key)
	slow, quick := made(t, c, outgoing(hangs)), made(t, c, v1.AccountCreate{
		AccountName: new("Quick"), AccountType: new("WASender"), Status: new("Active"),
		WASenderSettings: &v1.WASenderSettingsWrite{WASenderURL: new(answers.URL + "/api"), WASenderAPIKey: new(whatsapptest.SampleAPIKey)},
	})
	hangs.FailEvery(1, whatsapptest.Hang(), whatsapptest.SendMessage)
	const messages = 40
	send := func(n int, from string) {
		ask := note(n)
		ask.AccountID = &from
		_, err := c.SendMessage(t.Context(), ask)
		require.NoError(t, err)
	}
	for n := range messages {
		send(n, slow.ID)
	}
	within, cancel := context.WithTimeout(t.Context(), timeout)
	defer cancel()
	_, err := hangs.Wait(within, 1, whatsapptest.SendMessage)
	require.NoError(t, err)
	for n := range 5 {
		send(1000+n, quick.ID)
	}
	eventually(t, "the other account has sent", func() bool { return len(answers.Sent()) == 5 })
	require.Zero(t, statusesOf(t, c, slow.ID)["accepted"])

	patiently(t, "the breaker opens", func() bool { return openBreakers(t, p) == "1" })
	hangs.Heal()
	patiently(t, "nothing waits any more", func() bool { return nothingLeft(t, c, slow.ID) })
	counts := statusesOf(t, c, slow.ID)
	assert.Equal(t, messages, counts["accepted"]+counts["unknown"], "%v", counts)
	assert.Positive(t, counts["unknown"])
	assert.Len(t, hangs.Sent(), counts["accepted"])
	for ref, times := range arrived(hangs) {
		assert.Equal(t, 1, times, ref)
	}
	assert.Equal(t, "0", openBreakers(t, p))
	t.Logf("O2 with sends: %v", counts)
}

// statusesOf counts the messages of an account by status.
func statusesOf(t testing.TB, c *client.Client, accountID string) map[string]int {
	t.Helper()
	counts := map[string]int{}
	for m, err := range c.AllMessages(t.Context(), client.MessageQuery{AccountID: accountID, Page: client.Page{Limit: 200}}) {
		require.NoError(t, err)
		counts[m.Status]++
	}
	return counts
}

package e2e

import (
	"context"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/ivendnext/whatsapp-accounts/pkg/client"
	"github.com/ivendnext/whatsapp-accounts/pkg/whatsapptest"
)

// inFlight is how many receipts two replicas may have begun at one moment, and begun how long a receipt may be on its way.
const (
	inFlight = 2 * 16
	begun    = 2 * time.Second
)

// TestNoReadReceiptIsBegunOnceInactiveIsAnswered is D4 for read receipts: what arrives after the answer had begun before it.
func TestNoReadReceiptIsBegunOnceInactiveIsAnswered(t *testing.T) {
	t.Parallel()
	double := whatsapptest.StartMeta(t, whatsapptest.SampleMeta())
	i := onPostgres(t).watched().with("WA_ALLOW_PRIVATE_PROVIDERS", "true")
	key := i.apiKey(t, "default")
	one, two := i.serve(t), i.serve(t)
	a := made(t, one.as(t, key), sample(double))
	messages := make([]whatsapptest.Event, 200) // at 80 a second, more than two seconds
	for n := range messages {
		messages[n] = whatsapptest.Incoming{Content: whatsapptest.Text("hello")}
	}
	sent, err := double.Webhooks(whatsapptest.SampleAppID, one.url+"/webhooks/meta").Send(t.Context(), messages...)
	require.NoError(t, err)
	require.True(t, sent.Delivered)
	within, cancel := context.WithTimeout(t.Context(), timeout)
	defer cancel()
	_, err = double.Wait(within, 20, whatsapptest.MarkRead)
	require.NoError(t, err)

	_, err = two.as(t, key).UpdateAccount(t.Context(), a.ID, client.Patch{"status": "Inactive"})
	require.NoError(t, err)
	answered := time.Now()

	states := map[string]int{}
	eventually(t, "every receipt is settled", func() bool {
		clear(states)
		for _, e := range told(t, one.as(t, key), "message.received") {
			if e.ReadReceipt != nil {
				states[e.ReadReceipt.Status]++
			}
		}
		return states["sent"]+states["cancelled"] == len(messages)
	})
	late := 0
	for _, r := range double.Requests(whatsapptest.MarkRead) {
		if r.At.After(answered) {
			late++
			assert.Less(t, r.At.Sub(answered), begun, "a receipt that began after the answer")
		}
	}
	assert.LessOrEqual(t, late, inFlight)
	assert.Len(t, double.Requests(whatsapptest.MarkRead), states["sent"], "what was cancelled was not asked")
	assert.Positive(t, states["cancelled"])
	t.Logf("D4: %d sent, %d cancelled, %d were on their way when Inactive was answered", states["sent"], states["cancelled"], late)
}

package e2e

import (
	"encoding/json"
	"fmt"
	"iter"
	"slices"
	"syscall"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	v1 "github.com/ivendnext/whatsapp-accounts/api/v1"
	"github.com/ivendnext/whatsapp-accounts/pkg/client"
	"github.com/ivendnext/whatsapp-accounts/pkg/whatsapptest"
)

// greeting is an approved template with one value.
func greeting(t testing.TB, c *client.Client, double *whatsapptest.Meta, accountID string) string {
	t.Helper()
	made, err := c.CreateTemplate(t.Context(), v1.TemplateCreate{
		AccountID: &accountID, Label: new("Greeting"), Language: new("en_US"), Category: new("UTILITY"), Body: new("Hi {{1}}, your order is ready."), Samples: map[string]*string{"1": new("Ann")},
	})
	require.NoError(t, err)
	submitted, err := c.SubmitTemplate(t.Context(), made.ID)
	require.NoError(t, err)
	_, err = double.Review(*submitted.ProviderID, "APPROVED", "")
	require.NoError(t, err)
	require.NoError(t, c.SyncTemplates(t.Context(), accountID))
	eventually(t, "the template is approved", func() bool {
		now, err := c.GetTemplate(t.Context(), made.ID)
		return err == nil && now.Status == "APPROVED"
	})
	return made.ID
}

// customers are that many recipients.
func customers(n int) iter.Seq[v1.BulkRecipient] {
	return func(yield func(v1.BulkRecipient) bool) {
		for i := range n {
			if !yield(v1.BulkRecipient{To: new(fmt.Sprintf("+97151%07d", i)), Parameters: json.RawMessage(fmt.Sprintf(`["N%d"]`, i))}) {
				return
			}
		}
	}
}

// counted reads a bulk message, whose counts always add up.
func counted(t testing.TB, c *client.Client, id string) *v1.BulkCounts {
	t.Helper()
	b, err := c.GetBulkMessage(t.Context(), id)
	require.NoError(t, err)
	n := b.Counts
	require.Equal(t, b.Total, n.Pending+n.Queued+n.Sending+n.Unknown+n.Accepted+n.Sent+n.Delivered+n.Read+n.Failed+n.Cancelled+n.Discarded)
	return n
}

// TestEachRecipientOfABulkMessageIsReachedOnceThoughTheServiceIsKilled kills the service while recipients become messages and are sent. Meanwhile a single
// message does not wait behind them.
func TestEachRecipientOfABulkMessageIsReachedOnceThoughTheServiceIsKilled(t *testing.T) {
	t.Parallel()
	for name, on := range databases {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			const total = 600
			double := whatsapptest.StartMeta(t, whatsapptest.SampleMeta())
			i := on(t).watched().with("WA_ALLOW_PRIVATE_PROVIDERS", "true")
			key := i.apiKey(t, "default")
			p := i.serve(t)
			c := p.as(t, key)
			account := made(t, c, outgoing(double))
			bulk, err := c.SendBulkMessage(t.Context(), v1.BulkSend{Title: new("Orders"), TemplateID: new(greeting(t, c, double, account.ID))}, customers(total), client.IdempotencyKey("k"))
			require.NoError(t, err)
			require.Equal(t, total, bulk.Counts.Pending)
			eventually(t, "some are sent", func() bool { return counted(t, c, bulk.ID).Accepted > 20 })
			p.signal(syscall.SIGKILL)
			<-p.ended

			c = i.serve(t).as(t, key)
			before := len(double.Sent())
			single, err := c.SendMessage(t.Context(), note(1))
			require.NoError(t, err)
			for quarter := range 3 {
				eventually(t, "the recipients are reached", func() bool { return counted(t, c, bulk.ID).Accepted > (quarter+1)*total/4 })
			}
			eventually(t, "the bulk message is done", func() bool {
				b, err := c.GetBulkMessage(t.Context(), bulk.ID)
				return err == nil && *b.Done
			})
			place := slices.IndexFunc(double.Sent(), func(s whatsapptest.Sent) bool { return s.CallbackData == single.ID })
			require.GreaterOrEqual(t, place, 0, "the single message is sent")
			assert.Less(t, place-before, 3*80+50, "it waits behind no more of the bulk than goes in three seconds, and what was on its way")
			n, times := counted(t, c, bulk.ID), arrived(double)
			assert.Equal(t, total, n.Accepted+n.Unknown, "%v", n)
			for id, times := range times {
				assert.Equal(t, 1, times, "%s was sent more than once", id)
			}
			assert.GreaterOrEqual(t, len(times)-1, n.Accepted)
			t.Logf("%v, of which the provider took %d; the single message went after %d of them", *n, len(times)-1, place-before)
		})
	}
}

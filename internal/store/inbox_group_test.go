package store

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/ivendnext/whatsapp-accounts/internal/provider/meta"
	"github.com/ivendnext/whatsapp-accounts/internal/webhook"
)

// Receipts are written in the order of their dedupe keys, which is nobody's.
func TestWebhooksThatAreKeptTogetherAreHandledInTheOrderInWhichTheyCame(t *testing.T) {
	onInbox(t, func(i *inbox) {
		a := i.number(i.one, "305", "204", "key")
		var came []string
		keep := func(ids ...string) {
			var all []webhook.Receipt
			for _, id := range ids {
				all = append(all, webhook.Receipt{
					ID: newID(), Type: meta.Type, Proved: []webhook.Party{{AccountID: a.ID, Site: i.one}}, Body: []byte(textFor("305", "204", id)), ReceivedAt: i.clock.now(),
				})
			}
			_, err := i.Receipts().Keep(i.Context(), all)
			require.NoError(i, err)
		}
		for n := range 20 {
			came = append(came, string(rune('a'+n)))
		}
		keep(came[:10]...)
		keep(append([]string{"c", "a"}, came[10:]...)...)
		i.work()
		var told []string
		for _, e := range i.feed(i.one) {
			told = append(told, dataOf(i, e)["message"].(map[string]any)["id"].(string))
		}
		require.Equal(i, came, told)
	})
}

func TestAnIDThatIsNoTextToTheDatabaseIsThatOfNoAccount(t *testing.T) {
	onInbox(t, func(i *inbox) {
		i.number(i.one, "305", "204", "key")
		require.ErrorIs(i, i.post(`{"entry":[{"id":"\u0000"}]}`, "key"), webhook.ErrUnproved)
		require.NoError(i, i.post(`{"entry":[{"id":"204","changes":[{"field":"messages","value":{"metadata":{"phone_number_id":"3\u000005"},"messages":[{"id":"x"}]}}]}]}`, "key"))
		i.work()
		require.Equal(i, []string{"webhook.unrouted"}, i.types(i.one))
	})
}

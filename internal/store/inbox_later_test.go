package store

import (
	"bytes"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/ivendnext/whatsapp-accounts/internal/account"
	"github.com/ivendnext/whatsapp-accounts/internal/event"
	"github.com/ivendnext/whatsapp-accounts/internal/provider/meta"
	"github.com/ivendnext/whatsapp-accounts/internal/provider/wasender"
	"github.com/ivendnext/whatsapp-accounts/internal/queue"
	"github.com/ivendnext/whatsapp-accounts/internal/readreceipt"
	"github.com/ivendnext/whatsapp-accounts/internal/secret"
	"github.com/ivendnext/whatsapp-accounts/internal/webhook"
)

func TestOneReadReceiptForEachMessageThatCanBeRead(t *testing.T) {
	onInbox(t, func(i *inbox) {
		a := i.number(i.one, "305", "204", "key")
		require.NoError(i, i.post(textFor("305", "204", "before"), "key"))
		i.work()
		require.Zero(i, i.count("read_receipts"), "the flag is off")
		i.update(i.one, a.ID, account.Change{AllowAutoReadReceipt: new(true)})
		for range 16 {
			require.NoError(i, i.post(textFor("305", "204", "wamid.1"), "key"))
			require.NoError(i, i.post(textFor("305", "204", "before"), "key"))
			require.NoError(i, i.post(strings.Replace(textFor("305", "204", "wamid.2"), `"type":"text"`, `"type":"system"`, 1), "key"))
			i.work()
		}
		require.Equal(i, 1, i.count("read_receipts"))
		runs, err := i.Jobs().Claim(i.Context(), readreceipt.Queue, queue.Want{Runs: 8, Each: 8}, time.Minute)
		require.NoError(i, err)
		require.Len(i, runs, 1)
		r, err := i.ReadReceipts().Due(i.Context(), i.one, runs[0][0].Subject)
		require.NoError(i, err)
		require.Equal(i, "wamid.1", r.MessageID)
		for _, e := range i.feed(i.one) {
			if dataOf(i, e)["message"].(map[string]any)["id"] == "wamid.1" {
				require.Equal(i, event.ReceiptQueued, e.ReadReceipt.State)
			} else {
				require.Nil(i, e.ReadReceipt)
			}
		}
	})
}

func TestReadReceiptsOfANumberAreSpreadOverTime(t *testing.T) {
	onInbox(t, func(i *inbox) {
		a := i.number(i.one, "305", "204", "key")
		i.update(i.one, a.ID, account.Change{AllowAutoReadReceipt: new(true)})
		var messages []string
		for n := range 161 {
			messages = append(messages, fmt.Sprintf(`{"id":"m%d","type":"text"}`, n))
		}
		require.NoError(i, i.post(`{"entry":[{"id":"204","changes":[{"field":"messages","value":{"metadata":{"phone_number_id":"305"},"messages":[`+strings.Join(messages, ",")+`]}}]}]}`, "key"))
		i.work()
		claimed := func() (n int) {
			runs, err := i.Jobs().Claim(i.Context(), readreceipt.Queue, queue.Want{Runs: 500, Each: 500}, time.Hour)
			require.NoError(i, err)
			for _, run := range runs {
				n += len(run)
			}
			return n
		}
		require.Equal(i, 1, claimed())
		i.clock.advance(time.Second)
		require.Equal(i, 80, claimed())
		i.clock.advance(time.Second)
		require.Equal(i, 80, claimed())
	})
}

func TestWASenderIsProvedByItsPathAndSecretAndKeptWithoutIt(t *testing.T) {
	onInbox(t, func(i *inbox) {
		ask := i.wasender("B")
		ask.Sections["wasender_settings"]["webhook_secret"] = clear("the-hook")
		ask.Sections["wasender_settings"]["wasender_api_key"] = clear("the-api-key")
		a := i.create(i.one, ask)
		body := `{"event":"messages.received","sessionId":"the-api-key","note":"the-hook","data":{"messages":{"key":{"id":"3EB0","fromMe":false,"remoteJid":"1@s.whatsapp.net"},"messageBody":"Hi"}}}`
		accept := func(id, signature string) error {
			_, err := i.acceptor.Accept(i.Context(), i.doors[wasender.Type], webhook.Delivery{AccountID: id, Signature: signature, Body: []byte(body)})
			return err
		}
		require.ErrorIs(i, accept(a.ID, "wrong"), webhook.ErrUnproved)
		require.ErrorIs(i, accept(a.ID, ""), webhook.ErrUnproved)
		require.ErrorIs(i, accept(newID(), "the-hook"), webhook.ErrUnproved)
		require.NoError(i, accept(a.ID, "the-hook"))
		i.work()
		require.Equal(i, []string{"message.received"}, i.types(i.one))
		for _, table := range []string{"webhook_receipts", "events", "jobs", "read_receipts"} {
			for _, r := range i.rows("SELECT * FROM " + table) {
				require.NotContains(i, fmt.Sprintf("%s", r), "the-api-key")
				require.NotContains(i, fmt.Sprintf("%s", r), "the-hook")
			}
		}
	})
}

func TestWhatAStrangerSendsIsTriedAgainstFewSecrets(t *testing.T) {
	onInbox(t, func(i *inbox) {
		for n := range 70 {
			i.number(i.one, fmt.Sprint(n), "204", fmt.Sprint("key", n))
		}
		begun := 0
		counting := i.doors[meta.Type]
		counting.Receiver = countingReceiver{meta.Receiver{}, &begun}
		body := textFor("1", "204", "m")
		_, err := i.acceptor.Accept(i.Context(), counting, webhook.Delivery{Signature: signed(body, "wrong"), Body: []byte(body)})
		require.ErrorIs(i, err, webhook.ErrUnproved)
		require.Equal(i, 64, begun)
	})
}

type countingReceiver struct {
	meta.Receiver

	tries *int
}

func (c countingReceiver) Proves(signature string, body []byte, with secret.Text) bool {
	*c.tries++
	return c.Receiver.Proves(signature, body, with)
}

// TestManyDeliveriesAtOnceToTwoReplicasHaveOneEffectEach is W2.
func TestManyDeliveriesAtOnceToTwoReplicasHaveOneEffectEach(t *testing.T) {
	onInbox(t, func(i *inbox) {
		i.number(i.one, "305", "204", "key")
		other := i.again()
		other.UseBox(i.box)
		replicas := []*webhook.Acceptor{i.acceptor, webhook.NewAcceptor(other.Candidates(), other.Receipts(), webhook.Options{Witness: i.witness, Now: i.clock.now, NewID: newID})}
		require.Empty(i, race(32, func(w int) error {
			for n := range 25 {
				body := textFor("305", "204", fmt.Sprint("wamid.", (n+w)%25))
				if _, err := replicas[w%2].Accept(i.Context(), i.doors[meta.Type], webhook.Delivery{Signature: signed(body, "key"), Body: []byte(body)}); err != nil {
					return err
				}
			}
			return nil
		}))
		require.Equal(i, 25, i.count("webhook_receipts"))
		i.work()
		require.Len(i, i.feed(i.one), 25)
	})
}

func TestHandledReceiptsArePurgedAndOthersStay(t *testing.T) {
	onInbox(t, func(i *inbox) {
		i.number(i.one, "305", "204", "key")
		require.NoError(i, i.post(textFor("305", "204", "1"), "key"))
		i.work()
		require.NoError(i, i.post(textFor("305", "204", "2"), "key"))
		n, err := i.Receipts().PurgeReceipts(i.Context(), i.clock.now().Add(time.Second))
		require.NoError(i, err)
		require.EqualValues(i, 1, n)
		require.Equal(i, 1, i.count("webhook_receipts"))
	})
}

func TestSmallReceiptsAreReadTogetherAndNoOthers(t *testing.T) {
	onInbox(t, func(i *inbox) {
		a := i.create(i.one, i.meta("A"))
		var ids []string
		for _, size := range []int{1, smallBody, smallBody + 1} {
			r := webhook.Receipt{ID: newID(), Type: meta.Type, Confined: true, Signature: "s", Proved: []webhook.Party{{AccountID: a.ID, Site: i.one}}, Body: bytes.Repeat([]byte("x"), size), ReceivedAt: i.clock.now()}
			_, err := i.Receipts().Keep(i.Context(), []webhook.Receipt{r})
			require.NoError(i, err)
			ids = append(ids, r.ID)
		}
		found, err := i.Receipts().Small(i.Context(), append(ids, newID(), "no id"))
		require.NoError(i, err)
		require.Len(i, found, 2)
		for _, id := range ids[:2] {
			alone, err := i.Receipts().Receipt(i.Context(), id)
			require.NoError(i, err)
			require.Equal(i, alone, found[id])
		}
	})
}

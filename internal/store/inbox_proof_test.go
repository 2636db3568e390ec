package store

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/ivendnext/whatsapp-accounts/internal/account"
	"github.com/ivendnext/whatsapp-accounts/internal/event"
	"github.com/ivendnext/whatsapp-accounts/internal/provider/meta"
	"github.com/ivendnext/whatsapp-accounts/internal/site"
	"github.com/ivendnext/whatsapp-accounts/internal/webhook"
)

func TestASignedMessageBecomesOneEventHoweverOftenItComes(t *testing.T) {
	onInbox(t, func(i *inbox) {
		a := i.number(i.one, "305", "204", "key")
		for range 3 {
			require.NoError(i, i.post(textFor("305", "204", "wamid.1"), "key"))
			require.NoError(i, i.post(textFor("305", "other", "wamid.1"), "key"), "the same message in another body")
			i.work()
		}
		events := i.feed(i.one)
		require.Len(i, events, 1)
		require.Equal(i, event.MessageReceived, events[0].Type)
		require.Equal(i, a.ID, events[0].AccountID)
		require.Equal(i, "wamid.1", dataOf(i, events[0])["message"].(map[string]any)["id"])
		require.Zero(i, i.count("jobs"))
	})
}

func TestWhatNoSecretProvesIsRefusedAndNotKept(t *testing.T) {
	onInbox(t, func(i *inbox) {
		a := i.number(i.one, "305", "204", "key")
		body := textFor("305", "204", "wamid.1")
		require.ErrorIs(i, i.post(body, "another key"), webhook.ErrUnproved)
		require.ErrorIs(i, i.post(textFor("999", "888", "wamid.1"), "key"), webhook.ErrUnproved, "it names only strangers")
		_, err := i.acceptor.Accept(i.Context(), i.doors[meta.Type], webhook.Delivery{Body: []byte(body)})
		require.ErrorIs(i, err, webhook.ErrUnproved)
		i.update(i.one, a.ID, set("app_secret", nil))
		require.ErrorIs(i, i.post(body, "key"), webhook.ErrUnproved)
		require.Zero(i, i.count("webhook_receipts"))
		require.Equal(i, []string{"bad_signature " + a.ID, "unsigned " + a.ID, "no_secret " + a.ID}, i.witness.lines)
	})
}

func TestAReplacedAppSecretProvesForADay(t *testing.T) {
	onInbox(t, func(i *inbox) {
		a := i.number(i.one, "305", "204", "old")
		i.update(i.one, a.ID, set("app_secret", clear("new")))
		require.NoError(i, i.post(textFor("305", "204", "1"), "new"))
		require.NoError(i, i.post(textFor("305", "204", "2"), "old"))
		i.clock.advance(24*time.Hour + time.Second)
		require.ErrorIs(i, i.post(textFor("305", "204", "3"), "old"), webhook.ErrUnproved)
	})
}

func TestWhoRegistersThePhoneIDOfAnotherSiteNeitherReadsNorBlocksIt(t *testing.T) {
	onInbox(t, func(i *inbox) {
		i.number(i.one, "305", "204", "key")
		i.number(i.two, "305", "204", "guessed")
		require.NoError(i, i.post(textFor("305", "204", "wamid.1"), "key"))
		i.work()
		require.Equal(i, []string{"message.received"}, i.types(i.one))
		require.Empty(i, i.feed(i.two))
	})
}

func TestTwoSitesThatBothProveEachGetTheirOwn(t *testing.T) {
	onInbox(t, func(i *inbox) {
		i.number(i.one, "305", "204", "key")
		i.number(i.two, "305", "204", "key")
		require.NoError(i, i.post(textFor("305", "204", "wamid.1"), "key"))
		i.work()
		for _, in := range []site.Site{i.one, i.two} {
			require.Equal(i, []string{"message.received"}, i.types(in))
		}
	})
}

func TestUnknownIdsBesideAProvedAccountAreKeptForNobody(t *testing.T) {
	onInbox(t, func(i *inbox) {
		i.number(i.one, "305", "204", "key")
		var changes []string
		for n := range 1000 {
			changes = append(changes, fmt.Sprintf(`{"field":"messages","value":{"metadata":{"phone_number_id":"9%04d"},"messages":[{"id":"m%d","type":"text"}]}}`, n, n))
		}
		require.NoError(i, i.post(`{"entry":[{"id":"204","changes":[`+strings.Join(changes, ",")+`]}]}`, "key"))
		i.work()
		events := i.feed(i.one)
		require.Len(i, events, 1000)
		for _, e := range events {
			require.Equal(i, event.WebhookUnrouted, e.Type)
			require.Empty(i, e.AccountID)
			require.Equal(i, "unknown_id", dataOf(i, e)["reason"])
		}
	})
}

func TestTheOwnSecretOfEachAccountMustProve(t *testing.T) {
	onInbox(t, func(i *inbox) {
		i.number(i.one, "305", "204", "key")
		i.number(i.one, "306", "205", "another")
		i.number(i.two, "307", "206", "of two")
		body := `{"entry":[` + strings.Join([]string{
			`{"id":"204","changes":[{"field":"messages","value":{"metadata":{"phone_number_id":"305"},"messages":[{"id":"a","type":"text"}]}}]}`,
			`{"id":"205","changes":[{"field":"messages","value":{"metadata":{"phone_number_id":"306"},"messages":[{"id":"b","type":"text"}]}}]}`,
			`{"id":"206","changes":[{"field":"messages","value":{"metadata":{"phone_number_id":"307"},"messages":[{"id":"c","type":"text"}]}}]}`,
		}, ",") + `]}`
		require.NoError(i, i.post(body, "key"))
		i.work()
		require.Equal(i, []string{"message.received", "webhook.unrouted", "webhook.unrouted"}, i.types(i.one))
		require.Equal(i, "unproved", dataOf(i, i.feed(i.one)[1])["reason"])
		require.Equal(i, "unknown_id", dataOf(i, i.feed(i.one)[2])["reason"], "that another site has the number is not told")
		require.Empty(i, i.feed(i.two))
	})
}

func TestAnInactiveAccountReceivesNothingAndIsAnswered(t *testing.T) {
	onInbox(t, func(i *inbox) {
		a := i.number(i.one, "305", "204", "key")
		i.update(i.one, a.ID, account.Change{Status: new(account.Inactive)})
		require.NoError(i, i.post(textFor("305", "204", "wamid.1"), "key"))
		i.work()
		events := i.feed(i.one)
		require.Len(i, events, 1)
		require.Equal(i, event.WebhookUnrouted, events[0].Type)
		require.Equal(i, "account_inactive", dataOf(i, events[0])["reason"])
	})
}

func TestAnAccountSwitchedOffBeforeItsTurnReceivesNothing(t *testing.T) {
	onInbox(t, func(i *inbox) {
		a := i.number(i.one, "305", "204", "key")
		require.NoError(i, i.post(textFor("305", "204", "wamid.1"), "key"))
		i.update(i.one, a.ID, account.Change{Status: new(account.Inactive)})
		i.work()
		require.Equal(i, []string{"webhook.unrouted"}, i.types(i.one))
	})
}

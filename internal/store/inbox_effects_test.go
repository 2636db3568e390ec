package store

import (
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/ivendnext/whatsapp-accounts/internal/account"
	"github.com/ivendnext/whatsapp-accounts/internal/provider/meta"
	"github.com/ivendnext/whatsapp-accounts/internal/site"
	"github.com/ivendnext/whatsapp-accounts/internal/webhook"
)

func TestABodyThatNamesNobodyGoesToTheDefaultIncomingAccountThatProvesIt(t *testing.T) {
	onInbox(t, func(i *inbox) {
		a, b := i.number(i.one, "305", "204", "key"), i.number(i.two, "306", "205", "key of two")
		for in, id := range map[site.Site]string{i.one: a.ID, i.two: b.ID} {
			_, err := i.service.SetDefault(i.Context(), caller(in), account.Incoming, id, nil)
			require.NoError(i, err)
		}
		body := `{"object":"whatsapp_business_account","entry":[{"changes":[{"field":"messages","value":{"messages":[{"id":"m","type":"text"}]}}]}]}`
		require.NoError(i, i.post(body, "key"))
		require.ErrorIs(i, i.post(body, "nobody's"), webhook.ErrUnproved)
		i.work()
		require.Equal(i, []string{"message.received"}, i.types(i.one))
		require.Empty(i, i.feed(i.two))
	})
}

func TestAPathThatNamesAnAccountConfinesTheBodyToIt(t *testing.T) {
	onInbox(t, func(i *inbox) {
		a := i.number(i.one, "305", "204", "key")
		i.number(i.one, "306", "204", "key")
		body := `{"entry":[{"id":"204","changes":[{"field":"messages","value":{"metadata":{"phone_number_id":"305"},"messages":[{"id":"a","type":"text"}]}},
			{"field":"messages","value":{"metadata":{"phone_number_id":"306"},"messages":[{"id":"b","type":"text"}]}}]}]}`
		_, err := i.acceptor.Accept(i.Context(), i.doors[meta.Type], webhook.Delivery{AccountID: a.ID, Signature: signed(body, "key"), Body: []byte(body)})
		require.NoError(i, err)
		i.work()
		require.Equal(i, []string{"message.received", "webhook.unrouted"}, i.types(i.one))
		for _, nobody := range []string{newID(), "x"} {
			_, err := i.acceptor.Accept(i.Context(), i.doors[meta.Type], webhook.Delivery{AccountID: nobody, Signature: signed(body, "key"), Body: []byte(body)})
			require.ErrorIs(i, err, webhook.ErrUnproved)
		}
	})
}

func TestAccountEventsAreToldOnceToEachAccountOfTheBusiness(t *testing.T) {
	onInbox(t, func(i *inbox) {
		a, b := i.number(i.one, "305", "204", "key"), i.number(i.one, "306", "204", "key")
		body := `{"entry":[{"id":"204","time":1795345200,"changes":[{"field":"account_update","value":{"event":"ACCOUNT_RESTRICTION"}}]}]}`
		for range 2 {
			require.NoError(i, i.post(body, "key"))
			i.work()
		}
		require.Equal(i, []string{"account.health", "account.health"}, i.types(i.one))
		for _, of := range []account.Account{a, b} {
			facts, err := i.Books().Health(i.Context(), i.one, of.ID)
			require.NoError(i, err)
			require.Contains(i, string(facts["account"].Value), "ACCOUNT_RESTRICTION")
			require.Equal(i, time.Unix(1795345200, 0).UTC(), facts["account"].At.UTC())
			require.Equal(i, account.Active, i.get(i.one, of.ID).Status, "what the provider says changes no status")
		}
	})
}

// TestStatesOnlyMoveForward is W6: all orders of the four statuses.
func TestStatesOnlyMoveForward(t *testing.T) {
	onInbox(t, func(i *inbox) {
		i.number(i.one, "305", "204", "key")
		finals := map[string]string{}
		for _, c := range []struct {
			final string
			some  []string
		}{{"read", []string{"sent", "delivered", "read", "failed"}}, {"failed", []string{"sent", "failed"}}, {"delivered", []string{"sent", "delivered", "failed"}}, {"sent", []string{"sent"}}} {
			for _, order := range orders(c.some) {
				id := "wamid." + strings.Join(order, ".")
				finals[id] = c.final
				for _, status := range order {
					require.NoError(i, i.post(statusFor("305", id, status), "key"))
				}
			}
		}
		i.work()
		for id, final := range finals {
			require.Equal(i, final, text(i.rows("SELECT state FROM message_states WHERE message_id = ?", id)[0]["state"]), id)
		}
		last := i.feed(i.one)
		require.Contains(i, dataOf(i, last[len(last)-1]), "state")
	})
}

// orders gives every order of some things.
func orders(of []string) [][]string {
	if len(of) < 2 {
		return [][]string{of}
	}
	var all [][]string
	for n := range of {
		rest := append(append([]string{}, of[:n]...), of[n+1:]...)
		for _, r := range orders(rest) {
			all = append(all, append([]string{of[n]}, r...))
		}
	}
	return all
}

package store

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/ivendnext/whatsapp-accounts/internal/account"
	"github.com/ivendnext/whatsapp-accounts/internal/webhook"
)

// adopt has an account adopt what is kept for nobody, and does the jobs.
func (i *inbox) adopt(a account.Account) webhook.Adopted {
	i.Helper()
	done, err := webhook.NewAdopter(i.accounts, i.Events(), i.Candidates(), i.Receipts(), i.doors, nil).Adopt(i.Context(), a.Site, a.ID)
	require.NoError(i, err)
	i.work()
	return done
}

func TestWhatCameForAnAccountBeforeItWasThereIsAdopted(t *testing.T) {
	onInbox(t, func(i *inbox) {
		i.number(i.one, "1", "70", "key")
		for _, id := range []string{"a", "b"} {
			require.NoError(i, i.post(textFor("2", "70", id), "key"))
		}
		require.NoError(i, i.post(textFor("3", "70", "c"), "key"))
		i.work()
		require.Equal(i, []string{"webhook.unrouted", "webhook.unrouted", "webhook.unrouted"}, i.types(i.one))
		late := i.number(i.one, "2", "70", "key")
		require.Equal(i, webhook.Adopted{Adopted: 2}, i.adopt(late))
		require.Equal(i, []string{"message.received", "message.received"}, i.types(i.one)[3:])
		require.Equal(i, late.ID, i.feed(i.one)[3].AccountID)
		require.Equal(i, webhook.Adopted{Already: 2}, i.adopt(late), "nothing is done twice")
		require.Len(i, i.feed(i.one), 5)
	})
}

func TestWhatCameForAnInactiveAccountIsAdoptedOnceItIsActive(t *testing.T) {
	onInbox(t, func(i *inbox) {
		a := i.number(i.one, "1", "70", "key")
		i.update(i.one, a.ID, account.Change{Status: new(account.Inactive)})
		require.NoError(i, i.post(textFor("1", "70", "a"), "key"))
		i.work()
		_, err := webhook.NewAdopter(i.accounts, i.Events(), i.Candidates(), i.Receipts(), i.doors, nil).Adopt(i.Context(), i.one, a.ID)
		require.ErrorIs(i, err, account.ErrInactive)
		i.update(i.one, a.ID, account.Change{Status: new(account.Active)})
		require.Equal(i, webhook.Adopted{Adopted: 1}, i.adopt(a))
		require.Equal(i, webhook.Adopted{Adopted: 1}, i.adopt(a), "it is handled again, and changes nothing")
		require.Equal(i, []string{"webhook.unrouted", "message.received"}, i.types(i.one))
	})
}

func TestOnlyItsOwnSecretLetsAnAccountAdopt(t *testing.T) {
	onInbox(t, func(i *inbox) {
		i.number(i.one, "1", "70", "key")
		require.NoError(i, i.post(textFor("2", "70", "a"), "key"))
		i.work()
		require.Equal(i, webhook.Adopted{Unproved: 1}, i.adopt(i.number(i.one, "2", "70", "another key")))
		require.Equal(i, webhook.Adopted{}, i.adopt(i.number(i.two, "2", "70", "key")), "another site's events are not looked at")
		require.Equal(i, []string{"webhook.unrouted"}, i.types(i.one))
		require.Empty(i, i.types(i.two))
	})
}

func TestABodyThatIsNoLongerKeptIsToldAsGone(t *testing.T) {
	onInbox(t, func(i *inbox) {
		i.number(i.one, "1", "70", "key")
		require.NoError(i, i.post(textFor("2", "70", "a"), "key"))
		i.work()
		n, err := i.Receipts().PurgeReceipts(i.Context(), i.clock.now().Add(time.Second))
		require.NoError(i, err)
		require.EqualValues(i, 1, n)
		require.Equal(i, webhook.Adopted{Gone: 1}, i.adopt(i.number(i.one, "2", "70", "key")))
	})
}

func TestAnAdoptedReceiptIsKeptUntilItIsHandled(t *testing.T) {
	onInbox(t, func(i *inbox) {
		i.number(i.one, "1", "70", "key")
		require.NoError(i, i.post(textFor("2", "70", "a"), "key"))
		i.work()
		a := i.number(i.one, "2", "70", "key")
		_, err := webhook.NewAdopter(i.accounts, i.Events(), i.Candidates(), i.Receipts(), i.doors, nil).Adopt(i.Context(), i.one, a.ID)
		require.NoError(i, err)
		purge := func() int64 {
			n, err := i.Receipts().PurgeReceipts(i.Context(), i.clock.now().Add(time.Second))
			require.NoError(i, err)
			return n
		}
		require.Zero(i, purge())
		i.work()
		require.EqualValues(i, 1, purge())
	})
}

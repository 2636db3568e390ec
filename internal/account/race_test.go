package account_test

import (
	"fmt"
	"sync"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/ivendnext/whatsapp-accounts/internal/account"
)

func TestOfAllWhoWantToBeDefaultAtOnceOneIs(t *testing.T) {
	const writers = 8
	h := open(t)
	accounts := make([]account.Account, writers)
	for i := range accounts {
		accounts[i] = h.create(t, aMeta(fmt.Sprint(i), fmt.Sprint(300+i), account.Active))
	}
	all(t, accounts, func(a account.Account) error {
		_, err := h.Update(t.Context(), caller(t, "home"), a.ID, account.Change{IsDefaultOutgoing: new(true), IsDefaultIncoming: new(true)}, nil)
		return err
	})
	var out, in []string
	for _, a := range accounts {
		if a = h.read(t, a); a.IsDefaultOutgoing {
			out = append(out, a.ID)
		}
		if a.IsDefaultIncoming {
			in = append(in, a.ID)
		}
	}
	assert.Len(t, out, 1)
	assert.Equal(t, out, in, "both were taken in one transaction")
}

func TestNoDesignationOutlivesAnAccountThatIsDeletedMeanwhile(t *testing.T) {
	h := open(t)
	for round := range 10 {
		a := h.create(t, aMeta("A", fmt.Sprint(round), account.Active))
		all(t, []account.Account{a, a, a}, func(a account.Account) error {
			_, err := h.SetDefault(t.Context(), caller(t, "home"), account.Outgoing, a.ID, nil)
			if account.ErrNotFound.Is(err) {
				return nil
			}
			return err
		}, func() error { return h.Delete(t.Context(), caller(t, "home"), a.ID, nil) })
		outgoing, _ := h.holders(t)
		assert.Empty(t, outgoing)
	}
}

func TestWASendersThatAreCreatedAndMetasThatAreNamedLeaveOneDefault(t *testing.T) {
	h := open(t)
	var metas []account.Account
	var creations []func() error
	for i := range 4 {
		metas = append(metas, h.create(t, aMeta(fmt.Sprint(i), fmt.Sprint(300+i), account.Active)))
		creations = append(creations, func() error {
			_, err := h.Create(t.Context(), caller(t, "home"), aWASender(fmt.Sprint("W", i), account.Active))
			return err
		})
	}
	all(t, metas, func(a account.Account) error {
		_, err := h.SetDefault(t.Context(), caller(t, "home"), account.Outgoing, a.ID, nil)
		return err
	}, creations...)
	assert.Equal(t, 1, h.countDefaults(t))
}

func TestNobodySeesNoDefaultOrTwoWhileItMoves(t *testing.T) {
	h := open(t)
	var accounts []account.Account
	for i := range 4 {
		accounts = append(accounts, h.create(t, aMeta(fmt.Sprint(i), fmt.Sprint(300+i), account.Active)))
	}
	h.update(t, accounts[0], account.Change{IsDefaultOutgoing: new(true)})
	var moving sync.WaitGroup
	for _, a := range accounts {
		moving.Go(func() {
			for range 10 {
				_, err := h.SetDefault(t.Context(), caller(t, "home"), account.Outgoing, a.ID, nil)
				assert.NoError(t, err)
			}
		})
	}
	over := make(chan struct{})
	go func() { moving.Wait(); close(over) }()
	for looking := true; looking; {
		select {
		case <-over:
			looking = false
		default:
		}
		require.Equal(t, 1, h.countDefaults(t))
	}
}

// countDefaults counts the accounts that show as default outgoing, as one list has them.
func (h *house) countDefaults(t *testing.T) int {
	t.Helper()
	page, err := h.List(t.Context(), caller(t, "home").Site, account.Query{Limit: 100})
	require.NoError(t, err)
	n := 0
	for _, a := range page.Accounts {
		if a.IsDefaultOutgoing {
			n++
		}
	}
	return n
}

// all does it for every account at once, and others beside, and wants no error.
func all(t *testing.T, accounts []account.Account, do func(account.Account) error, others ...func() error) {
	t.Helper()
	var wg sync.WaitGroup
	start := make(chan struct{})
	for _, a := range accounts {
		others = append(others, func() error { return do(a) })
	}
	for _, f := range others {
		wg.Go(func() {
			<-start
			assert.NoError(t, f())
		})
	}
	close(start)
	wg.Wait()
}

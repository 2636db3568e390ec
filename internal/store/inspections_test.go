package store

import (
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/ivendnext/whatsapp-accounts/internal/account"
	"github.com/ivendnext/whatsapp-accounts/internal/event"
	"github.com/ivendnext/whatsapp-accounts/internal/provider"
)

// found keeps a report with that verdict, made at the clock's time.
func (f *fixture) found(a account.Account, v provider.Verdict) {
	f.Helper()
	r := provider.Report{Verdict: v, At: f.clock.now(), Checks: []provider.Check{{Name: "token", Verdict: v, Detail: "As it is."}}}
	require.NoError(f, f.Books().Checked(f.Context(), a.Site, a.ID, r))
	f.clock.advance(time.Minute)
}

// toldOfHealth gives the events about health of the account's site.
func (f *fixture) toldOfHealth(a account.Account) []event.Event {
	f.Helper()
	page, err := f.Events().Read(f.Context(), a.Site, event.Query{Types: []event.Type{event.AccountHealth}, Limit: 100})
	require.NoError(f, err)
	return page.Events
}

func TestTheFeedIsToldWhenAnAccountStopsWorkingAndWhenItWorksAgain(t *testing.T) {
	onBoth(t, func(f *fixture) {
		a := f.create(f.one, f.meta("A"))
		for _, step := range []struct {
			verdict provider.Verdict
			told    int
		}{
			{provider.Valid, 0}, {provider.Rejected, 1}, {provider.Unknown, 1}, {provider.Rejected, 1}, {provider.Unknown, 1}, {provider.Valid, 2}, {provider.Valid, 2},
		} {
			f.found(a, step.verdict)
			require.Len(f, f.toldOfHealth(a), step.told, step.verdict)
		}
		require.JSONEq(f, `{"check":{"verdict":"rejected","checks":[{"name":"token","verdict":"rejected","detail":"As it is."}]}}`, string(f.toldOfHealth(a)[0].Data))
	})
}

func TestTheLastCheckIsKeptBesideTheLastResultAndTheAccountStaysAsItIs(t *testing.T) {
	onBoth(t, func(f *fixture) {
		a := f.create(f.one, f.meta("A"))
		f.found(a, provider.Rejected)
		f.found(a, provider.Unknown)
		facts, err := f.Books().Health(f.Context(), f.one, a.ID)
		require.NoError(f, err)
		require.JSONEq(f, `{"verdict":"unknown","checks":[{"name":"token","verdict":"unknown","detail":"As it is."}]}`, string(facts["last_check"].Value))
		require.JSONEq(f, `{"verdict":"rejected"}`, string(facts["credentials"].Value))
		require.Equal(f, a, f.get(f.one, a.ID))
	})
}

func TestACheckOfAnAccountThatIsGoneIsNotKept(t *testing.T) {
	onBoth(t, func(f *fixture) {
		a := f.create(f.one, f.meta("A"))
		require.NoError(f, f.service.Delete(f.Context(), caller(f.one), a.ID, nil))
		err := f.Books().Checked(f.Context(), f.one, a.ID, provider.Report{Verdict: provider.Rejected, At: f.clock.now()})
		require.ErrorIs(f, err, account.ErrNotFound)
		require.Empty(f, f.toldOfHealth(a))
	})
}

// taken takes accounts that were not taken for an hour, and gives their names.
func (f *fixture) taken(limit int) (names []string) {
	f.Helper()
	taken, err := f.Books().Due(f.Context(), f.clock.now().Add(-time.Hour), limit)
	require.NoError(f, err)
	for _, a := range taken {
		names = append(names, a.Name)
	}
	return names
}

func TestEachActiveAccountHasItsTurnOnceUntilItIsDueAgain(t *testing.T) {
	onBoth(t, func(f *fixture) {
		a := f.create(f.one, f.meta("A"))
		f.create(f.two, f.wasender("B"))
		f.update(f.one, f.create(f.one, f.meta("C")).ID, account.Change{Status: new(account.Inactive)})
		require.Empty(f, f.taken(9), "a new account has been entered just now")
		f.clock.advance(2 * time.Hour)
		first := f.taken(1)
		require.Len(f, first, 1)
		require.ElementsMatch(f, []string{"A", "B"}, append(first, f.taken(9)...))
		require.Empty(f, f.taken(9))
		require.Equal(f, a, f.get(f.one, a.ID), "a turn is no change")
		f.clock.advance(2 * time.Hour)
		require.ElementsMatch(f, []string{"A", "B"}, f.taken(9))
	})
}

func TestTurnsOfOneAccountAreNeverGivenTwice(t *testing.T) {
	onBoth(t, func(f *fixture) {
		for range 20 {
			f.create(f.one, f.meta(newID()))
		}
		f.clock.advance(2 * time.Hour)
		taken := make(chan string, 100)
		const takersAtOnce = 8
		failed := make(chan error, takersAtOnce)
		var takers sync.WaitGroup
		for range takersAtOnce {
			takers.Go(func() {
				for {
					some, err := f.Books().Due(f.Context(), f.clock.now().Add(-time.Hour), 3)
					if err != nil || len(some) == 0 {
						failed <- err
						return
					}
					for _, a := range some {
						taken <- a.Name
					}
				}
			})
		}
		takers.Wait()
		for range takersAtOnce {
			require.NoError(f, <-failed)
		}
		close(taken)
		seen := map[string]int{}
		for name := range taken {
			seen[name]++
		}
		for name, n := range seen {
			require.Equal(f, 1, n, name)
		}
		for _, name := range f.taken(100) { // what nobody took while somebody held it
			seen[name]++
		}
		require.Len(f, seen, 20)
	})
}

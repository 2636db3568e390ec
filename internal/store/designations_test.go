package store

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/ivendnext/whatsapp-accounts/internal/account"
	"github.com/ivendnext/whatsapp-accounts/internal/site"
)

func take(d account.Direction, want bool) account.Change {
	if d == account.Outgoing {
		return account.Change{IsDefaultOutgoing: &want}
	}
	return account.Change{IsDefaultIncoming: &want}
}

// last is the newest line of an account's history.
func (f *fixture) last(t testing.TB, in site.Site, id string) account.Entry {
	t.Helper()
	lines := f.history(t, in, id)
	return lines[len(lines)-1]
}

// lost tells whether the newest line of an account says that it lost the designation.
func (f *fixture) lost(t testing.TB, id string, d account.Direction) bool {
	t.Helper()
	line := f.last(t, f.one, id)
	return line.Action == account.DefaultLost && line.Changes[0].Field == d.Flag() && line.Changes[0].From.Bool && !line.Changes[0].To.Bool
}

// inEachDirection runs a test for both designations, on both databases.
func inEachDirection(t *testing.T, test func(t *testing.T, f *fixture, d account.Direction)) {
	t.Helper()
	onBoth(t, func(t *testing.T, f *fixture) {
		for _, d := range account.Directions() {
			f.one = siteOf(t, string(d)+".example")
			test(t, f, d)
		}
	})
}

func TestNewDefaultTakesOverAndTheLoserIsTold(t *testing.T) {
	inEachDirection(t, func(t *testing.T, f *fixture, d account.Direction) {
		a, b := f.create(t, f.one, f.meta("A")), f.create(t, f.one, f.meta("B"))
		require.True(t, f.update(t, f.one, a.ID, take(d, true)).Holds(d))
		f.clock.advance(time.Second)
		require.True(t, f.update(t, f.one, b.ID, take(d, true)).Holds(d))
		require.Equal(t, b.ID, f.holder(t, f.one, d))
		require.False(t, f.get(t, f.one, a.ID).Holds(d))
		require.True(t, f.lost(t, a.ID, d))
		require.Equal(t, f.clock.now(), f.last(t, f.one, a.ID).At)
		require.Equal(t, account.Updated, f.last(t, f.one, b.ID).Action)
		require.Equal(t, a.UpdatedAt, f.get(t, f.one, a.ID).UpdatedAt.Add(0), "losing is not a change of the account")
	})
}

func TestNewAccountTakesOverAndTheLoserIsTold(t *testing.T) {
	inEachDirection(t, func(t *testing.T, f *fixture, d account.Direction) {
		ask := f.meta("A")
		ask.IsDefaultOutgoing, ask.IsDefaultIncoming = new(true), new(true)
		a := f.create(t, f.one, ask)
		other := f.meta("B")
		other.IsDefaultOutgoing, other.IsDefaultIncoming = take(d, true).IsDefaultOutgoing, take(d, true).IsDefaultIncoming
		b := f.create(t, f.one, other)
		require.Equal(t, b.ID, f.holder(t, f.one, d))
		require.True(t, f.lost(t, a.ID, d))
		for _, other := range account.Directions() {
			require.Equal(t, other != d, f.get(t, f.one, a.ID).Holds(other), "the other designation stays")
		}
	})
}

func TestHolderMayGiveUp(t *testing.T) {
	inEachDirection(t, func(t *testing.T, f *fixture, d account.Direction) {
		a := f.create(t, f.one, f.meta("A"))
		f.update(t, f.one, a.ID, take(d, true))
		require.False(t, f.update(t, f.one, a.ID, take(d, false)).Holds(d))
		require.Empty(t, f.holder(t, f.one, d))
		require.Len(t, f.history(t, f.one, a.ID), 3, "giving up is a line of its own account's change")
	})
}

func TestFalseGivesUpNothingOfSomebodyElse(t *testing.T) {
	inEachDirection(t, func(t *testing.T, f *fixture, d account.Direction) {
		a, b := f.create(t, f.one, f.meta("A")), f.create(t, f.one, f.meta("B"))
		f.update(t, f.one, a.ID, take(d, true))
		f.update(t, f.one, b.ID, take(d, false))
		require.Equal(t, a.ID, f.holder(t, f.one, d))
	})
}

func TestDefaultOfAnotherSiteIsItsOwn(t *testing.T) {
	inEachDirection(t, func(t *testing.T, f *fixture, d account.Direction) {
		a, b := f.create(t, f.one, f.meta("A")), f.create(t, f.two, f.meta("B "+string(d)))
		f.update(t, f.one, a.ID, take(d, true))
		f.update(t, f.two, b.ID, take(d, true))
		require.Equal(t, a.ID, f.holder(t, f.one, d))
		require.Equal(t, b.ID, f.holder(t, f.two, d))
		require.NoError(t, f.service.ClearDefault(t.Context(), caller(f.two), d))
		require.Equal(t, a.ID, f.holder(t, f.one, d))
		require.Len(t, f.history(t, f.one, a.ID), 2)
	})
}

func TestDesignatingTellsBothHistories(t *testing.T) {
	inEachDirection(t, func(t *testing.T, f *fixture, d account.Direction) {
		a, b := f.create(t, f.one, f.meta("A")), f.create(t, f.one, f.meta("B"))
		for _, id := range []string{a.ID, b.ID} {
			got, err := f.service.SetDefault(t.Context(), caller(f.one), d, id)
			require.NoError(t, err)
			require.True(t, got.Holds(d))
			require.Equal(t, f.get(t, f.one, id), got)
			require.Equal(t, account.DefaultTaken, f.last(t, f.one, id).Action)
		}
		require.True(t, f.lost(t, a.ID, d))
		require.Equal(t, b.ID, f.holder(t, f.one, d))
	})
}

func TestDesignatingTheHolderWritesNothing(t *testing.T) {
	inEachDirection(t, func(t *testing.T, f *fixture, d account.Direction) {
		a := f.create(t, f.one, f.meta("A"))
		want := f.update(t, f.one, a.ID, take(d, true))
		f.unchanged(t, func() {
			got, err := f.service.SetDefault(t.Context(), caller(f.one), d, a.ID)
			require.NoError(t, err)
			require.Equal(t, want, got)
		})
	})
}

func TestInactiveAccountIsNotDesignated(t *testing.T) {
	inEachDirection(t, func(t *testing.T, f *fixture, d account.Direction) {
		ask := f.meta("A")
		ask.Status = new(account.Inactive)
		a := f.create(t, f.one, ask)
		f.unchanged(t, func() {
			_, err := f.service.SetDefault(t.Context(), caller(f.one), d, a.ID)
			require.ErrorIs(t, err, account.ErrInactive)
		})
	})
}

func TestVacatingTellsTheHolder(t *testing.T) {
	inEachDirection(t, func(t *testing.T, f *fixture, d account.Direction) {
		a := f.create(t, f.one, f.meta("A"))
		f.update(t, f.one, a.ID, take(d, true))
		require.NoError(t, f.service.ClearDefault(t.Context(), caller(f.one), d))
		require.Empty(t, f.holder(t, f.one, d))
		require.False(t, f.get(t, f.one, a.ID).Holds(d))
		require.True(t, f.lost(t, a.ID, d))
	})
}

func TestVacatingWhatNobodyHoldsWritesNothing(t *testing.T) {
	inEachDirection(t, func(t *testing.T, f *fixture, d account.Direction) {
		f.unchanged(t, func() { require.NoError(t, f.service.ClearDefault(t.Context(), caller(f.one), d)) })
		f.create(t, f.one, f.meta("A"))
		f.unchanged(t, func() { require.NoError(t, f.service.ClearDefault(t.Context(), caller(f.one), d)) })
	})
}

func TestDeletedHolderFreesTheDesignation(t *testing.T) {
	inEachDirection(t, func(t *testing.T, f *fixture, d account.Direction) {
		a, b := f.create(t, f.one, f.meta("A")), f.create(t, f.one, f.meta("B"))
		f.update(t, f.one, a.ID, take(d, true))
		require.NoError(t, f.service.Delete(t.Context(), caller(f.one), a.ID, nil))
		require.Empty(t, f.holder(t, f.one, d))
		f.update(t, f.one, b.ID, take(d, true))
		require.Equal(t, b.ID, f.holder(t, f.one, d))
		require.Equal(t, account.Deleted, f.last(t, f.one, a.ID).Action, "who is gone loses nothing more")
	})
}

func TestInactiveHolderKeepsTheDesignation(t *testing.T) {
	inEachDirection(t, func(t *testing.T, f *fixture, d account.Direction) {
		a := f.create(t, f.one, f.meta("A"))
		f.update(t, f.one, a.ID, take(d, true))
		f.update(t, f.one, a.ID, account.Change{Status: new(account.Inactive)})
		require.Equal(t, a.ID, f.holder(t, f.one, d))
		_, err := f.service.Default(t.Context(), f.one, d)
		require.ErrorIs(t, err, account.ErrNoDefault)
		f.update(t, f.one, a.ID, account.Change{Status: new(account.Active)})
		got, err := f.service.Default(t.Context(), f.one, d)
		require.NoError(t, err)
		require.Equal(t, a.ID, got.ID)
	})
}

func TestSiteWithoutAccountsHasNoDefault(t *testing.T) {
	inEachDirection(t, func(t *testing.T, f *fixture, d account.Direction) {
		_, err := f.accounts.Holder(t.Context(), f.one, d)
		require.ErrorIs(t, err, account.ErrNoDefault)
		outgoing, incoming, err := f.service.Defaults(t.Context(), f.one)
		require.NoError(t, err)
		require.Nil(t, outgoing)
		require.Nil(t, incoming)
	})
}

func TestAccountMayTakeOneDesignationAndGiveTheOther(t *testing.T) {
	onBoth(t, func(t *testing.T, f *fixture) {
		s := setTheScene(t, f)
		f.update(t, f.one, s.rival.ID, account.Change{IsDefaultIncoming: new(true)})
		got := f.update(t, f.one, s.rival.ID, account.Change{IsDefaultIncoming: new(false), IsDefaultOutgoing: new(true)})
		require.True(t, got.IsDefaultOutgoing)
		require.False(t, got.IsDefaultIncoming)
		require.Equal(t, s.rival.ID, f.holder(t, f.one, account.Outgoing))
		require.Empty(t, f.holder(t, f.one, account.Incoming))
	})
}

func TestFirstWASenderBecomesDefaultAndTheLoserIsTold(t *testing.T) {
	onBoth(t, func(t *testing.T, f *fixture) {
		s := setTheScene(t, f)
		sender := f.create(t, f.one, f.wasender("Sender"))
		require.True(t, sender.IsDefaultOutgoing)
		require.Equal(t, sender.ID, f.holder(t, f.one, account.Outgoing))
		require.Equal(t, s.holder.ID, f.holder(t, f.one, account.Incoming))
		require.True(t, f.lost(t, s.holder.ID, account.Outgoing))
	})
}

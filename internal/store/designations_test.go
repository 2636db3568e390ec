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
func (f *fixture) last(in site.Site, id string) account.Entry {
	f.Helper()
	lines := f.history(in, id)
	return lines[len(lines)-1]
}

// lost tells whether the newest line of an account says that it lost the designation.
func (f *fixture) lost(id string, d account.Direction) bool {
	f.Helper()
	line := f.last(f.one, id)
	return line.Action == account.DefaultLost && line.Changes[0].Field == d.Flag() && line.Changes[0].From.Bool && !line.Changes[0].To.Bool
}

// inEachDirection runs a test for both designations, on both databases.
func inEachDirection(t *testing.T, test func(*fixture, account.Direction)) {
	t.Helper()
	onBoth(t, func(f *fixture) {
		for _, d := range account.Directions() {
			f.one = siteOf(f, string(d)+".example")
			test(f, d)
		}
	})
}

func TestNewDefaultTakesOverAndTheLoserIsTold(t *testing.T) {
	inEachDirection(t, func(f *fixture, d account.Direction) {
		a, b := f.create(f.one, f.meta("A")), f.create(f.one, f.meta("B"))
		require.True(f, f.update(f.one, a.ID, take(d, true)).Holds(d))
		f.clock.advance(time.Second)
		require.True(f, f.update(f.one, b.ID, take(d, true)).Holds(d))
		require.Equal(f, b.ID, f.holder(f.one, d))
		require.False(f, f.get(f.one, a.ID).Holds(d))
		require.True(f, f.lost(a.ID, d))
		require.Equal(f, f.clock.now(), f.last(f.one, a.ID).At)
		require.Equal(f, account.Updated, f.last(f.one, b.ID).Action)
		require.Equal(f, a.UpdatedAt, f.get(f.one, a.ID).UpdatedAt, "losing is not a change of the account")
	})
}

func TestNewAccountTakesOverAndTheLoserIsTold(t *testing.T) {
	inEachDirection(t, func(f *fixture, d account.Direction) {
		ask := f.meta("A")
		ask.IsDefaultOutgoing, ask.IsDefaultIncoming = new(true), new(true)
		a := f.create(f.one, ask)
		other := f.meta("B")
		other.IsDefaultOutgoing, other.IsDefaultIncoming = take(d, true).IsDefaultOutgoing, take(d, true).IsDefaultIncoming
		b := f.create(f.one, other)
		require.Equal(f, b.ID, f.holder(f.one, d))
		require.True(f, f.lost(a.ID, d))
		for _, other := range account.Directions() {
			require.Equal(f, other != d, f.get(f.one, a.ID).Holds(other), "the other designation stays")
		}
	})
}

func TestHolderMayGiveUp(t *testing.T) {
	inEachDirection(t, func(f *fixture, d account.Direction) {
		a := f.create(f.one, f.meta("A"))
		f.update(f.one, a.ID, take(d, true))
		require.False(f, f.update(f.one, a.ID, take(d, false)).Holds(d))
		require.Empty(f, f.holder(f.one, d))
		require.Len(f, f.history(f.one, a.ID), 3, "giving up is a line of its own account's change")
	})
}

func TestFalseGivesUpNothingOfSomebodyElse(t *testing.T) {
	inEachDirection(t, func(f *fixture, d account.Direction) {
		a, b := f.create(f.one, f.meta("A")), f.create(f.one, f.meta("B"))
		f.update(f.one, a.ID, take(d, true))
		f.update(f.one, b.ID, take(d, false))
		require.Equal(f, a.ID, f.holder(f.one, d))
	})
}

func TestDefaultOfAnotherSiteIsItsOwn(t *testing.T) {
	inEachDirection(t, func(f *fixture, d account.Direction) {
		a, b := f.create(f.one, f.meta("A")), f.create(f.two, f.meta("B "+string(d)))
		f.update(f.one, a.ID, take(d, true))
		f.update(f.two, b.ID, take(d, true))
		require.Equal(f, a.ID, f.holder(f.one, d))
		require.Equal(f, b.ID, f.holder(f.two, d))
		require.NoError(f, f.service.ClearDefault(f.Context(), caller(f.two), d, nil))
		require.Equal(f, a.ID, f.holder(f.one, d))
		require.Len(f, f.history(f.one, a.ID), 2)
	})
}

func TestDesignatingTellsBothHistories(t *testing.T) {
	inEachDirection(t, func(f *fixture, d account.Direction) {
		a, b := f.create(f.one, f.meta("A")), f.create(f.one, f.meta("B"))
		for _, id := range []string{a.ID, b.ID} {
			got, err := f.service.SetDefault(f.Context(), caller(f.one), d, id, nil)
			require.NoError(f, err)
			require.True(f, got.Holds(d))
			require.Equal(f, f.get(f.one, id), got)
			require.Equal(f, account.DefaultTaken, f.last(f.one, id).Action)
		}
		require.True(f, f.lost(a.ID, d))
		require.Equal(f, b.ID, f.holder(f.one, d))
	})
}

func TestDesignatingTheHolderWritesNothing(t *testing.T) {
	inEachDirection(t, func(f *fixture, d account.Direction) {
		a := f.create(f.one, f.meta("A"))
		want := f.update(f.one, a.ID, take(d, true))
		f.unchanged(func() {
			got, err := f.service.SetDefault(f.Context(), caller(f.one), d, a.ID, nil)
			require.NoError(f, err)
			require.Equal(f, want, got)
		})
	})
}

func TestInactiveAccountIsNotDesignated(t *testing.T) {
	inEachDirection(t, func(f *fixture, d account.Direction) {
		ask := f.meta("A")
		ask.Status = new(account.Inactive)
		a := f.create(f.one, ask)
		f.unchanged(func() {
			_, err := f.service.SetDefault(f.Context(), caller(f.one), d, a.ID, nil)
			require.ErrorIs(f, err, account.ErrInactive)
		})
	})
}

func TestVacatingTellsTheHolder(t *testing.T) {
	inEachDirection(t, func(f *fixture, d account.Direction) {
		a := f.create(f.one, f.meta("A"))
		f.update(f.one, a.ID, take(d, true))
		require.NoError(f, f.service.ClearDefault(f.Context(), caller(f.one), d, nil))
		require.Empty(f, f.holder(f.one, d))
		require.False(f, f.get(f.one, a.ID).Holds(d))
		require.True(f, f.lost(a.ID, d))
	})
}

func TestVacatingWhatNobodyHoldsWritesNothing(t *testing.T) {
	inEachDirection(t, func(f *fixture, d account.Direction) {
		f.unchanged(func() { require.NoError(f, f.service.ClearDefault(f.Context(), caller(f.one), d, nil)) })
		f.create(f.one, f.meta("A"))
		f.unchanged(func() { require.NoError(f, f.service.ClearDefault(f.Context(), caller(f.one), d, nil)) })
	})
}

func TestDeletedHolderFreesTheDesignation(t *testing.T) {
	inEachDirection(t, func(f *fixture, d account.Direction) {
		a, b := f.create(f.one, f.meta("A")), f.create(f.one, f.meta("B"))
		f.update(f.one, a.ID, take(d, true))
		require.NoError(f, f.service.Delete(f.Context(), caller(f.one), a.ID, nil))
		require.Empty(f, f.holder(f.one, d))
		f.update(f.one, b.ID, take(d, true))
		require.Equal(f, b.ID, f.holder(f.one, d))
		require.Equal(f, account.Deleted, f.last(f.one, a.ID).Action, "who is gone loses nothing more")
	})
}

func TestInactiveHolderKeepsTheDesignation(t *testing.T) {
	inEachDirection(t, func(f *fixture, d account.Direction) {
		a := f.create(f.one, f.meta("A"))
		f.update(f.one, a.ID, take(d, true))
		f.update(f.one, a.ID, account.Change{Status: new(account.Inactive)})
		require.Equal(f, a.ID, f.holder(f.one, d))
		_, err := f.service.Default(f.Context(), f.one, d)
		require.ErrorIs(f, err, account.ErrNoDefault)
		f.update(f.one, a.ID, account.Change{Status: new(account.Active)})
		got, err := f.service.Default(f.Context(), f.one, d)
		require.NoError(f, err)
		require.Equal(f, a.ID, got.ID)
	})
}

func TestSiteWithoutAccountsHasNoDefault(t *testing.T) {
	inEachDirection(t, func(f *fixture, d account.Direction) {
		_, err := f.accounts.Holder(f.Context(), f.one, d)
		require.ErrorIs(f, err, account.ErrNoDefault)
		outgoing, incoming, err := f.service.Defaults(f.Context(), f.one)
		require.NoError(f, err)
		require.Nil(f, outgoing)
		require.Nil(f, incoming)
	})
}

func TestAccountMayTakeOneDesignationAndGiveTheOther(t *testing.T) {
	onBoth(t, func(f *fixture) {
		s := setTheScene(f)
		f.update(f.one, s.rival.ID, account.Change{IsDefaultIncoming: new(true)})
		got := f.update(f.one, s.rival.ID, account.Change{IsDefaultIncoming: new(false), IsDefaultOutgoing: new(true)})
		require.True(f, got.IsDefaultOutgoing)
		require.False(f, got.IsDefaultIncoming)
		require.Equal(f, s.rival.ID, f.holder(f.one, account.Outgoing))
		require.Empty(f, f.holder(f.one, account.Incoming))
	})
}

func TestFirstWASenderBecomesDefaultAndTheLoserIsTold(t *testing.T) {
	onBoth(t, func(f *fixture) {
		s := setTheScene(f)
		sender := f.create(f.one, f.wasender("Sender"))
		require.True(f, sender.IsDefaultOutgoing)
		require.Equal(f, sender.ID, f.holder(f.one, account.Outgoing))
		require.Equal(f, s.holder.ID, f.holder(f.one, account.Incoming))
		require.True(f, f.lost(s.holder.ID, account.Outgoing))
	})
}

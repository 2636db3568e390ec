package store

import (
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/stretchr/testify/require"

	"github.com/ivendnext/whatsapp-accounts/internal/account"
	"github.com/ivendnext/whatsapp-accounts/internal/provider"
	"github.com/ivendnext/whatsapp-accounts/internal/provider/meta"
	"github.com/ivendnext/whatsapp-accounts/internal/site"
)

// full is an account with something in every member.
func (f *fixture) full() account.Account {
	return account.Account{
		ID: newID(), Site: f.one, Name: "Çafé  Ünïcode 🛍 %_\\'\"", Type: meta.Type, Status: account.Active,
		Settings:          map[string]string{"url": "https://graph.facebook.com", "phone_id": "0099", "business_id": "007"},
		SecretsSet:        map[string]time.Time{"token": instant.Add(time.Microsecond)},
		IsDefaultOutgoing: true, IsDefaultIncoming: true, AllowAutoReadReceipt: true,
		ActivatedAt: instant.Add(2 * time.Microsecond), CreatedAt: instant.Add(3 * time.Microsecond), UpdatedAt: instant.Add(4 * time.Microsecond),
	}
}

// bare is an account with nothing in any member that may be empty.
func (f *fixture) bare() account.Account {
	return account.Account{
		ID: newID(), Site: f.one, Name: "Bare", Type: meta.Type, Status: account.Inactive,
		Settings: map[string]string{}, SecretsSet: map[string]time.Time{}, CreatedAt: instant, UpdatedAt: instant,
	}
}

func entry(a account.Action) account.Entry {
	return account.Entry{At: instant, Actor: "tester", Action: a, RequestID: "request-1"}
}

func (f *fixture) insert(t testing.TB, a account.Account, takes ...account.Direction) account.Account {
	t.Helper()
	got, err := f.accounts.Insert(t.Context(), a.Site, f.spec(a.Type), account.Decision{Account: a, Takes: takes}, entry(account.Created))
	require.NoError(t, err)
	return got
}

// become makes a stored account what after says.
func (f *fixture) become(t testing.TB, after account.Account, d account.Decision) account.Account {
	t.Helper()
	d.Account, d.Changes = after, []account.FieldChange{{Field: "everything"}}
	got, err := f.accounts.Update(t.Context(), after.Site, after.ID, func(account.Account) (provider.Spec, account.Decision, account.Entry, error) {
		return f.spec(after.Type), d, entry(account.Updated), nil
	})
	require.NoError(t, err)
	return got
}

func TestEveryMemberOfAnAccountSurvives(t *testing.T) {
	onBoth(t, func(t *testing.T, f *fixture) {
		want := f.full()
		require.Equal(t, want, f.insert(t, want, account.Outgoing, account.Incoming))
		require.Equal(t, want, f.get(t, f.one, want.ID))
	})
}

func TestFalseAndEmptyMembersAreKeptAsSuch(t *testing.T) {
	onBoth(t, func(t *testing.T, f *fixture) {
		want := f.bare()
		f.insert(t, want)
		require.Equal(t, want, f.get(t, f.one, want.ID))
	})
}

func TestUpdateReplacesEveryMember(t *testing.T) {
	onBoth(t, func(t *testing.T, f *fixture) {
		full, bare := f.full(), f.bare()
		f.insert(t, full, account.Outgoing, account.Incoming)
		bare.ID, bare.CreatedAt = full.ID, full.CreatedAt
		require.Equal(t, bare, f.become(t, bare, account.Decision{Gives: []account.Direction{account.Outgoing, account.Incoming}}))
		require.Equal(t, bare, f.get(t, f.one, full.ID))
		f.become(t, full, account.Decision{Takes: []account.Direction{account.Outgoing, account.Incoming}})
		require.Equal(t, full, f.get(t, f.one, full.ID))
	})
}

func TestUpdateLeavesTheOtherAccountsAlone(t *testing.T) {
	onBoth(t, func(t *testing.T, f *fixture) {
		a, b := f.create(t, f.one, f.meta("A")), f.create(t, f.one, f.meta("B"))
		c := f.create(t, f.two, f.meta("C"))
		f.update(t, f.one, a.ID, account.Change{Status: new(account.Inactive)})
		require.Equal(t, b, f.get(t, f.one, b.ID))
		require.Equal(t, c, f.get(t, f.two, c.ID))
	})
}

func TestDeleteLeavesTheOtherAccountsAlone(t *testing.T) {
	onBoth(t, func(t *testing.T, f *fixture) {
		a, b := f.create(t, f.one, f.meta("A")), f.create(t, f.one, f.meta("B"))
		require.NoError(t, f.service.Delete(t.Context(), caller(f.one), a.ID, nil))
		require.Equal(t, b, f.get(t, f.one, b.ID))
		require.Equal(t, 3, f.count(t, "account_secrets"))
	})
}

func TestAnswerOfAWriteIsWhatIsStored(t *testing.T) {
	onBoth(t, func(t *testing.T, f *fixture) {
		made := f.create(t, f.one, f.meta("A"))
		require.Equal(t, f.get(t, f.one, made.ID), made)
		f.clock.advance(time.Second)
		changed := f.update(t, f.one, made.ID, set("token", clear("another")))
		require.Equal(t, f.get(t, f.one, made.ID), changed)
		designated, err := f.service.SetDefault(t.Context(), caller(f.one), account.Outgoing, made.ID)
		require.NoError(t, err)
		require.Equal(t, f.get(t, f.one, made.ID), designated)
	})
}

func TestIDsAreUUIDv7(t *testing.T) {
	onBoth(t, func(t *testing.T, f *fixture) {
		a := f.create(t, f.one, f.meta("A"))
		for _, id := range []string{a.ID, f.history(t, f.one, a.ID)[0].ID} {
			require.Equal(t, uuid.Version(7), uuid.MustParse(id).Version())
		}
	})
}

func TestUpdateWithoutChangesWritesNothing(t *testing.T) {
	onBoth(t, func(t *testing.T, f *fixture) {
		ask := f.meta("A")
		ask.IsDefaultOutgoing = new(true)
		a := f.create(t, f.one, ask)
		f.clock.advance(time.Hour)
		f.unchanged(t, func() {
			got := f.update(t, f.one, a.ID, account.Change{Name: new(" A "), Status: new(account.Active), IsDefaultOutgoing: new(true)})
			require.Equal(t, a, got)
		})
	})
}

func TestDecisionSeesTheStoredAccount(t *testing.T) {
	onBoth(t, func(t *testing.T, f *fixture) {
		a := f.create(t, f.one, f.meta("A"))
		var seen []account.Account
		_, err := f.accounts.Update(t.Context(), f.one, a.ID, func(b account.Account) (provider.Spec, account.Decision, account.Entry, error) {
			seen = append(seen, b)
			return provider.Spec{}, account.Decision{Account: b}, account.Entry{}, nil
		})
		require.NoError(t, err)
		_, err = f.accounts.Designate(t.Context(), f.one, account.Outgoing, a.ID, func(b account.Account) (account.Entry, error) {
			seen = append(seen, b)
			return entry(account.DefaultTaken), nil
		})
		require.NoError(t, err)
		require.Equal(t, []account.Account{a, a}, seen)
	})
}

func TestDeletedAccountTakesAlongAllThatHangsOnIt(t *testing.T) {
	onBoth(t, func(t *testing.T, f *fixture) {
		a := f.create(t, f.one, f.meta("A"))
		f.update(t, f.one, a.ID, set("app_secret", clear("newer")))
		require.NoError(t, f.service.Delete(t.Context(), caller(f.one), a.ID, nil))
		_, err := f.accounts.Get(t.Context(), f.one, a.ID)
		require.ErrorIs(t, err, account.ErrNotFound)
		for _, table := range []string{"accounts", "account_identifiers", "account_secrets"} {
			require.Zero(t, f.count(t, table), table)
		}
	})
}

func TestHistoryOutlivesTheAccount(t *testing.T) {
	onBoth(t, func(t *testing.T, f *fixture) {
		a := f.create(t, f.one, f.meta("A"))
		f.clock.advance(time.Second)
		require.NoError(t, f.service.Delete(t.Context(), caller(f.one), a.ID, nil))
		lines := f.history(t, f.one, a.ID)
		require.Len(t, lines, 2)
		require.Equal(t, account.Deleted, lines[1].Action)
		require.Equal(t, instant.Add(time.Second), lines[1].At)
	})
}

func TestHistoryLineSurvivesWithEveryMember(t *testing.T) {
	onBoth(t, func(t *testing.T, f *fixture) {
		want := account.Entry{
			At: instant.Add(7 * time.Microsecond), Actor: "Ä 'quoted' actor", Action: account.Created, RequestID: "r-1",
			Changes: []account.FieldChange{
				{Field: "account_name", To: &account.Scalar{Text: "true"}},
				{Field: "is_default_outgoing", From: &account.Scalar{IsBool: true}, To: &account.Scalar{Bool: true, IsBool: true}},
				{Field: "meta_settings.token", From: &account.Scalar{Text: "set"}},
			},
		}
		a := f.bare()
		_, err := f.accounts.Insert(t.Context(), f.one, f.spec(a.Type), account.Decision{Account: a}, want)
		require.NoError(t, err)
		got := f.history(t, f.one, a.ID)[0]
		require.NotEmpty(t, got.ID)
		got.ID = ""
		require.Equal(t, want, got)
	})
}

func TestHistoryIsPagedNewestFirst(t *testing.T) {
	onBoth(t, func(t *testing.T, f *fixture) {
		a := f.create(t, f.one, f.meta("A"))
		for _, status := range []account.Status{account.Inactive, account.Active, account.Inactive, account.Active} {
			f.update(t, f.one, a.ID, account.Change{Status: &status})
		}
		want := f.history(t, f.one, a.ID)
		require.Len(t, want, 5)
		var got []account.Entry
		for after, more := "", true; more; more = after != "" {
			page, err := f.accounts.History(t.Context(), f.one, a.ID, after, 2)
			require.NoError(t, err)
			require.LessOrEqual(t, len(page.Entries), 2)
			got, after = append(got, page.Entries...), page.Next
		}
		for i, e := range got {
			require.Equal(t, want[len(want)-1-i], e)
		}
		require.Len(t, got, 5)
	})
}

func TestAccountIsNotInsertedForAnotherSiteThanItsOwn(t *testing.T) {
	onBoth(t, func(t *testing.T, f *fixture) {
		f.unchanged(t, func() {
			a := f.bare()
			_, err := f.accounts.Insert(t.Context(), f.two, f.spec(a.Type), account.Decision{Account: a}, entry(account.Created))
			require.ErrorIs(t, err, errForeignRow)
		})
	})
}

// sites are the two of a test, for what must hold for each.
func (f *fixture) sites() []site.Site { return []site.Site{f.one, f.two} }

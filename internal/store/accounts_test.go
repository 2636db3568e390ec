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

func (f *fixture) insert(a account.Account, takes ...account.Direction) account.Account {
	f.Helper()
	got, err := f.accounts.Insert(f.Context(), a.Site, f.spec(a.Type), account.Decision{Account: a, Takes: takes}, entry(account.Created))
	require.NoError(f, err)
	return got
}

// become makes a stored account what after says.
func (f *fixture) become(after account.Account, d account.Decision) account.Account {
	f.Helper()
	d.Account, d.Changes = after, []account.FieldChange{{Field: "everything"}}
	got, err := f.accounts.Update(f.Context(), after.Site, after.ID, func(account.Account) (provider.Spec, account.Decision, account.Entry, error) {
		return f.spec(after.Type), d, entry(account.Updated), nil
	})
	require.NoError(f, err)
	return got
}

func TestEveryMemberOfAnAccountSurvives(t *testing.T) {
	onBoth(t, func(f *fixture) {
		want := f.full()
		require.Equal(f, want, f.insert(want, account.Outgoing, account.Incoming))
		require.Equal(f, want, f.get(f.one, want.ID))
	})
}

func TestFalseAndEmptyMembersAreKeptAsSuch(t *testing.T) {
	onBoth(t, func(f *fixture) {
		want := f.bare()
		f.insert(want)
		require.Equal(f, want, f.get(f.one, want.ID))
	})
}

func TestUpdateReplacesEveryMember(t *testing.T) {
	onBoth(t, func(f *fixture) {
		full, bare := f.full(), f.bare()
		f.insert(full, account.Outgoing, account.Incoming)
		bare.ID, bare.CreatedAt = full.ID, full.CreatedAt
		require.Equal(f, bare, f.become(bare, account.Decision{Gives: []account.Direction{account.Outgoing, account.Incoming}}))
		require.Equal(f, bare, f.get(f.one, full.ID))
		f.become(full, account.Decision{Takes: []account.Direction{account.Outgoing, account.Incoming}})
		require.Equal(f, full, f.get(f.one, full.ID))
	})
}

func TestUpdateLeavesTheOtherAccountsAlone(t *testing.T) {
	onBoth(t, func(f *fixture) {
		a, b := f.create(f.one, f.meta("A")), f.create(f.one, f.meta("B"))
		c := f.create(f.two, f.meta("C"))
		f.update(f.one, a.ID, account.Change{Status: new(account.Inactive)})
		require.Equal(f, b, f.get(f.one, b.ID))
		require.Equal(f, c, f.get(f.two, c.ID))
	})
}

func TestDeleteLeavesTheOtherAccountsAlone(t *testing.T) {
	onBoth(t, func(f *fixture) {
		a, b := f.create(f.one, f.meta("A")), f.create(f.one, f.meta("B"))
		require.NoError(f, f.service.Delete(f.Context(), caller(f.one), a.ID, nil))
		require.Equal(f, b, f.get(f.one, b.ID))
		require.Equal(f, 3, f.count("account_secrets"))
	})
}

func TestAnswerOfAWriteIsWhatIsStored(t *testing.T) {
	onBoth(t, func(f *fixture) {
		made := f.create(f.one, f.meta("A"))
		require.Equal(f, f.get(f.one, made.ID), made)
		f.clock.advance(time.Second)
		changed := f.update(f.one, made.ID, set("token", clear("another")))
		require.Equal(f, f.get(f.one, made.ID), changed)
		designated, err := f.service.SetDefault(f.Context(), caller(f.one), account.Outgoing, made.ID, nil)
		require.NoError(f, err)
		require.Equal(f, f.get(f.one, made.ID), designated)
	})
}

func TestIDsAreUUIDv7(t *testing.T) {
	onBoth(t, func(f *fixture) {
		a := f.create(f.one, f.meta("A"))
		for _, id := range []string{a.ID, f.history(f.one, a.ID)[0].ID} {
			require.Equal(f, uuid.Version(7), uuid.MustParse(id).Version())
		}
	})
}

func TestUpdateWithoutChangesWritesNothing(t *testing.T) {
	onBoth(t, func(f *fixture) {
		ask := f.meta("A")
		ask.IsDefaultOutgoing = new(true)
		a := f.create(f.one, ask)
		f.clock.advance(time.Hour)
		f.unchanged(func() {
			got := f.update(f.one, a.ID, account.Change{Name: new(" A "), Status: new(account.Active), IsDefaultOutgoing: new(true)})
			require.Equal(f, a, got)
		})
	})
}

func TestDecisionSeesTheStoredAccount(t *testing.T) {
	onBoth(t, func(f *fixture) {
		a := f.create(f.one, f.meta("A"))
		var seen []account.Account
		_, err := f.accounts.Update(f.Context(), f.one, a.ID, func(b account.Account) (provider.Spec, account.Decision, account.Entry, error) {
			seen = append(seen, b)
			return provider.Spec{}, account.Decision{Account: b}, account.Entry{}, nil
		})
		require.NoError(f, err)
		_, err = f.accounts.Designate(f.Context(), f.one, account.Outgoing, a.ID, func(b account.Account, holder *account.Account) (account.Entry, error) {
			require.Nil(f, holder)
			seen = append(seen, b)
			return entry(account.DefaultTaken), nil
		})
		require.NoError(f, err)
		require.Equal(f, []account.Account{a, a}, seen)
	})
}

func TestDeletedAccountTakesAlongAllThatHangsOnIt(t *testing.T) {
	onBoth(t, func(f *fixture) {
		a := f.create(f.one, f.meta("A"))
		f.update(f.one, a.ID, set("app_secret", clear("newer")))
		require.NoError(f, f.service.Delete(f.Context(), caller(f.one), a.ID, nil))
		_, err := f.accounts.Get(f.Context(), f.one, a.ID)
		require.ErrorIs(f, err, account.ErrNotFound)
		for _, table := range []string{"accounts", "account_identifiers", "account_secrets"} {
			require.Zero(f, f.count(table), table)
		}
	})
}

func TestHistoryOutlivesTheAccount(t *testing.T) {
	onBoth(t, func(f *fixture) {
		a := f.create(f.one, f.meta("A"))
		f.clock.advance(time.Second)
		require.NoError(f, f.service.Delete(f.Context(), caller(f.one), a.ID, nil))
		lines := f.history(f.one, a.ID)
		require.Len(f, lines, 2)
		require.Equal(f, account.Deleted, lines[1].Action)
		require.Equal(f, instant.Add(time.Second), lines[1].At)
	})
}

func TestHistoryLineSurvivesWithEveryMember(t *testing.T) {
	onBoth(t, func(f *fixture) {
		want := account.Entry{
			At: instant.Add(7 * time.Microsecond), Actor: "Ä 'quoted' actor", Action: account.Created, RequestID: "r-1",
			Changes: []account.FieldChange{
				{Field: "account_name", To: &account.Scalar{Text: "true"}},
				{Field: "is_default_outgoing", From: &account.Scalar{IsBool: true}, To: &account.Scalar{Bool: true, IsBool: true}},
				{Field: "meta_settings.token", From: &account.Scalar{Text: "set"}},
			},
		}
		a := f.bare()
		_, err := f.accounts.Insert(f.Context(), f.one, f.spec(a.Type), account.Decision{Account: a}, want)
		require.NoError(f, err)
		got := f.history(f.one, a.ID)[0]
		require.NotEmpty(f, got.ID)
		got.ID = ""
		require.Equal(f, want, got)
	})
}

func TestHistoryIsPagedNewestFirst(t *testing.T) {
	onBoth(t, func(f *fixture) {
		a := f.create(f.one, f.meta("A"))
		for _, status := range []account.Status{account.Inactive, account.Active, account.Inactive, account.Active} {
			f.update(f.one, a.ID, account.Change{Status: &status})
		}
		want := f.history(f.one, a.ID)
		require.Len(f, want, 5)
		var got []account.Entry
		for after, more := "", true; more; more = after != "" {
			page, err := f.accounts.History(f.Context(), f.one, a.ID, after, 2)
			require.NoError(f, err)
			require.LessOrEqual(f, len(page.Entries), 2)
			got, after = append(got, page.Entries...), page.Next
		}
		for i, e := range got {
			require.Equal(f, want[len(want)-1-i], e)
		}
		require.Len(f, got, 5)
	})
}

func TestAccountIsNotInsertedForAnotherSiteThanItsOwn(t *testing.T) {
	onBoth(t, func(f *fixture) {
		f.unchanged(func() {
			a := f.bare()
			_, err := f.accounts.Insert(f.Context(), f.two, f.spec(a.Type), account.Decision{Account: a}, entry(account.Created))
			require.ErrorIs(f, err, errForeignRow)
		})
	})
}

// sites are the two of a test, for what must hold for each.
func (f *fixture) sites() []site.Site { return []site.Site{f.one, f.two} }

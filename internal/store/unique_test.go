package store

import (
	"context"
	"errors"
	"sync"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/ivendnext/whatsapp-accounts/internal/account"
	"github.com/ivendnext/whatsapp-accounts/internal/fault"
)

func (f *fixture) tryCreate(ask account.Change) error {
	f.Helper()
	_, err := f.service.Create(f.Context(), caller(f.one), ask)
	return err
}

func (f *fixture) tryUpdate(id string, ask account.Change) error {
	f.Helper()
	_, err := f.service.Update(f.Context(), caller(f.one), id, ask, nil)
	return err
}

// withPhone asks for a Meta account of that phone id.
func (f *fixture) withPhone(name, phone string) account.Change {
	ask := f.meta(name)
	ask.Sections["meta_settings"]["phone_id"] = clear(phone)
	return ask
}

func requirePointer(t testing.TB, err error, code, pointer string) {
	t.Helper()
	var f *fault.Error
	require.ErrorAs(t, err, &f)
	require.Equal(t, code, f.Code)
	require.Equal(t, fault.Conflict, f.Kind)
	require.Len(t, f.Fields, 1)
	require.Equal(t, pointer, f.Fields[0].Pointer)
}

func TestNameIsTakenWhateverItsCaseSpaceAndComposition(t *testing.T) {
	onBoth(t, func(f *fixture) {
		f.create(f.one, f.meta("Straße Café"))
		for _, same := range []string{"Straße Café", "STRASSE CAFÉ", "  straße café\u00a0", "Straße Cafe\u0301"} {
			err := f.tryCreate(f.meta(same))
			require.ErrorIs(f, err, account.ErrNameTaken, same)
			requirePointer(f, err, "account_name_taken", "/account_name")
		}
		require.NoError(f, f.tryCreate(f.meta("Straße Cafe")))
	})
}

func TestNameIsFreeInAnotherSite(t *testing.T) {
	onBoth(t, func(f *fixture) {
		for _, s := range f.sites() {
			f.create(s, f.meta("Shop"))
		}
	})
}

func TestRenamingToATakenNameIsRefused(t *testing.T) {
	onBoth(t, func(f *fixture) {
		f.create(f.one, f.meta("A"))
		b := f.create(f.one, f.meta("B"))
		f.unchanged(func() {
			require.ErrorIs(f, f.tryUpdate(b.ID, account.Change{Name: new("a")}), account.ErrNameTaken)
		})
	})
}

func TestAccountMayRecaseItsOwnName(t *testing.T) {
	onBoth(t, func(f *fixture) {
		a := f.create(f.one, f.meta("shop"))
		require.Equal(f, "SHOP", f.update(f.one, a.ID, account.Change{Name: new("SHOP")}).Name)
	})
}

func TestNameIsFreeAfterRenameAndAfterDelete(t *testing.T) {
	onBoth(t, func(f *fixture) {
		a := f.create(f.one, f.meta("A"))
		f.update(f.one, a.ID, account.Change{Name: new("B")})
		again := f.create(f.one, f.meta("A"))
		require.NoError(f, f.service.Delete(f.Context(), caller(f.one), again.ID, nil))
		f.create(f.one, f.meta("A"))
	})
}

func TestPhoneIDIsTakenWithinItsSite(t *testing.T) {
	onBoth(t, func(f *fixture) {
		f.create(f.one, f.withPhone("A", "123"))
		err := f.tryCreate(f.withPhone("B", "123"))
		require.ErrorIs(f, err, account.ErrValueTaken("", "phone_id", ""))
		requirePointer(f, err, "phone_id_taken", "/meta_settings/phone_id")
	})
}

func TestPhoneIDsThatDifferInALeadingZeroAreTwo(t *testing.T) {
	onBoth(t, func(f *fixture) {
		f.create(f.one, f.withPhone("A", "123"))
		f.create(f.one, f.withPhone("B", "0123"))
	})
}

func TestPhoneIDIsFreeInAnotherSite(t *testing.T) {
	onBoth(t, func(f *fixture) {
		for _, s := range f.sites() {
			f.create(s, f.withPhone("A", "123"))
		}
	})
}

func TestPhoneIDIsFreeForAnotherType(t *testing.T) {
	onBoth(t, func(f *fixture) {
		a := f.full()
		f.insert(a)
		b := f.full()
		b.Name, b.Type = "B", "Other"
		_, err := f.accounts.Insert(f.Context(), f.one, f.spec(a.Type), account.Decision{Account: b}, entry(account.Created))
		require.NoError(f, err)
	})
}

func TestBusinessIDMayBeShared(t *testing.T) {
	onBoth(t, func(f *fixture) {
		a, b := f.create(f.one, f.meta("A")), f.create(f.one, f.meta("B"))
		require.Equal(f, a.Settings["business_id"], b.Settings["business_id"])
	})
}

func TestTakenValueLeavesNothingBehind(t *testing.T) {
	onBoth(t, func(f *fixture) {
		f.create(f.one, f.withPhone("A", "123"))
		b := f.create(f.one, f.withPhone("B", "456"))
		f.unchanged(func() {
			ask := f.withPhone("C", "123")
			ask.IsDefaultOutgoing = new(true)
			require.Error(f, f.tryCreate(ask))
			require.Error(f, f.tryCreate(f.meta("A")))
			err := f.tryUpdate(b.ID, set("phone_id", clear("123")))
			requirePointer(f, err, "phone_id_taken", "/meta_settings/phone_id")
		})
	})
}

func TestValueIsFreeOnceItIsChangedClearedOrDeleted(t *testing.T) {
	onBoth(t, func(f *fixture) {
		a := f.create(f.one, f.withPhone("A", "123"))
		f.update(f.one, a.ID, set("phone_id", clear("124")))
		b := f.create(f.one, f.withPhone("B", "123"))
		ask := set("phone_id", nil)
		ask.Status = new(account.Inactive)
		f.update(f.one, b.ID, ask)
		c := f.create(f.one, f.withPhone("C", "123"))
		require.NoError(f, f.service.Delete(f.Context(), caller(f.one), c.ID, nil))
		f.create(f.one, f.withPhone("D", "123"))
	})
}

func TestIdentifiersFollowTheSettings(t *testing.T) {
	onBoth(t, func(f *fixture) {
		identifiers := func() map[string]string {
			found := map[string]string{}
			for _, r := range f.rows("SELECT field, value FROM account_identifiers") {
				found[text(r["field"])] = text(r["value"])
			}
			return found
		}
		a := f.create(f.one, f.withPhone("A", "1"))
		require.Equal(f, map[string]string{"phone_id": "1", "business_id": "77"}, identifiers())
		f.update(f.one, a.ID, set("business_id", clear("78")))
		require.Equal(f, map[string]string{"phone_id": "1", "business_id": "78"}, identifiers())
		ask := set("business_id", nil)
		ask.Status = new(account.Inactive)
		f.update(f.one, a.ID, ask)
		require.Equal(f, map[string]string{"phone_id": "1"}, identifiers())
		f.update(f.one, a.ID, set("business_id", clear("79")))
		require.Equal(f, map[string]string{"phone_id": "1", "business_id": "79"}, identifiers())
	})
}

// race runs do n times at once and gives the errors that are not nil.
func race(n int, do func(i int) error) []error {
	var mu sync.Mutex
	var errs []error
	var wg sync.WaitGroup
	start := make(chan struct{})
	for i := range n {
		wg.Go(func() {
			<-start
			if err := do(i); err != nil {
				mu.Lock()
				defer mu.Unlock()
				errs = append(errs, err)
			}
		})
	}
	close(start)
	wg.Wait()
	return errs
}

func TestOneOfManyCreationsAtOnceGetsTheName(t *testing.T) {
	onBoth(t, func(f *fixture) {
		const n = 24
		errs := race(n, func(int) error { return f.createQuietly(f.Context(), f.meta("Shop")) })
		require.Len(f, errs, n-1)
		for _, err := range errs {
			require.ErrorIs(f, err, account.ErrNameTaken)
		}
		require.Equal(f, 1, f.count("accounts"))
	})
}

func TestOneOfManyCreationsAtOnceGetsThePhoneID(t *testing.T) {
	onBoth(t, func(f *fixture) {
		const n = 24
		errs := race(n, func(i int) error { return f.createQuietly(f.Context(), f.withPhone(newID(), "123")) })
		require.Len(f, errs, n-1)
		for _, err := range errs {
			require.ErrorIs(f, err, account.ErrValueTaken("", "phone_id", ""))
		}
	})
}

func TestManyAccountsAreCreatedInAFreshSiteAtOnce(t *testing.T) {
	onBoth(t, func(f *fixture) {
		require.Empty(f, race(24, func(int) error { return f.createQuietly(f.Context(), f.wasender(newID())) }))
		require.Equal(f, 24, f.count("accounts"))
		require.NotEmpty(f, f.holder(f.one, account.Outgoing))
	})
}

// createQuietly is for goroutines, which may not end the test.
func (f *fixture) createQuietly(ctx context.Context, ask account.Change) error {
	_, err := f.service.Create(ctx, caller(f.one), ask)
	if errors.Is(err, context.Canceled) {
		return nil
	}
	return err
}

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

func (f *fixture) tryCreate(t testing.TB, ask account.Change) error {
	t.Helper()
	_, err := f.service.Create(t.Context(), caller(f.one), ask)
	return err
}

func (f *fixture) tryUpdate(t testing.TB, id string, ask account.Change) error {
	t.Helper()
	_, err := f.service.Update(t.Context(), caller(f.one), id, ask, nil)
	return err
}

// withPhone asks for a Meta account of that phone id.
func (f *fixture) withPhone(name, phone string) account.Change {
	ask := f.meta(name)
	ask.Sections["meta_settings"]["phone_id"] = clear(phone)
	return ask
}

func requirePointer(t *testing.T, err error, code, pointer string) {
	t.Helper()
	var f *fault.Error
	require.ErrorAs(t, err, &f)
	require.Equal(t, code, f.Code)
	require.Equal(t, fault.Conflict, f.Kind)
	require.Len(t, f.Fields, 1)
	require.Equal(t, pointer, f.Fields[0].Pointer)
}

func TestNameIsTakenWhateverItsCaseSpaceAndComposition(t *testing.T) {
	onBoth(t, func(t *testing.T, f *fixture) {
		f.create(t, f.one, f.meta("Straße Café"))
		for _, same := range []string{"Straße Café", "STRASSE CAFÉ", "  straße café\u00a0", "Straße Cafe\u0301"} {
			err := f.tryCreate(t, f.meta(same))
			require.ErrorIs(t, err, account.ErrNameTaken, same)
			requirePointer(t, err, "account_name_taken", "/account_name")
		}
		require.NoError(t, f.tryCreate(t, f.meta("Straße Cafe")))
	})
}

func TestNameIsFreeInAnotherSite(t *testing.T) {
	onBoth(t, func(t *testing.T, f *fixture) {
		for _, s := range f.sites() {
			f.create(t, s, f.meta("Shop"))
		}
	})
}

func TestRenamingToATakenNameIsRefused(t *testing.T) {
	onBoth(t, func(t *testing.T, f *fixture) {
		f.create(t, f.one, f.meta("A"))
		b := f.create(t, f.one, f.meta("B"))
		f.unchanged(t, func() {
			require.ErrorIs(t, f.tryUpdate(t, b.ID, account.Change{Name: new("a")}), account.ErrNameTaken)
		})
	})
}

func TestAccountMayRecaseItsOwnName(t *testing.T) {
	onBoth(t, func(t *testing.T, f *fixture) {
		a := f.create(t, f.one, f.meta("shop"))
		require.Equal(t, "SHOP", f.update(t, f.one, a.ID, account.Change{Name: new("SHOP")}).Name)
	})
}

func TestNameIsFreeAfterRenameAndAfterDelete(t *testing.T) {
	onBoth(t, func(t *testing.T, f *fixture) {
		a := f.create(t, f.one, f.meta("A"))
		f.update(t, f.one, a.ID, account.Change{Name: new("B")})
		again := f.create(t, f.one, f.meta("A"))
		require.NoError(t, f.service.Delete(t.Context(), caller(f.one), again.ID, nil))
		f.create(t, f.one, f.meta("A"))
	})
}

func TestPhoneIDIsTakenWithinItsSite(t *testing.T) {
	onBoth(t, func(t *testing.T, f *fixture) {
		f.create(t, f.one, f.withPhone("A", "123"))
		err := f.tryCreate(t, f.withPhone("B", "123"))
		require.ErrorIs(t, err, account.ErrValueTaken("", "phone_id"))
		requirePointer(t, err, "phone_id_taken", "/meta_settings/phone_id")
	})
}

func TestPhoneIDsThatDifferInALeadingZeroAreTwo(t *testing.T) {
	onBoth(t, func(t *testing.T, f *fixture) {
		f.create(t, f.one, f.withPhone("A", "123"))
		f.create(t, f.one, f.withPhone("B", "0123"))
	})
}

func TestPhoneIDIsFreeInAnotherSite(t *testing.T) {
	onBoth(t, func(t *testing.T, f *fixture) {
		for _, s := range f.sites() {
			f.create(t, s, f.withPhone("A", "123"))
		}
	})
}

func TestPhoneIDIsFreeForAnotherType(t *testing.T) {
	onBoth(t, func(t *testing.T, f *fixture) {
		a := f.full()
		f.insert(t, a)
		b := f.full()
		b.Name, b.Type = "B", "Other"
		_, err := f.accounts.Insert(t.Context(), f.one, f.spec(a.Type), account.Decision{Account: b}, entry(account.Created))
		require.NoError(t, err)
	})
}

func TestBusinessIDMayBeShared(t *testing.T) {
	onBoth(t, func(t *testing.T, f *fixture) {
		a, b := f.create(t, f.one, f.meta("A")), f.create(t, f.one, f.meta("B"))
		require.Equal(t, a.Settings["business_id"], b.Settings["business_id"])
	})
}

func TestTakenValueLeavesNothingBehind(t *testing.T) {
	onBoth(t, func(t *testing.T, f *fixture) {
		f.create(t, f.one, f.withPhone("A", "123"))
		b := f.create(t, f.one, f.withPhone("B", "456"))
		f.unchanged(t, func() {
			ask := f.withPhone("C", "123")
			ask.IsDefaultOutgoing = new(true)
			require.Error(t, f.tryCreate(t, ask))
			require.Error(t, f.tryCreate(t, f.meta("A")))
			err := f.tryUpdate(t, b.ID, set("phone_id", clear("123")))
			requirePointer(t, err, "phone_id_taken", "/meta_settings/phone_id")
		})
	})
}

func TestValueIsFreeOnceItIsChangedClearedOrDeleted(t *testing.T) {
	onBoth(t, func(t *testing.T, f *fixture) {
		a := f.create(t, f.one, f.withPhone("A", "123"))
		f.update(t, f.one, a.ID, set("phone_id", clear("124")))
		b := f.create(t, f.one, f.withPhone("B", "123"))
		ask := set("phone_id", nil)
		ask.Status = new(account.Inactive)
		f.update(t, f.one, b.ID, ask)
		c := f.create(t, f.one, f.withPhone("C", "123"))
		require.NoError(t, f.service.Delete(t.Context(), caller(f.one), c.ID, nil))
		f.create(t, f.one, f.withPhone("D", "123"))
	})
}

func TestIdentifiersFollowTheSettings(t *testing.T) {
	onBoth(t, func(t *testing.T, f *fixture) {
		identifiers := func() map[string]string {
			found := map[string]string{}
			for _, r := range f.rows(t, "SELECT field, value FROM account_identifiers") {
				found[text(r["field"])] = text(r["value"])
			}
			return found
		}
		a := f.create(t, f.one, f.withPhone("A", "1"))
		require.Equal(t, map[string]string{"phone_id": "1", "business_id": "77"}, identifiers())
		f.update(t, f.one, a.ID, set("business_id", clear("78")))
		require.Equal(t, map[string]string{"phone_id": "1", "business_id": "78"}, identifiers())
		ask := set("business_id", nil)
		ask.Status = new(account.Inactive)
		f.update(t, f.one, a.ID, ask)
		require.Equal(t, map[string]string{"phone_id": "1"}, identifiers())
		f.update(t, f.one, a.ID, set("business_id", clear("79")))
		require.Equal(t, map[string]string{"phone_id": "1", "business_id": "79"}, identifiers())
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
	onBoth(t, func(t *testing.T, f *fixture) {
		const n = 24
		errs := race(n, func(int) error { return f.createQuietly(t.Context(), f.meta("Shop")) })
		require.Len(t, errs, n-1)
		for _, err := range errs {
			require.ErrorIs(t, err, account.ErrNameTaken)
		}
		require.Equal(t, 1, f.count(t, "accounts"))
	})
}

func TestOneOfManyCreationsAtOnceGetsThePhoneID(t *testing.T) {
	onBoth(t, func(t *testing.T, f *fixture) {
		const n = 24
		errs := race(n, func(i int) error { return f.createQuietly(t.Context(), f.withPhone(newID(), "123")) })
		require.Len(t, errs, n-1)
		for _, err := range errs {
			require.ErrorIs(t, err, account.ErrValueTaken("", "phone_id"))
		}
	})
}

func TestManyAccountsAreCreatedInAFreshSiteAtOnce(t *testing.T) {
	onBoth(t, func(t *testing.T, f *fixture) {
		require.Empty(t, race(24, func(int) error { return f.createQuietly(t.Context(), f.wasender(newID())) }))
		require.Equal(t, 24, f.count(t, "accounts"))
		require.NotEmpty(t, f.holder(t, f.one, account.Outgoing))
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

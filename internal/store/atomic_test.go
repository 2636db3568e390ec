package store

import (
	"context"
	"errors"
	"testing"

	"github.com/stretchr/testify/require"
	"gorm.io/gorm"

	"github.com/ivendnext/whatsapp-accounts/internal/account"
	"github.com/ivendnext/whatsapp-accounts/internal/fault"
	"github.com/ivendnext/whatsapp-accounts/internal/provider"
)

var errBroken = errors.New("broken in the middle")

// step is a write within a transaction, after which something may go wrong.
type step struct{ kind, table string }

// scene is a site with a default and another account, and every way to write to it.
type scene struct {
	*fixture
	holder, rival account.Account
}

func setTheScene(t *testing.T, f *fixture) scene {
	t.Helper()
	ask := f.meta("Holder")
	ask.IsDefaultOutgoing, ask.IsDefaultIncoming = new(true), new(true)
	return scene{f, f.create(t, f.one, ask), f.create(t, f.one, f.meta("Rival"))}
}

// writes lists the ways to write, each with the steps that it takes.
func (s scene) writes() map[string]struct {
	do    func(context.Context) error
	steps []step
} {
	who := caller(s.one)
	takeover := account.Change{IsDefaultOutgoing: new(true), Name: new("Usurper"), Sections: map[string]account.Section{
		"meta_settings": {"token": clear("t"), "app_secret": clear("s"), "phone_id": clear("5"), "business_id": nil}, //nolint:gosec // not a credential
	}, Status: new(account.Active)}
	takeover.Sections["meta_settings"]["business_id"] = clear("88")
	made := s.meta("Made")
	made.IsDefaultOutgoing, made.IsDefaultIncoming = new(true), new(true)
	return map[string]struct {
		do    func(context.Context) error
		steps []step
	}{
		"create": {func(ctx context.Context) error { _, err := s.service.Create(ctx, who, made); return err }, []step{
			{"create", "designations"}, {"query", "designations"}, {"create", "accounts"}, {"create", "account_identifiers"},
			{"create", "account_secrets"}, {"update", "designations"}, {"create", "account_history"},
		}},
		"update": {func(ctx context.Context) error {
			_, err := s.service.Update(ctx, who, s.rival.ID, takeover, nil)
			return err
		}, []step{
			{"query", "designations"}, {"query", "accounts"}, {"update", "accounts"}, {"update", "account_identifiers"},
			{"create", "account_secrets"}, {"update", "designations"}, {"create", "account_history"},
		}},
		"delete": {func(ctx context.Context) error { return s.service.Delete(ctx, who, s.holder.ID, nil) }, []step{
			{"query", "designations"}, {"update", "designations"}, {"delete", "accounts"}, {"create", "account_history"},
		}},
		"designate": {func(ctx context.Context) error {
			_, err := s.service.SetDefault(ctx, who, account.Incoming, s.rival.ID)
			return err
		}, []step{{"query", "designations"}, {"update", "designations"}, {"create", "account_history"}, {"query", "accounts"}}},
		"vacate": {func(ctx context.Context) error { return s.service.ClearDefault(ctx, who, account.Outgoing) }, []step{
			{"query", "designations"}, {"update", "designations"}, {"create", "account_history"},
		}},
	}
}

func TestFailureAfterAnyStepOfAWriteUndoesAllOfIt(t *testing.T) {
	onBoth(t, func(t *testing.T, f *fixture) {
		s := setTheScene(t, f)
		var breaks step
		var broke bool
		for _, kind := range []string{"create", "query", "update", "delete"} {
			f.afterEach(t, kind, "", func(tx *gorm.DB) {
				if breaks == (step{kind, tx.Statement.Table}) {
					broke = true
					_ = tx.AddError(errBroken)
				}
			})
		}
		for what, write := range s.writes() {
			for _, breaks = range write.steps {
				broke = false
				f.unchanged(t, func() { require.ErrorIs(t, write.do(t.Context()), errBroken, "%s, %v", what, breaks) })
				require.True(t, broke, "%s does not take the step %v", what, breaks)
			}
			breaks = step{}
		}
	})
}

func TestCancellationAfterAnyStepOfAWriteUndoesAllOfIt(t *testing.T) {
	onBoth(t, func(t *testing.T, f *fixture) {
		s := setTheScene(t, f)
		var breaks step
		var cancel context.CancelFunc
		for _, kind := range []string{"create", "query", "update", "delete"} {
			f.afterEach(t, kind, "", func(tx *gorm.DB) {
				if breaks == (step{kind, tx.Statement.Table}) {
					cancel()
				}
			})
		}
		for what, write := range s.writes() {
			for _, breaks = range write.steps {
				var ctx context.Context
				ctx, cancel = context.WithCancel(t.Context())
				f.unchanged(t, func() {
					err := write.do(ctx)
					require.Error(t, err, "%s, %v", what, breaks)
					require.ErrorIs(t, err, context.Canceled, "%s, %v", what, breaks)
				})
				cancel()
			}
			breaks = step{}
		}
		require.NoError(t, s.writes()["create"].do(t.Context()), "the database is usable afterwards")
	})
}

func TestContextThatIsOverBeforehandWritesNothing(t *testing.T) {
	onBoth(t, func(t *testing.T, f *fixture) {
		s := setTheScene(t, f)
		ctx, cancel := context.WithCancel(t.Context())
		cancel()
		f.unchanged(t, func() {
			for what, write := range s.writes() {
				require.ErrorIs(t, write.do(ctx), context.Canceled, what)
			}
		})
	})
}

func TestErrorOfADecisionIsReturnedAsItIsAndNothingIsWritten(t *testing.T) {
	onBoth(t, func(t *testing.T, f *fixture) {
		s := setTheScene(t, f)
		ctx := t.Context()
		refuse := func(account.Account) (account.Entry, error) { return account.Entry{}, account.ErrStale }
		decided := account.Decision{Account: s.rival, Takes: []account.Direction{account.Outgoing}, Changes: []account.FieldChange{{Field: "x"}}}
		f.unchanged(t, func() {
			_, err := f.accounts.Update(ctx, f.one, s.rival.ID, func(account.Account) (provider.Spec, account.Decision, account.Entry, error) {
				return provider.Spec{}, decided, entry(account.Updated), account.ErrStale
			})
			require.Equal(t, account.ErrStale, err)
			require.Equal(t, account.ErrStale, f.accounts.Delete(ctx, f.one, s.holder.ID, refuse))
			_, err = f.accounts.Designate(ctx, f.one, account.Outgoing, s.rival.ID, refuse)
			require.Equal(t, account.ErrStale, err)
		})
	})
}

func TestPanicOfADecisionUndoesTheTransactionAndFreesTheDatabase(t *testing.T) {
	onBoth(t, func(t *testing.T, f *fixture) {
		s := setTheScene(t, f)
		f.unchanged(t, func() {
			require.Panics(t, func() {
				_ = f.accounts.Delete(t.Context(), f.one, s.holder.ID, func(account.Account) (account.Entry, error) { panic("a defect") })
			})
		})
		f.update(t, f.one, s.rival.ID, account.Change{IsDefaultOutgoing: new(true)})
	})
}

func TestStoreMethodsJoinTheTransactionOfTheirContext(t *testing.T) {
	onBoth(t, func(t *testing.T, f *fixture) {
		f.unchanged(t, func() {
			err := f.Transact(t.Context(), func(ctx context.Context) error {
				made, err := f.service.Create(ctx, caller(f.one), f.meta("A"))
				require.NoError(t, err)
				seen, err := f.accounts.Get(ctx, f.one, made.ID)
				require.NoError(t, err)
				require.Equal(t, made, seen)
				_, err = f.accounts.Get(t.Context(), f.one, made.ID)
				require.ErrorIs(t, err, account.ErrNotFound, "nobody else sees it yet")
				return errBroken
			})
			require.ErrorIs(t, err, errBroken)
		})
	})
}

func TestErrorOfATransactionIsReturnedAsItIs(t *testing.T) {
	onBoth(t, func(t *testing.T, f *fixture) {
		known := fault.New(fault.Conflict, "x", "y", "z")
		for _, want := range []error{errBroken, known, context.Canceled} {
			got := f.Transact(t.Context(), func(ctx context.Context) error {
				return f.Transact(ctx, func(context.Context) error { return want })
			})
			require.Equal(t, want, got)
		}
	})
}

func TestDecisionRunsUnderTheLockOfItsSite(t *testing.T) {
	onBoth(t, func(t *testing.T, f *fixture) {
		s := setTheScene(t, f)
		inside, out := 0, 0
		enter := func(a account.Account) (account.Entry, error) {
			inside++ // unguarded on purpose: the lock is what guards it
			out = max(out, inside)
			inside--
			return account.Entry{}, account.ErrStale
		}
		errs := race(16, func(i int) error {
			id := []string{s.holder.ID, s.rival.ID}[i%2]
			_, err := f.accounts.Designate(context.Background(), f.one, account.Outgoing, id, enter) //nolint:usetesting // the test waits for it
			return err
		})
		require.Len(t, errs, 16)
		require.Equal(t, 1, out)
	})
}

package store

import (
	"context"
	"database/sql"
	"errors"
	"runtime"
	"sync/atomic"
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

func setTheScene(f *fixture) scene {
	f.Helper()
	ask := f.meta("Holder")
	ask.IsDefaultOutgoing, ask.IsDefaultIncoming = new(true), new(true)
	return scene{f, f.create(f.one, ask), f.create(f.one, f.meta("Rival"))}
}

// writes lists the ways to write, each with the steps that it takes.
func (s scene) writes() map[string]struct {
	do    func(context.Context) error
	steps []step
} {
	who := caller(s.one)
	takeover := account.Change{IsDefaultOutgoing: new(true), Name: new("Usurper"), Sections: map[string]account.Section{
		"meta_settings": {"token": clear("t"), "app_secret": clear("s"), "phone_id": clear("5"), "business_id": nil},
	}, Status: new(account.Active)}
	takeover.Sections["meta_settings"]["business_id"] = clear("88")
	made := s.meta("Made")
	made.IsDefaultOutgoing, made.IsDefaultIncoming = new(true), new(true)
	return map[string]struct {
		do    func(context.Context) error
		steps []step
	}{
		"create": {func(ctx context.Context) error { _, err := s.service.Create(ctx, who, made); return err }, []step{
			{"query", "designations"}, {"create", "accounts"}, {"create", "account_identifiers"},
			{"create", "account_secrets"}, {"update", "designations"}, {"create", "account_history"},
		}},
		"create in a new site": {func(ctx context.Context) error { _, err := s.service.Create(ctx, caller(s.two), made); return err }, []step{
			{"create", "designations"}, {"query", "designations"}, {"create", "accounts"},
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
			_, err := s.service.SetDefault(ctx, who, account.Incoming, s.rival.ID, nil)
			return err
		}, []step{{"query", "designations"}, {"update", "designations"}, {"create", "account_history"}, {"query", "accounts"}}},
		"vacate": {func(ctx context.Context) error { return s.service.ClearDefault(ctx, who, account.Outgoing, nil) }, []step{
			{"query", "designations"}, {"update", "designations"}, {"create", "account_history"},
		}},
	}
}

func TestFailureAfterAnyStepOfAWriteUndoesAllOfIt(t *testing.T) {
	onBoth(t, func(f *fixture) {
		s := setTheScene(f)
		var breaks step
		var broke bool
		for _, kind := range []string{"create", "query", "update", "delete"} {
			f.afterEach(kind, "", func(tx *gorm.DB) {
				if breaks == (step{kind, tx.Statement.Table}) {
					broke = true
					_ = tx.AddError(errBroken)
				}
			})
		}
		before := f.dump()
		for what, write := range s.writes() {
			for _, breaks = range write.steps {
				broke = false
				f.still(before, func() { require.ErrorIs(f, write.do(f.Context()), errBroken, "%s, %v", what, breaks) })
				require.True(f, broke, "%s does not take the step %v", what, breaks)
			}
			breaks = step{}
		}
	})
}

func TestCancellationAfterAnyStepOfAWriteUndoesAllOfIt(t *testing.T) {
	onBoth(t, func(f *fixture) {
		s := setTheScene(f)
		var breaks step
		var cancel context.CancelFunc
		var late bool // the next statement finds the transaction rolled back, which drivers tell in other words
		for _, kind := range []string{"create", "query", "update", "delete"} {
			f.afterEach(kind, "", func(tx *gorm.DB) {
				if breaks == (step{kind, tx.Statement.Table}) {
					cancel()
					for late && !errors.Is(tx.Statement.ConnPool.QueryRowContext(f.Context(), "SELECT 1").Scan(new(int)), sql.ErrTxDone) {
						runtime.Gosched()
					}
				}
			})
		}
		before := f.dump()
		for what, write := range s.writes() {
			for _, breaks = range write.steps {
				for _, late = range []bool{false, true} {
					var ctx context.Context
					ctx, cancel = context.WithCancel(f.Context())
					f.still(before, func() { require.ErrorIs(f, write.do(ctx), context.Canceled, "%s, %v", what, breaks) })
					cancel()
				}
			}
			breaks = step{}
		}
		require.NoError(f, s.writes()["create"].do(f.Context()), "the database is usable afterwards")
	})
}

func TestContextThatIsOverBeforehandWritesNothing(t *testing.T) {
	onBoth(t, func(f *fixture) {
		s := setTheScene(f)
		ctx, cancel := context.WithCancel(f.Context())
		cancel()
		f.unchanged(func() {
			for what, write := range s.writes() {
				require.ErrorIs(f, write.do(ctx), context.Canceled, what)
			}
		})
	})
}

func TestErrorOfADecisionIsReturnedAsItIsAndNothingIsWritten(t *testing.T) {
	onBoth(t, func(f *fixture) {
		s := setTheScene(f)
		ctx := f.Context()
		refuse := func(account.Account) (account.Entry, error) { return account.Entry{}, account.ErrStale }
		decided := account.Decision{Account: s.rival, Takes: []account.Direction{account.Outgoing}, Changes: []account.FieldChange{{Field: "x"}}}
		f.unchanged(func() {
			_, err := f.accounts.Update(ctx, f.one, s.rival.ID, func(account.Account) (provider.Spec, account.Decision, account.Entry, error) {
				return provider.Spec{}, decided, entry(account.Updated), account.ErrStale
			})
			require.Equal(f, account.ErrStale, err)
			require.Equal(f, account.ErrStale, f.accounts.Delete(ctx, f.one, s.holder.ID, refuse))
			_, err = f.accounts.Designate(ctx, f.one, account.Outgoing, s.rival.ID, alone(refuse))
			require.Equal(f, account.ErrStale, err)
		})
	})
}

func TestPanicOfADecisionUndoesTheTransactionAndFreesTheDatabase(t *testing.T) {
	onBoth(t, func(f *fixture) {
		s := setTheScene(f)
		f.unchanged(func() {
			require.Panics(f, func() {
				_ = f.accounts.Delete(f.Context(), f.one, s.holder.ID, func(account.Account) (account.Entry, error) { panic("a defect") })
			})
		})
		f.update(f.one, s.rival.ID, account.Change{IsDefaultOutgoing: new(true)})
	})
}

func TestStoreMethodsJoinTheTransactionOfTheirContext(t *testing.T) {
	onBoth(t, func(f *fixture) {
		f.unchanged(func() {
			err := f.Transact(f.Context(), func(ctx context.Context) error {
				made, err := f.service.Create(ctx, caller(f.one), f.meta("A"))
				require.NoError(f, err)
				seen, err := f.accounts.Get(ctx, f.one, made.ID)
				require.NoError(f, err)
				require.Equal(f, made, seen)
				_, err = f.accounts.Get(f.Context(), f.one, made.ID)
				require.ErrorIs(f, err, account.ErrNotFound, "nobody else sees it yet")
				return errBroken
			})
			require.ErrorIs(f, err, errBroken)
		})
	})
}

func TestErrorOfATransactionIsReturnedAsItIs(t *testing.T) {
	onBoth(t, func(f *fixture) {
		known := fault.New(fault.Conflict, "x", "y", "z")
		for _, want := range []error{errBroken, known, context.Canceled} {
			got := f.Transact(f.Context(), func(ctx context.Context) error {
				return f.Transact(ctx, func(context.Context) error { return want })
			})
			require.Equal(f, want, got)
		}
	})
}

func TestDecisionsOfASiteRunOneAfterTheOther(t *testing.T) {
	onBoth(t, func(f *fixture) {
		s := setTheScene(f)
		var inside, most atomic.Int32
		enter := func(account.Account) (account.Entry, error) {
			most.Store(max(most.Load(), inside.Add(1)))
			runtime.Gosched()
			inside.Add(-1)
			return entry(account.DefaultTaken), account.ErrStale
		}
		errs := race(16, func(i int) error {
			_, err := f.accounts.Designate(f.Context(), f.one, account.Outgoing, []string{s.holder.ID, s.rival.ID}[i%2], alone(enter))
			return err
		})
		require.Len(f, errs, 16)
		require.EqualValues(f, 1, most.Load())
	})
}

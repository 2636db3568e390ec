package store

import (
	"context"
	"fmt"
	"os"
	"strconv"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/ivendnext/whatsapp-accounts/internal/account"
)

// rounds keeps the slower database from taking the time of all, and a quarter of them fits the check; WA_TEST_SCALE=1 is all.
func (f *fixture) rounds(postgres, sqlite int) int {
	scale, err := strconv.ParseFloat(os.Getenv("WA_TEST_SCALE"), 64)
	if err != nil || scale <= 0 {
		scale = 0.25
	}
	n := sqlite
	if f.onPostgres() {
		n = postgres
	}
	return max(2, int(float64(n)*scale))
}

// replica is the same database through another pool, as a second process would use it.
func (f *fixture) replica() *account.Service {
	f.Helper()
	db := f.again()
	db.UseBox(f.box)
	return account.NewService(db.Accounts(), f.registry, f.clock.now, newID)
}

func (f *fixture) crowd(n int) []string {
	f.Helper()
	ids := make([]string, n)
	for i := range ids {
		ids[i] = f.create(f.one, f.meta(fmt.Sprintf("Account %d", i))).ID
	}
	return ids
}

// defaults counts who shows the flag, in one statement.
func (f *fixture) defaults(ctx context.Context, d account.Direction) (n int, err error) {
	page, err := f.accounts.List(ctx, f.one, account.Query{Limit: 200})
	for _, a := range page.Accounts {
		if a.Holds(d) {
			n++
		}
	}
	return n, err
}

func TestExactlyOneDefaultWhileManyTakeIt(t *testing.T) {
	onBoth(t, func(f *fixture) {
		const writers = 32
		ids, services := f.crowd(writers), []*account.Service{f.service, f.replica()}
		f.update(f.one, ids[0], account.Change{IsDefaultOutgoing: new(true)})
		reads := f.readWhile(func() {
			for range f.rounds(6, 3) {
				require.Empty(f, race(writers, func(i int) error {
					_, err := services[i%2].Update(f.Context(), caller(f.one), ids[i], account.Change{IsDefaultOutgoing: new(true)}, nil)
					return err
				}))
				n, err := f.defaults(f.Context(), account.Outgoing)
				require.NoError(f, err)
				require.Equal(f, 1, n)
			}
		})
		require.Positive(f, reads)
	})
}

// readWhile reads the default in every way while do runs: each look must see one.
func (f *fixture) readWhile(do func()) int64 {
	f.Helper()
	ctx, stop := context.WithCancel(f.Context())
	var reads atomic.Int64
	var wg sync.WaitGroup
	seen := make(chan string, 1)
	complain := func(what string) {
		select {
		case seen <- what:
		default:
		}
	}
	for range 2 {
		wg.Go(func() {
			for ctx.Err() == nil {
				if what := f.look(f.Context()); what != "" {
					complain(what)
				}
				reads.Add(1)
			}
		})
	}
	do()
	stop()
	wg.Wait()
	select {
	case what := <-seen:
		f.Error(what)
	default:
	}
	return reads.Load()
}

// look says what is wrong with the default outgoing at this moment.
func (f *fixture) look(ctx context.Context) string {
	if n, err := f.defaults(ctx, account.Outgoing); err != nil || n != 1 {
		return fmt.Sprintf("a list shows %d defaults, %v", n, err)
	}
	if a, err := f.accounts.Holder(ctx, f.one, account.Outgoing); err != nil || !a.IsDefaultOutgoing {
		return fmt.Sprintf("the holder is %+v, %v", a, err)
	}
	if outgoing, _, err := f.service.Defaults(ctx, f.one); err != nil || outgoing == nil {
		return fmt.Sprintf("the defaults are %v, %v", outgoing, err)
	}
	return ""
}

func TestTwoAccountsThatSwapNeverDeadlock(t *testing.T) {
	onBoth(t, func(f *fixture) {
		ids, other := f.crowd(2), f.replica()
		for range f.rounds(25, 10) {
			require.Empty(f, race(8, func(i int) error {
				service := []*account.Service{f.service, other}[i/4%2]
				ask := account.Change{IsDefaultOutgoing: new(i%2 == 0), IsDefaultIncoming: new(i%2 == 1)}
				if i%4 >= 2 {
					ask = account.Change{IsDefaultOutgoing: new(true), IsDefaultIncoming: new(true)}
				}
				_, err := service.Update(f.Context(), caller(f.one), ids[i%2], ask, nil)
				return err
			}))
			for _, d := range account.Directions() {
				n, err := f.defaults(f.Context(), d)
				require.NoError(f, err)
				require.LessOrEqual(f, n, 1)
			}
		}
	})
}

func TestDeletingAgainstDesignatingLeavesNoDanglingDefault(t *testing.T) {
	onBoth(t, func(f *fixture) {
		other := f.replica()
		stays := f.create(f.one, f.meta("Stays")).ID
		for range f.rounds(30, 15) {
			goes := f.create(f.one, f.bareMeta()).ID
			var deleted error
			errs := race(4, func(i int) error {
				switch i {
				case 0:
					deleted = f.service.Delete(f.Context(), caller(f.one), goes, nil)
					return deleted
				case 1:
					_, err := other.SetDefault(f.Context(), caller(f.one), account.Outgoing, stays, nil)
					return err
				}
				_, err := other.SetDefault(f.Context(), caller(f.one), account.Direction([]string{"outgoing", "incoming"}[i%2]), goes, nil)
				return err
			})
			require.NoError(f, deleted)
			for _, err := range errs {
				require.ErrorIs(f, err, account.ErrNotFound)
			}
			require.Contains(f, []string{"", stays}, f.holder(f.one, account.Outgoing))
			require.Empty(f, f.holder(f.one, account.Incoming))
		}
	})
}

// bareMeta is a complete account of a name that nobody has.
func (f *fixture) bareMeta() account.Change { return f.meta(newID()) }

func TestDeactivatingAgainstDesignatingKeepsTheRule(t *testing.T) {
	onBoth(t, func(f *fixture) {
		ids, other := f.crowd(2), f.replica()
		for range f.rounds(30, 15) {
			f.update(f.one, ids[0], account.Change{Status: new(account.Active)})
			f.update(f.one, ids[1], account.Change{IsDefaultOutgoing: new(true)})
			errs := race(2, func(i int) error {
				if i == 0 {
					_, err := f.service.Update(f.Context(), caller(f.one), ids[0], account.Change{Status: new(account.Inactive)}, nil)
					return err
				}
				_, err := other.SetDefault(f.Context(), caller(f.one), account.Outgoing, ids[0], nil)
				return err
			})
			// Either the designation came first, and the holder was switched off; or it came second, and was refused.
			holder := f.holder(f.one, account.Outgoing)
			if len(errs) == 0 {
				require.Equal(f, ids[0], holder)
			} else {
				require.ErrorIs(f, errs[0], account.ErrInactive)
				require.Equal(f, ids[1], holder)
			}
			require.False(f, f.get(f.one, ids[0]).IsActive())
		}
	})
}

func TestWASenderCreatedAgainstMetaDesignatedLeavesOneDefault(t *testing.T) {
	onBoth(t, func(f *fixture) {
		meta, other := f.create(f.one, f.meta("Meta")).ID, f.replica()
		for range f.rounds(25, 10) {
			var sender account.Account
			require.Empty(f, race(2, func(i int) (err error) {
				if i == 0 {
					sender, err = f.service.Create(f.Context(), caller(f.one), f.wasender(newID()))
					return err
				}
				_, err = other.SetDefault(f.Context(), caller(f.one), account.Outgoing, meta, nil)
				return err
			}))
			holder := f.holder(f.one, account.Outgoing)
			require.Contains(f, []string{meta, sender.ID}, holder)
			n, err := f.defaults(f.Context(), account.Outgoing)
			require.NoError(f, err)
			require.Equal(f, 1, n)
			// A later save of the sender does not take the designation back.
			f.update(f.one, sender.ID, account.Change{AllowAutoReadReceipt: new(true)})
			require.Equal(f, holder, f.holder(f.one, account.Outgoing))
			require.NoError(f, f.service.Delete(f.Context(), caller(f.one), sender.ID, nil))
		}
	})
}

func TestOneOfManyChangesUnderOnePreconditionWins(t *testing.T) {
	onBoth(t, func(f *fixture) {
		a, other := f.create(f.one, f.meta("A")), f.replica()
		unchanged := func(now account.Account) error {
			if now.Name != a.Name {
				return account.ErrStale
			}
			return nil
		}
		const n = 32
		errs := race(n, func(i int) error {
			service := []*account.Service{f.service, other}[i%2]
			_, err := service.Update(f.Context(), caller(f.one), a.ID, account.Change{Name: new(fmt.Sprintf("A %d", i))}, unchanged)
			return err
		})
		require.Len(f, errs, n-1)
		for _, err := range errs {
			require.ErrorIs(f, err, account.ErrStale)
		}
	})
}

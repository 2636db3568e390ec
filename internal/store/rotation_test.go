package store

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/ivendnext/whatsapp-accounts/internal/account"
	"github.com/ivendnext/whatsapp-accounts/internal/idempotency"
	"github.com/ivendnext/whatsapp-accounts/internal/secret"
)

// addKey is the first step of a rotation: a key that opens and does not seal yet.
func (f *fixture) addKey(t testing.TB) secret.KeyID {
	t.Helper()
	k, err := f.box.Keyset().Add(instant)
	require.NoError(t, err)
	f.box.Replace(k)
	keys := k.Keys()
	return keys[len(keys)-1].ID
}

func (f *fixture) promote(t testing.TB, id secret.KeyID) {
	t.Helper()
	k, err := f.box.Keyset().Promote(id)
	require.NoError(t, err)
	f.box.Replace(k)
}

func (f *fixture) retire(t testing.TB, id secret.KeyID) {
	t.Helper()
	k, err := f.box.Keyset().Retire(id)
	require.NoError(t, err)
	f.box.Replace(k)
}

// rotate makes a new key the one that seals, and gives the old one and the new.
func (f *fixture) rotate(t testing.TB) (old, fresh secret.KeyID) {
	t.Helper()
	old, fresh = f.box.Keyset().Primary(), f.addKey(t)
	f.promote(t, fresh)
	return old, fresh
}

func (f *fixture) usage(t testing.TB, id secret.KeyID) Usage {
	t.Helper()
	u, err := f.Keys().Usage(t.Context(), id)
	require.NoError(t, err)
	return u
}

func quiet(int64, int64) {}

func TestResealMovesEverySecretOfBothSlots(t *testing.T) {
	onBoth(t, func(t *testing.T, f *fixture) {
		a, b := f.create(t, f.one, f.meta("A")), f.create(t, f.two, f.wasender("B"))
		appSecret, token := f.secret(t, f.one, a.ID, "app_secret"), f.secret(t, f.one, a.ID, "token")
		f.update(t, f.one, a.ID, set("app_secret", clear("newer")))
		old, fresh := f.rotate(t)
		require.Equal(t, Usage{Secrets: 5}, f.usage(t, old))
		before, ends := f.dump(t), f.end(t, a.ID, "app_secret")
		require.NoError(t, f.Keys().Reseal(t.Context(), quiet))
		require.Equal(t, Usage{}, f.usage(t, old))
		require.Equal(t, Usage{Secrets: 5}, f.usage(t, fresh))
		f.retire(t, old)
		require.Equal(t, token, f.secret(t, f.one, a.ID, "token"))
		require.Equal(t, "newer", f.secret(t, f.one, a.ID, "app_secret"))
		require.Equal(t, appSecret, f.previous(t, f.one, a.ID, "app_secret"))
		require.Equal(t, ends, f.end(t, a.ID, "app_secret"))
		require.Equal(t, "api-key", f.secret(t, f.two, b.ID, "wasender_api_key"))
		after := f.dump(t)
		delete(before, "account_secrets")
		delete(after, "account_secrets")
		require.Equal(t, before, after, "a rotation is no change of an account")
	})
}

func TestResealLeavesWhatIsUnderThePrimaryKeyAlone(t *testing.T) {
	onBoth(t, func(t *testing.T, f *fixture) {
		f.create(t, f.one, f.meta("A"))
		f.addKey(t)
		f.unchanged(t, func() {
			require.NoError(t, f.Keys().Reseal(t.Context(), func(done, left int64) { t.Errorf("moved %d, %d left", done, left) }))
		})
	})
}

// sealedRows puts many secrets into the database quickly.
func (f *fixture) sealedRows(t testing.TB, n int) {
	t.Helper()
	ids := f.stock(t, f.one, numbered(n)...)
	require.NoError(t, f.Transact(t.Context(), func(ctx context.Context) error {
		var errs []error
		for _, id := range ids {
			errs = append(errs, f.accounts.seal(ctx, f.one, secretRow{AccountID: id, Field: "token", Slot: slotCurrent, Site: f.one.String()}, secret.New("token of "+id), false))
		}
		return errors.Join(errs...)
	}))
}

func TestResealTellsItsProgress(t *testing.T) {
	onBoth(t, func(t *testing.T, f *fixture) {
		f.sealedRows(t, 2*resealBatch+1)
		f.rotate(t)
		var told [][2]int64
		require.NoError(t, f.Keys().Reseal(t.Context(), func(done, left int64) { told = append(told, [2]int64{done, left}) }))
		require.Equal(t, [][2]int64{{resealBatch, resealBatch + 1}, {2 * resealBatch, 1}, {2*resealBatch + 1, 0}}, told)
	})
}

func TestResealThatWasBrokenOffGoesOnWhereItStopped(t *testing.T) {
	onBoth(t, func(t *testing.T, f *fixture) {
		f.sealedRows(t, 2*resealBatch+1)
		old, fresh := f.rotate(t)
		ctx, cancel := context.WithCancel(t.Context())
		err := f.Keys().Reseal(ctx, func(int64, int64) { cancel() })
		require.ErrorIs(t, err, context.Canceled)
		require.Equal(t, Usage{Secrets: resealBatch + 1}, f.usage(t, old))
		moved := f.rows(t, "SELECT account_id, sealed FROM account_secrets WHERE key_id = ?", int64(fresh))
		require.NoError(t, f.Keys().Reseal(t.Context(), quiet))
		require.Equal(t, Usage{}, f.usage(t, old))
		for _, r := range moved {
			require.Equal(t, r["sealed"], f.rows(t, "SELECT sealed FROM account_secrets WHERE account_id = ?", text(r["account_id"]))[0]["sealed"], "what was moved is not moved again")
		}
		f.retire(t, old)
		for _, a := range f.pages(t, account.Query{Limit: 200}, nil) {
			require.Equal(t, "token of "+a.ID, f.secret(t, f.one, a.ID, "token"))
		}
	})
}

func TestTwoResealersAtOnceMoveEverythingOnce(t *testing.T) {
	onBoth(t, func(t *testing.T, f *fixture) {
		f.sealedRows(t, 3*resealBatch)
		old, _ := f.rotate(t)
		other := f.again(t)
		other.UseBox(f.box)
		require.Empty(t, race(2, func(i int) error { return []*DB{f.DB, other}[i].Keys().Reseal(t.Context(), quiet) }))
		require.Equal(t, Usage{}, f.usage(t, old))
	})
}

func TestResealSaysWhichSecretDoesNotOpen(t *testing.T) {
	onBoth(t, func(t *testing.T, f *fixture) {
		a := f.create(t, f.one, f.meta("A"))
		f.exec(t, "UPDATE account_secrets SET sealed = ? WHERE field = 'token'", []byte("broken"))
		f.rotate(t)
		err := f.Keys().Reseal(t.Context(), quiet)
		require.ErrorIs(t, err, secret.ErrUnsealable)
		require.ErrorContains(t, err, a.ID)
		require.ErrorContains(t, err, "token")
	})
}

func TestResealBesideWritersLosesNoWriteAndNeverDeadlocks(t *testing.T) {
	onBoth(t, func(t *testing.T, f *fixture) {
		const writers = 4
		first, second := f.box.Keyset().Primary(), f.addKey(t)
		ids, want := f.crowd(t, writers), make([]map[string]string, writers)
		ctx, stop := context.WithCancel(t.Context())
		var wg sync.WaitGroup
		errs := make([]error, writers)
		for i, id := range ids {
			wg.Go(func() {
				for n := 0; ctx.Err() == nil && errs[i] == nil; n++ {
					want[i], errs[i] = f.replaceAll(t.Context(), id, fmt.Sprint(n))
				}
			})
		}
		for n := range f.rounds(60, 25) {
			f.promote(t, []secret.KeyID{second, first}[n%2])
			require.NoError(t, f.Keys().Reseal(t.Context(), quiet))
		}
		stop()
		wg.Wait()
		require.NoError(t, errors.Join(errs...))
		f.promote(t, second)
		require.NoError(t, f.Keys().Reseal(t.Context(), quiet))
		require.Equal(t, Usage{}, f.usage(t, first))
		f.retire(t, first)
		for i, id := range ids {
			for field, value := range want[i] {
				require.Equal(t, value, f.secret(t, f.one, id, field))
			}
			require.True(t, f.answers(t, id, want[i][verifyField]))
		}
	})
}

// replaceAll sets every secret of an account in one change, and gives what it set.
func (f *fixture) replaceAll(ctx context.Context, id, value string) (map[string]string, error) {
	ask, all := account.Change{Sections: map[string]account.Section{"meta_settings": {}}}, map[string]string{}
	for _, field := range []string{"token", verifyField, "app_secret"} {
		all[field] = field + value
		ask.Sections["meta_settings"][field] = clear(all[field])
	}
	_, err := f.service.Update(ctx, caller(f.one), id, ask, nil)
	return all, err
}

func TestDeletingBesideResealNeverDeadlocks(t *testing.T) {
	onBoth(t, func(t *testing.T, f *fixture) {
		first, second := f.box.Keyset().Primary(), f.addKey(t)
		for n := range f.rounds(25, 10) {
			ids := f.crowd(t, 4)
			f.promote(t, []secret.KeyID{second, first}[n%2])
			require.Empty(t, race(6, func(i int) error {
				if i < len(ids) {
					return f.service.Delete(t.Context(), caller(f.one), ids[i], nil)
				}
				return f.Keys().Reseal(t.Context(), quiet)
			}))
		}
		require.Zero(t, f.count(t, "account_secrets"))
	})
}

func TestKeysAreRecordedOnceAndForgotten(t *testing.T) {
	onBoth(t, func(t *testing.T, f *fixture) {
		recorded := func() []secret.KeyID {
			ids, err := f.Keys().Recorded(t.Context())
			require.NoError(t, err)
			return ids
		}
		require.Empty(t, recorded())
		for _, id := range []secret.KeyID{1<<32 - 1, 0, 7, 1<<32 - 1} {
			require.NoError(t, f.Keys().Record(t.Context(), id))
			f.clock.advance(time.Second)
		}
		require.Equal(t, []secret.KeyID{1<<32 - 1, 0, 7}, recorded(), "the oldest first")
		require.NoError(t, f.Keys().Forget(t.Context(), 0))
		require.NoError(t, f.Keys().Forget(t.Context(), 99))
		require.Equal(t, []secret.KeyID{1<<32 - 1, 7}, recorded())
	})
}

func TestUsageCountsAnAnswerUnderBothOfItsKeys(t *testing.T) {
	onBoth(t, func(t *testing.T, f *fixture) {
		scope, body := f.scope("k"), []byte("body")
		claim := f.claim(scope)
		_, err := f.Idempotency().Claim(t.Context(), claim, body, f.clock.now())
		require.NoError(t, err)
		old, fresh := f.rotate(t)
		require.Equal(t, Usage{Answers: 1}, f.usage(t, old))
		require.NoError(t, f.complete(t.Context(), claim, idempotency.Answer{Status: 201}))
		// The body is known by a digest under the old key, the answer is sealed under the new one: without either it is not replayed.
		require.Equal(t, Usage{Answers: 1}, f.usage(t, old))
		require.Equal(t, Usage{Answers: 1}, f.usage(t, fresh))
		kept, err := f.Idempotency().Claim(t.Context(), f.claim(scope), body, f.clock.now())
		require.NoError(t, err)
		require.Equal(t, 201, kept.Status)
	})
}

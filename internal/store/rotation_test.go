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
	"github.com/ivendnext/whatsapp-accounts/internal/provider"
	"github.com/ivendnext/whatsapp-accounts/internal/secret"
)

// addKey is the first step of a rotation: a key that opens and does not seal yet.
func (f *fixture) addKey() secret.KeyID {
	f.Helper()
	k, err := f.box.Keyset().Add(instant)
	require.NoError(f, err)
	f.box.Replace(k)
	keys := k.Keys()
	return keys[len(keys)-1].ID
}

func (f *fixture) promote(id secret.KeyID) {
	f.Helper()
	k, err := f.box.Keyset().Promote(id)
	require.NoError(f, err)
	require.NoError(f, f.Keys().Record(f.Context(), id))
	f.box.Replace(k)
}

func (f *fixture) retire(id secret.KeyID) {
	f.Helper()
	k, err := f.box.Keyset().Retire(id)
	require.NoError(f, err)
	f.box.Replace(k)
}

// rotate makes a new key the one that seals, and gives the old one and the new.
func (f *fixture) rotate() (old, fresh secret.KeyID) {
	f.Helper()
	old, fresh = f.box.Keyset().Primary(), f.addKey()
	f.promote(fresh)
	return old, fresh
}

func (f *fixture) usage(id secret.KeyID) Usage {
	f.Helper()
	u, err := f.Keys().Usage(f.Context(), id)
	require.NoError(f, err)
	return u
}

func quiet(int64, int64) {}

func TestResealMovesEverySecretOfBothSlots(t *testing.T) {
	onBoth(t, func(f *fixture) {
		a, b := f.create(f.one, f.meta("A")), f.create(f.two, f.wasender("B"))
		appSecret, token := f.secret(f.one, a.ID, "app_secret"), f.secret(f.one, a.ID, "token")
		f.update(f.one, a.ID, set("app_secret", clear("newer")))
		old, fresh := f.rotate()
		require.Equal(f, Usage{Secrets: 5}, f.usage(old))
		before, ends := f.dump(), f.end(a.ID)
		require.NoError(f, f.Keys().Reseal(f.Context(), quiet))
		require.Equal(f, Usage{}, f.usage(old))
		require.Equal(f, Usage{Secrets: 5}, f.usage(fresh))
		f.retire(old)
		require.Equal(f, token, f.secret(f.one, a.ID, "token"))
		require.Equal(f, "newer", f.secret(f.one, a.ID, "app_secret"))
		require.Equal(f, appSecret, f.previous(a.ID))
		require.Equal(f, ends, f.end(a.ID))
		require.Equal(f, "api-key", f.secret(f.two, b.ID, "wasender_api_key"))
		after := f.dump()
		for _, table := range []string{"account_secrets", "account_revision"} {
			delete(before, table)
			delete(after, table)
		}
		require.Equal(f, before, after, "a rotation is no change of an account")
	})
}

func TestResealLeavesWhatIsUnderThePrimaryKeyAlone(t *testing.T) {
	onBoth(t, func(f *fixture) {
		f.create(f.one, f.meta("A"))
		f.addKey()
		f.unchanged(func() {
			require.NoError(f, f.Keys().Reseal(f.Context(), func(done, left int64) { f.Errorf("moved %d, %d left", done, left) }))
		})
	})
}

// sealedRows puts many secrets into the database quickly.
func (f *fixture) sealedRows(n int) {
	f.Helper()
	ids := f.stock(f.one, numbered(n)...)
	require.NoError(f, f.Transact(f.Context(), func(ctx context.Context) error {
		var errs []error
		for _, id := range ids {
			errs = append(errs, f.accounts.seal(ctx, f.one, secretRow{AccountID: id, Field: "token", Slot: slotCurrent, Site: f.one.String()}, secret.New("token of "+id), false))
		}
		return errors.Join(errs...)
	}))
}

func TestResealTellsItsProgress(t *testing.T) {
	onBoth(t, func(f *fixture) {
		f.sealedRows(2*resealBatch + 1)
		f.rotate()
		var told [][2]int64
		require.NoError(f, f.Keys().Reseal(f.Context(), func(done, left int64) { told = append(told, [2]int64{done, left}) }))
		require.Equal(f, [][2]int64{{resealBatch, resealBatch + 1}, {2 * resealBatch, 1}, {2*resealBatch + 1, 0}}, told)
	})
}

func TestResealThatWasBrokenOffGoesOnWhereItStopped(t *testing.T) {
	onBoth(t, func(f *fixture) {
		f.sealedRows(2*resealBatch + 1)
		old, fresh := f.rotate()
		ctx, cancel := context.WithCancel(f.Context())
		err := f.Keys().Reseal(ctx, func(int64, int64) { cancel() })
		require.ErrorIs(f, err, context.Canceled)
		require.Equal(f, Usage{Secrets: resealBatch + 1}, f.usage(old))
		moved := f.rows("SELECT account_id, sealed FROM account_secrets WHERE key_id = ?", int64(fresh))
		require.NoError(f, f.Keys().Reseal(f.Context(), quiet))
		require.Equal(f, Usage{}, f.usage(old))
		for _, r := range moved {
			require.Equal(f, r["sealed"], f.rows("SELECT sealed FROM account_secrets WHERE account_id = ?", text(r["account_id"]))[0]["sealed"], "what was moved is not moved again")
		}
		f.retire(old)
		for _, a := range f.pages(account.Query{Limit: 200}) {
			require.Equal(f, "token of "+a.ID, f.secret(f.one, a.ID, "token"))
		}
	})
}

func TestTwoResealersAtOnceMoveEverythingOnce(t *testing.T) {
	onBoth(t, func(f *fixture) {
		f.sealedRows(3 * resealBatch)
		old, _ := f.rotate()
		other := f.again()
		other.UseBox(f.box)
		require.Empty(f, race(2, func(i int) error { return []*DB{f.DB, other}[i].Keys().Reseal(f.Context(), quiet) }))
		require.Equal(f, Usage{}, f.usage(old))
	})
}

func TestResealSaysWhichSecretDoesNotOpen(t *testing.T) {
	onBoth(t, func(f *fixture) {
		a := f.create(f.one, f.meta("A"))
		f.exec("UPDATE account_secrets SET sealed = ? WHERE field = 'token'", []byte("broken"))
		f.rotate()
		err := f.Keys().Reseal(f.Context(), quiet)
		require.ErrorIs(f, err, secret.ErrUnsealable)
		require.ErrorContains(f, err, a.ID)
		require.ErrorContains(f, err, "token")
	})
}

func TestResealBesideWritersLosesNoWriteAndNeverDeadlocks(t *testing.T) {
	onBoth(t, func(f *fixture) {
		const writers = 4
		first, second := f.box.Keyset().Primary(), f.addKey()
		ids, want := f.crowd(writers), make([]map[string]string, writers)
		ctx, stop := context.WithCancel(f.Context())
		var wg sync.WaitGroup
		errs := make([]error, writers)
		for i, id := range ids {
			wg.Go(func() {
				for n := 0; ctx.Err() == nil && errs[i] == nil; n++ {
					want[i], errs[i] = f.replaceAll(f.Context(), id, fmt.Sprint(n))
				}
			})
		}
		for n := range f.rounds(60, 25) {
			f.promote([]secret.KeyID{second, first}[n%2])
			require.NoError(f, f.Keys().Reseal(f.Context(), quiet))
		}
		stop()
		wg.Wait()
		require.NoError(f, errors.Join(errs...))
		f.promote(second)
		require.NoError(f, f.Keys().Reseal(f.Context(), quiet))
		require.Equal(f, Usage{}, f.usage(first))
		f.retire(first)
		for i, id := range ids {
			for field, value := range want[i] {
				require.Equal(f, value, f.secret(f.one, id, field))
			}
			require.True(f, f.answers(id, want[i][verifyField]))
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
	onBoth(t, func(f *fixture) {
		first, second := f.box.Keyset().Primary(), f.addKey()
		for n := range f.rounds(25, 10) {
			ids := f.crowd(4)
			f.promote([]secret.KeyID{second, first}[n%2])
			require.Empty(f, race(6, func(i int) error {
				if i < len(ids) {
					return f.service.Delete(f.Context(), caller(f.one), ids[i], nil)
				}
				return f.Keys().Reseal(f.Context(), quiet)
			}))
		}
		require.Zero(f, f.count("account_secrets"))
	})
}

func TestKeysAreRecordedOnceAndForgotten(t *testing.T) {
	onBoth(t, func(f *fixture) {
		recorded := func() []secret.KeyID {
			ids, err := f.Keys().Recorded(f.Context())
			require.NoError(f, err)
			return ids
		}
		require.NoError(f, f.Keys().Forget(f.Context(), f.primary()))
		require.Empty(f, recorded())
		for _, id := range []secret.KeyID{1<<32 - 1, 0, 7, 1<<32 - 1} {
			require.NoError(f, f.Keys().Record(f.Context(), id))
			f.clock.advance(time.Second)
		}
		require.Equal(f, []secret.KeyID{1<<32 - 1, 0, 7}, recorded(), "the oldest first")
		require.NoError(f, f.Keys().Forget(f.Context(), 0))
		require.NoError(f, f.Keys().Forget(f.Context(), 99))
		require.Equal(f, []secret.KeyID{1<<32 - 1, 7}, recorded())
	})
}

// behind opens the database as a replica that has missed the whole rotation.
func (f *fixture) behind() *DB {
	f.Helper()
	stale := f.box.Keyset()
	old, _ := f.rotate()
	require.NoError(f, f.Keys().Reseal(f.Context(), quiet))
	require.NoError(f, f.Keys().Forget(f.Context(), old))
	other := f.again()
	other.UseBox(secret.NewBox(stale))
	return other
}

func TestNothingIsSealedUnderAKeyThatIsRetired(t *testing.T) {
	onBoth(t, func(f *fixture) {
		late := account.NewService(f.behind().Accounts(), f.registry, f.clock.now, newID)
		name, kind := "Late", provider.Type("Meta")
		_, err := late.Create(f.Context(), caller(f.one), account.Change{Name: &name, Type: &kind,
			Sections: map[string]account.Section{"meta_settings": {"token": clear("under a retired key")}}})
		require.ErrorIs(f, err, errKeysetOutdated)
		require.Zero(f, f.count("accounts"))
	})
}

func TestAReplicaWithoutTheKeyDoesNotCallARepeatAnotherRequest(t *testing.T) {
	onBoth(t, func(f *fixture) {
		late, scope := f.behind(), f.scope("k")
		f.mustClaim(scope, "body")
		_, err := late.Idempotency().Claim(f.Context(), f.claim(scope), []byte("body"), f.clock.now())
		require.ErrorIs(f, err, errKeysetOutdated)
	})
}

func TestUsageCountsAnAnswerUnderBothOfItsKeys(t *testing.T) {
	onBoth(t, func(f *fixture) {
		scope, body := f.scope("k"), []byte("body")
		claim := f.claim(scope)
		_, err := f.Idempotency().Claim(f.Context(), claim, body, f.clock.now())
		require.NoError(f, err)
		old, fresh := f.rotate()
		require.Equal(f, Usage{Answers: 1}, f.usage(old))
		require.NoError(f, f.complete(f.Context(), claim, idempotency.Answer{Status: 201}))
		// The body is known by a digest under the old key, the answer is sealed under the new one: without either it is not replayed.
		require.Equal(f, Usage{Answers: 1}, f.usage(old))
		require.Equal(f, Usage{Answers: 1}, f.usage(fresh))
		kept, err := f.Idempotency().Claim(f.Context(), f.claim(scope), body, f.clock.now())
		require.NoError(f, err)
		require.Equal(f, 201, kept.Status)
	})
}

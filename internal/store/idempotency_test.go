package store

import (
	"context"
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"gorm.io/gorm"

	"github.com/ivendnext/whatsapp-accounts/internal/idempotency"
	"github.com/ivendnext/whatsapp-accounts/internal/secret"
)

// scope is a place for a key, of one caller.
func (f *fixture) scope(key string) idempotency.Scope {
	return idempotency.Scope{Caller: caller(f.one).Principal, Method: "POST", Path: "/v1/accounts", Key: key}
}

// claim takes a scope for a minute.
func (f *fixture) claim(scope idempotency.Scope) idempotency.Claim {
	return idempotency.Claim{Scope: scope, ID: newID(), Until: f.clock.now().Add(time.Minute)}
}

func (f *fixture) complete(ctx context.Context, c idempotency.Claim, a idempotency.Answer) error {
	return f.Transact(ctx, func(ctx context.Context) error {
		return f.Idempotency().Complete(ctx, c, a, f.clock.now().Add(24*time.Hour))
	})
}

// answer claims a scope and keeps an answer.
func (f *fixture) answer(scope idempotency.Scope, body []byte, a idempotency.Answer) {
	f.Helper()
	c := f.claim(scope)
	kept, err := f.Idempotency().Claim(f.Context(), c, body, f.clock.now())
	require.NoError(f, err)
	require.Nil(f, kept)
	require.NoError(f, f.complete(f.Context(), c, a))
}

// tryClaim takes a scope, or tells why not; kept is the answer that is there already.
func (f *fixture) tryClaim(scope idempotency.Scope, body string) (claim idempotency.Claim, kept *idempotency.Answer, err error) {
	f.Helper()
	claim = f.claim(scope)
	kept, err = f.Idempotency().Claim(f.Context(), claim, []byte(body), f.clock.now())
	return claim, kept, err
}

func (f *fixture) mustClaim(scope idempotency.Scope, body string) idempotency.Claim {
	f.Helper()
	claim, kept, err := f.tryClaim(scope, body)
	require.NoError(f, err)
	require.Nil(f, kept)
	return claim
}

func TestAnswerIsReplayedAsItWas(t *testing.T) {
	onBoth(t, func(f *fixture) {
		for _, want := range []idempotency.Answer{
			{Status: 201, Header: map[string]string{"etag": `"x"`, "location": "/ä"}, Body: []byte{0, 255, '"', '\n'}},
			{Status: 204},
		} {
			for _, key := range []string{"k", strings.Repeat("🔑", idempotency.MaxKey), "' OR 1=1 --"} {
				scope := f.scope(key)
				f.answer(scope, []byte("body"), want)
				_, kept, err := f.tryClaim(scope, "body")
				require.NoError(f, err)
				require.Equal(f, want, *kept)
			}
		}
	})
}

func TestOtherBodyIsRefusedWhileRunningAndAfterwards(t *testing.T) {
	onBoth(t, func(f *fixture) {
		scope := f.scope("k")
		claim := f.mustClaim(scope, "body")
		for range 2 {
			for _, other := range []string{"", "Body", "body "} {
				_, _, err := f.tryClaim(scope, other)
				require.ErrorIs(f, err, idempotency.ErrReused)
			}
			_ = f.complete(f.Context(), claim, idempotency.Answer{Status: 201})
		}
	})
}

func TestSameBodyIsAskedToWaitWhileTheFirstIsRunning(t *testing.T) {
	onBoth(t, func(f *fixture) {
		scope := f.scope("k")
		f.mustClaim(scope, "body")
		_, kept, err := f.tryClaim(scope, "body")
		require.ErrorIs(f, err, idempotency.ErrRunning)
		require.Nil(f, kept)
	})
}

func TestKeyBelongsToItsCallerMethodAndPath(t *testing.T) {
	onBoth(t, func(f *fixture) {
		scope := f.scope("k")
		f.mustClaim(scope, "body")
		for _, change := range []func(*idempotency.Scope){
			func(s *idempotency.Scope) { s.Caller.KeyID = newID() },
			func(s *idempotency.Scope) { s.Method = "PUT" },
			func(s *idempotency.Scope) { s.Path = "/v1/other" },
			func(s *idempotency.Scope) { s.Key = "K" },
		} {
			other := scope
			change(&other)
			f.mustClaim(other, "another body")
		}
	})
}

func TestExpiredClaimIsTakenOverAndItsOldOwnerCannotAnswer(t *testing.T) {
	onBoth(t, func(f *fixture) {
		scope := f.scope("k")
		dead := f.mustClaim(scope, "body")
		f.clock.advance(time.Minute - time.Microsecond)
		_, _, err := f.tryClaim(scope, "body")
		require.ErrorIs(f, err, idempotency.ErrRunning, "not a moment too soon")
		f.clock.advance(time.Microsecond)
		alive := f.mustClaim(scope, "another body")
		require.ErrorIs(f, f.complete(f.Context(), dead, idempotency.Answer{Status: 500}), idempotency.ErrRunning)
		require.NoError(f, f.Idempotency().Release(f.Context(), dead), "and frees nothing")
		require.NoError(f, f.complete(f.Context(), alive, idempotency.Answer{Status: 201}))
		_, kept, err := f.tryClaim(scope, "another body")
		require.NoError(f, err)
		require.Equal(f, 201, kept.Status)
	})
}

func TestExpiredAnswerIsForgotten(t *testing.T) {
	onBoth(t, func(f *fixture) {
		scope := f.scope("k")
		f.answer(scope, []byte("body"), idempotency.Answer{Status: 201})
		f.clock.advance(24 * time.Hour)
		f.mustClaim(scope, "another body")
		_, _, err := f.tryClaim(scope, "another body")
		require.ErrorIs(f, err, idempotency.ErrRunning, "the old answer went with the old claim")
	})
}

func TestReleasedClaimIsFree(t *testing.T) {
	onBoth(t, func(f *fixture) {
		scope := f.scope("k")
		claim := f.mustClaim(scope, "body")
		require.NoError(f, f.Idempotency().Release(f.Context(), claim))
		again := f.mustClaim(scope, "another body")
		require.NoError(f, f.complete(f.Context(), again, idempotency.Answer{Status: 201}))
		require.NoError(f, f.Idempotency().Release(f.Context(), again), "an answer is not a claim any more")
		_, kept, err := f.tryClaim(scope, "another body")
		require.NoError(f, err)
		require.NotNil(f, kept)
	})
}

func TestOnlyWhatHasExpiredIsPurged(t *testing.T) {
	onBoth(t, func(f *fixture) {
		service := idempotency.NewService(f.Idempotency(), f.clock.now, newID)
		f.answer(f.scope("a day"), nil, idempotency.Answer{Status: 201})
		f.clock.advance(24*time.Hour - time.Minute)
		f.mustClaim(f.scope("as long"), "")
		require.NoError(f, service.Purge(f.Context()))
		require.Equal(f, 2, f.count("idempotency_keys"))
		f.clock.advance(time.Minute - time.Microsecond)
		f.answer(f.scope("young"), nil, idempotency.Answer{Status: 201})
		require.NoError(f, service.Purge(f.Context()))
		require.Equal(f, 3, f.count("idempotency_keys"))
		f.clock.advance(time.Microsecond)
		require.NoError(f, service.Purge(f.Context()))
		require.Len(f, f.rows("SELECT 1 FROM idempotency_keys WHERE idempotency_key = 'young'"), 1)
		require.Equal(f, 1, f.count("idempotency_keys"))
	})
}

// stale puts n claims into the database that have expired.
func (f *fixture) stale(n int) {
	f.Helper()
	require.NoError(f, f.Transact(f.Context(), func(ctx context.Context) error {
		rows := make([]idempotencyRow, n)
		for i := range rows {
			rows[i] = idempotencyRow{APIKeyID: newID(), Method: "POST", Path: "/", IdempotencyKey: newID(), Claim: newID(), Fingerprint: []byte{}, KeyID: int64(f.primary()), ExpiresAt: instant}
		}
		return f.handle(ctx).CreateInBatches(&rows, 200).Error
	}))
}

func TestPurgeGoesInSteps(t *testing.T) {
	onBoth(t, func(f *fixture) {
		f.stale(purgeBatch + 1)
		for _, want := range []int64{purgeBatch, 1, 0} {
			n, err := f.Idempotency().Purge(f.Context(), instant)
			require.NoError(f, err)
			require.Equal(f, want, n)
		}
	})
}

func TestManyPurgersAtOnceShareTheWork(t *testing.T) {
	onBoth(t, func(f *fixture) {
		f.stale(purgeBatch)
		require.Empty(f, race(8, func(int) error {
			return idempotency.NewService(f.Idempotency(), f.clock.now, newID).Purge(f.Context())
		}))
		require.Zero(f, f.count("idempotency_keys"))
	})
}

func TestOneOfManyClaimsAtOnceWins(t *testing.T) {
	onBoth(t, func(f *fixture) {
		other := f.again()
		other.UseBox(f.box)
		for range f.rounds(4, 2) {
			const n = 64
			scope := f.scope(newID())
			errs := race(n, func(i int) error {
				kept, err := []*DB{f.DB, other}[i%2].Idempotency().Claim(f.Context(), f.claim(scope), []byte("body"), f.clock.now())
				if kept != nil {
					return errBroken
				}
				return err
			})
			require.Len(f, errs, n-1)
			for _, err := range errs {
				require.ErrorIs(f, err, idempotency.ErrRunning)
			}
		}
	})
}

func TestOneOfManyTakesOverAnExpiredClaim(t *testing.T) {
	onBoth(t, func(f *fixture) {
		scope := f.scope("k")
		f.mustClaim(scope, "body")
		f.clock.advance(time.Minute)
		errs := race(16, func(int) error {
			_, err := f.Idempotency().Claim(f.Context(), f.claim(scope), []byte("body"), f.clock.now())
			return err
		})
		require.Len(f, errs, 15)
	})
}

func TestClaimThatGoesWhileItIsLookedAtIsTaken(t *testing.T) {
	t.Parallel()
	f := onPostgres(t) // on SQLite nobody comes between
	scope := f.scope("k")
	f.mustClaim(scope, "body")
	f.afterEach("create", "idempotency_keys", func(tx *gorm.DB) {
		if tx.RowsAffected == 0 {
			f.exec("DELETE FROM idempotency_keys")
		}
	})
	f.mustClaim(scope, "another body")
	require.Equal(t, 1, f.count("idempotency_keys"))
}

func TestAnswerOutlivesTheProcess(t *testing.T) {
	onBoth(t, func(f *fixture) {
		scope := f.scope("k")
		f.answer(scope, []byte("body"), idempotency.Answer{Status: 201, Body: []byte("made")})
		require.NoError(f, f.Close())
		f.DB = f.again()
		f.UseBox(secret.NewBox(keyset()))
		_, kept, err := f.tryClaim(scope, "body")
		require.NoError(f, err)
		require.Equal(f, "made", string(kept.Body))
	})
}

func TestEffectAndAnswerAreCommittedTogether(t *testing.T) {
	onBoth(t, func(f *fixture) {
		service := idempotency.NewService(f.Idempotency(), f.clock.now, newID)
		ask := f.meta("A")
		create := func(then error) func(context.Context) (idempotency.Answer, error) {
			return func(ctx context.Context) (idempotency.Answer, error) {
				made, err := f.service.Create(ctx, caller(f.one), ask)
				return idempotency.Answer{Status: 201, Body: []byte(made.ID)}, errors.Join(err, then)
			}
		}
		scope, breaks := f.scope("k"), true
		f.afterEach("update", "idempotency_keys", func(tx *gorm.DB) {
			if breaks {
				_ = tx.AddError(errBroken)
			}
		})
		f.unchanged(func() {
			for _, then := range []error{errBroken, nil} { // the request fails, or the keeping of its answer does
				_, _, err := service.Do(f.Context(), scope, nil, create(then))
				require.ErrorIs(f, err, errBroken)
			}
		})
		breaks = false
		first, replayed, err := service.Do(f.Context(), scope, nil, create(nil))
		require.NoError(f, err)
		require.False(f, replayed)
		f.unchanged(func() {
			second, replayed, err := service.Do(f.Context(), scope, nil, create(errBroken))
			require.NoError(f, err)
			require.True(f, replayed)
			require.Equal(f, first, second)
		})
		require.Equal(f, string(first.Body), f.get(f.one, string(first.Body)).ID)
	})
}

func TestClaimGoesThoughTheCallerIsGone(t *testing.T) {
	onBoth(t, func(f *fixture) {
		service := idempotency.NewService(f.Idempotency(), f.clock.now, newID)
		ctx, cancel := context.WithCancel(f.Context())
		_, _, err := service.Do(ctx, f.scope("k"), nil, func(context.Context) (idempotency.Answer, error) {
			cancel()
			return idempotency.Answer{Status: 201}, nil
		})
		require.ErrorIs(f, err, context.Canceled)
		require.Zero(f, f.count("idempotency_keys"))
	})
}

func TestMovedAnswerFailsClosed(t *testing.T) {
	onBoth(t, func(f *fixture) {
		mine, other := f.scope("k"), f.scope("k")
		other.Caller.Site = f.two
		f.answer(mine, []byte("body"), idempotency.Answer{Status: 201, Body: []byte("a secret")})
		f.answer(other, []byte("body"), idempotency.Answer{Status: 201})
		f.exec("UPDATE idempotency_keys SET answer = (SELECT answer FROM idempotency_keys WHERE api_key_id = ?)", mine.Caller.KeyID)
		_, kept, err := f.tryClaim(other, "body")
		require.ErrorIs(f, err, secret.ErrUnsealable)
		require.Nil(f, kept)
	})
}

package idempotency_test

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/ivendnext/whatsapp-accounts/internal/apikey"
	"github.com/ivendnext/whatsapp-accounts/internal/app"
	"github.com/ivendnext/whatsapp-accounts/internal/config"
	"github.com/ivendnext/whatsapp-accounts/internal/idempotency"
	"github.com/ivendnext/whatsapp-accounts/internal/site"
)

// desk is the use case on a real SQLite, at a time that the test sets.
type desk struct {
	*idempotency.Service
	store idempotency.Store
	keys  apikey.Store // something that a request has an effect on
	now   time.Time
	home  site.Site
}

func open(t *testing.T) *desk {
	t.Helper()
	opened, err := app.Open(t.Context(), config.Storage{DataDir: t.TempDir(), DBMaxConns: 4}, slog.New(slog.DiscardHandler))
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, opened.DB.Close()) })
	home, err := site.Named("home")
	require.NoError(t, err)
	d := &desk{store: opened.DB.Idempotency(), keys: opened.DB.APIKeys(), home: home, now: time.Date(2026, time.November, 22, 12, 0, 0, 0, time.UTC)}
	d.Service = idempotency.NewService(d.store, d.clock, app.NewID)
	return d
}

func (d *desk) clock() time.Time { return d.now }

func (d *desk) scope(key string) idempotency.Scope {
	return idempotency.Scope{Caller: site.Principal{KeyID: "caller", Site: d.home}, Method: "POST", Path: "/v1/accounts", Key: key}
}

// claimElsewhere is another process that has begun on the scope, with the body {}.
func (d *desk) claimElsewhere(ctx context.Context, t *testing.T, scope idempotency.Scope) {
	t.Helper()
	c := idempotency.Claim{Scope: scope, ID: app.NewID(), Until: d.now.Add(time.Minute)}
	kept, err := d.store.Claim(ctx, c, []byte("{}"), d.now)
	require.NoError(t, err)
	require.Nil(t, kept)
}

// effect leaves a trace in the database, in the transaction of ctx.
func (d *desk) effect(ctx context.Context) error {
	return d.keys.Insert(ctx, apikey.Key{ID: app.NewID(), Site: d.home, Role: site.Viewer, Name: "trace", Hash: apikey.Hash([]byte(fmt.Sprintf("%32s", app.NewID()[4:]))), CreatedAt: d.now})
}

func (d *desk) effects(t *testing.T) int {
	t.Helper()
	keys, err := d.keys.List(t.Context(), d.home)
	require.NoError(t, err)
	return len(keys)
}

// answered runs a request that has an effect and says what it answers.
func (d *desk) answered(t *testing.T, scope idempotency.Scope, body, says string) (idempotency.Answer, bool, error) {
	t.Helper()
	return d.Do(t.Context(), scope, []byte(body), func(ctx context.Context) (idempotency.Answer, error) {
		return idempotency.Answer{Status: 201, Header: map[string]string{"etag": says}, Body: []byte(says)}, d.effect(ctx)
	})
}

func TestARepeatedRequestIsAnsweredAsTheFirstWas(t *testing.T) {
	d := open(t)
	first, replayed, err := d.answered(t, d.scope("k"), "{}", "first")
	require.NoError(t, err)
	assert.False(t, replayed)
	second, replayed, err := d.answered(t, d.scope("k"), "{}", "second")
	require.NoError(t, err)
	assert.True(t, replayed)
	assert.Equal(t, first, second)
	assert.Equal(t, 1, d.effects(t))
}

func TestAnAnswerIsReplayedForADay(t *testing.T) {
	d := open(t)
	begin := d.now
	_, _, err := d.answered(t, d.scope("k"), "{}", "first")
	require.NoError(t, err)
	d.now = begin.Add(24*time.Hour - time.Microsecond)
	_, replayed, err := d.answered(t, d.scope("k"), "{}", "second")
	require.NoError(t, err)
	assert.True(t, replayed)
	d.now = begin.Add(24 * time.Hour)
	answer, replayed, err := d.answered(t, d.scope("k"), "another body", "second")
	require.NoError(t, err)
	assert.False(t, replayed)
	assert.Equal(t, "second", string(answer.Body))
}

func TestTheSameKeyForAnotherBodyIsRefused(t *testing.T) {
	d := open(t)
	_, _, err := d.answered(t, d.scope("k"), "{}", "first")
	require.NoError(t, err)
	for _, body := range []string{"{ }", "", "{}\n"} {
		_, _, err = d.answered(t, d.scope("k"), body, "second")
		require.ErrorIs(t, err, idempotency.ErrReused)
	}
	d.claimElsewhere(t.Context(), t, d.scope("running"))
	_, _, err = d.answered(t, d.scope("running"), "other", "second")
	require.ErrorIs(t, err, idempotency.ErrReused, "while the first is running, too")
}

func TestTheSameKeyElsewhereIsAnotherKey(t *testing.T) {
	d := open(t)
	scope := d.scope("k")
	other := []idempotency.Scope{scope, scope, scope, scope}
	other[1].Key, other[2].Path, other[3].Caller.KeyID = "K", "/v1/messages", "somebody else"
	other = append(other, scope)
	other[4].Method = "PUT"
	for i, s := range other {
		_, replayed, err := d.answered(t, s, fmt.Sprint(i), "an answer")
		require.NoError(t, err)
		assert.False(t, replayed, "%+v", s)
	}
	assert.Equal(t, len(other), d.effects(t))
}

func TestARequestThatIsStillRunningIsToldWhenToComeBack(t *testing.T) {
	d := open(t)
	d.claimElsewhere(t.Context(), t, d.scope("k"))
	_, _, err := d.answered(t, d.scope("k"), "{}", "second")
	require.ErrorIs(t, err, idempotency.ErrRunning)
	assert.Equal(t, time.Second, idempotency.ErrRunning.RetryAfter)
	assert.Zero(t, d.effects(t))
}

func TestAClaimWhoseProcessDiedKeepsNobodyForMoreThanAMinute(t *testing.T) {
	d := open(t)
	d.claimElsewhere(t.Context(), t, d.scope("k"))
	d.now = d.now.Add(time.Minute - time.Microsecond)
	_, _, err := d.answered(t, d.scope("k"), "{}", "second")
	require.ErrorIs(t, err, idempotency.ErrRunning)
	d.now = d.now.Add(time.Microsecond)
	_, replayed, err := d.answered(t, d.scope("k"), "{}", "second")
	require.NoError(t, err)
	assert.False(t, replayed)
}

func TestWhoLostItsClaimHasNoEffect(t *testing.T) {
	d := open(t)
	_, _, err := d.Do(t.Context(), d.scope("k"), []byte("{}"), func(ctx context.Context) (idempotency.Answer, error) {
		d.now = d.now.Add(time.Minute - time.Microsecond)
		_, err := d.store.Claim(ctx, idempotency.Claim{Scope: d.scope("k")}, []byte("{}"), d.now)
		require.ErrorIs(t, err, idempotency.ErrRunning, "until then nobody can")
		d.now = d.now.Add(time.Microsecond) // it took too long, and somebody else began
		d.claimElsewhere(ctx, t, d.scope("k"))
		return idempotency.Answer{Status: 201}, d.effect(ctx)
	})
	require.ErrorIs(t, err, idempotency.ErrRunning)
	assert.Zero(t, d.effects(t))
}

func TestARequestThatFailedHasNoEffectAndMayBeRepeated(t *testing.T) {
	d, broken := open(t), errors.New("broken")
	answer, replayed, err := d.Do(t.Context(), d.scope("k"), []byte("{}"), func(ctx context.Context) (idempotency.Answer, error) {
		require.NoError(t, d.effect(ctx))
		return idempotency.Answer{Status: 201}, broken
	})
	require.ErrorIs(t, err, broken)
	assert.Zero(t, answer)
	assert.False(t, replayed)
	assert.Zero(t, d.effects(t))
	_, replayed, err = d.answered(t, d.scope("k"), "another body", "second")
	require.NoError(t, err)
	assert.False(t, replayed)
}

func TestARequestThatPanickedHasNoEffectAndMayBeRepeated(t *testing.T) {
	d := open(t)
	assert.PanicsWithValue(t, "a defect", func() {
		_, _, _ = d.Do(t.Context(), d.scope("k"), []byte("{}"), func(ctx context.Context) (idempotency.Answer, error) {
			require.NoError(t, d.effect(ctx))
			panic("a defect")
		})
	})
	assert.Zero(t, d.effects(t))
	_, replayed, err := d.answered(t, d.scope("k"), "{}", "second")
	require.NoError(t, err)
	assert.False(t, replayed)
}

func TestACallerWhoLeftMayRepeatAtOnce(t *testing.T) {
	d := open(t)
	ctx, leave := context.WithCancel(t.Context())
	_, _, err := d.Do(ctx, d.scope("k"), []byte("{}"), func(ctx context.Context) (idempotency.Answer, error) {
		leave()
		return idempotency.Answer{}, ctx.Err()
	})
	require.ErrorIs(t, err, context.Canceled)
	_, _, err = d.answered(t, d.scope("k"), "{}", "second")
	require.NoError(t, err)
}

// watched is a store that tells whether a release may take forever.
type watched struct {
	idempotency.Store
	bounded bool
}

func (w *watched) Release(ctx context.Context, c idempotency.Claim) error {
	_, w.bounded = ctx.Deadline()
	return w.Store.Release(ctx, c)
}

func TestGivingUpAClaimDoesNotTakeForever(t *testing.T) {
	d := open(t)
	w := &watched{Store: d.store}
	_, _, err := idempotency.NewService(w, d.clock, app.NewID).Do(t.Context(), d.scope("k"), nil, func(context.Context) (idempotency.Answer, error) {
		return idempotency.Answer{}, errors.New("broken")
	})
	require.Error(t, err)
	assert.True(t, w.bounded, "the database may be away, and the caller waits")
}

func TestPurgingRemovesWhatHasExpiredAndNothingElse(t *testing.T) {
	d := open(t)
	require.NoError(t, d.store.Transact(t.Context(), func(ctx context.Context) error {
		for i := range 501 { // more than one batch
			d.claimElsewhere(ctx, t, d.scope(fmt.Sprint("dead ", i)))
		}
		return nil
	}))
	_, _, err := d.answered(t, d.scope("kept"), "{}", "first")
	require.NoError(t, err)
	d.now = d.now.Add(time.Minute)
	require.NoError(t, d.Purge(t.Context()))

	left, err := d.store.Purge(t.Context(), d.now)
	require.NoError(t, err)
	assert.Zero(t, left)
	_, replayed, err := d.answered(t, d.scope("kept"), "{}", "second")
	require.NoError(t, err)
	assert.True(t, replayed)
}

func TestPurgingStopsWithItsContext(t *testing.T) {
	d := open(t)
	over, cancel := context.WithCancel(t.Context())
	cancel()
	require.ErrorIs(t, d.Purge(over), context.Canceled)
}

// prepared runs a request that prepares something first, and says what it answers.
func (d *desk) prepared(t *testing.T, prepare func(context.Context) error) (idempotency.Answer, bool, error) {
	t.Helper()
	return d.DoPrepared(t.Context(), d.scope("k"), []byte("{}"), prepare, func(ctx context.Context) (idempotency.Answer, error) {
		return idempotency.Answer{Status: 202}, d.effect(ctx)
	})
}

func TestLongWorkComesBeforeTheTransactionAndOnce(t *testing.T) {
	d, times := open(t), 0
	prepare := func(ctx context.Context) error {
		times++
		_, _, err := d.answered(t, d.scope("k"), "{}", "second")
		require.ErrorIs(t, err, idempotency.ErrRunning, "the scope is taken")
		return d.effect(ctx) // which waits for ever on SQLite while a transaction is open
	}
	_, replayed, err := d.prepared(t, prepare)
	require.NoError(t, err)
	assert.False(t, replayed)
	_, replayed, err = d.prepared(t, prepare)
	require.NoError(t, err)
	assert.True(t, replayed)
	assert.Equal(t, []int{1, 2}, []int{times, d.effects(t)})
}

func TestLongWorkThatFailsLeavesTheKeyFree(t *testing.T) {
	d := open(t)
	_, _, err := d.prepared(t, func(context.Context) error { return errors.New("no") })
	require.ErrorContains(t, err, "no")
	assert.Zero(t, d.effects(t))
	_, replayed, err := d.prepared(t, func(context.Context) error { return nil })
	require.NoError(t, err)
	assert.False(t, replayed)
}

func TestOfTwoWhoPrepareTooLongOneHasAnEffect(t *testing.T) {
	d := open(t)
	_, _, err := d.prepared(t, func(context.Context) error {
		d.now = d.now.Add(2 * time.Minute)
		_, _, err := d.prepared(t, func(context.Context) error { return nil })
		return err
	})
	require.ErrorIs(t, err, idempotency.ErrRunning)
	assert.Equal(t, 1, d.effects(t))
}

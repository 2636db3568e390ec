package apikey_test

import (
	"context"
	"errors"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/ivendnext/whatsapp-accounts/internal/apikey"
	"github.com/ivendnext/whatsapp-accounts/internal/app"
	"github.com/ivendnext/whatsapp-accounts/internal/secret"
)

func TestAKeyIsKnownOnceItHasWorkedUntilItFails(t *testing.T) {
	r := open(t)
	k, clear := r.create(t, "erp")
	assert.False(t, r.Known(clear), "made beside this process")
	_, err := r.Authenticate(t.Context(), clear)
	require.NoError(t, err)
	assert.True(t, r.Known(clear))
	require.NoError(t, r.Revoke(t.Context(), r.home, k.ID))
	assert.True(t, r.Known(clear), "nobody has told this process")
	_, err = r.Authenticate(t.Context(), clear)
	require.ErrorIs(t, err, apikey.ErrUnknown, "and being known lets nobody in")
	assert.False(t, r.Known(clear))
}

func TestAStrangersKeyIsNeverKnown(t *testing.T) {
	r := open(t)
	for _, given := range []string{"", "wak_", strings.Repeat("x", 50)} {
		_, err := r.Authenticate(t.Context(), secret.New(given))
		require.ErrorIs(t, err, apikey.ErrUnknown)
		assert.False(t, r.Known(secret.New(given)))
	}
}

func TestLearningKnowsTheValidKeysAndForgetsTheOthers(t *testing.T) {
	r := open(t)
	_, valid := r.create(t, "valid")
	k, revoked := r.create(t, "revoked")
	require.NoError(t, r.Learn(t.Context()))
	assert.True(t, r.Known(valid) && r.Known(revoked))
	require.NoError(t, r.Revoke(t.Context(), r.home, k.ID))
	require.NoError(t, r.Learn(t.Context()))
	assert.True(t, r.Known(valid))
	assert.False(t, r.Known(revoked))
}

var errAway = errors.New("away")

// failing answers until it is told not to.
type failing struct {
	apikey.Store
	away bool
}

func (f *failing) Valid(ctx context.Context, limit int) ([]apikey.Hash, error) {
	if f.away {
		return nil, errAway
	}
	return f.Store.Valid(ctx, limit)
}

func (f *failing) ByHash(ctx context.Context, h apikey.Hash) (apikey.Key, error) {
	if f.away {
		return apikey.Key{}, errAway
	}
	return f.Store.ByHash(ctx, h)
}

func TestWhatIsKnownStaysWhileTheStoreIsAway(t *testing.T) {
	r := open(t)
	_, clear := r.create(t, "erp")
	store := &failing{Store: r.store}
	keys := apikey.NewService(store, app.Now, app.NewID)
	require.NoError(t, keys.Learn(t.Context()))
	store.away = true
	require.ErrorIs(t, keys.Learn(t.Context()), errAway)
	_, err := keys.Authenticate(t.Context(), clear)
	require.ErrorIs(t, err, errAway)
	assert.True(t, keys.Known(clear))
}

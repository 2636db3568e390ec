package app

import (
	"context"
	"os"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/ivendnext/whatsapp-accounts/internal/account"
	"github.com/ivendnext/whatsapp-accounts/internal/config"
	"github.com/ivendnext/whatsapp-accounts/internal/idempotency"
	"github.com/ivendnext/whatsapp-accounts/internal/provider"
	"github.com/ivendnext/whatsapp-accounts/internal/secret"
	"github.com/ivendnext/whatsapp-accounts/internal/site"
)

// rotation is a rotation of which every step is told to waited, and none has to wait unless the keyset file is fresh.
func rotation(t *testing.T, c config.Storage, waited *[]time.Duration) Rotation {
	t.Helper()
	return Rotation{Opened: opened(t, c), Poll: time.Millisecond, Tell: func(d time.Duration) { *waited = append(*waited, d) }}
}

// age makes the last change of the keyset file an old one.
func (r Rotation) age(t *testing.T) {
	t.Helper()
	long := time.Now().Add(-time.Hour)
	require.NoError(t, os.Chtimes(r.Keyset, long, long))
}

// again is the rotation as the next command sees it.
func (r Rotation) again(t *testing.T, c config.Storage) Rotation {
	t.Helper()
	r.age(t)
	r.Opened = opened(t, c)
	return r
}

func TestRotationMovesEverythingToTheNewKey(t *testing.T) {
	c := storage(t)
	var waited []time.Duration
	r := rotation(t, c, &waited)
	keep(t, r.Opened)
	old := r.Box.Keyset().Primary()
	fresh, err := r.Add()
	require.NoError(t, err)
	r = r.again(t, c)
	assert.Equal(t, old, r.Box.Keyset().Primary(), "it does not seal yet")
	require.NoError(t, r.Promote(t.Context(), fresh))
	r = r.again(t, c)
	assert.Equal(t, fresh, r.Box.Keyset().Primary())

	require.ErrorContains(t, r.Retire(t.Context(), old), "2 secrets and 0 kept answers are still sealed under key "+old.String())
	var left []int64
	require.NoError(t, r.Reseal(t.Context(), func(_, l int64) { left = append(left, l) }))
	assert.Equal(t, []int64{0}, left)
	require.NoError(t, r.Retire(t.Context(), old))
	r = r.again(t, c)
	assert.False(t, r.Box.Keyset().Has(old))
	recorded, err := r.DB.Keys().Recorded(t.Context())
	require.NoError(t, err)
	assert.Equal(t, []secret.KeyID{fresh}, recorded)
	assert.Empty(t, waited)
}

// keep seals two secrets.
func keep(t *testing.T, o *Opened) {
	t.Helper()
	providers, err := Providers(config.Providers{MetaVersion: "v25.0"})
	require.NoError(t, err)
	in, err := site.Named("default")
	require.NoError(t, err)
	kind, token, app := provider.Type("Meta"), secret.New("token"), secret.New("app secret")
	_, err = account.NewService(o.DB.Accounts(), providers, Now, NewID).Create(t.Context(), site.Caller{Principal: site.Principal{Site: in}}, account.Change{
		Name: new("Brand A"), Type: &kind, Sections: map[string]account.Section{"meta_settings": {"token": &token, "app_secret": &app}},
	})
	require.NoError(t, err)
}

func TestStepWaitsUntilEveryReplicaHasSeenTheStepBefore(t *testing.T) {
	c := storage(t)
	var waited []time.Duration
	r := rotation(t, c, &waited)
	r.Poll = 10 * time.Second
	ended, cancel := context.WithCancel(t.Context())
	cancel()
	fresh, err := r.Add()
	require.NoError(t, err)
	r.Opened = opened(t, c)
	for name, step := range map[string]func() error{
		"promote": func() error { return r.Promote(ended, fresh) },
		"reseal":  func() error { return r.Reseal(ended, nil) },
		"retire":  func() error { return r.Retire(ended, fresh) },
	} {
		require.ErrorIs(t, step(), context.Canceled, name)
	}
	require.Len(t, waited, 3)
	for _, d := range waited {
		assert.InDelta(t, 21, d.Seconds(), 5, "twice the pace of looking, and a second more")
	}
	assert.True(t, opened(t, c).Box.Keyset().Has(fresh), "nothing was retired")

	tomorrow := time.Now().Add(24 * time.Hour)
	require.NoError(t, os.Chtimes(r.Keyset, tomorrow, tomorrow))
	require.ErrorIs(t, r.Promote(ended, fresh), context.Canceled)
	assert.LessOrEqual(t, waited[3], 21*time.Second, "another machine's clock may be wrong")
}

func TestStepThatCannotSucceedDoesNotWait(t *testing.T) {
	c := storage(t)
	var waited []time.Duration
	r := rotation(t, c, &waited)
	require.ErrorContains(t, r.Promote(t.Context(), 7), "has no key 00000007")
	require.ErrorContains(t, r.Retire(t.Context(), 7), "has no key 00000007")
	require.ErrorContains(t, r.Retire(t.Context(), r.Box.Keyset().Primary()), "is the primary; promote another first")
	assert.Empty(t, waited)
}

func TestKeptAnswerKeepsItsKey(t *testing.T) {
	c := storage(t)
	var waited []time.Duration
	r := rotation(t, c, &waited)
	in, err := site.Named("default")
	require.NoError(t, err)
	scope := idempotency.Scope{Caller: site.Principal{KeyID: NewID(), Site: in}, Method: "POST", Path: "/v1/accounts", Key: "k"}
	_, _, err = idempotency.NewService(r.DB.Idempotency(), Now, NewID).Do(t.Context(), scope, []byte("{}"), func(context.Context) (idempotency.Answer, error) {
		return idempotency.Answer{Status: 201}, nil
	})
	require.NoError(t, err)
	old := r.Box.Keyset().Primary()
	fresh, err := r.Add()
	require.NoError(t, err)
	r = r.again(t, c)
	require.NoError(t, r.Promote(t.Context(), fresh))
	r = r.again(t, c)
	assert.ErrorContains(t, r.Retire(t.Context(), old), "0 secrets and 1 kept answers are still sealed")
}

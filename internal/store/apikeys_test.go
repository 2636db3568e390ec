package store

import (
	"crypto/sha256"
	"fmt"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/ivendnext/whatsapp-accounts/internal/apikey"
	"github.com/ivendnext/whatsapp-accounts/internal/site"
)

func (f *fixture) apiKey(in site.Site, name string) apikey.Key {
	f.Helper()
	k := apikey.Key{ID: newID(), Site: in, Role: site.SystemManager, Name: name, Hash: sha256.Sum256([]byte(name)), Hint: "wxyz", CreatedAt: f.clock.now()}
	require.NoError(f, f.APIKeys().Insert(f.Context(), k))
	return k
}

func (f *fixture) byHash(name string) (apikey.Key, error) {
	f.Helper()
	return f.APIKeys().ByHash(f.Context(), sha256.Sum256([]byte(name)))
}

func TestKeyIsFoundByItsHashWithEveryMember(t *testing.T) {
	onBoth(t, func(f *fixture) {
		f.clock.advance(time.Microsecond)
		want := f.apiKey(f.one, "Schlüssel 🔑")
		got, err := f.byHash("Schlüssel 🔑")
		require.NoError(f, err)
		require.Equal(f, want, got)
		used, revoked := instant.Add(time.Hour+time.Microsecond), instant.Add(2*time.Hour)
		require.NoError(f, f.APIKeys().Touch(f.Context(), map[string]time.Time{want.ID: used}))
		require.NoError(f, f.APIKeys().Revoke(f.Context(), f.one, want.ID, revoked))
		want.LastUsedAt, want.RevokedAt = used, revoked
		listed, err := f.APIKeys().List(f.Context(), f.one)
		require.NoError(f, err)
		require.Equal(f, []apikey.Key{want}, listed)
	})
}

func TestUnknownKeyIsNotFound(t *testing.T) {
	onBoth(t, func(f *fixture) {
		f.apiKey(f.one, "key")
		_, err := f.byHash("Key")
		require.ErrorIs(f, err, apikey.ErrUnknown)
	})
}

func TestRevokedKeyIsNotFoundAndStaysRevoked(t *testing.T) {
	onBoth(t, func(f *fixture) {
		k := f.apiKey(f.one, "key")
		require.NoError(f, f.APIKeys().Revoke(f.Context(), f.one, k.ID, instant))
		_, err := f.byHash("key")
		require.ErrorIs(f, err, apikey.ErrUnknown)
		f.unchanged(func() {
			require.ErrorIs(f, f.APIKeys().Revoke(f.Context(), f.one, k.ID, instant.Add(time.Hour)), apikey.ErrNotFound)
		})
	})
}

func TestKeysAreListedForTheirSiteTheOldestFirst(t *testing.T) {
	onBoth(t, func(f *fixture) {
		a, b := f.apiKey(f.one, "b"), f.apiKey(f.one, "a")
		c := f.apiKey(f.two, "c")
		for of, want := range map[site.Site][]apikey.Key{f.one: {a, b}, f.two: {c}, siteOf(f, "three"): {}} {
			got, err := f.APIKeys().List(f.Context(), of)
			require.NoError(f, err)
			require.Equal(f, want, got)
		}
	})
}

func TestAnyKeyOfWhateverSiteCountsRevokedOnesToo(t *testing.T) {
	onBoth(t, func(f *fixture) {
		have, err := f.APIKeys().Any(f.Context())
		require.NoError(f, err)
		require.False(f, have)
		k := f.apiKey(f.two, "key")
		require.NoError(f, f.APIKeys().Revoke(f.Context(), f.two, k.ID, instant))
		have, err = f.APIKeys().Any(f.Context())
		require.NoError(f, err)
		require.True(f, have)
	})
}

func TestTwoKeysOfOneHashCannotBe(t *testing.T) {
	onBoth(t, func(f *fixture) {
		k := f.apiKey(f.one, "key")
		k.ID, k.Site = newID(), f.two
		f.unchanged(func() { require.Error(f, f.APIKeys().Insert(f.Context(), k)) })
	})
}

func TestLastUseIsTheNewestWhoeverTellsIt(t *testing.T) {
	onBoth(t, func(f *fixture) {
		k := f.apiKey(f.one, "key")
		for _, used := range []struct{ told, want time.Duration }{{0, 0}, {time.Hour, time.Hour}, {time.Minute, time.Hour}, {time.Hour + time.Microsecond, time.Hour + time.Microsecond}} {
			require.NoError(f, f.APIKeys().Touch(f.Context(), map[string]time.Time{k.ID: instant.Add(used.told), newID(): instant}))
			got, err := f.byHash("key")
			require.NoError(f, err)
			require.Equal(f, instant.Add(used.want), got.LastUsedAt)
		}
	})
}

func TestReplicasThatTellOfTheSameKeysAtOnceNeverDeadlock(t *testing.T) {
	onBoth(t, func(f *fixture) {
		used := map[string]time.Time{}
		for i := range 40 {
			used[f.apiKey(f.one, fmt.Sprint(i)).ID] = instant
		}
		for n := range f.rounds(5, 2) {
			require.Empty(f, race(8, func(i int) error {
				mine := map[string]time.Time{}
				for id := range used {
					mine[id] = instant.Add(time.Duration(8*n+i) * time.Second)
				}
				return f.APIKeys().Touch(f.Context(), mine)
			}))
		}
	})
}

func TestBrokenKeyRowLetsNobodyIn(t *testing.T) {
	onBoth(t, func(f *fixture) {
		f.apiKey(f.one, "key")
		f.exec("UPDATE api_keys SET site = 'not a site'")
		_, err := f.byHash("key")
		require.ErrorContains(f, err, "broken row")
	})
}

func TestValidKeysAreThoseOfAllSitesThatAreNotRevokedTheLastUsedFirst(t *testing.T) {
	onBoth(t, func(f *fixture) {
		old, revoked, other := f.apiKey(f.one, "old"), f.apiKey(f.one, "revoked"), f.apiKey(f.two, "other")
		require.NoError(f, f.APIKeys().Revoke(f.Context(), f.one, revoked.ID, instant))
		require.NoError(f, f.APIKeys().Touch(f.Context(), map[string]time.Time{other.ID: instant.Add(time.Hour)}))
		all, err := f.APIKeys().Valid(f.Context(), 10)
		require.NoError(f, err)
		require.Equal(f, []apikey.Hash{other.Hash, old.Hash}, all)
		some, err := f.APIKeys().Valid(f.Context(), 1)
		require.NoError(f, err)
		require.Equal(f, []apikey.Hash{other.Hash}, some)
	})
}

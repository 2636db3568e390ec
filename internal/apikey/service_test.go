package apikey_test

import (
	"context"
	"crypto/sha256"
	"log/slog"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/ivendnext/whatsapp-accounts/internal/apikey"
	"github.com/ivendnext/whatsapp-accounts/internal/app"
	"github.com/ivendnext/whatsapp-accounts/internal/config"
	"github.com/ivendnext/whatsapp-accounts/internal/fault"
	"github.com/ivendnext/whatsapp-accounts/internal/secret"
	"github.com/ivendnext/whatsapp-accounts/internal/site"
)

// ring is the use cases on a real SQLite, at a time that the test sets.
type ring struct {
	*apikey.Service
	store apikey.Store
	now   time.Time
	home  site.Site
}

func open(t *testing.T) *ring {
	t.Helper()
	opened, err := app.Open(t.Context(), config.Storage{DataDir: t.TempDir(), DBMaxConns: 4}, slog.New(slog.DiscardHandler))
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, opened.DB.Close()) })
	home, err := site.Named("home")
	require.NoError(t, err)
	r := &ring{store: opened.DB.APIKeys(), now: time.Date(2026, time.November, 22, 12, 0, 0, 0, time.UTC), home: home}
	r.Service = apikey.NewService(r.store, func() time.Time { return r.now }, app.NewID)
	return r
}

func (r *ring) create(t *testing.T, name string) (apikey.Key, secret.Text) {
	t.Helper()
	k, clear, err := r.Create(t.Context(), r.home, site.Service, name)
	require.NoError(t, err)
	return k, clear
}

// listed reads a key as it is kept.
func (r *ring) listed(t *testing.T, id string) apikey.Key {
	t.Helper()
	keys, err := r.List(t.Context(), r.home)
	require.NoError(t, err)
	for _, k := range keys {
		if k.ID == id {
			return k
		}
	}
	t.Fatalf("no key %s", id)
	return apikey.Key{}
}

func TestWhoeverHoldsAKeyIsItsPrincipal(t *testing.T) {
	r := open(t)
	k, clear := r.create(t, "erp")
	p, err := r.Authenticate(t.Context(), clear)
	require.NoError(t, err)
	assert.Equal(t, site.Principal{KeyID: k.ID, Name: "erp", Site: r.home, Role: site.Service}, p)
}

func TestOfAKeyOnlyItsHashAndItsEndAreKept(t *testing.T) {
	r := open(t)
	k, clear := r.create(t, "erp")
	kept := r.listed(t, k.ID)
	assert.Equal(t, k, kept)
	assert.Equal(t, apikey.Hash(sha256.Sum256([]byte(clear.Reveal()))), kept.Hash)
	assert.True(t, strings.HasSuffix(clear.Reveal(), kept.Hint))
	assert.Len(t, kept.Hint, 4)
}

func TestAStrangersKeyIsUnknownWhateverIsWrongWithIt(t *testing.T) {
	r := open(t)
	k, clear := r.create(t, "erp")
	right := clear.Reveal()
	revoked, gone := r.create(t, "gone")
	require.NoError(t, r.Revoke(t.Context(), r.home, revoked.ID))
	for why, given := range map[string]string{
		"none": "", "short": right[:31], "cut": right[:len(right)-1], "longer": right + "0", "other case": strings.ToUpper(right),
		"space": " " + right, "its id": k.ID, "random": strings.Repeat("x", 50), "revoked": gone.Reveal(), "huge": strings.Repeat(right, 1000),
	} {
		p, err := r.Authenticate(t.Context(), secret.New(given))
		assert.Equal(t, apikey.ErrUnknown, err, "%s: the answers are the same", why)
		assert.Zero(t, p, why)
	}
}

func TestAKeyOf32CharactersIsLongEnough(t *testing.T) {
	r := open(t)
	for length, known := range map[int]bool{31: false, 32: true} {
		own := strings.Repeat("k", length)
		require.NoError(t, r.store.Insert(t.Context(), apikey.Key{ID: app.NewID(), Site: r.home, Role: site.Viewer, Name: "own", Hash: sha256.Sum256([]byte(own)), CreatedAt: r.now}))
		_, err := r.Authenticate(t.Context(), secret.New(own))
		assert.Equal(t, known, err == nil, length)
	}
}

// liar finds a key, whatever is asked for.
type liar struct {
	apikey.Store
	k apikey.Key
}

func (l liar) ByHash(context.Context, apikey.Hash) (apikey.Key, error) { return l.k, nil }

func TestAnIndexThatLiesLetsNobodyIn(t *testing.T) {
	r := open(t)
	k, _ := r.create(t, "erp")
	lying := apikey.NewService(liar{r.store, k}, app.Now, app.NewID)
	_, err := lying.Authenticate(t.Context(), secret.New(strings.Repeat("x", 50)))
	require.ErrorIs(t, err, apikey.ErrUnknown)
}

func TestARevokedKeyIsRefusedFromThenOn(t *testing.T) {
	r := open(t)
	k, clear := r.create(t, "erp")
	r.now = r.now.Add(time.Hour)
	require.NoError(t, r.Revoke(t.Context(), r.home, k.ID))
	_, err := r.Authenticate(t.Context(), clear)
	require.ErrorIs(t, err, apikey.ErrUnknown)
	assert.Equal(t, r.now, r.listed(t, k.ID).RevokedAt, "it stays in the list")
	require.ErrorIs(t, r.Revoke(t.Context(), r.home, k.ID), apikey.ErrNotFound, "once is for good")
}

func TestAKeyOfAnotherSiteCannotBeRevoked(t *testing.T) {
	r := open(t)
	k, clear := r.create(t, "erp")
	elsewhere, err := site.Named("elsewhere")
	require.NoError(t, err)
	for _, id := range []string{k.ID, app.NewID(), "nonsense"} {
		require.ErrorIs(t, r.Revoke(t.Context(), elsewhere, id), apikey.ErrNotFound)
	}
	_, err = r.Authenticate(t.Context(), clear)
	require.NoError(t, err)
}

func TestKeysAreListedByTheirSiteTheOldestFirst(t *testing.T) {
	r := open(t)
	first, _ := r.create(t, "same name")
	second, _ := r.create(t, "same name")
	elsewhere, err := site.Named("elsewhere")
	require.NoError(t, err)
	_, _, err = r.Create(t.Context(), elsewhere, site.Viewer, "other")
	require.NoError(t, err)
	keys, err := r.List(t.Context(), r.home)
	require.NoError(t, err)
	assert.Equal(t, []apikey.Key{first, second}, keys)
}

func TestAnInstallationHasHadAKeyOrNot(t *testing.T) {
	r := open(t)
	for _, want := range []bool{false, true} {
		have, err := r.Any(t.Context())
		require.NoError(t, err)
		assert.Equal(t, want, have)
		k, _ := r.create(t, "erp")
		require.NoError(t, r.Revoke(t.Context(), r.home, k.ID))
	}
}

func TestTheLastUseIsWrittenDownNowAndThen(t *testing.T) {
	r := open(t)
	k, clear := r.create(t, "erp")
	use := func() {
		_, err := r.Authenticate(t.Context(), clear)
		require.NoError(t, err)
	}
	first := r.now
	use()
	assert.Zero(t, r.listed(t, k.ID).LastUsedAt, "never on a request's way")
	require.NoError(t, r.Flush(t.Context()))
	assert.Equal(t, first, r.listed(t, k.ID).LastUsedAt)

	r.now = first.Add(time.Minute - time.Microsecond)
	use()
	require.NoError(t, r.Flush(t.Context()))
	assert.Equal(t, first, r.listed(t, k.ID).LastUsedAt, "a minute is exact enough")

	r.now = first.Add(time.Minute)
	use()
	require.NoError(t, r.Flush(t.Context()))
	assert.Equal(t, r.now, r.listed(t, k.ID).LastUsedAt)
}

func TestAUseThatCouldNotBeWrittenIsWrittenNextTime(t *testing.T) {
	r := open(t)
	k, clear := r.create(t, "erp")
	_, err := r.Authenticate(t.Context(), clear)
	require.NoError(t, err)
	away, cancel := context.WithCancel(t.Context())
	cancel()
	require.Error(t, r.Flush(away))
	require.NoError(t, r.Flush(t.Context()))
	assert.Equal(t, r.now, r.listed(t, k.ID).LastUsedAt)
}

func TestAKeyNeedsANameThatCanBeRead(t *testing.T) {
	r := open(t)
	for name, fine := range map[string]bool{
		"e": true, "Point of sale, Dubai": true, "متجر": true, strings.Repeat("é", 140): true,
		"": false, " ": false, "\t": false, strings.Repeat("e", 141): false, "a\nb": false, "a\x00": false, "\xff": false, "a\u200b": false, "\u00a0": false,
	} {
		_, clear, err := r.Create(t.Context(), r.home, site.Viewer, name)
		if fine {
			require.NoError(t, err, "%q", name)
			continue
		}
		assert.Equal(t, "invalid_value", fault.CodeOf(err), "%q", name)
		assert.True(t, clear.IsZero(), "%q", name)
	}
}

func TestAKeyOfNobodysSiteIsNotMade(t *testing.T) {
	r := open(t)
	_, _, err := r.Create(t.Context(), site.Site{}, site.Viewer, "erp")
	require.Error(t, err)
	have, err := r.Any(t.Context())
	require.NoError(t, err)
	assert.False(t, have)
}

func TestAKeyThatCouldNotBeKeptIsNotShown(t *testing.T) {
	r := open(t)
	away, cancel := context.WithCancel(t.Context())
	cancel()
	k, clear, err := r.Create(away, r.home, site.Viewer, "erp")
	require.Error(t, err)
	assert.Zero(t, k)
	assert.True(t, clear.IsZero())
}

// A property and not a fuzz target: those instrument SQLite as well, for minutes.
func TestNothingButTheKeyLetsAnyoneIn(t *testing.T) {
	r := open(t)
	_, clear := r.create(t, "erp")
	right := clear.Reveal()
	rapid.Check(t, func(t *rapid.T) {
		at := rapid.IntRange(0, len(right)).Draw(t, "at")
		given := right[:at] + rapid.OneOf(rapid.String(), rapid.StringMatching(`[0-9A-Za-z]{0,9}`)).Draw(t, "text") + right[rapid.IntRange(at, len(right)).Draw(t, "to"):]
		p, err := r.Authenticate(t.Context(), secret.New(given))
		if given == right {
			require.NoError(t, err)
			return
		}
		assert.Equal(t, apikey.ErrUnknown, err)
		assert.Zero(t, p)
	})
}

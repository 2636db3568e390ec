package crowd

import (
	"context"
	"log/slog"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/ivendnext/whatsapp-accounts/internal/account"
	"github.com/ivendnext/whatsapp-accounts/internal/pgtest"
	"github.com/ivendnext/whatsapp-accounts/internal/provider/meta"
	"github.com/ivendnext/whatsapp-accounts/internal/secret"
	"github.com/ivendnext/whatsapp-accounts/internal/site"
	"github.com/ivendnext/whatsapp-accounts/internal/store"
	"github.com/ivendnext/whatsapp-accounts/internal/storetest"
)

func TestMain(m *testing.M) { pgtest.Main(m) }

// filled is a database with so many accounts, as the service opens it.
func filled(t *testing.T, accounts int) (Crowd, *store.DB) {
	t.Helper()
	url, now := storetest.Postgres(t).URL, func() time.Time { return time.Now().UTC().Truncate(time.Microsecond) }
	db, err := store.Open(t.Context(), store.Options{URL: url, MaxConns: 4, Log: slog.New(slog.DiscardHandler), Now: now, NewID: uuid.NewString})
	require.NoError(t, err)
	t.Cleanup(func() { assert.NoError(t, db.Close()) })
	keys, err := secret.Generate(now())
	require.NoError(t, err)
	c := Crowd{Site: "big", Accounts: accounts, Box: secret.NewBox(keys)}
	db.UseBox(c.Box)
	require.NoError(t, db.Keys().Record(t.Context(), keys.Primary()))
	require.NoError(t, c.Fill(t.Context(), url))
	return c, db
}

func siteOf(t *testing.T, name string) site.Site {
	t.Helper()
	s, err := site.Named(name)
	require.NoError(t, err)
	return s
}

func TestTheServiceOpensEverySecretOfTheCrowd(t *testing.T) {
	c, db := filled(t, 60)
	for group := range c.Groups() {
		for slot := range GroupSize {
			in := siteOf(t, c.siteOf(group, slot))
			a, err := db.Accounts().Get(t.Context(), in, ID(group, slot))
			require.NoError(t, err)
			assert.Equal(t, Name(group, slot), a.Name)
			assert.Equal(t, a.ID == c.Default() || slot == Stray && group%strays == 0, a.IsDefaultOutgoing)
			for field, value := range Secrets(group, slot) {
				got, err := db.Accounts().Secret(t.Context(), in, a.ID, field)
				require.NoError(t, err)
				assert.Equal(t, value, got.Reveal())
				assert.Contains(t, a.SecretsSet, field)
			}
		}
	}
}

func TestEveryBrandAnswersItsVerification(t *testing.T) {
	c, db := filled(t, 20)
	for group := range c.Groups() {
		found, err := db.Accounts().AnswersVerification(t.Context(), meta.Type, verifyField, ID(group, Brand), secret.New(Token(group)))
		require.NoError(t, err)
		assert.Len(t, found, 1)
	}
}

func TestTheBigSiteIsListedFromTheYoungestOn(t *testing.T) {
	c, db := filled(t, 20)
	page, err := db.Accounts().List(t.Context(), siteOf(t, "big"), account.Query{Limit: 200})
	require.NoError(t, err)
	require.Len(t, page.Accounts, c.BigSite())
	assert.Equal(t, ID(3, Draft), page.Accounts[0].ID)
	assert.Equal(t, ID(0, Brand), page.Accounts[c.BigSite()-1].ID)
}

func TestTheCrowdIsResealed(t *testing.T) {
	c, db := filled(t, 100)
	keys, err := c.Box.Keyset().Add(time.Now())
	require.NoError(t, err)
	old, fresh := keys.Keys()[0].ID, keys.Keys()[1].ID
	keys, err = keys.Promote(fresh)
	require.NoError(t, err)
	c.Box.Replace(keys)
	require.NoError(t, db.Keys().Record(t.Context(), fresh))
	require.NoError(t, db.Keys().Reseal(t.Context(), func(int64, int64) {}))
	for id, count := range map[secret.KeyID]int{old: 0, fresh: c.Groups() * PerGroup} {
		usage, err := db.Keys().Usage(t.Context(), id)
		require.NoError(t, err)
		assert.Equal(t, store.Usage{Secrets: int64(count)}, usage)
	}
}

func TestIDsAreInTheOrderOfTheirAge(t *testing.T) {
	last := ""
	for _, group := range []int{0, 1, 9, 10, 99, 199_999} {
		for slot := range GroupSize {
			id := ID(group, slot)
			require.NoError(t, uuid.Validate(id))
			assert.Greater(t, id, last)
			last = id
		}
	}
}

func TestFillingStopsWithItsContext(t *testing.T) {
	c, _ := filled(t, 0)
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	assert.ErrorIs(t, c.Fill(ctx, pgtest.URL(t)), context.Canceled)
}

package store

import (
	"context"
	"errors"
	"sync"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/ivendnext/whatsapp-accounts/internal/account"
	"github.com/ivendnext/whatsapp-accounts/internal/apikey"
	"github.com/ivendnext/whatsapp-accounts/internal/site"
)

func TestDesignationsThatAreAskedForTogetherAreEachOfTheirSite(t *testing.T) {
	t.Parallel()
	f := onPostgres(t)
	f.filled()
	all := []designation{{f.two, account.Incoming}, {siteOf(t, "nobody.example"), account.Outgoing}, {f.one, account.Outgoing}, {f.one, account.Incoming}, {f.two, account.Outgoing}}
	found, err := f.accounts.holders(t.Context(), all)
	require.NoError(t, err)
	require.NotContains(t, found, all[1])
	for _, d := range []designation{all[0], all[2], all[3], all[4]} {
		want, err := f.alone(d)
		if errors.Is(err, account.ErrNoDefault) {
			require.NotContains(t, found, d)
			continue
		}
		require.NoError(t, err)
		require.Equal(t, want, found[d])
		require.Equal(t, d.site, found[d].Site)
	}
	require.NotEmpty(t, found)
	_, err = f.accounts.holders(t.Context(), append(all, designation{site.Site{}, account.Outgoing}))
	require.ErrorIs(t, err, errNoSite)
}

// alone asks who holds a designation within a transaction, which shares its questions with nobody.
func (f *fixture) alone(d designation) (a account.Account, err error) {
	f.Helper()
	err = f.Transact(f.Context(), func(ctx context.Context) error {
		a, err = f.accounts.Holder(ctx, d.site, d.direction)
		return err
	})
	return a, err
}

func TestKeysThatAreAskedForTogetherAreValidOnes(t *testing.T) {
	t.Parallel()
	f := onPostgres(t)
	one, two, revoked := f.apiKey(f.one, "one"), f.apiKey(f.two, "two"), f.apiKey(f.one, "revoked")
	require.NoError(t, f.APIKeys().Revoke(t.Context(), f.one, revoked.ID, instant))
	found, err := f.APIKeys().byHashes(t.Context(), []apikey.Hash{revoked.Hash, two.Hash, {1}, one.Hash})
	require.NoError(t, err)
	require.Len(t, found, 2)
	for _, k := range []apikey.Key{one, two} {
		require.Equal(t, k.ID, found[k.Hash].ID)
		require.Equal(t, k.Site, found[k.Hash].Site)
	}
}

func TestWhoAsksAtTheSameTimeIsToldWhatWasAskedFor(t *testing.T) {
	onBoth(t, func(f *fixture) {
		f.filled()
		one, two := f.apiKey(f.one, "one"), f.apiKey(f.two, "two")
		var wg sync.WaitGroup
		for n := range 64 {
			in, k := f.sites()[n%2], []apikey.Key{one, two}[n%2]
			wg.Go(func() {
				got, err := f.APIKeys().ByHash(f.Context(), k.Hash)
				if err == nil && got.ID != k.ID {
					err = errors.New("another key")
				}
				a, wrong := f.accounts.Holder(f.Context(), in, account.Incoming)
				if wrong == nil && a.Site != in {
					wrong = errors.New("an account of another site")
				}
				if err := errors.Join(err, wrong); err != nil {
					f.Error(err)
				}
			})
		}
		wg.Wait()
		_, err := f.APIKeys().ByHash(f.Context(), apikey.Hash{1})
		require.ErrorIs(f, err, apikey.ErrUnknown)
		_, err = f.accounts.Holder(f.Context(), siteOf(f, "nobody.example"), account.Outgoing)
		require.ErrorIs(f, err, account.ErrNoDefault)
		_, err = f.accounts.Holder(f.Context(), site.Site{}, account.Outgoing)
		require.ErrorIs(f, err, errNoSite)
	})
}

func TestATransactionAsksForItself(t *testing.T) {
	onBoth(t, func(f *fixture) {
		f.filled()
		undone := errors.New("undone")
		require.ErrorIs(f, f.Transact(f.Context(), func(ctx context.Context) error {
			ask := f.meta("fresh")
			ask.IsDefaultOutgoing = new(true)
			a, err := f.service.Create(ctx, caller(f.one), ask)
			require.NoError(f, err)
			got, err := f.accounts.Holder(ctx, f.one, account.Outgoing)
			require.NoError(f, err)
			require.Equal(f, a.ID, got.ID)
			return undone
		}), undone)
	})
}

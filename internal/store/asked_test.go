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
	spare := f.meta("Spare")
	spare.IsDefaultIncoming = new(true)
	f.create(f.one, spare) // so that not everybody holds both
	all := []designation{{f.two, account.Incoming}, {siteOf(t, "nobody.example"), account.Outgoing}, {f.one, account.Outgoing}, {f.one, account.Incoming}, {f.two, account.Outgoing}}
	found, err := f.accounts.holders(t.Context(), all)
	require.NoError(t, err)
	require.Len(t, found, len(all)-1)
	for which, a := range found {
		want, err := f.alone(which)
		require.NoError(t, err)
		require.Equal(t, want, a)
		require.Equal(t, f.holder(which.site, which.direction), a.ID)
	}
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
		keys := []apikey.Key{f.apiKey(f.one, "one"), f.apiKey(f.two, "two")}
		holders := []string{f.holder(f.one, account.Incoming), f.holder(f.two, account.Incoming)}
		var wg sync.WaitGroup
		for n := range 64 {
			wg.Go(func() {
				k, err := f.APIKeys().ByHash(f.Context(), keys[n%2].Hash)
				a, wrong := f.accounts.Holder(f.Context(), f.sites()[n%2], account.Incoming)
				if err := errors.Join(err, wrong); err != nil || k.ID != keys[n%2].ID || a.ID != holders[n%2] {
					f.Error(k.ID, a.ID, err)
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

func TestThoseWhoComeWhileKeysAreLookedUpShareAStatement(t *testing.T) {
	t.Parallel()
	f := onPostgres(t)
	k := f.apiKey(f.one, "one")
	const askers = 10
	var wg sync.WaitGroup
	asked := f.sent(func() {
		require.NoError(t, f.again().Transact(t.Context(), func(ctx context.Context) error {
			tx, _ := transactionOf(ctx)
			if _, err := tx.tx.Statement.ConnPool.ExecContext(ctx, "LOCK TABLE api_keys IN ACCESS EXCLUSIVE MODE"); err != nil {
				return err
			}
			for range askers {
				wg.Go(func() {
					if got, err := f.APIKeys().ByHash(f.Context(), k.Hash); err != nil || got.ID != k.ID {
						t.Error(got.ID, err)
					}
				})
			}
			f.awaitLock()
			return nil
		}))
		wg.Wait()
	})
	require.NotEmpty(t, asked)
	require.Less(t, len(asked), askers)
}

// A connection keeps its plans, and some are made on the day of the installation.
func TestHoldersAreFoundByIndexesWhateverTheTablesHeldWhenThatWasPlanned(t *testing.T) {
	t.Parallel()
	f := onPostgres(t)
	a := f.create(f.one, f.meta("A"))
	f.exec("VACUUM ANALYZE")
	asked := f.sent(func() {
		_, err := f.accounts.holders(t.Context(), []designation{{f.one, account.Outgoing}, {f.one, account.Incoming}})
		require.NoError(t, err)
	})
	require.Len(t, asked, 1)
	conn, err := f.pool().Conn(t.Context())
	require.NoError(t, err)
	defer func() { require.NoError(t, conn.Close()) }()
	f.prepare(conn, "holders", asked[0])
	f.exec(`INSERT INTO accounts (id, site, account_name, name_key, account_type, status, allow_auto_read_receipt, settings, secrets_set, created_at, updated_at)
		SELECT gen_random_uuid(), site, account_name || n, name_key || n, account_type, status, false, '{}', '{}', now(), now()
		FROM accounts, generate_series(1, 20000) n WHERE id = ?`, a.ID)
	f.exec("INSERT INTO designations (site, direction, account_id) SELECT 'site-' || n, 'outgoing', NULL FROM generate_series(1, 20000) n")
	f.exec("UPDATE designations SET account_id = ? WHERE site = 'one.example'", a.ID)
	plan := linesOf(t, conn, "EXPLAIN (ANALYZE, BUFFERS, TIMING OFF, SUMMARY OFF) "+execute("holders", asked[0]))
	require.LessOrEqual(t, buffers(t, plan), 2*oneRow, plan)
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

func TestABrokenRowOfAKeyIsTheTroubleOfWhoeverAsksForItAlone(t *testing.T) {
	t.Parallel()
	f := onPostgres(t)
	one, broken := f.apiKey(f.one, "one"), f.apiKey(f.two, "broken")
	f.exec("UPDATE api_keys SET site = 'not a site' WHERE id = ?", broken.ID)
	_, err := f.APIKeys().byHashes(t.Context(), []apikey.Hash{one.Hash, broken.Hash})
	require.Error(t, err, "then each is asked for by itself")
	found, err := f.APIKeys().byHashes(t.Context(), []apikey.Hash{one.Hash})
	require.NoError(t, err)
	require.Equal(t, one.ID, found[one.Hash].ID)
	_, err = f.APIKeys().ByHash(t.Context(), broken.Hash)
	require.ErrorContains(t, err, "a broken row in api_keys")
}

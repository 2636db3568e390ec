package store

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/ivendnext/whatsapp-accounts/internal/account"
	"github.com/ivendnext/whatsapp-accounts/internal/secret"
	"github.com/ivendnext/whatsapp-accounts/internal/site"
)

// opened gives the tokens of accounts, and whether the table of secrets was read for them.
func (f *fixture) opened(ctx context.Context, in site.Site, ids ...string) (tokens map[string]string, read bool) {
	f.Helper()
	tokens = map[string]string{}
	for _, s := range f.sent(func() {
		all, err := f.accounts.Secrets(ctx, in, ids...)
		require.NoError(f, err)
		for id, theirs := range all {
			tokens[id] = theirs["token"].Reveal()
		}
	}) {
		read = read || strings.Contains(s.sql, "t.sealed")
	}
	return tokens, read
}

func TestSecretsAreReadOnceUntilAnAccountChanges(t *testing.T) {
	onBoth(t, func(f *fixture) {
		a, b := f.create(f.one, f.meta("a")), f.create(f.one, f.meta("b"))
		want := map[string]string{a.ID: f.secret(f.one, a.ID, "token"), b.ID: f.secret(f.one, b.ID, "token")}
		for n, c := range []struct {
			ids  []string
			read bool
		}{{[]string{a.ID}, true}, {[]string{a.ID}, false}, {[]string{a.ID, b.ID}, true}, {[]string{b.ID}, false}, {[]string{b.ID, a.ID}, false}} {
			tokens, read := f.opened(f.Context(), f.one, c.ids...)
			require.Equal(f, c.read, read, n)
			require.Len(f, tokens, len(c.ids))
			for _, id := range c.ids {
				require.Equal(f, want[id], tokens[id])
			}
		}
		f.create(f.two, f.meta("c"))
		_, read := f.opened(f.Context(), f.one, a.ID)
		require.True(f, read, "all accounts have one revision")
	})
}

// Each is done by another process, or by an operator, who tell this one nothing.
func TestAChangedSecretIsWhatIsOpenedNext(t *testing.T) {
	update := func(ask account.Change) func(*fixture, account.Account) {
		return func(f *fixture, a account.Account) {
			_, err := f.replica().Update(f.Context(), caller(f.one), a.ID, ask, nil)
			require.NoError(f, err)
		}
	}
	for name, c := range map[string]struct {
		change func(*fixture, account.Account)
		opens  func(all map[string]secret.Text) bool
	}{
		"another token":       {update(set("token", clear("fresh"))), func(all map[string]secret.Text) bool { return all["token"].Reveal() == "fresh" }},
		"a secret is cleared": {update(set("app_secret", nil)), func(all map[string]secret.Text) bool { return len(all) == 2 }},
		"a row is removed":    {func(f *fixture, a account.Account) { f.exec("DELETE FROM account_secrets WHERE field = 'token'") }, func(all map[string]secret.Text) bool { return len(all) == 2 }},
		"the account is deleted": {func(f *fixture, a account.Account) {
			require.NoError(f, f.replica().Delete(f.Context(), caller(f.one), a.ID, nil))
		}, func(all map[string]secret.Text) bool { return all == nil }},
	} {
		t.Run(name, func(t *testing.T) {
			onBoth(t, func(f *fixture) {
				a := f.create(f.one, f.meta("a"))
				f.opened(f.Context(), f.one, a.ID)
				_, read := f.opened(f.Context(), f.one, a.ID)
				require.False(f, read)
				c.change(f, a)
				all, err := f.accounts.Secrets(f.Context(), f.one, a.ID)
				require.NoError(f, err)
				require.True(f, c.opens(all[a.ID]))
			})
		})
	}
}

func TestAnAccountWithoutSecretsForgetsNothingOfOthers(t *testing.T) {
	onBoth(t, func(f *fixture) {
		a, bare := f.create(f.one, f.meta("a")), f.insert(f.bare())
		for n, c := range []struct {
			ids  []string
			read bool
		}{{[]string{a.ID}, true}, {[]string{bare.ID}, true}, {[]string{a.ID}, false}, {[]string{newID()}, true}, {[]string{a.ID}, false}} {
			_, read := f.opened(f.Context(), f.one, c.ids...)
			require.Equal(f, c.read, read, n)
		}
	})
}

func TestKeptSecretsAreThoseOfTheirSite(t *testing.T) {
	onBoth(t, func(f *fixture) {
		a := f.create(f.one, f.meta("a"))
		f.opened(f.Context(), f.one, a.ID)
		tokens, _ := f.opened(f.Context(), f.two, a.ID)
		require.Empty(f, tokens)
		_, err := f.accounts.Secrets(f.Context(), site.Site{}, a.ID)
		require.Error(f, err)
	})
}

// What a transaction has changed is seen by itself, and by nobody when it is undone: until it ends the revision is the one before.
func TestATransactionReadsSecretsForItself(t *testing.T) {
	onBoth(t, func(f *fixture) {
		a := f.create(f.one, f.meta("a"))
		before, _ := f.opened(f.Context(), f.one, a.ID)
		undone := errors.New("undone")
		require.ErrorIs(f, f.Transact(f.Context(), func(ctx context.Context) error {
			_, err := f.service.Update(ctx, caller(f.one), a.ID, set("token", clear("fresh")), nil)
			require.NoError(f, err)
			tokens, _ := f.opened(ctx, f.one, a.ID)
			require.Equal(f, map[string]string{a.ID: "fresh"}, tokens)
			return undone
		}), undone)
		tokens, _ := f.opened(f.Context(), f.one, a.ID)
		require.Equal(f, before, tokens)
	})
}

func TestNoMoreThanSoManySecretsAreKept(t *testing.T) {
	t.Parallel()
	var k kept
	one := siteOf(t, "one")
	learn := func(ids ...string) {
		var rows []secretRow
		for _, id := range ids {
			rows = append(rows, secretRow{Site: one.String(), AccountID: id, Field: "token", Sealed: make([]byte, 300)})
		}
		k.learn("revision", one, ids, rows)
		require.LessOrEqual(t, k.bytes, mostKept)
	}
	most := mostKept / (2*rowKept + 300)
	for n := range most {
		learn(fmt.Sprint(n))
	}
	learn("0", fmt.Sprint(most-1))
	require.Len(t, k.of, most, "what is known is not learnt again")
	rows, others := k.known("revision", one, []string{"0", "none", "1"})
	require.Len(t, rows, 2)
	require.Equal(t, []string{"none"}, others)
	learn("one more")
	_, others = k.known("revision", one, []string{"0", "one more"})
	require.Equal(t, []string{"0"}, others)
	_, others = k.known("another", one, []string{"one more"})
	require.Equal(t, []string{"one more"}, others)
	_, others = new(kept).known("", one, []string{"0"})
	require.Equal(t, []string{"0"}, others, "nothing is known without a revision")
}

func TestKeptSecretsOpenWhenTheKeyThatSealedThemIsGone(t *testing.T) {
	onBoth(t, func(f *fixture) {
		a := f.create(f.one, f.meta("a"))
		before, _ := f.opened(f.Context(), f.one, a.ID)
		old, _ := f.rotate()
		require.NoError(f, f.Keys().Reseal(f.Context(), quiet))
		f.retire(old)
		tokens, _ := f.opened(f.Context(), f.one, a.ID)
		require.Equal(f, before, tokens)
	})
}

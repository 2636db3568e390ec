package store

import (
	"bytes"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/ivendnext/whatsapp-accounts/internal/account"
	"github.com/ivendnext/whatsapp-accounts/internal/idempotency"
	"github.com/ivendnext/whatsapp-accounts/internal/secret"
)

// marked is a secret that is easy to find wherever it leaks.
func marked(n int) string { return fmt.Sprintf("MARKED-%02d-quite-unmistakable", n) }

const marks = 20

// traces are the forms in which a secret could be found again.
func traces(s string) [][]byte {
	quoted, _ := json.Marshal(s)
	return [][]byte{
		[]byte(s), []byte(hex.EncodeToString([]byte(s))), []byte(base64.StdEncoding.EncodeToString([]byte(s))[:len(s)]),
		bytes.ToUpper([]byte(hex.EncodeToString([]byte(s)))), quoted[1 : len(quoted)-1],
	}
}

// spread uses twenty marked secrets in every way there is: set, replaced twice, cleared, refused, deleted, kept in an answer.
func (f *fixture) spread(t *testing.T) {
	t.Helper()
	n := 0
	next := func() *secret.Text {
		n++
		return clear(marked(n - 1))
	}
	ask := f.meta("A")
	for _, field := range []string{"token", "app_secret", "webhook_verify_token"} {
		ask.Sections["meta_settings"][field] = next()
	}
	a := f.create(t, f.one, ask)
	for range 3 {
		for _, field := range []string{"token", "app_secret", "webhook_verify_token"} {
			f.update(t, f.one, a.ID, set(field, next()))
		}
	}
	refused := f.meta("a")
	refused.Sections["meta_settings"]["token"] = next()
	require.ErrorIs(t, f.tryCreate(t, refused), account.ErrNameTaken)
	sender := f.wasender("B")
	sender.Sections["wasender_settings"]["wasender_api_key"], sender.Sections["wasender_settings"]["webhook_secret"] = next(), next()
	b := f.create(t, f.two, sender)
	gone := f.meta("C")
	gone.Sections["meta_settings"]["token"] = next()
	c := f.create(t, f.one, gone)
	require.NoError(t, f.service.Delete(t.Context(), caller(f.one), c.ID, nil))
	f.update(t, f.two, b.ID, account.Change{Status: new(account.Inactive), Sections: map[string]account.Section{"wasender_settings": {"webhook_secret": nil}}})
	found, err := f.accounts.AnswersVerification(t.Context(), a.Type, "webhook_verify_token", "", *next())
	require.NoError(t, err)
	require.False(t, found)
	for n < marks {
		f.answer(t, f.scope(newID()), []byte(next().Reveal()), idempotency.Answer{Status: 201, Body: []byte(next().Reveal())})
	}
}

func TestNoSecretIsFoundInTheDatabase(t *testing.T) {
	onBoth(t, func(t *testing.T, f *fixture) {
		f.spread(t)
		dump := map[string][]byte{}
		for table, rows := range f.dump(t) {
			for i, r := range rows {
				for column, value := range r {
					dump[fmt.Sprintf("%s row %d, %s", table, i, column)] = []byte(text(value))
				}
			}
		}
		require.Greater(t, len(dump), 100)
		requireNoMark(t, dump)
	})
}

func TestNoSecretIsFoundInTheFilesOfSQLite(t *testing.T) {
	t.Parallel()
	f := onSQLite(t)
	f.spread(t)
	f.exec(t, "INSERT INTO sealing_keys (key_id, recorded_at) VALUES (1, 'CANARY in the log')")
	files := map[string][]byte{}
	paths, err := filepath.Glob(f.options.Path + "*")
	require.NoError(t, err)
	for _, path := range paths {
		files[filepath.Base(path)], err = os.ReadFile(path)
		require.NoError(t, err)
	}
	require.True(t, slices.ContainsFunc(paths, func(p string) bool { return bytes.Contains(files[filepath.Base(p)], []byte("CANARY in the log")) }))
	requireNoMark(t, files)
}

func requireNoMark(t *testing.T, places map[string][]byte) {
	t.Helper()
	for n := range marks {
		for _, trace := range traces(marked(n)) {
			for place, content := range places {
				require.False(t, bytes.Contains(content, trace), "%s holds secret %d as %s", place, n, trace)
			}
		}
	}
}

func TestSecretsAreReadableForTheOwnerOfTheFileOnly(t *testing.T) {
	t.Parallel()
	f := onSQLite(t)
	f.spread(t)
	paths, err := filepath.Glob(f.options.Path + "*")
	require.NoError(t, err)
	require.GreaterOrEqual(t, len(paths), 3, "the file, its log and its index")
	for _, path := range paths {
		info, err := os.Stat(path)
		require.NoError(t, err)
		require.Equal(t, os.FileMode(0o600), info.Mode().Perm(), path)
	}
}

// moves are the ways to make somebody's secret answer for another. Each gives the site, account and field under which it is then asked for.
func (f *fixture) moves(t *testing.T, mine, sibling, foreign account.Account) map[string]func() (account.Account, string) {
	t.Helper()
	const copySealed = `UPDATE account_secrets SET sealed = (SELECT sealed FROM account_secrets WHERE account_id = ? AND field = ? AND slot = ?)
		WHERE account_id = ? AND field = ? AND slot = ?`
	moved := func(from account.Account, fromField, fromSlot string, to account.Account, toField string) func() (account.Account, string) {
		return func() (account.Account, string) {
			require.EqualValues(t, 1, f.exec(t, copySealed, from.ID, fromField, fromSlot, to.ID, toField, slotCurrent))
			return to, toField
		}
	}
	return map[string]func() (account.Account, string){
		"to another row":           moved(mine, "token", slotCurrent, sibling, "token"),
		"to another field":         moved(mine, "token", slotCurrent, mine, "webhook_verify_token"),
		"to another slot":          moved(mine, "app_secret", slotPrevious, mine, "app_secret"),
		"to another site":          moved(mine, "token", slotCurrent, foreign, "token"),
		"to another row and field": moved(sibling, "app_secret", slotCurrent, foreign, "token"),
	}
}

func TestMovedSecretFailsClosed(t *testing.T) {
	onBoth(t, func(t *testing.T, f *fixture) {
		for range 20 {
			mine, sibling, foreign := f.create(t, f.one, f.bareMeta()), f.create(t, f.one, f.bareMeta()), f.create(t, f.two, f.bareMeta())
			f.update(t, f.one, mine.ID, set("app_secret", clear("newer")))
			for what, move := range f.moves(t, mine, sibling, foreign) {
				at, field := move()
				_, err := f.accounts.Secret(t.Context(), at.Site, at.ID, field)
				require.ErrorIs(t, err, secret.ErrUnsealable, what)
			}
		}
	})
}

func TestAccountMovedToAnotherSiteTakesNoSecretAlong(t *testing.T) {
	onBoth(t, func(t *testing.T, f *fixture) {
		a := f.create(t, f.one, f.meta("A"))
		f.create(t, f.two, f.meta("B"))
		// Whoever has the database can turn the foreign keys off; the seal still holds.
		rows := f.rows(t, "SELECT field, slot, sealed FROM account_secrets WHERE account_id = ?", a.ID)
		f.exec(t, "DELETE FROM account_secrets WHERE account_id = ?", a.ID)
		f.exec(t, "DELETE FROM account_identifiers WHERE account_id = ?", a.ID)
		f.exec(t, "UPDATE accounts SET site = 'two.example' WHERE id = ?", a.ID)
		for _, r := range rows {
			f.exec(t, "INSERT INTO account_secrets (account_id, field, slot, site, sealed, key_id) VALUES (?, ?, ?, 'two.example', ?, 1)", a.ID, text(r["field"]), text(r["slot"]), r["sealed"])
			_, err := f.accounts.Secret(t.Context(), f.two, a.ID, text(r["field"]))
			require.ErrorIs(t, err, secret.ErrUnsealable)
		}
	})
}

func TestTamperedSecretFailsClosed(t *testing.T) {
	onBoth(t, func(t *testing.T, f *fixture) {
		a := f.create(t, f.one, f.meta("A"))
		sealed := f.rows(t, "SELECT sealed FROM account_secrets WHERE field = 'token'")[0]["sealed"].([]byte)
		for i := range sealed {
			bad := bytes.Clone(sealed)
			bad[i] ^= 1
			f.exec(t, "UPDATE account_secrets SET sealed = ? WHERE field = 'token'", bad)
			_, err := f.accounts.Secret(t.Context(), f.one, a.ID, "token")
			require.Error(t, err)
		}
		for _, bad := range [][]byte{{}, sealed[:4], sealed[:len(sealed)-1], []byte("token-1001")} {
			f.exec(t, "UPDATE account_secrets SET sealed = ? WHERE field = 'token'", bad)
			_, err := f.accounts.Secret(t.Context(), f.one, a.ID, "token")
			require.ErrorIs(t, err, secret.ErrUnsealable)
		}
	})
}

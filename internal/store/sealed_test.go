package store

import (
	"bytes"
	"context"
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
func (f *fixture) spread() {
	f.Helper()
	n := 0
	next := func() *secret.Text {
		n++
		return clear(marked(n - 1))
	}
	ask := f.meta("A")
	for _, field := range []string{"token", "app_secret", "webhook_verify_token"} {
		ask.Sections["meta_settings"][field] = next()
	}
	a := f.create(f.one, ask)
	for range 3 {
		for _, field := range []string{"token", "app_secret", "webhook_verify_token"} {
			f.update(f.one, a.ID, set(field, next()))
		}
	}
	refused := f.meta("a")
	refused.Sections["meta_settings"]["token"] = next()
	require.ErrorIs(f, f.tryCreate(refused), account.ErrNameTaken)
	sender := f.wasender("B")
	sender.Sections["wasender_settings"]["wasender_api_key"], sender.Sections["wasender_settings"]["webhook_secret"] = next(), next()
	b := f.create(f.two, sender)
	gone := f.meta("C")
	gone.Sections["meta_settings"]["token"] = next()
	c := f.create(f.one, gone)
	require.NoError(f, f.service.Delete(f.Context(), caller(f.one), c.ID, nil))
	f.update(f.two, b.ID, account.Change{Status: new(account.Inactive), Sections: map[string]account.Section{"wasender_settings": {"webhook_secret": nil}}})
	found, err := f.accounts.AnswersVerification(f.Context(), a.Type, "webhook_verify_token", "", *next())
	require.NoError(f, err)
	require.Empty(f, found)
	for n < marks {
		f.answer(f.scope(newID()), []byte(next().Reveal()), idempotency.Answer{Status: 201, Body: []byte(next().Reveal())})
	}
}

func TestNoSecretIsFoundInTheDatabase(t *testing.T) {
	onBoth(t, func(f *fixture) {
		f.spread()
		dump := map[string][]byte{}
		for table, rows := range f.dump() {
			for i, r := range rows {
				for column, value := range r {
					dump[fmt.Sprintf("%s row %d, %s", table, i, column)] = []byte(text(value))
				}
			}
		}
		require.Greater(f, len(dump), 100)
		requireNoMark(f, dump)
	})
}

func TestNoSecretIsFoundInTheFilesOfSQLite(t *testing.T) {
	t.Parallel()
	f := onSQLite(t)
	f.spread()
	f.exec("INSERT INTO sealing_keys (key_id, recorded_at) VALUES (1, 'CANARY in the log')")
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

func requireNoMark(t testing.TB, places map[string][]byte) {
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
	f.spread()
	paths, err := filepath.Glob(f.options.Path + "*")
	require.NoError(t, err)
	require.GreaterOrEqual(t, len(paths), 3, "the file, its log and its index")
	for _, path := range paths {
		info, err := os.Stat(path)
		require.NoError(t, err)
		require.Equal(t, os.FileMode(0o600), info.Mode().Perm(), path)
	}
}

// sealAnew writes a fresh secret past the rules.
func (f *fixture) sealAnew(a account.Account, field, slot string) {
	f.Helper()
	r := secretRow{AccountID: a.ID, Field: field, Slot: slot, Site: a.Site.String()}
	if slot == slotPrevious {
		r.ValidUntil = new(instant)
	}
	require.NoError(f, f.Transact(f.Context(), func(ctx context.Context) error {
		return f.accounts.seal(ctx, a.Site, r, secret.New(newID()), false)
	}))
}

func TestMovedSecretFailsClosed(t *testing.T) {
	type spot struct {
		of          account.Account
		field, slot string
	}
	onBoth(t, func(f *fixture) {
		mine, sibling, foreign := f.create(f.one, f.meta("A")), f.create(f.one, f.meta("B")), f.create(f.two, f.meta("C"))
		moves := map[string][2]spot{
			"to another row":             {{mine, "token", slotCurrent}, {sibling, "token", slotCurrent}},
			"to another field":           {{mine, "token", slotCurrent}, {mine, verifyField, slotCurrent}},
			"to another slot":            {{mine, "app_secret", slotPrevious}, {mine, "app_secret", slotCurrent}},
			"to another site":            {{mine, "token", slotCurrent}, {foreign, "token", slotCurrent}},
			"to another field elsewhere": {{sibling, "app_secret", slotCurrent}, {foreign, "token", slotCurrent}},
		}
		for range 60 {
			for what, move := range moves {
				from, to := move[0], move[1]
				f.sealAnew(from.of, from.field, from.slot)
				require.EqualValues(f, 1, f.exec(`UPDATE account_secrets SET sealed =
					(SELECT sealed FROM account_secrets WHERE account_id = ? AND field = ? AND slot = ?) WHERE account_id = ? AND field = ? AND slot = ?`,
					from.of.ID, from.field, from.slot, to.of.ID, to.field, to.slot))
				_, err := f.accounts.Secret(f.Context(), to.of.Site, to.of.ID, to.field)
				require.ErrorIs(f, err, secret.ErrUnsealable, what)
				f.sealAnew(to.of, to.field, to.slot)
			}
		}
	})
}

func TestAccountMovedToAnotherSiteTakesNoSecretAlong(t *testing.T) {
	onBoth(t, func(f *fixture) {
		a := f.create(f.one, f.meta("A"))
		f.create(f.two, f.meta("B"))
		// Whoever has the database can turn the foreign keys off; the seal still holds.
		rows := f.rows("SELECT field, slot, sealed FROM account_secrets WHERE account_id = ?", a.ID)
		f.exec("DELETE FROM account_secrets WHERE account_id = ?", a.ID)
		f.exec("DELETE FROM account_identifiers WHERE account_id = ?", a.ID)
		f.exec("UPDATE accounts SET site = 'two.example' WHERE id = ?", a.ID)
		for _, r := range rows {
			f.exec("INSERT INTO account_secrets (account_id, field, slot, site, sealed, key_id) VALUES (?, ?, ?, 'two.example', ?, ?)", a.ID, text(r["field"]), text(r["slot"]), r["sealed"], int64(f.primary()))
			_, err := f.accounts.Secret(f.Context(), f.two, a.ID, text(r["field"]))
			require.ErrorIs(f, err, secret.ErrUnsealable)
		}
	})
}

func TestTamperedSecretFailsClosed(t *testing.T) {
	onBoth(t, func(f *fixture) {
		a := f.create(f.one, f.meta("A"))
		sealed := f.rows("SELECT sealed FROM account_secrets WHERE field = 'token'")[0]["sealed"].([]byte)
		for i := range sealed {
			bad := bytes.Clone(sealed)
			bad[i] ^= 1
			f.exec("UPDATE account_secrets SET sealed = ? WHERE field = 'token'", bad)
			_, err := f.accounts.Secret(f.Context(), f.one, a.ID, "token")
			require.Error(f, err)
		}
		for _, bad := range [][]byte{{}, sealed[:4], sealed[:len(sealed)-1], []byte("token-1001")} {
			f.exec("UPDATE account_secrets SET sealed = ? WHERE field = 'token'", bad)
			_, err := f.accounts.Secret(f.Context(), f.one, a.ID, "token")
			require.ErrorIs(f, err, secret.ErrUnsealable)
		}
	})
}

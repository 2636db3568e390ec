package store

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/ivendnext/whatsapp-accounts/internal/account"
	"github.com/ivendnext/whatsapp-accounts/internal/provider"
	"github.com/ivendnext/whatsapp-accounts/internal/provider/meta"
	"github.com/ivendnext/whatsapp-accounts/internal/provider/wasender"
	"github.com/ivendnext/whatsapp-accounts/internal/secret"
)

const verifyField = "webhook_verify_token"

// answers asks whether a token verifies; an empty id asks every account.
func (f *fixture) answers(t testing.TB, id, token string) bool {
	t.Helper()
	found, err := f.accounts.AnswersVerification(t.Context(), meta.Type, verifyField, id, secret.New(token))
	require.NoError(t, err)
	return found
}

func (f *fixture) withToken(name, token string) account.Change {
	ask := f.meta(name)
	ask.Sections["meta_settings"][verifyField] = clear(token)
	return ask
}

func TestTokenOfAnActiveAccountAnswers(t *testing.T) {
	onBoth(t, func(t *testing.T, f *fixture) {
		for _, token := range []string{"x", " ", "a token", strings.Repeat("🔑", provider.SecretMax), `'; --`} {
			a := f.create(t, f.one, f.withToken(newID(), token))
			require.True(t, f.answers(t, "", token))
			require.True(t, f.answers(t, a.ID, token))
		}
	})
}

func TestOtherTokensDoNotAnswer(t *testing.T) {
	onBoth(t, func(t *testing.T, f *fixture) {
		require.False(t, f.answers(t, "", "token"), "no account at all")
		f.create(t, f.one, f.withToken("A", "Token"))
		for _, token := range []string{"", "token", "Token ", "Toke", "Tokenn", "\x00", "\xff", strings.Repeat("x", 1<<16)} {
			require.False(t, f.answers(t, "", token), "%.20q", token)
		}
	})
}

func TestTokenOfAnInactiveAccountDoesNotAnswer(t *testing.T) {
	onBoth(t, func(t *testing.T, f *fixture) {
		a := f.create(t, f.one, f.withToken("A", "token"))
		f.update(t, f.one, a.ID, account.Change{Status: new(account.Inactive)})
		require.False(t, f.answers(t, "", "token"))
		require.False(t, f.answers(t, a.ID, "token"))
		f.update(t, f.one, a.ID, account.Change{Status: new(account.Active)})
		require.True(t, f.answers(t, a.ID, "token"))
	})
}

func TestTokenOfADeletedAccountDoesNotAnswer(t *testing.T) {
	onBoth(t, func(t *testing.T, f *fixture) {
		a := f.create(t, f.one, f.withToken("A", "token"))
		require.NoError(t, f.service.Delete(t.Context(), caller(f.one), a.ID, nil))
		require.False(t, f.answers(t, "", "token"))
	})
}

func TestReplacedTokenDoesNotAnswer(t *testing.T) {
	onBoth(t, func(t *testing.T, f *fixture) {
		a := f.create(t, f.one, f.withToken("A", "old"))
		f.update(t, f.one, a.ID, set(verifyField, clear("new")))
		require.False(t, f.answers(t, "", "old"))
		require.True(t, f.answers(t, "", "new"))
	})
}

func TestTokenInAnotherFieldDoesNotAnswer(t *testing.T) {
	onBoth(t, func(t *testing.T, f *fixture) {
		ask := f.meta("A")
		ask.Sections["meta_settings"]["token"], ask.Sections["meta_settings"]["app_secret"] = clear("token"), clear("token")
		f.create(t, f.one, ask)
		require.False(t, f.answers(t, "", "token"))
		for _, field := range []string{"token", "app_secret"} {
			found, err := f.accounts.AnswersVerification(t.Context(), meta.Type, field, "", secret.New("token"))
			require.NoError(t, err)
			require.False(t, found, "only the field that answers verification has a digest")
		}
	})
}

func TestTokenOfAnotherTypeDoesNotAnswer(t *testing.T) {
	onBoth(t, func(t *testing.T, f *fixture) {
		f.create(t, f.one, f.withToken("A", "token"))
		found, err := f.accounts.AnswersVerification(t.Context(), wasender.Type, verifyField, "", secret.New("token"))
		require.NoError(t, err)
		require.False(t, found)
	})
}

func TestTokenIsConfinedByTheAccountID(t *testing.T) {
	onBoth(t, func(t *testing.T, f *fixture) {
		a, b := f.create(t, f.one, f.withToken("A", "a")), f.create(t, f.two, f.withToken("B", "b"))
		require.True(t, f.answers(t, a.ID, "a"))
		require.False(t, f.answers(t, a.ID, "b"))
		require.True(t, f.answers(t, b.ID, "b"))
		require.True(t, f.answers(t, "", "b"), "the request names no site")
	})
}

func TestTokenThatAccountsShareAnswersWhileOneOfThemIsActive(t *testing.T) {
	onBoth(t, func(t *testing.T, f *fixture) {
		a, b := f.create(t, f.one, f.withToken("A", "shared")), f.create(t, f.two, f.withToken("B", "shared"))
		f.update(t, f.one, a.ID, account.Change{Status: new(account.Inactive)})
		require.True(t, f.answers(t, "", "shared"))
		require.False(t, f.answers(t, a.ID, "shared"))
		f.update(t, f.two, b.ID, account.Change{Status: new(account.Inactive)})
		require.False(t, f.answers(t, "", "shared"))
	})
}

func TestTokenAnswersInEveryStageOfARotation(t *testing.T) {
	onBoth(t, func(t *testing.T, f *fixture) {
		f.create(t, f.one, f.withToken("A", "before"))
		added := f.addKey(t)
		f.create(t, f.one, f.withToken("B", "between"))
		f.promote(t, added)
		f.create(t, f.one, f.withToken("C", "after"))
		all := func(stage string) {
			for _, token := range []string{"before", "between", "after"} {
				require.True(t, f.answers(t, "", token), "%s, %s", stage, token)
			}
			require.False(t, f.answers(t, "", "never"))
		}
		all("promoted")
		require.NoError(t, f.Keys().Reseal(t.Context(), func(int64, int64) { all("half sealed") }))
		all("sealed anew")
		f.retire(t, keyset().Primary())
		all("retired")
	})
}

func TestVerificationDecryptsNothing(t *testing.T) {
	onBoth(t, func(t *testing.T, f *fixture) {
		f.create(t, f.one, f.withToken("A", "token"))
		for _, s := range f.sent(t, func() { require.True(t, f.answers(t, "", "token")) }) {
			require.NotContains(t, s.sql, "sealed")
			require.NotContains(t, s.sql, "*")
		}
	})
}

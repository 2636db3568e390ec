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
func (f *fixture) answers(id, token string) bool {
	f.Helper()
	found, err := f.accounts.AnswersVerification(f.Context(), meta.Type, verifyField, id, secret.New(token))
	require.NoError(f, err)
	return len(found) > 0
}

func (f *fixture) withToken(name, token string) account.Change {
	ask := f.meta(name)
	ask.Sections["meta_settings"][verifyField] = clear(token)
	return ask
}

func TestTokenOfAnActiveAccountAnswers(t *testing.T) {
	onBoth(t, func(f *fixture) {
		for _, token := range []string{"x", " ", "a token", strings.Repeat("🔑", provider.SecretMax), `'; --`} {
			a := f.create(f.one, f.withToken(newID(), token))
			require.True(f, f.answers("", token))
			require.True(f, f.answers(a.ID, token))
		}
	})
}

func TestOtherTokensDoNotAnswer(t *testing.T) {
	onBoth(t, func(f *fixture) {
		require.False(f, f.answers("", "token"), "no account at all")
		f.create(f.one, f.withToken("A", "Token"))
		for _, token := range []string{"", "token", "Token ", "Toke", "Tokenn", "\x00", "\xff", strings.Repeat("x", 1<<16)} {
			require.False(f, f.answers("", token), "%.20q", token)
		}
	})
}

func TestTokenOfAnInactiveAccountDoesNotAnswer(t *testing.T) {
	onBoth(t, func(f *fixture) {
		a := f.create(f.one, f.withToken("A", "token"))
		f.update(f.one, a.ID, account.Change{Status: new(account.Inactive)})
		require.False(f, f.answers("", "token"))
		require.False(f, f.answers(a.ID, "token"))
		f.update(f.one, a.ID, account.Change{Status: new(account.Active)})
		require.True(f, f.answers(a.ID, "token"))
	})
}

func TestTokenOfADeletedAccountDoesNotAnswer(t *testing.T) {
	onBoth(t, func(f *fixture) {
		a := f.create(f.one, f.withToken("A", "token"))
		require.NoError(f, f.service.Delete(f.Context(), caller(f.one), a.ID, nil))
		require.False(f, f.answers("", "token"))
	})
}

func TestReplacedTokenDoesNotAnswer(t *testing.T) {
	onBoth(t, func(f *fixture) {
		a := f.create(f.one, f.withToken("A", "old"))
		f.update(f.one, a.ID, set(verifyField, clear("new")))
		require.False(f, f.answers("", "old"))
		require.True(f, f.answers("", "new"))
	})
}

func TestTokenInAnotherFieldDoesNotAnswer(t *testing.T) {
	onBoth(t, func(f *fixture) {
		ask := f.meta("A")
		ask.Sections["meta_settings"]["token"], ask.Sections["meta_settings"]["app_secret"] = clear("token"), clear("token")
		f.create(f.one, ask)
		require.False(f, f.answers("", "token"))
		for _, field := range []string{"token", "app_secret"} {
			found, err := f.accounts.AnswersVerification(f.Context(), meta.Type, field, "", secret.New("token"))
			require.NoError(f, err)
			require.Empty(f, found, "only the field that answers verification has a digest")
		}
	})
}

func TestTokenOfAnotherTypeDoesNotAnswer(t *testing.T) {
	onBoth(t, func(f *fixture) {
		f.create(f.one, f.withToken("A", "token"))
		found, err := f.accounts.AnswersVerification(f.Context(), wasender.Type, verifyField, "", secret.New("token"))
		require.NoError(f, err)
		require.Empty(f, found)
	})
}

func TestTokenIsConfinedByTheAccountID(t *testing.T) {
	onBoth(t, func(f *fixture) {
		a, b := f.create(f.one, f.withToken("A", "a")), f.create(f.two, f.withToken("B", "b"))
		require.True(f, f.answers(a.ID, "a"))
		require.False(f, f.answers(a.ID, "b"))
		require.True(f, f.answers(b.ID, "b"))
		require.True(f, f.answers("", "b"), "the request names no site")
	})
}

func TestTokenThatAccountsShareAnswersWhileOneOfThemIsActive(t *testing.T) {
	onBoth(t, func(f *fixture) {
		a, b := f.create(f.one, f.withToken("A", "shared")), f.create(f.two, f.withToken("B", "shared"))
		f.update(f.one, a.ID, account.Change{Status: new(account.Inactive)})
		require.True(f, f.answers("", "shared"))
		require.False(f, f.answers(a.ID, "shared"))
		f.update(f.two, b.ID, account.Change{Status: new(account.Inactive)})
		require.False(f, f.answers("", "shared"))
	})
}

func TestTokenAnswersInEveryStageOfARotation(t *testing.T) {
	onBoth(t, func(f *fixture) {
		f.create(f.one, f.withToken("A", "before"))
		added := f.addKey()
		f.create(f.one, f.withToken("B", "between"))
		f.promote(added)
		f.create(f.one, f.withToken("C", "after"))
		all := func(stage string) {
			for _, token := range []string{"before", "between", "after"} {
				require.True(f, f.answers("", token), "%s, %s", stage, token)
			}
			require.False(f, f.answers("", "never"))
		}
		all("promoted")
		require.NoError(f, f.Keys().Reseal(f.Context(), func(int64, int64) { all("half sealed") }))
		all("sealed anew")
		f.retire(keyset().Primary())
		all("retired")
	})
}

func TestVerificationDecryptsNothing(t *testing.T) {
	onBoth(t, func(f *fixture) {
		f.create(f.one, f.withToken("A", "token"))
		for _, s := range f.sent(func() { require.True(f, f.answers("", "token")) }) {
			require.NotContains(f, s.sql, "sealed")
			require.NotContains(f, s.sql, "*")
		}
	})
}

package store

import (
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/ivendnext/whatsapp-accounts/internal/account"
	"github.com/ivendnext/whatsapp-accounts/internal/provider"
	"github.com/ivendnext/whatsapp-accounts/internal/secret"
	"github.com/ivendnext/whatsapp-accounts/internal/site"
)

// secret opens a secret; empty when it is not set.
func (f *fixture) secret(t testing.TB, in site.Site, id, field string) string {
	t.Helper()
	value, err := f.accounts.Secret(t.Context(), in, id, field)
	if err != nil {
		require.ErrorIs(t, err, account.ErrSecretNotSet)
		return ""
	}
	return value.Reveal()
}

// previous opens the replaced value of a secret, past the store; empty when there is none.
func (f *fixture) previous(t testing.TB, in site.Site, id, field string) string {
	t.Helper()
	found := f.rows(t, "SELECT sealed FROM account_secrets WHERE account_id = ? AND field = ? AND slot = 'previous'", id, field)
	if len(found) == 0 {
		return ""
	}
	place := placeOf(secretRow{Site: in.String(), AccountID: id, Field: field, Slot: slotPrevious})
	value, err := f.box.Open(place, found[0]["sealed"].([]byte))
	require.NoError(t, err)
	return value.Reveal()
}

// end tells until when the replaced value of a secret is valid.
func (f *fixture) end(t testing.TB, id, field string) time.Time {
	t.Helper()
	var r secretRow
	require.NoError(t, f.in(t.Context(), f.one).Where("account_id = ? AND field = ? AND slot = ?", id, field, slotPrevious).Take(&r).Error)
	return r.ValidUntil.UTC()
}

func TestSecretComesBackAsItWasSet(t *testing.T) {
	onBoth(t, func(t *testing.T, f *fixture) {
		a := f.create(t, f.one, f.meta("A"))
		for what, value := range map[string]string{
			"one character": "x", "longest": strings.Repeat("🔑", provider.SecretMax), "quotes": `'"\%_;--`, "bytes of every length": "aé日🔑",
			"looks like JSON": `{"a":null}`, "spaces inside": "a b  c",
		} {
			f.update(t, f.one, a.ID, set("token", clear(value)))
			require.Equal(t, value, f.secret(t, f.one, a.ID, "token"), what)
		}
	})
}

func TestSecretThatIsLeftOutStays(t *testing.T) {
	onBoth(t, func(t *testing.T, f *fixture) {
		a := f.create(t, f.one, f.meta("A"))
		before := f.rows(t, "SELECT * FROM account_secrets ORDER BY field")
		f.update(t, f.one, a.ID, account.Change{Name: new("B"), Status: new(account.Inactive)})
		require.Equal(t, before, f.rows(t, "SELECT * FROM account_secrets ORDER BY field"))
	})
}

func TestSecretIsClearedByNull(t *testing.T) {
	onBoth(t, func(t *testing.T, f *fixture) {
		a := f.create(t, f.one, f.meta("A"))
		ask := set("token", nil)
		ask.Status = new(account.Inactive)
		got := f.update(t, f.one, a.ID, ask)
		require.NotContains(t, got.SecretsSet, "token")
		require.Empty(t, f.secret(t, f.one, a.ID, "token"))
		require.Empty(t, f.rows(t, "SELECT 1 FROM account_secrets WHERE field = 'token'"))
		require.NotEmpty(t, f.secret(t, f.one, a.ID, "app_secret"), "the others stay")
	})
}

func TestSecretKnowsSinceWhenItIsSet(t *testing.T) {
	onBoth(t, func(t *testing.T, f *fixture) {
		a := f.create(t, f.one, f.meta("A"))
		f.clock.advance(time.Hour + time.Microsecond)
		got := f.update(t, f.one, a.ID, set("token", clear("newer")))
		require.Equal(t, instant.Add(time.Hour+time.Microsecond), got.SecretsSet["token"])
		require.Equal(t, instant, got.SecretsSet["app_secret"])
	})
}

func TestReplacedAppSecretStaysValidForADay(t *testing.T) {
	onBoth(t, func(t *testing.T, f *fixture) {
		a := f.create(t, f.one, f.meta("A"))
		old := f.secret(t, f.one, a.ID, "app_secret")
		f.clock.advance(time.Hour)
		f.update(t, f.one, a.ID, set("app_secret", clear("newer")))
		require.Equal(t, "newer", f.secret(t, f.one, a.ID, "app_secret"))
		require.Equal(t, old, f.previous(t, f.one, a.ID, "app_secret"))
		require.Equal(t, instant.Add(25*time.Hour), f.end(t, a.ID, "app_secret"))
	})
}

func TestOnlyTheLastReplacedAppSecretIsKept(t *testing.T) {
	onBoth(t, func(t *testing.T, f *fixture) {
		a := f.create(t, f.one, f.meta("A"))
		for _, value := range []string{"second", "third"} {
			f.clock.advance(time.Hour)
			f.update(t, f.one, a.ID, set("app_secret", clear(value)))
		}
		require.Equal(t, "third", f.secret(t, f.one, a.ID, "app_secret"))
		require.Equal(t, "second", f.previous(t, f.one, a.ID, "app_secret"))
		require.Equal(t, instant.Add(26*time.Hour), f.end(t, a.ID, "app_secret"))
		require.Len(t, f.rows(t, "SELECT 1 FROM account_secrets WHERE field = 'app_secret'"), 2)
	})
}

func TestNullClearsTheReplacedAppSecretToo(t *testing.T) {
	onBoth(t, func(t *testing.T, f *fixture) {
		a := f.create(t, f.one, f.meta("A"))
		f.update(t, f.one, a.ID, set("app_secret", clear("newer")))
		f.update(t, f.one, a.ID, set("app_secret", nil))
		require.Empty(t, f.rows(t, "SELECT 1 FROM account_secrets WHERE field = 'app_secret'"))
	})
}

func TestOtherSecretsAreReplacedWithoutATrace(t *testing.T) {
	onBoth(t, func(t *testing.T, f *fixture) {
		a := f.create(t, f.one, f.meta("A"))
		f.update(t, f.one, a.ID, set("token", clear("newer")))
		f.update(t, f.one, a.ID, set("webhook_verify_token", clear("newer")))
		require.Empty(t, f.rows(t, "SELECT 1 FROM account_secrets WHERE slot = 'previous'"))
	})
}

func TestReplacedSecretIsPurgedAtItsTimeAndNotBefore(t *testing.T) {
	onBoth(t, func(t *testing.T, f *fixture) {
		a := f.create(t, f.one, f.meta("A"))
		f.update(t, f.one, a.ID, set("app_secret", clear("newer")))
		for _, step := range []struct {
			wait time.Duration
			left int
		}{{0, 1}, {24*time.Hour - time.Microsecond, 1}, {time.Microsecond, 1}, {time.Microsecond, 0}} {
			f.clock.advance(step.wait)
			require.NoError(t, f.accounts.PurgeReplaced(t.Context()))
			require.Len(t, f.rows(t, "SELECT 1 FROM account_secrets WHERE slot = 'previous'"), step.left, f.clock.now())
		}
		require.Equal(t, "newer", f.secret(t, f.one, a.ID, "app_secret"))
		require.Equal(t, 3, f.count(t, "account_secrets"))
	})
}

func TestPurgingComparesTimesAndNotTheirText(t *testing.T) {
	onBoth(t, func(t *testing.T, f *fixture) {
		a := f.create(t, f.one, f.meta("A"))
		// Whole seconds, tenths and microseconds are written with different lengths.
		for _, offset := range []time.Duration{-123456 * time.Microsecond, -23456 * time.Microsecond, -3456 * time.Microsecond, 0, 376544 * time.Microsecond} {
			f.clock.offset.Store(int64(offset))
			f.update(t, f.one, a.ID, set("app_secret", clear(newID())))
			end := f.end(t, a.ID, "app_secret")
			f.clock.offset.Store(int64(end.Sub(instant)))
			require.NoError(t, f.accounts.PurgeReplaced(t.Context()))
			require.NotEmpty(t, f.previous(t, f.one, a.ID, "app_secret"), offset)
			f.clock.advance(time.Microsecond)
			require.NoError(t, f.accounts.PurgeReplaced(t.Context()))
			require.Empty(t, f.previous(t, f.one, a.ID, "app_secret"), offset)
		}
	})
}

func TestSameValueIsSealedDifferentlyEachTime(t *testing.T) {
	onBoth(t, func(t *testing.T, f *fixture) {
		seen := map[string]bool{}
		for _, name := range []string{"A", "B"} {
			ask := f.meta(name)
			for _, field := range []string{"token", "webhook_verify_token", "app_secret"} {
				ask.Sections["meta_settings"][field] = clear("the very same")
			}
			f.create(t, f.one, ask)
		}
		for _, r := range f.rows(t, "SELECT sealed FROM account_secrets") {
			seen[string(r["sealed"].([]byte))] = true
		}
		require.Len(t, seen, 6)
	})
}

func TestSecretOfAnUnknownKeyFailsAndSaysWhich(t *testing.T) {
	onBoth(t, func(t *testing.T, f *fixture) {
		a := f.create(t, f.one, f.meta("A"))
		other, err := secret.Generate(instant)
		require.NoError(t, err)
		f.box.Replace(other)
		_, err = f.accounts.Secret(t.Context(), f.one, a.ID, "token")
		require.ErrorIs(t, err, secret.ErrUnknownKey)
		require.ErrorContains(t, err, keyset().Primary().String())
		f.unchanged(t, func() {
			require.ErrorIs(t, f.tryUpdate(t, a.ID, set("app_secret", clear("newer"))), secret.ErrUnknownKey)
		})
	})
}

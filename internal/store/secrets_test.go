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
func (f *fixture) secret(in site.Site, id, field string) string {
	f.Helper()
	value, err := f.accounts.Secret(f.Context(), in, id, field)
	if err != nil {
		require.ErrorIs(f, err, account.ErrSecretNotSet)
		return ""
	}
	return value.Reveal()
}

// previous opens the replaced app secret, past the store; empty when there is none.
func (f *fixture) previous(id string) string {
	f.Helper()
	found := f.rows("SELECT sealed FROM account_secrets WHERE account_id = ? AND field = 'app_secret' AND slot = 'previous'", id)
	if len(found) == 0 {
		return ""
	}
	place := placeOf(secretRow{Site: f.one.String(), AccountID: id, Field: "app_secret", Slot: slotPrevious})
	value, err := f.box.Open(place, found[0]["sealed"].([]byte))
	require.NoError(f, err)
	return value.Reveal()
}

// end tells until when the replaced app secret is valid.
func (f *fixture) end(id string) time.Time {
	f.Helper()
	var r secretRow
	require.NoError(f, f.in(f.Context(), f.one).Where("account_id = ? AND slot = ?", id, slotPrevious).Take(&r).Error)
	return r.ValidUntil.UTC()
}

func TestSecretComesBackAsItWasSet(t *testing.T) {
	onBoth(t, func(f *fixture) {
		for what, value := range map[string]string{
			"one character": "x", "longest": strings.Repeat("🔑", provider.SecretMax), "quotes": `'"\%_;--`, "bytes of every length": "aé日🔑",
			"looks like JSON": `{"a":null}`, "spaces inside": "a b  c",
		} {
			ask := f.bareMeta()
			ask.Sections["meta_settings"]["token"] = clear(value)
			a := f.create(f.one, ask)
			require.Equal(f, value, f.secret(f.one, a.ID, "token"), what)
			f.update(f.one, a.ID, set("app_secret", clear(value)))
			require.Equal(f, value, f.secret(f.one, a.ID, "app_secret"), what)
		}
	})
}

func TestSecretThatIsLeftOutStays(t *testing.T) {
	onBoth(t, func(f *fixture) {
		a := f.create(f.one, f.meta("A"))
		before := f.rows("SELECT * FROM account_secrets ORDER BY field")
		f.update(f.one, a.ID, account.Change{Name: new("B"), Status: new(account.Inactive)})
		require.Equal(f, before, f.rows("SELECT * FROM account_secrets ORDER BY field"))
	})
}

func TestSecretIsClearedByNull(t *testing.T) {
	onBoth(t, func(f *fixture) {
		a := f.create(f.one, f.meta("A"))
		ask := set("token", nil)
		ask.Status = new(account.Inactive)
		got := f.update(f.one, a.ID, ask)
		require.NotContains(f, got.SecretsSet, "token")
		require.Empty(f, f.secret(f.one, a.ID, "token"))
		require.Empty(f, f.rows("SELECT 1 FROM account_secrets WHERE field = 'token'"))
		require.NotEmpty(f, f.secret(f.one, a.ID, "app_secret"), "the others stay")
	})
}

func TestSecretKnowsSinceWhenItIsSet(t *testing.T) {
	onBoth(t, func(f *fixture) {
		a := f.create(f.one, f.meta("A"))
		f.clock.advance(time.Hour + time.Microsecond)
		got := f.update(f.one, a.ID, set("token", clear("newer")))
		require.Equal(f, instant.Add(time.Hour+time.Microsecond), got.SecretsSet["token"])
		require.Equal(f, instant, got.SecretsSet["app_secret"])
	})
}

func TestReplacedAppSecretStaysValidForADay(t *testing.T) {
	onBoth(t, func(f *fixture) {
		a := f.create(f.one, f.meta("A"))
		old := f.secret(f.one, a.ID, "app_secret")
		f.clock.advance(time.Hour)
		f.update(f.one, a.ID, set("app_secret", clear("newer")))
		require.Equal(f, "newer", f.secret(f.one, a.ID, "app_secret"))
		require.Equal(f, old, f.previous(a.ID))
		require.Equal(f, instant.Add(25*time.Hour), f.end(a.ID))
	})
}

func TestOnlyTheLastReplacedAppSecretIsKept(t *testing.T) {
	onBoth(t, func(f *fixture) {
		a := f.create(f.one, f.meta("A"))
		for _, value := range []string{"second", "third"} {
			f.clock.advance(time.Hour)
			f.update(f.one, a.ID, set("app_secret", clear(value)))
		}
		require.Equal(f, "third", f.secret(f.one, a.ID, "app_secret"))
		require.Equal(f, "second", f.previous(a.ID))
		require.Equal(f, instant.Add(26*time.Hour), f.end(a.ID))
		require.Len(f, f.rows("SELECT 1 FROM account_secrets WHERE field = 'app_secret'"), 2)
	})
}

// A client that repeats a request which it holds for lost must not throw away the secret that Meta still signs with.
func TestRepeatedAppSecretKeepsTheOneItReplaced(t *testing.T) {
	onBoth(t, func(f *fixture) {
		a := f.create(f.one, f.meta("A"))
		old := f.secret(f.one, a.ID, "app_secret")
		f.update(f.one, a.ID, set("app_secret", clear("newer")))
		f.clock.advance(time.Hour)
		f.update(f.one, a.ID, set("app_secret", clear("newer")))
		require.Equal(f, "newer", f.secret(f.one, a.ID, "app_secret"))
		require.Equal(f, old, f.previous(a.ID))
		require.Equal(f, instant.Add(24*time.Hour), f.end(a.ID))
	})
}

func TestAppSecretThatWasNeverReplacedIsNotItsOwnPredecessor(t *testing.T) {
	onBoth(t, func(f *fixture) {
		a := f.create(f.one, f.meta("A"))
		f.update(f.one, a.ID, set("app_secret", clear(f.secret(f.one, a.ID, "app_secret"))))
		require.Empty(f, f.previous(a.ID))
	})
}

func TestNullClearsTheReplacedAppSecretToo(t *testing.T) {
	onBoth(t, func(f *fixture) {
		a := f.create(f.one, f.meta("A"))
		f.update(f.one, a.ID, set("app_secret", clear("newer")))
		f.update(f.one, a.ID, set("app_secret", nil))
		require.Empty(f, f.rows("SELECT 1 FROM account_secrets WHERE field = 'app_secret'"))
	})
}

func TestOtherSecretsAreReplacedWithoutATrace(t *testing.T) {
	onBoth(t, func(f *fixture) {
		a := f.create(f.one, f.meta("A"))
		f.update(f.one, a.ID, set("token", clear("newer")))
		f.update(f.one, a.ID, set("webhook_verify_token", clear("newer")))
		require.Empty(f, f.rows("SELECT 1 FROM account_secrets WHERE slot = 'previous'"))
	})
}

func TestReplacedSecretIsPurgedAtItsTimeAndNotBefore(t *testing.T) {
	onBoth(t, func(f *fixture) {
		a := f.create(f.one, f.meta("A"))
		f.update(f.one, a.ID, set("app_secret", clear("newer")))
		for _, step := range []struct {
			wait time.Duration
			left int
		}{{0, 1}, {24*time.Hour - time.Microsecond, 1}, {time.Microsecond, 1}, {time.Microsecond, 0}} {
			f.clock.advance(step.wait)
			require.NoError(f, f.accounts.PurgeReplaced(f.Context()))
			require.Len(f, f.rows("SELECT 1 FROM account_secrets WHERE slot = 'previous'"), step.left, f.clock.now())
		}
		require.Equal(f, "newer", f.secret(f.one, a.ID, "app_secret"))
		require.Equal(f, 3, f.count("account_secrets"))
	})
}

func TestPurgingComparesTimesAndNotTheirText(t *testing.T) {
	onBoth(t, func(f *fixture) {
		a := f.create(f.one, f.meta("A"))
		// Whole seconds, tenths and microseconds are written with different lengths.
		for _, offset := range []time.Duration{-123456 * time.Microsecond, -23456 * time.Microsecond, -3456 * time.Microsecond, 0, 376544 * time.Microsecond} {
			f.clock.offset.Store(int64(offset))
			f.update(f.one, a.ID, set("app_secret", clear(newID())))
			end := f.end(a.ID)
			f.clock.offset.Store(int64(end.Sub(instant)))
			require.NoError(f, f.accounts.PurgeReplaced(f.Context()))
			require.NotEmpty(f, f.previous(a.ID), offset)
			f.clock.advance(time.Microsecond)
			require.NoError(f, f.accounts.PurgeReplaced(f.Context()))
			require.Empty(f, f.previous(a.ID), offset)
		}
	})
}

func TestSameValueIsSealedDifferentlyEachTime(t *testing.T) {
	onBoth(t, func(f *fixture) {
		seen := map[string]bool{}
		for _, name := range []string{"A", "B"} {
			ask := f.meta(name)
			for _, field := range []string{"token", "webhook_verify_token", "app_secret"} {
				ask.Sections["meta_settings"][field] = clear("the very same")
			}
			f.create(f.one, ask)
		}
		for _, r := range f.rows("SELECT sealed FROM account_secrets") {
			seen[string(r["sealed"].([]byte))] = true
		}
		require.Len(f, seen, 6)
	})
}

func TestSecretOfAnUnknownKeyFailsAndSaysWhich(t *testing.T) {
	onBoth(t, func(f *fixture) {
		a := f.create(f.one, f.meta("A"))
		other, err := secret.Generate(instant)
		require.NoError(f, err)
		f.box.Replace(other)
		_, err = f.accounts.Secret(f.Context(), f.one, a.ID, "token")
		require.ErrorIs(f, err, secret.ErrUnknownKey)
		require.ErrorContains(f, err, keyset().Primary().String())
		f.unchanged(func() {
			require.ErrorIs(f, f.tryUpdate(a.ID, set("app_secret", clear("newer"))), secret.ErrUnknownKey)
		})
	})
}

package store

import (
	"context"
	"errors"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/ivendnext/whatsapp-accounts/internal/account"
	"github.com/ivendnext/whatsapp-accounts/internal/apikey"
	"github.com/ivendnext/whatsapp-accounts/internal/provider"
	"github.com/ivendnext/whatsapp-accounts/internal/provider/meta"
	"github.com/ivendnext/whatsapp-accounts/internal/secret"
)

// strangers are ids under which site two finds nothing, given an account of site one.
func strangers(id string) map[string]string {
	return map[string]string{
		"of another site": id, "absent": newID(), "empty": "", "not a UUID": "shop", "zero byte": "\x00", "no text": "\xff", "injection": "' OR 1=1 --",
		"upper case": strings.ToUpper(id), "braces": "{" + id + "}", "urn": "urn:uuid:" + id, "no dashes": strings.ReplaceAll(id, "-", ""),
		"space": id + " ", "long": strings.Repeat("0", 10_000),
	}
}

func TestStrangeIDsAreNotFoundByAnyMethod(t *testing.T) {
	onBoth(t, func(f *fixture) {
		a := f.create(f.one, f.meta("A"))
		f.create(f.two, f.meta("B"))
		f.unchanged(func() {
			for what, id := range strangers(a.ID) {
				for method, err := range f.ask(id) {
					require.ErrorIs(f, err, account.ErrNotFound, "%s, %s", method, what)
				}
			}
		})
	})
}

// ask puts an id to every method of site two that takes one.
func (f *fixture) ask(id string) map[string]error {
	f.Helper()
	ctx := f.Context()
	errSeen := errors.New("decided about an account that is not there")
	never := func(account.Account) (account.Entry, error) { return account.Entry{}, errSeen }
	errs := map[string]error{}
	_, errs["Get"] = f.accounts.Get(ctx, f.two, id)
	_, errs["History"] = f.accounts.History(ctx, f.two, id, "", 10)
	_, errs["Secret"] = f.accounts.Secret(ctx, f.two, id, "token")
	_, errs["Designate"] = f.accounts.Designate(ctx, f.two, account.Outgoing, id, alone(never))
	errs["Delete"] = f.accounts.Delete(ctx, f.two, id, never)
	_, errs["Update"] = f.accounts.Update(ctx, f.two, id, func(account.Account) (provider.Spec, account.Decision, account.Entry, error) {
		return provider.Spec{}, account.Decision{}, account.Entry{}, errSeen
	})
	return errs
}

func TestStrangeIDsAnswerNoVerification(t *testing.T) {
	onBoth(t, func(f *fixture) {
		ask := f.meta("A")
		ask.Sections["meta_settings"]["webhook_verify_token"] = clear("verify")
		a := f.create(f.one, ask)
		for what, id := range strangers(a.ID) {
			if what == "of another site" || what == "empty" {
				continue // the look-up crosses sites, and no id confines nothing
			}
			found, err := f.accounts.AnswersVerification(f.Context(), meta.Type, "webhook_verify_token", id, secret.New("verify"))
			require.NoError(f, err, what)
			require.Empty(f, found, what)
			whose, err := f.accounts.Whose(f.Context(), meta.Type, id)
			require.NoError(f, err, what)
			require.Empty(f, whose, what)
		}
	})
}

func TestStrangeAPIKeyIDsAreNotFound(t *testing.T) {
	onBoth(t, func(f *fixture) {
		k := f.apiKey(f.one, "key")
		f.unchanged(func() {
			for what, id := range strangers(k.ID) {
				require.ErrorIs(f, f.APIKeys().Revoke(f.Context(), f.two, id, instant), apikey.ErrNotFound, what)
			}
		})
	})
}

func TestStrangePositionsEndTheList(t *testing.T) {
	onBoth(t, func(f *fixture) {
		a := f.create(f.one, f.meta("A"))
		for what, id := range strangers(a.ID) {
			if what == "of another site" || what == "absent" || what == "empty" {
				continue // a cursor outlives its account, and the empty one is the beginning
			}
			page, err := f.accounts.List(f.Context(), f.one, account.Query{Limit: 10, After: account.Position{ID: id}})
			require.NoError(f, err, what)
			require.Empty(f, page.Accounts, what)
			lines, err := f.accounts.History(f.Context(), f.one, a.ID, id, 10)
			require.NoError(f, err, what)
			require.Empty(f, lines.Entries, what)
		}
	})
}

func TestSecretThatIsNotSetIsToldFromAnAccountThatIsNotThere(t *testing.T) {
	onBoth(t, func(f *fixture) {
		a := f.create(f.one, f.wasender("A"))
		for _, field := range []string{"webhook_secret", "token", ""} {
			_, err := f.accounts.Secret(f.Context(), f.one, a.ID, field)
			require.ErrorIs(f, err, account.ErrSecretNotSet, field)
		}
	})
}

func TestHistoryOfAnAccountThatNeverWasIsNotFoundOnAnyPage(t *testing.T) {
	onBoth(t, func(f *fixture) {
		for _, after := range []string{"", newID()} {
			_, err := f.accounts.History(context.WithoutCancel(f.Context()), f.one, newID(), after, 10)
			require.ErrorIs(f, err, account.ErrNotFound)
		}
	})
}

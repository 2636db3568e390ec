package routing_test

import (
	"context"
	"log/slog"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/ivendnext/whatsapp-accounts/internal/account"
	"github.com/ivendnext/whatsapp-accounts/internal/app"
	"github.com/ivendnext/whatsapp-accounts/internal/config"
	"github.com/ivendnext/whatsapp-accounts/internal/provider"
	"github.com/ivendnext/whatsapp-accounts/internal/routing"
	"github.com/ivendnext/whatsapp-accounts/internal/secret"
	"github.com/ivendnext/whatsapp-accounts/internal/site"
)

// world is routing and the accounts that it routes to, on a real SQLite.
type world struct {
	*routing.Service
	accounts *account.Service
	caller   site.Caller
}

func open(t *testing.T) world {
	t.Helper()
	opened, err := app.Open(t.Context(), config.Storage{DataDir: t.TempDir(), DBMaxConns: 4}, slog.New(slog.DiscardHandler))
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, opened.DB.Close()) })
	providers, err := app.Providers(config.Providers{})
	require.NoError(t, err)
	home, err := site.Named("home")
	require.NoError(t, err)
	store := opened.DB.Accounts()
	return world{
		Service: routing.NewService(store, opened.DB.Templates(), providers), accounts: account.NewService(store, providers, app.Now, app.NewID),
		caller: site.Caller{Principal: site.Principal{Name: "erp", Site: home}},
	}
}

// aWASender makes an Active account, which is default outgoing by that.
func (w world) aWASender(t *testing.T, name string) account.Account {
	t.Helper()
	a, err := w.accounts.Create(t.Context(), w.caller, account.Change{
		Name: &name, Type: new(provider.Type("WASender")), Status: new(account.Active),
		Sections: map[string]account.Section{"wasender_settings": {
			"wasender_url": new(secret.New("www.wasenderapi.com")), "wasender_api_key": new(secret.New("key")),
		}},
	})
	require.NoError(t, err)
	return a
}

func (w world) switchOff(t *testing.T, a account.Account) {
	t.Helper()
	_, err := w.accounts.Update(t.Context(), w.caller, a.ID, account.Change{Status: new(account.Inactive)}, nil)
	require.NoError(t, err)
}

func TestTheNamedAccountGoesBeforeTheDefault(t *testing.T) {
	w := open(t)
	first, second := w.aWASender(t, "first"), w.aWASender(t, "second")
	d, err := w.Route(t.Context(), w.caller.Site, routing.Query{AccountID: first.ID, Kind: "text", Direction: account.Outgoing})
	require.NoError(t, err)
	assert.Equal(t, first.ID, d.Account.ID)
	assert.Equal(t, routing.ByAccount, d.Reason)
	assert.Equal(t, second.ID, d.Considered[1].AccountID)
	assert.Equal(t, routing.PassedOver, d.Considered[1].Outcome)

	d, err = w.Route(t.Context(), w.caller.Site, routing.Query{Direction: account.Outgoing})
	require.NoError(t, err)
	assert.Equal(t, second.ID, d.Account.ID)
	assert.Equal(t, routing.ByDefault, d.Reason)
}

func TestInactiveIsImmediate(t *testing.T) {
	w := open(t)
	a := w.aWASender(t, "a")
	w.switchOff(t, a)
	_, err := w.Route(t.Context(), w.caller.Site, routing.Query{Direction: account.Outgoing})
	require.ErrorIs(t, err, account.ErrNoDefault)
	_, err = w.Route(t.Context(), w.caller.Site, routing.Query{AccountID: a.ID, Direction: account.Outgoing})
	require.ErrorIs(t, err, account.ErrInactive)
}

func TestEachDirectionHasItsOwnDefault(t *testing.T) {
	w := open(t)
	w.aWASender(t, "a")
	_, err := w.Route(t.Context(), w.caller.Site, routing.Query{Direction: account.Incoming})
	require.ErrorIs(t, err, account.ErrNoDefault)
}

func TestAnAccountOfAnotherSiteIsAsOneThatIsNotThere(t *testing.T) {
	w := open(t)
	a := w.aWASender(t, "a")
	elsewhere, err := site.Named("elsewhere")
	require.NoError(t, err)
	for _, id := range []string{a.ID, app.NewID(), "nonsense"} {
		_, err := w.Route(t.Context(), elsewhere, routing.Query{AccountID: id, Direction: account.Outgoing})
		require.ErrorIs(t, err, account.ErrNotFound)
		var r *routing.Refusal
		require.ErrorAs(t, err, &r)
		assert.Equal(t, []routing.Candidate{{AccountID: id, Outcome: routing.Refused, Detail: account.ErrNotFound.Detail}}, r.Considered)
	}
}

func TestWhatCannotBeReadIsNoRefusal(t *testing.T) {
	w := open(t)
	a := w.aWASender(t, "a")
	gone, cancel := context.WithCancel(t.Context())
	cancel()
	for _, q := range []routing.Query{{AccountID: a.ID, Direction: account.Outgoing}, {Direction: account.Outgoing}} {
		_, err := w.Route(gone, w.caller.Site, q)
		require.ErrorIs(t, err, context.Canceled)
		assert.NotErrorAs(t, err, new(*routing.Refusal))
	}
}

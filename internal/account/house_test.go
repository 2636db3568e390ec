package account_test

import (
	"log/slog"
	"slices"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/ivendnext/whatsapp-accounts/internal/account"
	"github.com/ivendnext/whatsapp-accounts/internal/app"
	"github.com/ivendnext/whatsapp-accounts/internal/config"
	"github.com/ivendnext/whatsapp-accounts/internal/provider"
	"github.com/ivendnext/whatsapp-accounts/internal/secret"
	"github.com/ivendnext/whatsapp-accounts/internal/site"
	"github.com/ivendnext/whatsapp-accounts/internal/store"
)

// house is the use cases on a real SQLite, at a time that the test sets.
type house struct {
	*account.Service
	db  *store.DB
	now time.Time
}

func open(t *testing.T) *house {
	t.Helper()
	opened, err := app.Open(t.Context(), config.Storage{DataDir: t.TempDir(), DBMaxConns: 4}, slog.New(slog.DiscardHandler))
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, opened.DB.Close()) })
	providers, err := app.Providers(config.Providers{})
	require.NoError(t, err)
	h := &house{db: opened.DB, now: time.Date(2026, time.November, 22, 12, 0, 0, 0, time.UTC)}
	h.Service = account.NewService(opened.DB.Accounts(), providers, func() time.Time { return h.now }, app.NewID)
	return h
}

func caller(t *testing.T, of string) site.Caller {
	t.Helper()
	at, err := site.Named(of)
	require.NoError(t, err)
	return site.Caller{Principal: site.Principal{KeyID: "key", Name: "erp", Site: at, Role: site.SystemManager}, RequestID: "request-1"}
}

func set(value string) *secret.Text { return new(secret.New(value)) }

// aMeta asks for a complete Meta account.
func aMeta(name, phone string, status account.Status) account.Change {
	return account.Change{Name: &name, Type: new(provider.Type("Meta")), Status: &status, Sections: map[string]account.Section{"meta_settings": {
		"token": set("EAAG-1"), "webhook_verify_token": set("choose-any"), "app_secret": set("shared"),
		"phone_id": set(phone), "app_id": set("102"), "business_id": set("204"),
	}}}
}

// aWASender asks for a complete WASender account.
func aWASender(name string, status account.Status) account.Change {
	return account.Change{Name: &name, Type: new(provider.Type("WASender")), Status: &status, Sections: map[string]account.Section{"wasender_settings": {
		"wasender_url": set("www.wasenderapi.com"), "wasender_api_key": set("key-1"),
	}}}
}

func (h *house) create(t *testing.T, ask account.Change) account.Account {
	t.Helper()
	a, err := h.Create(t.Context(), caller(t, "home"), ask)
	require.NoError(t, err)
	return a
}

func (h *house) update(t *testing.T, of account.Account, ask account.Change) account.Account {
	t.Helper()
	a, err := h.Update(t.Context(), caller(t, "home"), of.ID, ask, nil)
	require.NoError(t, err)
	return a
}

func (h *house) read(t *testing.T, of account.Account) account.Account {
	t.Helper()
	a, err := h.Get(t.Context(), of.Site, of.ID)
	require.NoError(t, err)
	return a
}

// holders gives the ids of both holders, empty for nobody.
func (h *house) holders(t *testing.T) (outgoing, incoming string) {
	t.Helper()
	o, i, err := h.Defaults(t.Context(), caller(t, "home").Site)
	require.NoError(t, err)
	if o != nil {
		outgoing = o.ID
	}
	if i != nil {
		incoming = i.ID
	}
	return outgoing, incoming
}

// lines gives an account's history, the oldest first.
func (h *house) lines(t *testing.T, of account.Account) []account.Entry {
	t.Helper()
	page, err := h.History(t.Context(), of.Site, of.ID, "", 100)
	require.NoError(t, err)
	entries := make([]account.Entry, 0, len(page.Entries))
	for _, e := range slices.Backward(page.Entries) {
		entries = append(entries, e)
	}
	return entries
}

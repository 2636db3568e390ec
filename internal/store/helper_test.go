package store

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"slices"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/stretchr/testify/require"

	"github.com/ivendnext/whatsapp-accounts/internal/account"
	"github.com/ivendnext/whatsapp-accounts/internal/pgtest"
	"github.com/ivendnext/whatsapp-accounts/internal/provider"
	"github.com/ivendnext/whatsapp-accounts/internal/provider/endpoint"
	"github.com/ivendnext/whatsapp-accounts/internal/provider/meta"
	"github.com/ivendnext/whatsapp-accounts/internal/provider/wasender"
	"github.com/ivendnext/whatsapp-accounts/internal/secret"
	"github.com/ivendnext/whatsapp-accounts/internal/site"
)

func TestMain(m *testing.M) { pgtest.Main(m) }

// instant is where the clock of a test starts: with all the microseconds that both databases keep.
var instant = time.Date(2026, 11, 5, 6, 7, 8, 123456000, time.UTC)

// clock stands still until a test advances it.
type clock struct{ offset atomic.Int64 }

func (c *clock) now() time.Time          { return instant.Add(time.Duration(c.offset.Load())) }
func (c *clock) advance(d time.Duration) { c.offset.Add(int64(d)) }

// fixture is a test with a fresh, migrated database and what it does with it.
type fixture struct {
	testing.TB
	*DB
	accounts *Accounts
	service  *account.Service
	registry provider.Registry
	clock    *clock
	options  Options
	one, two site.Site
	serial   atomic.Int64
}

// onBoth runs a test on a fresh database of each kind. One that is missing fails.
func onBoth(t *testing.T, test func(*fixture)) {
	t.Helper()
	t.Parallel()
	t.Run("sqlite", func(t *testing.T) { t.Parallel(); test(onSQLite(t)) })
	t.Run("postgres", func(t *testing.T) { t.Parallel(); test(onPostgres(t)) })
}

func onSQLite(t testing.TB) *fixture {
	t.Helper()
	path := filepath.Join(t.TempDir(), "test.db")
	made, err := migrated()
	require.NoError(t, err)
	require.NoError(t, os.WriteFile(path, made, 0o600))
	return opened(t, Options{Path: path})
}

// migrated is a migrated SQLite file: copying it takes a tenth of the time that migrating takes.
var migrated = sync.OnceValues(func() ([]byte, error) {
	dir, err := os.MkdirTemp("", "store-template-")
	if err != nil {
		return nil, err
	}
	defer func() { _ = os.RemoveAll(dir) }()
	path := filepath.Join(dir, "template.db")
	if err := migrateNew(Options{Path: path}); err != nil {
		return nil, err
	}
	return os.ReadFile(path)
})

func migrateNew(o Options) error {
	o.complete(new(clock))
	db, err := Open(context.Background(), o)
	if err != nil {
		return err
	}
	return errors.Join(db.Migrate(context.Background()), db.Close())
}

func onPostgres(t testing.TB) *fixture {
	t.Helper()
	return opened(t, Options{URL: pgtest.Migrated(t, "store", func(url string) error { return migrateNew(Options{URL: url}) })})
}

func (o *Options) complete(c *clock) {
	o.MaxConns, o.Log, o.Now, o.NewID = cmp.Or(o.MaxConns, 8), slog.New(slog.DiscardHandler), c.now, newID
}

func newID() string { return uuid.Must(uuid.NewV7()).String() }

// alone decides without regard to who holds the designation.
func alone(decide func(account.Account) (account.Entry, error)) func(account.Account, *account.Account) (account.Entry, error) {
	return func(a account.Account, _ *account.Account) (account.Entry, error) { return decide(a) }
}

// opened is a migrated database whose key is recorded, as a program has it that has started.
func opened(t testing.TB, o Options) *fixture {
	t.Helper()
	f := open(t, o)
	require.NoError(t, f.Keys().Record(t.Context(), f.primary()))
	return f
}

func (f *fixture) primary() secret.KeyID { return f.box.Keyset().Primary() }

// open opens a database as it is.
func open(t testing.TB, o Options) *fixture {
	t.Helper()
	f := &fixture{TB: t, clock: new(clock), registry: providers(t), one: siteOf(t, "one.example"), two: siteOf(t, "two.example")}
	o.complete(f.clock)
	f.options = o
	f.DB = f.again()
	f.UseBox(secret.NewBox(keyset()))
	f.accounts = f.Accounts()
	f.service = account.NewService(f.accounts, f.registry, f.clock.now, newID)
	return f
}

// again opens the same database once more, as another process would; it has no box yet.
func (f *fixture) again() *DB {
	f.Helper()
	db, err := Open(f.Context(), f.options)
	require.NoError(f, err)
	f.Cleanup(func() { require.NoError(f, db.Close()) })
	return db
}

// keyset is shared by the tests that do not rotate: it never changes.
var keyset = sync.OnceValue(func() secret.Keyset {
	k, err := secret.Generate(instant)
	if err != nil {
		panic(err)
	}
	return k
})

func providers(t testing.TB) provider.Registry {
	t.Helper()
	hosts, err := endpoint.ParseHosts(endpoint.DefaultHosts, []provider.Type{meta.Type, wasender.Type})
	require.NoError(t, err)
	policy := endpoint.Policy{Hosts: hosts}
	r, err := provider.NewRegistry(meta.Spec(meta.Options{Endpoints: policy}), wasender.Spec(wasender.Options{Endpoints: policy}))
	require.NoError(t, err)
	return r
}

func (f *fixture) spec(of provider.Type) provider.Spec {
	spec, _ := f.registry.Get(of)
	return spec
}

func siteOf(t testing.TB, name string) site.Site {
	t.Helper()
	s, err := site.Named(name)
	require.NoError(t, err)
	return s
}

func caller(in site.Site) site.Caller {
	return site.Caller{Principal: site.Principal{KeyID: newID(), Name: "tester", Site: in, Role: site.SystemManager}, RequestID: "request-1"}
}

func clear(s string) *secret.Text {
	t := secret.New(s)
	return &t
}

// meta asks for a complete, Active Meta account with a phone id of its own.
func (f *fixture) meta(name string) account.Change {
	n := fmt.Sprint(1000 + f.serial.Add(1))
	return account.Change{
		Name: &name, Type: new(meta.Type), Status: new(account.Active),
		Sections: map[string]account.Section{"meta_settings": {
			"token": clear("token-" + n), "webhook_verify_token": clear("verify-" + n), "app_secret": clear("app-secret-" + n),
			"phone_id": clear(n), "app_id": clear("42"), "business_id": clear("77"),
		}},
	}
}

// wasender asks for a complete, Active WASender account.
func (f *fixture) wasender(name string) account.Change {
	return account.Change{
		Name: &name, Type: new(wasender.Type), Status: new(account.Active),
		Sections: map[string]account.Section{"wasender_settings": {
			"wasender_url": clear("https://www.wasenderapi.com/api"), "wasender_api_key": clear("api-key"),
		}},
	}
}

// set asks for one setting of a Meta account; nil clears it.
func set(field string, value *secret.Text) account.Change {
	return account.Change{Sections: map[string]account.Section{"meta_settings": {field: value}}}
}

func (f *fixture) create(in site.Site, ask account.Change) account.Account {
	f.Helper()
	a, err := f.service.Create(f.Context(), caller(in), ask)
	require.NoError(f, err)
	return a
}

func (f *fixture) update(in site.Site, id string, ask account.Change) account.Account {
	f.Helper()
	a, err := f.service.Update(f.Context(), caller(in), id, ask, nil)
	require.NoError(f, err)
	return a
}

func (f *fixture) get(in site.Site, id string) account.Account {
	f.Helper()
	a, err := f.accounts.Get(f.Context(), in, id)
	require.NoError(f, err)
	return a
}

// holder gives the id of who has the designation, or nothing.
func (f *fixture) holder(in site.Site, d account.Direction) string {
	f.Helper()
	a, err := f.accounts.Holder(f.Context(), in, d)
	if errors.Is(err, account.ErrNoDefault) {
		return ""
	}
	require.NoError(f, err)
	return a.ID
}

// history gives every line of an account, the oldest first.
func (f *fixture) history(in site.Site, id string) []account.Entry {
	f.Helper()
	page, err := f.accounts.History(f.Context(), in, id, "", 200)
	require.NoError(f, err)
	require.Empty(f, page.Next)
	lines := make([]account.Entry, 0, len(page.Entries))
	for _, e := range slices.Backward(page.Entries) {
		lines = append(lines, e)
	}
	return lines
}

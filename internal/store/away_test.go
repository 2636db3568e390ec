package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"io"
	"net"
	"net/url"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/jackc/pgx/v5/pgconn"
	"github.com/stretchr/testify/require"
	"gorm.io/gorm"

	"github.com/ivendnext/whatsapp-accounts/internal/account"
	"github.com/ivendnext/whatsapp-accounts/internal/apikey"
	"github.com/ivendnext/whatsapp-accounts/internal/fault"
	"github.com/ivendnext/whatsapp-accounts/internal/idempotency"
	"github.com/ivendnext/whatsapp-accounts/internal/queue"
	"github.com/ivendnext/whatsapp-accounts/internal/secret"
)

// calls are every method of the store that goes to the database, each with sound arguments.
func (s scene) calls() map[string]func(context.Context) error {
	who, one, id, claim := caller(s.one), s.one, s.rival.ID, s.claim(s.scope("k"))
	accounts, keys, apiKeys, kept := s.accounts, s.Keys(), s.APIKeys(), s.Idempotency()
	job := queue.Job{ID: newID(), Lease: newID()}
	calls := map[string]func(context.Context) error{
		"Get": func(ctx context.Context) error { _, err := accounts.Get(ctx, one, id); return err },
		"List": func(ctx context.Context) error {
			_, err := accounts.List(ctx, one, account.Query{Limit: 10})
			return err
		},
		"History":       func(ctx context.Context) error { _, err := accounts.History(ctx, one, id, "", 10); return err },
		"Holder":        func(ctx context.Context) error { _, err := accounts.Holder(ctx, one, account.Outgoing); return err },
		"Secret":        func(ctx context.Context) error { _, err := accounts.Secret(ctx, one, id, "token"); return err },
		"PurgeReplaced": accounts.PurgeReplaced,
		"AnswersVerification": func(ctx context.Context) error {
			_, err := accounts.AnswersVerification(ctx, s.rival.Type, verifyField, "", secret.New("x"))
			return err
		},
		"Insert": func(ctx context.Context) error { _, err := s.service.Create(ctx, who, s.bareMeta()); return err },
		"Update": func(ctx context.Context) error {
			_, err := s.service.Update(ctx, who, id, set("token", clear(newID())), nil)
			return err
		},
		"Designate": func(ctx context.Context) error {
			_, err := s.service.SetDefault(ctx, who, account.Outgoing, id, nil)
			return err
		},
		"Vacate":        func(ctx context.Context) error { return s.service.ClearDefault(ctx, who, account.Incoming, nil) },
		"Keys.Recorded": func(ctx context.Context) error { _, err := keys.Recorded(ctx); return err },
		"Keys.Record":   func(ctx context.Context) error { return keys.Record(ctx, 7) },
		"Keys.Usage":    func(ctx context.Context) error { _, err := keys.Usage(ctx, 7); return err },
		"Keys.Forget":   func(ctx context.Context) error { return keys.Forget(ctx, 7) },
		"Keys.Reseal":   func(ctx context.Context) error { return keys.Reseal(ctx, quiet) },
		"APIKeys.List":  func(ctx context.Context) error { _, err := apiKeys.List(ctx, one); return err },
		"APIKeys.Valid": func(ctx context.Context) error { _, err := apiKeys.Valid(ctx, 10); return err },
		"APIKeys.Any":   func(ctx context.Context) error { _, err := apiKeys.Any(ctx); return err },
		"APIKeys.Touch": func(ctx context.Context) error { return apiKeys.Touch(ctx, map[string]time.Time{newID(): instant}) },
		"Idempotency.Claim": func(ctx context.Context) error {
			_, err := kept.Claim(ctx, s.claim(s.scope(newID())), nil, instant)
			return err
		},
		"Idempotency.Purge":   func(ctx context.Context) error { _, err := kept.Purge(ctx, instant); return err },
		"Idempotency.Release": func(ctx context.Context) error { return kept.Release(ctx, claim) },
		"Jobs.Enqueue":        func(ctx context.Context) error { return s.Jobs().Enqueue(ctx, queue.New{Queue: work, Site: one}) },
		"Jobs.Claim": func(ctx context.Context) error {
			_, err := s.Jobs().Claim(ctx, work, all(), lease)
			return err
		},
		"Jobs.Release":    func(ctx context.Context) error { return s.Jobs().Release(ctx, job) },
		"Jobs.Parked":     func(ctx context.Context) error { _, err := s.Jobs().Parked(ctx, one, work, "", 10); return err },
		"Jobs.Replay":     func(ctx context.Context) error { _, err := s.Jobs().Replay(ctx, one, []string{id}); return err },
		"Jobs.ReplayAll":  func(ctx context.Context) error { _, err := s.Jobs().ReplayAll(ctx, one, work); return err },
		"Jobs.Next":       func(ctx context.Context) error { _, _, err := s.Jobs().Next(ctx, work); return err },
		"Jobs.Depth":      func(ctx context.Context) error { _, err := s.Jobs().Depth(ctx, work); return err },
		"MigrationStatus": func(ctx context.Context) error { _, err := s.MigrationStatus(ctx); return err },
		"Ping":            s.Ping,
	}
	calls["Delete"] = func(ctx context.Context) error {
		return clean(s.service.Delete(ctx, who, newID(), nil), account.ErrNotFound)
	}
	calls["APIKeys.ByHash"] = func(ctx context.Context) error {
		_, err := apiKeys.ByHash(ctx, apikey.Hash{})
		return clean(err, apikey.ErrUnknown)
	}
	calls["APIKeys.Revoke"] = func(ctx context.Context) error {
		return clean(apiKeys.Revoke(ctx, one, newID(), instant), apikey.ErrNotFound)
	}
	calls["Idempotency.Complete"] = func(ctx context.Context) error {
		return clean(s.complete(ctx, s.claim(s.scope("none")), idempotency.Answer{}), idempotency.ErrRunning)
	}
	calls["Jobs.Extend"] = func(ctx context.Context) error { return clean(s.Jobs().Extend(ctx, lease, job), queue.ErrLost) }
	calls["Jobs.Finish"] = func(ctx context.Context) error { return clean(s.Jobs().Finish(ctx, job), queue.ErrLost) }
	calls["Jobs.Retry"] = func(ctx context.Context) error { return clean(s.Jobs().Retry(ctx, job, instant, "x"), queue.ErrLost) }
	calls["Jobs.Park"] = func(ctx context.Context) error { return clean(s.Jobs().Park(ctx, job, "x"), queue.ErrLost) }
	return calls
}

// clean lets pass the error that a database that works would give.
func clean(err error, expected error) error {
	if errors.Is(err, expected) {
		return nil
	}
	return err
}

func requireUnavailable(t testing.TB, err error, what string) {
	t.Helper()
	var f *fault.Error
	require.ErrorAs(t, err, &f, what)
	require.Equal(t, "database_unavailable", f.Code, what)
	require.Equal(t, fault.Unavailable, f.Kind, what)
	require.Positive(t, f.RetryAfter, what)
}

func TestEveryMethodWorksOnADatabaseThatIsThere(t *testing.T) {
	onBoth(t, func(f *fixture) {
		for what, call := range setTheScene(f).calls() {
			require.NoError(f, call(f.Context()), what)
		}
	})
}

func TestClosedDatabaseIsUnavailable(t *testing.T) {
	onBoth(t, func(f *fixture) {
		calls := setTheScene(f).calls()
		require.NoError(f, f.Close())
		for what, call := range calls {
			requireUnavailable(f, call(f.Context()), what)
		}
	})
}

func TestClosingTwiceIsHarmless(t *testing.T) {
	onBoth(t, func(f *fixture) {
		require.NoError(f, f.Close())
		require.NoError(f, f.Close())
	})
}

func TestPostgreSQLThatIsAwayIsUnavailableAndIsUsedAgainWhenItIsBack(t *testing.T) {
	t.Parallel()
	way, f := onProxy(t)
	calls := setTheScene(f).calls()
	for range 3 {
		way.cut()
		for range 2 { // first the open connections break, then new ones are refused
			for what, call := range calls {
				requireUnavailable(t, call(t.Context()), what)
			}
		}
		way.mend(t)
		for what, call := range calls {
			require.NoError(t, call(t.Context()), what)
		}
	}
}

func TestPostgreSQLThatGoesInTheMiddleOfAWriteIsUnavailableAndKeepsNothing(t *testing.T) {
	t.Parallel()
	way, f := onProxy(t)
	s := setTheScene(f)
	var breaks step
	for _, kind := range []string{"create", "query", "update", "delete"} {
		f.afterEach(kind, "", func(tx *gorm.DB) {
			if breaks == (step{kind, tx.Statement.Table}) {
				way.cut()
			}
		})
	}
	for what, write := range s.writes() {
		for _, at := range write.steps {
			f.unchanged(func() {
				breaks = at
				requireUnavailable(t, write.do(t.Context()), fmt.Sprint(what, at))
				breaks = step{}
				way.mend(t)
			})
		}
	}
}

func TestConnectionThatTheServerEndsIsUnavailableAndReplaced(t *testing.T) {
	t.Parallel()
	f := onPostgres(t)
	s := setTheScene(f)
	ends := true
	f.afterEach("update", "accounts", func(tx *gorm.DB) {
		if !ends {
			return
		}
		var pid int
		require.NoError(t, tx.Statement.ConnPool.QueryRowContext(t.Context(), "SELECT pg_backend_pid()").Scan(&pid))
		f.exec("SELECT pg_terminate_backend(?)", pid)
	})
	f.unchanged(func() { requireUnavailable(t, f.tryUpdate(s.rival.ID, account.Change{Name: new("X")}), "update") })
	ends = false
	require.NoError(t, f.tryUpdate(s.rival.ID, account.Change{Name: new("X")}))
}

func TestOnlyWhatMayPassIsUnavailable(t *testing.T) {
	t.Parallel()
	f := onPostgres(t)
	for code, passes := range map[string]bool{
		"08006": true, "53300": true, "53100": true, "57P01": true, "57P03": true, "23505": false, "22P02": false, "42P01": false, "40P01": false, "": false,
	} {
		err := f.classify(t.Context(), fmt.Errorf("x: %w", &pgconn.PgError{Code: code}))
		require.Equal(t, passes, errors.Is(err, errUnavailable), code)
	}
	for _, err := range []error{io.ErrUnexpectedEOF, net.ErrClosed, &net.OpError{Err: errBroken}, sql.ErrConnDone} {
		require.ErrorIs(t, f.classify(t.Context(), err), errUnavailable)
	}
	for _, err := range []error{nil, errBroken, account.ErrNotFound, gorm.ErrRecordNotFound} {
		require.Equal(t, err, f.classify(t.Context(), err))
	}
}

func TestSQLiteThatSomebodyElseHoldsIsUnavailable(t *testing.T) {
	t.Parallel()
	f := onSQLite(t)
	s := setTheScene(f)
	f.exec("PRAGMA busy_timeout = 20")
	other := f.again()
	require.NoError(t, other.Transact(t.Context(), func(context.Context) error {
		requireUnavailable(t, f.tryUpdate(s.rival.ID, account.Change{Name: new("X")}), "update")
		f.get(f.one, s.rival.ID)
		return nil
	}))
	require.NoError(t, f.tryUpdate(s.rival.ID, account.Change{Name: new("X")}))
}

func TestFullDiskUnderSQLiteIsUnavailableAndKeepsNothing(t *testing.T) {
	t.Parallel()
	f := onSQLite(t)
	s := setTheScene(f)
	f.exec("VACUUM")                    // of the pages that the migrations left free
	f.exec("PRAGMA max_page_count = 1") // SQLite makes that the present size
	f.unchanged(func() {
		requireUnavailable(t, f.tryUpdate(s.rival.ID, set("token", clear(strings.Repeat("x", 4096)))), "update")
	})
	f.exec("PRAGMA max_page_count = 100000")
	require.NoError(t, f.tryUpdate(s.rival.ID, account.Change{Name: new("X")}))
}

func TestDatabaseThatIsNotThereSaysWhatToDoAndHidesThePassword(t *testing.T) {
	t.Parallel()
	o := Options{URL: "postgres://somebody:hunter2@127.0.0.1:1/wa?connect_timeout=2"}
	o.complete(new(clock))
	_, err := Open(t.Context(), o)
	require.ErrorContains(t, err, "WA_DATABASE_URL")
	require.NotContains(t, err.Error(), "hunter2")
	o.URL = "postgres://somebody:hunter2@[::1/wa"
	_, err = Open(t.Context(), o)
	require.ErrorContains(t, err, "postgres://user:password@host:5432/name")
	require.NotContains(t, err.Error(), "hunter2")
	o.URL, o.Path = "", filepath.Join(t.TempDir(), "missing", "test.db")
	_, err = Open(t.Context(), o)
	require.ErrorContains(t, err, "WA_DATA_DIR")
}

// proxy is a way to PostgreSQL that can be cut.
type proxy struct {
	network, target, address string

	mu       sync.Mutex
	listener net.Listener
	open     []net.Conn
}

// onProxy gives a database whose way is cut and mended by the test.
func onProxy(t *testing.T) (*proxy, *fixture) {
	t.Helper()
	direct := onPostgres(t).options.URL
	config, err := pgconn.ParseConfig(direct)
	require.NoError(t, err)
	p := &proxy{address: "127.0.0.1:0"}
	p.network, p.target = pgconn.NetworkAddress(config.Host, config.Port)
	p.mend(t)
	p.address = p.listener.Addr().String()
	t.Cleanup(p.cut)
	u, err := url.Parse(direct)
	require.NoError(t, err)
	u.Host, u.RawQuery = p.address, "sslmode=disable"
	return p, open(t, Options{URL: u.String()})
}

func (p *proxy) mend(t *testing.T) {
	t.Helper()
	l, err := new(net.ListenConfig).Listen(t.Context(), "tcp", p.address)
	require.NoError(t, err)
	p.mu.Lock()
	p.listener = l
	p.mu.Unlock()
	go func() {
		for {
			client, err := l.Accept()
			if err != nil {
				return
			}
			p.join(client)
		}
	}()
}

func (p *proxy) join(client net.Conn) {
	server, err := new(net.Dialer).DialContext(context.Background(), p.network, p.target)
	if err != nil {
		_ = client.Close()
		return
	}
	p.mu.Lock()
	p.open = append(p.open, client, server)
	p.mu.Unlock()
	pass := func(to, from net.Conn) {
		_, _ = io.Copy(to, from)
		_ = errors.Join(to.Close(), from.Close())
	}
	go pass(client, server)
	go pass(server, client)
}

// cut breaks every connection and refuses new ones.
func (p *proxy) cut() {
	p.mu.Lock()
	defer p.mu.Unlock()
	_ = p.listener.Close()
	for _, c := range p.open {
		_ = c.Close()
	}
	p.open = nil
}

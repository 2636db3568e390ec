package store

import (
	"context"
	"crypto/sha256"
	"database/sql"
	"encoding/hex"
	"fmt"
	"net/url"
	"reflect"
	"regexp"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/ivendnext/whatsapp-accounts/internal/account"
	"github.com/ivendnext/whatsapp-accounts/internal/provider"
	"github.com/ivendnext/whatsapp-accounts/internal/provider/meta"
	"github.com/ivendnext/whatsapp-accounts/internal/secret"
)

// hot is a query on the way of a request.
type hot struct {
	do      func(context.Context) error
	buffers int // the most pages that PostgreSQL may touch for it
}

// The bounds: a look-up descends some trees; a page does so for each of its accounts. A scan of all accounts touches thousands.
const (
	oneRow  = 25
	onePage = 450
)

func (f *fixture) hot(id, middleName string) map[string]hot {
	list := func(q account.Query) hot {
		q.Limit = 50
		return hot{func(ctx context.Context) error { _, err := f.accounts.List(ctx, f.one, q); return err }, onePage}
	}
	holder := func(d account.Direction) hot {
		return hot{func(ctx context.Context) error { _, err := f.accounts.Holder(ctx, f.one, d); return err }, oneRow}
	}
	verify := func(id string) hot {
		return hot{func(ctx context.Context) error {
			_, err := f.accounts.AnswersVerification(ctx, meta.Type, verifyField, id, secret.New("token"))
			return err
		}, oneRow}
	}
	after := account.Position{ID: id, Name: middleName}
	return map[string]hot{
		"get": {func(ctx context.Context) error { _, err := f.accounts.Get(ctx, f.one, id); return err }, oneRow},
		"secret": {func(ctx context.Context) error {
			_, err := f.accounts.Secret(ctx, f.one, id, "token")
			return clean(err, secret.ErrUnsealable)
		}, 2 * oneRow},
		"history": {func(ctx context.Context) error {
			_, err := f.accounts.History(ctx, f.one, id, "", 50)
			return clean(err, account.ErrNotFound)
		}, 2 * oneRow},
		"default out": holder(account.Outgoing),
		"default in":  holder(account.Incoming),
		"verify":      verify(""),
		"verify one":  verify(id),
		"API key": {func(ctx context.Context) error {
			_, err := f.APIKeys().ByHash(ctx, sha256.Sum256([]byte("key")))
			return err
		}, oneRow},
		"webhook": {func(ctx context.Context) error {
			_, err := f.Candidates().Named(ctx, meta.Type, provider.Names{"phone_id": {"1", "2", "3"}, "business_id": {"4"}}, "app_secret")
			return clean(err, secret.ErrUnsealable)
		}, 8 * oneRow},
		"by what identifies": {func(ctx context.Context) error {
			_, err := f.accounts.Identified(ctx, f.one, meta.Type, "phone_id", "1", 50)
			return err
		}, 4 * oneRow},
		"first page":      list(account.Query{}),
		"later page":      list(account.Query{After: after}),
		"by status":       list(account.Query{Status: account.Active}),
		"by status later": list(account.Query{Status: account.Active, After: after}),
		"by type":         list(account.Query{Type: meta.Type}),
		"by type later":   list(account.Query{Type: meta.Type, After: after}),
		"by both":         list(account.Query{Type: meta.Type, Status: account.Active}),
		"by name":         list(account.Query{Name: middleName}),
		"by prefix":       list(account.Query{Prefix: "shop"}),
		"by prefix later": list(account.Query{Prefix: "shop", After: after}),
		// No account is both.
		"by both, and nobody fits":     list(account.Query{Type: "WASender", Status: "Inactive"}),
		"by prefix and status":         list(account.Query{Prefix: "shop", Status: account.Active}),
		"by prefix, and nobody fits":   list(account.Query{Prefix: "shop", Type: "WASender", Status: "Inactive"}),
		"later, and nobody fits":       list(account.Query{Type: "WASender", Status: "Inactive", After: after}),
		"by prefix later, nobody fits": list(account.Query{Prefix: "shop", Type: "WASender", Status: "Inactive", After: after}),
	}
}

// crowded is a database with 20,000 accounts in so many sites, which PostgreSQL has looked at. Of every five, so many are in the first site beforehand.
func crowded(t *testing.T, sites, first int) (f *fixture, id, name string) {
	t.Helper()
	f = onPostgres(t)
	f.one = siteOf(t, "s0")
	for _, statement := range []string{
		`INSERT INTO accounts (id, site, account_name, name_key, account_type, status, allow_auto_read_receipt, settings, secrets_set, created_at, updated_at)
			SELECT md5(n::text)::uuid, 's' || CASE WHEN n % 5 < ? THEN 0 ELSE n % ? END, 'Shop ' || n, 'shop ' || n, CASE n % 2 WHEN 0 THEN 'Meta' ELSE 'WASender' END,
			CASE WHEN n % 7 = 0 OR n % 2 = 1 THEN 'Active' ELSE 'Inactive' END, false, '{"phone_id":"1"}', '{}', now(), now() FROM generate_series(0, 19999) n`,
		`INSERT INTO account_secrets (account_id, field, slot, site, sealed, key_id, digest)
			SELECT id, field, 'current', site, '\x01', (SELECT key_id FROM sealing_keys), CASE field WHEN 'webhook_verify_token' THEN sha256(id::text::bytea) END
			FROM accounts, (VALUES ('token'), ('webhook_verify_token'), ('app_secret')) f (field)`,
		`INSERT INTO designations (site, direction, account_id) SELECT s, d, (SELECT id FROM accounts WHERE site = s ORDER BY id LIMIT 1)
			FROM (SELECT DISTINCT site FROM accounts) x (s), (VALUES ('outgoing'), ('incoming')) y (d)`,
		`INSERT INTO account_history (id, site, account_id, at, actor, action, changes, request_id) SELECT gen_random_uuid(), site, id, now(), 'x', 'created', '[]', 'x' FROM accounts`,
		`INSERT INTO api_keys (id, site, name, role, key_hash, hint, created_at) SELECT gen_random_uuid(), 's0', 'x', 'viewer', sha256(n::text::bytea), 'x', now() FROM generate_series(1, 5000) n`,
		`VACUUM ANALYZE`,
	} {
		var args []any
		if strings.Contains(statement, "?") {
			args = append(args, first, sites)
		}
		f.exec(statement, args...)
	}
	f.apiKey(f.one, "key")
	middle := f.rows("SELECT id::text, name_key FROM accounts WHERE site = 's0' ORDER BY id OFFSET (SELECT count(*) FROM accounts WHERE site = 's0') / 2 LIMIT 1")[0]
	return f, text(middle["id"]), text(middle["name_key"])
}

func TestHotQueriesOfPostgreSQLTouchLittle(t *testing.T) {
	t.Parallel()
	for what, shape := range map[string]struct{ sites, first int }{"few sites": {2, 0}, "many sites": {5000, 0}, "a big site and many small ones": {5000, 4}} {
		t.Run(what, func(t *testing.T) {
			t.Parallel()
			f, id, name := crowded(t, shape.sites, shape.first)
			f.addKey() // two keys, as during a rotation: verification then asks for two digests
			for what, q := range f.hot(id, name) {
				for _, s := range f.sent(func() { require.NoError(t, q.do(t.Context()), what) }) {
					plan := f.explain(s)
					require.NotRegexp(t, `Seq Scan on (accounts|account_\w+|api_keys)`, plan, what)
					if shape.sites > 2 {
						require.NotContains(t, plan, "Seq Scan", what)
					}
					require.LessOrEqual(t, buffers(t, plan), q.buffers, "%s\n%s", what, plan)
				}
			}
		})
	}
}

func TestPlansAreMadeOnceUnlessTheOperatorWantsOtherwise(t *testing.T) {
	t.Parallel()
	f := onPostgres(t)
	mode := func(f *fixture) string { return text(f.rows("SHOW plan_cache_mode")[0]["plan_cache_mode"]) }
	require.Equal(t, "force_generic_plan", mode(f))
	require.Equal(t, "off", text(f.rows("SHOW enable_seqscan")[0]["enable_seqscan"]))
	require.Equal(t, "off", text(f.rows("SHOW jit")[0]["jit"]), "a statement that must read a table whole is not worth compiling")
	address, err := url.Parse(f.options.URL)
	require.NoError(t, err)
	query := address.Query()
	query.Set("plan_cache_mode", "auto")
	address.RawQuery = query.Encode()
	require.Equal(t, "auto", mode(open(t, Options{URL: address.String()})))
}

// explain runs a statement by the plan that PostgreSQL settles on after some executions: made without a look at the parameters.
func (f *fixture) explain(s statement) string {
	f.Helper()
	conn, err := f.pool().Conn(f.Context())
	require.NoError(f, err)
	defer func() { require.NoError(f, conn.Close()) }()
	call := execute("hot", s)
	for _, statement := range []string{"SET plan_cache_mode = force_generic_plan", "PREPARE hot AS " + s.sql} {
		_, err = conn.ExecContext(f.Context(), statement)
		require.NoError(f, err, statement)
	}
	_ = linesOf(f, conn, "EXPLAIN ANALYZE "+call) // warms the catalogue
	plan := linesOf(f, conn, "EXPLAIN (ANALYZE, BUFFERS, TIMING OFF, SUMMARY OFF) "+call)
	_, err = conn.ExecContext(f.Context(), "DEALLOCATE hot")
	require.NoError(f, err)
	return plan
}

// execute runs what was prepared under a name, with the parameters of a statement.
func execute(name string, s statement) string {
	literals := make([]string, len(s.vars))
	for i, v := range s.vars {
		literals[i] = literal(v)
	}
	call := "EXECUTE " + name
	if len(literals) > 0 {
		call += "(" + strings.Join(literals, ", ") + ")"
	}
	return call
}

func linesOf(t testing.TB, conn *sql.Conn, query string) string {
	t.Helper()
	found, err := conn.QueryContext(t.Context(), query)
	require.NoError(t, err)
	defer func() { require.NoError(t, found.Close()) }()
	var lines []string
	for found.Next() {
		var line string
		require.NoError(t, found.Scan(&line))
		lines = append(lines, line)
	}
	require.NoError(t, found.Err())
	return strings.Join(lines, "\n")
}

func literal(v any) string {
	if v := reflect.Indirect(reflect.ValueOf(v)); v.Kind() == reflect.Slice && v.Type().Elem().Kind() != reflect.Uint8 {
		elements := make([]string, v.Len())
		for i := range elements {
			if elements[i] = literal(v.Index(i).Interface()); elements[i] != "NULL" {
				elements[i] = strconv.Quote(strings.Trim(elements[i], "'"))
			}
		}
		return "'{" + strings.Join(elements, ",") + "}'"
	}
	if v := reflect.ValueOf(v); v.Kind() == reflect.Pointer || v.Kind() == reflect.Slice {
		if v.IsNil() {
			return "NULL"
		}
		if v.Kind() == reflect.Pointer {
			return literal(v.Elem().Interface())
		}
	}
	switch v := v.(type) {
	case []byte:
		return `'\x` + hex.EncodeToString(v) + "'"
	case int, int64:
		return fmt.Sprint(v)
	case time.Time:
		return v.Format("'" + time.RFC3339Nano + "'")
	}
	return "'" + strings.ReplaceAll(fmt.Sprint(v), "'", "''") + "'"
}

var pages = regexp.MustCompile(`Buffers: shared (?:hit=(\d+))?(?: read=(\d+))?`)

// buffers is what the topmost node touched, and with it the whole plan.
func buffers(t testing.TB, plan string) (n int) {
	t.Helper()
	found := pages.FindStringSubmatch(plan)
	require.NotNil(t, found, plan)
	for _, count := range found[1:] {
		if count != "" {
			touched, err := strconv.Atoi(count)
			require.NoError(t, err)
			n += touched
		}
	}
	return n
}

func TestHotQueriesOfSQLiteScanNothing(t *testing.T) {
	t.Parallel()
	f := onSQLite(t)
	ask := f.meta("Shop 1")
	ask.IsDefaultOutgoing, ask.IsDefaultIncoming = new(true), new(true)
	a := f.create(f.one, ask)
	f.apiKey(f.one, "key")
	f.addKey()
	for what, q := range f.hot(a.ID, "shop 1") {
		for _, s := range f.sent(func() { require.NoError(t, q.do(t.Context()), what) }) {
			var plan []string
			for _, r := range f.rows("EXPLAIN QUERY PLAN "+s.sql, s.vars...) {
				plan = append(plan, text(r["detail"]))
			}
			require.NotEmpty(t, plan)
			for _, line := range plan {
				require.NotContains(t, line, "SCAN", "%s: %q", what, plan)
				require.NotContains(t, line, "TEMP B-TREE", "%s: %q", what, plan)
			}
			if strings.Contains(s.sql, "FROM account_identifiers i") {
				require.Contains(t, strings.Join(plan, "\n"), "(account_type=? AND field=? AND value=?)", "%s: %q", what, plan)
			}
			if strings.HasPrefix(what, "default") {
				require.Regexp(t, `^SEARCH d USING .*\(site=\? AND direction=\?\)`, plan[0], "begins at the designation: %q", plan)
			}
		}
	}
}

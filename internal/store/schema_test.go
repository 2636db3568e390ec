package store

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/ivendnext/whatsapp-accounts/internal/account"
	"github.com/ivendnext/whatsapp-accounts/internal/event"
)

// columns gives the columns of a table, and of each whether it may be null.
func (f *fixture) columns(table string) map[string]bool {
	f.Helper()
	query := `SELECT name, CASE "notnull" WHEN 0 THEN 'YES' ELSE 'NO' END AS nullable FROM pragma_table_xinfo(?)`
	if f.onPostgres() {
		query = "SELECT column_name AS name, is_nullable AS nullable FROM information_schema.columns WHERE table_schema = 'public' AND table_name = ?"
	}
	all := map[string]bool{}
	for _, r := range f.rows(query, table) {
		all[text(r["name"])] = text(r["nullable"]) == "YES"
	}
	return all
}

// parentheses stand in the predicates as PostgreSQL writes them.
var parentheses = strings.NewReplacer("(", "", ")", "")

// indexes gives the indexes of a table by name, those of constraints aside: the columns, whether it is unique and whether it is partial.
func (f *fixture) indexes(table string) map[string]string {
	f.Helper()
	query := "SELECT name, sql AS definition FROM sqlite_master WHERE type = 'index' AND sql IS NOT NULL AND tbl_name = ?"
	if f.onPostgres() {
		query = `SELECT indexname AS name, indexdef AS definition FROM pg_indexes WHERE schemaname = 'public' AND tablename = ?
			AND indexname NOT IN (SELECT conname FROM pg_constraint)`
	}
	tidy := strings.NewReplacer("public.", "", "USING btree ", "", "::text", "", " NULLS FIRST", "", " WITH (fillfactor='50')", "", `"position"`, "position")
	all := map[string]string{}
	for _, r := range f.rows(query, table) {
		columns, where, _ := strings.Cut(tidy.Replace(text(r["definition"])), " WHERE ")
		all[text(r["name"])] = columns + " " + parentheses.Replace(where)
	}
	return all
}

func TestBothDatabasesHaveTheSameTablesColumnsAndIndexes(t *testing.T) {
	t.Parallel()
	lite, pg := onSQLite(t), onPostgres(t)
	require.Equal(t, pg.tables(), lite.tables())
	for _, table := range pg.tables() {
		require.Equal(t, pg.columns(table), lite.columns(table), table)
		require.Equal(t, pg.indexes(table), lite.indexes(table), table)
	}
}

func TestBothDatabasesRefuseTheSameRows(t *testing.T) {
	onBoth(t, func(f *fixture) {
		a, b := f.create(f.one, f.meta("A")), f.create(f.two, f.meta("B"))
		id := newID()
		const history = "INSERT INTO account_history (id, site, account_id, at, actor, action, changes, request_id) VALUES (?, ?, ?, ?, 'x', 'x', '[]', 'x')"
		const job = "INSERT INTO jobs (id, queue, order_key, site, subject, attempt, last_error, created_at"
		f.append(f.one, event.MessageReceived, f.subscribe(f.one).ID)
		f.collected()
		const template = "INSERT INTO templates (id, site, account_id, account_type, home, label, name, language, category, content, status, reason, quality, provider_id, created_at, updated_at) " +
			"VALUES (?, ?, ?, 'Meta', ?, 'x', 'x', 'en', '', '{}', 'DRAFT', '', '', '', '2026-01-01T00:00:00Z', '2026-01-01T00:00:00Z')"
		const message = "INSERT INTO messages (id, site, account_id, reason, recipient_kind, recipient, type, reply_to, reference, if_unknown, status, attempts, timeline, created_at, updated_at) " +
			"VALUES (?, ?, ?, 'default', ?, ?, 'text', '', '', ?, ?, 0, '[]', '2026-01-01T00:00:00Z', '2026-01-01T00:00:00Z')"
		const bulkMessage = "INSERT INTO bulk_messages (id, site, title, template_id, account_id, reason, if_unknown, status, total, created_by, created_at, updated_at) " +
			"VALUES (?, ?, ?, '01900000-0000-7000-8000-000000000000', '01900000-0000-7000-8000-000000000000', 'account', ?, ?, 1, 'x', '2026-01-01T00:00:00Z', '2026-01-01T00:00:00Z')"
		const recipient = "INSERT INTO bulk_recipients (bulk_id, n, site, recipient, name, reference, composed) VALUES (?, 0, ?, ?, '', '', '{}')"
		refused := map[string]struct {
			statement string
			args      []any
		}{
			"account without a site":                 {"UPDATE accounts SET site = '' WHERE id = ?", []any{b.ID}},
			"account with another status":            {"UPDATE accounts SET status = 'Paused' WHERE id = ?", []any{a.ID}},
			"account that moves to another site":     {"UPDATE accounts SET site = 'two.example' WHERE id = ?", []any{a.ID}},
			"history without a site":                 {history, []any{id, "", a.ID, instant}},
			"designation of another site's account":  {"UPDATE designations SET account_id = ? WHERE site = 'one.example' AND direction = 'outgoing'", []any{b.ID}},
			"designation of nobody's account":        {"UPDATE designations SET account_id = ? WHERE site = 'one.example'", []any{id}},
			"second row of a site and direction":     {"INSERT INTO designations (site, direction) VALUES ('one.example', 'outgoing')", nil},
			"third direction":                        {"INSERT INTO designations (site, direction) VALUES ('one.example', 'sideways')", nil},
			"designation without a site":             {"INSERT INTO designations (site, direction) VALUES ('', 'outgoing')", nil},
			"secret of another site's account":       {"UPDATE account_secrets SET site = 'two.example' WHERE account_id = ?", []any{a.ID}},
			"secret in a third slot":                 {"UPDATE account_secrets SET slot = 'next' WHERE account_id = ?", []any{a.ID}},
			"replaced secret without an end":         {"UPDATE account_secrets SET slot = 'previous' WHERE account_id = ?", []any{a.ID}},
			"present secret with an end":             {"UPDATE account_secrets SET valid_until = ? WHERE account_id = ?", []any{instant, a.ID}},
			"identifier of another site's account":   {"UPDATE account_identifiers SET site = 'two.example' WHERE account_id = ?", []any{a.ID}},
			"API key of a role that does not exist":  {"INSERT INTO api_keys (id, site, name, role, key_hash, hint, created_at) VALUES (?, 'x', 'x', 'god', 'x', 'x', ?)", []any{id, instant}},
			"API key without a site":                 {"INSERT INTO api_keys (id, site, name, role, key_hash, hint, created_at) VALUES (?, '', 'x', 'viewer', 'x', 'x', ?)", []any{id, instant}},
			"job without a queue":                    {job + ") VALUES (?, '', '', 'x', 'x', 0, '', ?)", []any{id, instant}},
			"job without a site":                     {job + ") VALUES (?, 'x', '', '', 'x', 0, '', ?)", []any{id, instant}},
			"lease without an end":                   {job + ", lease) VALUES (?, 'x', '', 'x', 'x', 0, '', ?, ?)", []any{id, instant, id}},
			"lease of a job that waits":              {job + ", lease, leased_until, waits_until) VALUES (?, 'x', '', 'x', 'x', 0, '', ?, ?, ?, ?)", []any{id, instant, id, instant, instant}},
			"lease of a job that is parked":          {job + ", lease, leased_until, parked_at) VALUES (?, 'x', '', 'x', 'x', 0, '', ?, ?, ?, ?)", []any{id, instant, id, instant, instant}},
			"parked job that waits":                  {job + ", waits_until, parked_at) VALUES (?, 'x', '', 'x', 'x', 0, '', ?, ?, ?)", []any{id, instant, instant, instant}},
			"subscription without a site":            {"UPDATE subscriptions SET site = ''", nil},
			"subscription with another status":       {"UPDATE subscriptions SET status = 'paused'", nil},
			"subscription disabled since never":      {"UPDATE subscriptions SET status = 'disabled'", nil},
			"turn without an end":                    {"UPDATE subscriptions SET lease = ?", []any{id}},
			"signing secret of another site":         {"UPDATE subscription_secrets SET site = 'two.example'", nil},
			"signing secret in a third slot":         {"UPDATE subscription_secrets SET slot = 'next'", nil},
			"signing secret under an unknown key":    {"UPDATE subscription_secrets SET key_id = 1", nil},
			"pending delivery without a time":        {"UPDATE subscription_deliveries SET next_at = NULL", nil},
			"finished delivery that has a next time": {"UPDATE subscription_deliveries SET status = 'failed'", nil},
			"delivery of another site":               {"UPDATE subscription_deliveries SET site = 'two.example'", nil},
			"template without a site":                {template, []any{id, "", a.ID, "77"}},
			"template without a home":                {template, []any{id, "one.example", a.ID, ""}},
			"template of another site's account":     {template, []any{id, "one.example", b.ID, "77"}},
			"bulk message without a site":            {bulkMessage, []any{id, "", "Sale", "keep", "running"}},
			"bulk message without a title":           {bulkMessage, []any{id, "one.example", "", "keep", "running"}},
			"bulk message with another status":       {bulkMessage, []any{id, "one.example", "Sale", "keep", "stopped"}},
			"bulk message with another policy":       {bulkMessage, []any{id, "one.example", "Sale", "forget", "running"}},
			"recipient of no bulk message":           {recipient, []any{id, "one.example", "+971501234567"}},
			"recipient of another site's bulk":       {recipient, []any{f.bulk(f.two), "one.example", "+971501234567"}},
			"recipient without a number":             {recipient, []any{f.bulk(f.one), "one.example", ""}},
			"message without a site":                 {message, []any{id, "", a.ID, "phone", "+971501234567", "keep", "queued"}},
			"message to nobody":                      {message, []any{id, "one.example", a.ID, "phone", "", "keep", "queued"}},
			"message to another kind of recipient":   {message, []any{id, "one.example", a.ID, "pager", "+971501234567", "keep", "queued"}},
			"message with another status":            {message, []any{id, "one.example", a.ID, "phone", "+971501234567", "keep", "lost"}},
			"message with another policy":            {message, []any{id, "one.example", a.ID, "phone", "+971501234567", "forget", "queued"}},
			"pace of another site's account":         {"INSERT INTO message_pace (account_id, site, next_at) VALUES (?, 'one.example', 1)", []any{b.ID}},
			"pair of another site's account":         {"INSERT INTO message_pairs (account_id, recipient_kind, recipient, site, rest_at) VALUES (?, 'phone', '+971501234567', 'one.example', 1)", []any{b.ID}},
			"pair of nobody":                         {"INSERT INTO message_pairs (account_id, recipient_kind, recipient, site, rest_at) VALUES (?, 'phone', '', 'one.example', 1)", []any{a.ID}},
			"account of the same name":               {"UPDATE accounts SET site = 'one.example', name_key = 'a' WHERE id = ?", []any{b.ID}},
			"deletion of an account that is default": {"DELETE FROM accounts WHERE id = ?", []any{f.designated(a.ID)}},
		}
		f.unchanged(func() {
			for what, r := range refused {
				_, err := f.tryExec(r.statement, r.args...)
				require.Error(f, err, what)
			}
		})
	})
}

// designated makes the account default outgoing and gives its id.
func (f *fixture) designated(id string) string {
	f.Helper()
	return f.update(f.one, id, account.Change{IsDefaultOutgoing: new(true)}).ID
}

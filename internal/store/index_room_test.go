package store

import (
	"testing"

	"github.com/stretchr/testify/require"
)

// indexPages gives how many pages the indexes have in which a row that changes has a second entry beside the first.
func (f *fixture) indexPages() map[string]int64 {
	f.Helper()
	sizes := map[string]int64{}
	for _, name := range []string{"messages_pkey", "messages_by_age", "messages_of_account", "jobs_pkey"} {
		for _, r := range f.rows("SELECT pg_relation_size(to_regclass(?)) / current_setting('block_size')::bigint AS pages", name) {
			sizes[name], _ = r["pages"].(int64)
		}
		require.Positive(f, sizes[name], name)
	}
	return sizes
}

// In one transaction, in which no entry is of a version that is gone.
func TestASecondEntryOfAMessageOrAJobFindsRoomInThePageOfTheFirst(t *testing.T) {
	t.Parallel()
	f := onPostgres(t)
	a := f.create(f.one, f.meta("A"))
	f.exec(`INSERT INTO messages (id, site, account_id, reason, recipient_kind, recipient, type, reply_to, reference, if_unknown, status, attempts, timeline, created_at, updated_at)
		SELECT lpad(to_hex(n), 32, '0')::uuid, 'one.example', ?::uuid, 'default', 'phone', '+97150' || lpad(n::text, 7, '0'), 'text', '', '', 'keep', 'queued', 0, '[]', now(), now()
		FROM generate_series(1, 5000) n`, a.ID)
	f.exec(`INSERT INTO jobs (id, queue, order_key, site, subject, attempt, last_error, created_at)
		SELECT lpad(to_hex(n), 32, '0')::uuid, 'messages', '', 'one.example', n, 0, '', now() FROM generate_series(1, 5000) n`)
	before := f.indexPages()
	f.exec("UPDATE messages SET status = 'accepted', provider_id = 'wamid.' || id")
	f.exec("UPDATE jobs SET lease = id, leased_until = now()")
	for name, after := range f.indexPages() {
		require.LessOrEqual(t, after, before[name]+before[name]/10, name)
	}
}

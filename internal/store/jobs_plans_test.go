package store

import (
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/ivendnext/whatsapp-accounts/internal/queue"
)

// backlogs are what a queue may be full of: 100,000 jobs each, and what claiming from it costs at most, in pages of PostgreSQL.
var backlogs = map[string]string{
	"parked":            "UPDATE jobs SET parked_at = now()",
	"future":            "UPDATE jobs SET waits_until = '2100-01-01'",
	"due without order": "UPDATE jobs SET order_key = ''",
	"due of one key":    "UPDATE jobs SET order_key = 'a'",
	"due of many keys":  "SELECT 1",
	"of another queue":  "UPDATE jobs SET queue = 'other', order_key = ''",
	"of another site":   "UPDATE jobs SET site = 'two.example', parked_at = now()",
	"parked of one key": "UPDATE jobs SET order_key = 'a', parked_at = now()",
	"due loose":         "UPDATE jobs SET order_key = '', waits_until = '2020-01-01'",
	"future loose":      "UPDATE jobs SET order_key = '', waits_until = '2100-01-01'",
	"due keyed":         "UPDATE jobs SET waits_until = '2020-01-01'",
	"future of one key": "UPDATE jobs SET order_key = 'a', waits_until = '2100-01-01'",
}

// backlog fills the queue with jobs of as many keys and brings them into a state.
func (f *fixture) backlog(jobs int, state string) {
	f.Helper()
	fill := `INSERT INTO jobs (id, queue, order_key, site, subject, attempt, last_error, created_at) SELECT
		lpad(to_hex(n), 32, '0')::uuid, 'work', 'k' || n, 'one.example', 'x', 0, '', now() FROM generate_series(1, ?::int) n`
	if !f.onPostgres() {
		fill = `INSERT INTO jobs (id, queue, order_key, site, subject, attempt, last_error, created_at)
			WITH RECURSIVE s (n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM s WHERE n < ?) SELECT printf('%08x-0000-7000-8000-000000000000', n), 'work', 'k' || n, 'one.example', 'x', 0, '', '2026-01-01' FROM s`
		state = strings.ReplaceAll(state, "now()", "'2026-01-01'")
	}
	f.exec(fill, jobs)
	f.exec(state)
	f.exec("ANALYZE jobs")
}

// passThrough is the way of some jobs through a queue that is full.
func (f *fixture) passThrough() {
	f.Helper()
	ctx, s := f.Context(), f.Jobs()
	f.enqueue("0", "0", "1", "-", "-")
	f.enqueueAt(instant.Add(time.Second), "2")
	f.clock.advance(time.Second)
	runs := f.runs(queue.Want{Runs: 4, Each: 2, After: "k5"})
	require.NotEmpty(f, runs)
	for i, run := range runs {
		require.NoError(f, s.Extend(ctx, lease, run...))
		if i%2 == 0 {
			require.NoError(f, s.Finish(ctx, run...))
		}
	}
	f.clock.advance(lease)
	f.runs(queue.Want{Runs: 4, Each: 2})
	_, _, err := s.Next(ctx, work)
	require.NoError(f, err)
	_, err = s.Parked(ctx, f.one, work, "", 10)
	require.NoError(f, err)
}

// perStatement is the most pages that one statement on jobs may touch, whatever the queue is full of.
const perStatement = 150

func TestClaimingOnPostgreSQLTouchesLittleWhateverTheQueueIsFullOf(t *testing.T) {
	t.Parallel()
	for what, state := range backlogs {
		t.Run(what, func(t *testing.T) {
			t.Parallel()
			f := onPostgres(t)
			f.backlog(30_000, state)
			f.exec("VACUUM ANALYZE jobs")
			for _, s := range f.sent(f.passThrough) {
				s.sql = strings.TrimSuffix(s.sql, " FOR UPDATE SKIP LOCKED")
				plan := f.explain(s)
				require.NotContains(t, plan, "Seq Scan on jobs", s.sql)
				require.LessOrEqual(t, buffers(t, plan), perStatement, "%s\n%s", s.sql, plan)
			}
		})
	}
}

func TestClaimingOnSQLiteScansNoJobs(t *testing.T) {
	t.Parallel()
	for what, state := range backlogs {
		t.Run(what, func(t *testing.T) {
			t.Parallel()
			f := onSQLite(t)
			f.backlog(1000, state)
			for _, s := range f.sent(f.passThrough) {
				for _, r := range f.rows("EXPLAIN QUERY PLAN "+s.sql, s.vars...) {
					require.NotRegexp(t, `SCAN (t|j|l|d|jobs)\b`, text(r["detail"]), "%s", s.sql[:40])
					require.NotContains(t, text(r["detail"]), "TEMP B-TREE", s.sql)
				}
			}
		})
	}
}

// quickest is the least that looking for keys takes, of several times.
func (f *fixture) quickest() time.Duration {
	f.Helper()
	least := time.Hour
	for range 10 {
		begun := time.Now()
		found, err := f.Jobs().heads(f.Context(), work, "", 8)
		least = min(least, time.Since(begun))
		require.NoError(f, err)
		require.Len(f, found, 8)
	}
	return least
}

func TestLookingForKeysStopsWhenItHasFoundEnough(t *testing.T) {
	onBoth(t, func(f *fixture) {
		f.backlog(100, "SELECT 1")
		few := f.quickest()
		f.exec("DELETE FROM jobs")
		f.backlog(50_000, "SELECT 1")
		require.Less(f, f.quickest(), 50*few, "going through all of them takes some hundred times as long")
	})
}

package store

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/ivendnext/whatsapp-accounts/internal/event"
	"github.com/ivendnext/whatsapp-accounts/internal/site"
)

// crowdedRounds is a database with 5,000 subscriptions that have nothing to do: in a site each or in one, each with a delivery that waits for its time, and
// many of them with one that was due before they were paused.
func (f *fixture) crowdedRounds(of string) {
	f.Helper()
	f.exec("INSERT INTO event_feeds (site, last) SELECT DISTINCT " + of + ", 7 FROM generate_series(1, 5000) n")
	f.exec(`INSERT INTO subscriptions (id, site, url, event_types, description, status, disabled_reason, secret_set_at, created_at, updated_at, position, failures, pauses, paused_until, served_at)
		SELECT md5(n::text)::uuid, ` + of + `, 'https://hooks.example.com', '[]', '', 'enabled', '', now(), now(), now(), 7, 0, 0, CASE n % 5 WHEN 0 THEN timestamptz '2100-01-01' END, '2026-01-01' FROM generate_series(1, 5000) n`)
	f.exec(`INSERT INTO subscription_deliveries (id, site, subscription_id, event_id, event_type, status, tries, attempts, next_at, created_at)
		SELECT gen_random_uuid(), ` + of + `, md5(n::text)::uuid, gen_random_uuid(), 'message.received', 'pending', 0, '[]', at, now()
		FROM generate_series(1, 5000) n, (VALUES (timestamptz '2100-01-01'), (timestamptz '2026-01-01')) v (at) WHERE n % 5 = 0 OR at = '2100-01-01'`)
	f.exec("VACUUM ANALYZE")
}

// inTwoSites has something for a subscriber to do in the first site, and nothing in the second, and looks for it there.
func (f *fixture) inTwoSites() []statement {
	f.Helper()
	f.append(f.one, event.MessageReceived, "a")
	asked := f.sent(func() {
		turns, err := f.Subscriptions().Claim(f.Context(), 10, turnLease, f.one, f.two)
		require.NoError(f, err)
		require.Len(f, turns, 1)
		require.NoError(f, f.Subscriptions().Release(f.Context(), turns[0]))
	})
	require.Len(f, asked, 2, "a look without a lock, and one with it")
	return asked
}

// A courier is woken with every event. A plan is made once, be the table empty then or full.
func TestClaimingWhatOneWasWokenForTouchesNoOtherSubscription(t *testing.T) {
	t.Parallel()
	for what, of := range map[string]string{"nobody": "", "a site each": "'s' || n", "one site": "'s' || n % 1"} {
		t.Run(what, func(t *testing.T) {
			t.Parallel()
			f := onPostgres(t)
			f.subscribe(f.one)
			if of != "" {
				f.crowdedRounds(of)
			} else {
				f.exec("VACUUM ANALYZE")
			}
			for _, s := range f.inTwoSites() {
				s.sql = strings.TrimSuffix(s.sql, " FOR UPDATE SKIP LOCKED")
				plan := f.explain(s)
				require.NotContains(t, plan, "Seq Scan", s.sql)
				require.Contains(t, plan, "subscriptions_of_site", s.sql)
				require.LessOrEqual(t, buffers(t, plan), oneRow, "%s\n%s", s.sql, plan)
			}
		})
	}
}

func TestClaimingWhatOneWasWokenForScansNothingOnSQLite(t *testing.T) {
	t.Parallel()
	f := onSQLite(t)
	f.subscribe(f.one)
	for _, s := range f.inTwoSites() {
		for _, r := range f.rows("EXPLAIN QUERY PLAN "+s.sql, s.vars...) {
			require.NotRegexp(t, `SCAN (subscriptions|f|d)\b`, text(r["detail"]), s.sql)
		}
	}
}

// The poll looks at each subscription that is enabled, of which it costs some pages, and at none of the deliveries but the first of each.
func TestClaimingEverywhereTouchesEachSubscriptionOnceWhateverIsPending(t *testing.T) {
	t.Parallel()
	f := onPostgres(t)
	f.crowdedRounds("'s' || n")
	asked := f.sent(func() { require.Empty(t, f.turns(10)) })
	require.Len(t, asked, 1)
	for _, s := range asked {
		plan := f.explain(s)
		require.NotContains(t, plan, "Seq Scan", s.sql)
		require.NotContains(t, plan, "hashed", s.sql)
		require.LessOrEqual(t, buffers(t, plan), 8*5000, "%s\n%s", s.sql, plan)
	}
}

func TestClaimOfSitesIsOfThemOnly(t *testing.T) {
	onBoth(t, func(f *fixture) {
		one, two := f.subscribe(f.one), f.subscribe(f.two)
		f.append(f.one, event.MessageReceived, "a")
		f.append(f.two, event.MessageReceived, "a")
		claimed := func(in ...site.Site) (ids []string) {
			turns, err := f.Subscriptions().Claim(f.Context(), 10, turnLease, in...)
			require.NoError(f, err)
			for _, t := range turns {
				require.NoError(f, f.Subscriptions().Release(f.Context(), t))
				ids = append(ids, t.SubscriptionID)
			}
			return ids
		}
		require.Equal(f, []string{one.ID}, claimed(f.one))
		require.Equal(f, []string{two.ID}, claimed(f.two))
		require.Empty(f, claimed(siteOf(f, "three.example")))
		require.ElementsMatch(f, []string{one.ID, two.ID}, claimed(f.one, f.two, siteOf(f, "three.example")))
		require.ElementsMatch(f, []string{one.ID, two.ID}, claimed())
	})
}

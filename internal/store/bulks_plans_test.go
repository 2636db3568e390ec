package store

import (
	"context"
	"errors"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/ivendnext/whatsapp-accounts/internal/bulk"
	"github.com/ivendnext/whatsapp-accounts/internal/message"
)

// errUndone undoes a transaction that a test only wanted to look at.
var errUndone = errors.New("undone")

// crowdedBulk is a bulk of 40,000 recipients of which most have become messages, beside as many of another one, and gives its id.
func (f *fixture) crowdedBulk() string {
	f.Helper()
	id, other := f.bulk(f.one), f.bulk(f.one)
	f.exec(`INSERT INTO messages (id, site, account_id, reason, bulk_id, recipient_kind, recipient, type, reply_to, reference, if_unknown, status, attempts, timeline, created_at, updated_at)
		SELECT gen_random_uuid(), 'one.example', md5('a')::uuid, 'template', CASE n % 2 WHEN 0 THEN ?::uuid ELSE ?::uuid END, 'phone', '+97150' || n, 'template', '', '', 'keep',
		CASE WHEN n % 7 = 0 THEN 'failed' WHEN n % 50 < 2 THEN 'queued' ELSE 'delivered' END, CASE WHEN n > 59000 THEN 0 ELSE 1 END, '[]', now(), '2026-01-01' FROM generate_series(1, 60000) n`, id, other)
	f.exec(`INSERT INTO bulk_recipients (bulk_id, n, site, recipient, name, reference, composed)
		SELECT CASE n % 2 WHEN 0 THEN ?::uuid ELSE ?::uuid END, n, 'one.example', '+97151' || n, '', '', '{}' FROM generate_series(10, 20000) n`, id, other)
	f.exec("VACUUM ANALYZE messages")
	f.exec("VACUUM ANALYZE bulk_recipients")
	return id
}

// TestATurnOfABulkTouchesLittleHoweverLargeItIs holds each statement of a turn, and of the requests about a bulk, to the pages that it may touch.
func TestATurnOfABulkTouchesLittleHoweverLargeItIs(t *testing.T) {
	t.Parallel()
	f := onPostgres(t)
	id, s := f.crowdedBulk(), f.Bulks()
	again := bulk.Retry{Before: f.clock.now()}
	const turn, some, all = 1500, 50, 30_000 // counting looks at each message of the bulk, and at no other
	for what, c := range map[string]struct {
		pages int
		do    func(ctx context.Context) error
	}{
		"those that wait": {turn, func(ctx context.Context) error { _, err := s.Fresh(ctx, f.one, id, bulk.Retry{}, 400); return err }},
		"the next ones":   {turn, func(ctx context.Context) error { _, err := s.Take(ctx, f.one, id, 200); return err }},
		"the failed ones": {turn, func(ctx context.Context) error {
			_, err := s.some(f.one, s.failed(ctx, f.one, id, again).Order(oldest).Limit(200))
			return err
		}},
		"the queued ones": {turn, func(ctx context.Context) error {
			_, err := s.some(f.one, inStatus(s.of(ctx, f.one, id), message.Queued).Order(oldest).Limit(200))
			return err
		}},
		"a page of its messages": {some + 200, func(ctx context.Context) error {
			_, err := f.Messages().List(ctx, f.one, message.Query{BulkID: id, Status: message.Failed, Limit: 50})
			return err
		}},
		"a page of all of its messages": {some + 200, func(ctx context.Context) error {
			_, err := f.Messages().List(ctx, f.one, message.Query{BulkID: id, Limit: 50})
			return err
		}},
		"a page of those that nobody read": {some, func(ctx context.Context) error {
			_, err := f.Messages().List(ctx, f.one, message.Query{BulkID: id, Status: message.Read, Limit: 50})
			return err
		}},
		"a page of bulks": {some, func(ctx context.Context) error { _, err := s.List(ctx, f.one, bulk.Query{Limit: 50}); return err }},
		"its counts":      {all, func(ctx context.Context) error { _, err := s.Get(ctx, f.one, id); return err }},
	} {
		sent := f.sent(func() {
			require.ErrorIs(t, f.Transact(t.Context(), func(ctx context.Context) error { return errors.Join(c.do(ctx), errUndone) }), errUndone)
		})
		require.NotEmpty(t, sent, what)
		for _, statement := range sent {
			if strings.HasPrefix(statement.sql, "DELETE") {
				continue // it would be executed
			}
			plan := f.explain(statement)
			require.NotContains(t, plan, "Seq Scan", "%s\n%s", what, plan)
			require.LessOrEqual(t, buffers(t, plan), c.pages, "%s\n%s", what, plan)
			require.NotContains(t, plan, "messages_to_purge", what)
		}
	}
}

package store

import (
	"context"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/ivendnext/whatsapp-accounts/internal/message"
	"github.com/ivendnext/whatsapp-accounts/internal/webhook"
)

// manyMessages fills the table with 20,000 messages of one site and account, each sent to a recipient of its own.
func (f *fixture) manyMessages(accountID string) {
	f.Helper()
	f.exec(`INSERT INTO messages (id, site, account_id, reason, recipient_kind, recipient, type, reply_to, reference, if_unknown, status, provider_id, attempts, timeline, created_at, updated_at)
		SELECT lpad(to_hex(n), 32, '0')::uuid, 'one.example', ?::uuid, 'default', 'phone', '+97150' || n, 'text', '', 'order-' || n, 'keep',
		CASE n % 3 WHEN 0 THEN 'read' ELSE 'delivered' END, 'wamid.' || n, 1, '[]', now(), now() FROM generate_series(1, 20000) n`, accountID)
	f.exec("VACUUM ANALYZE")
}

func TestQueriesOfMessagesTouchLittleHoweverManyThereAre(t *testing.T) {
	t.Parallel()
	f := onPostgres(t)
	a := f.create(f.one, f.meta("A"))
	f.manyMessages(a.ID)
	const middle = "00000000-0000-0000-0000-000000002000"
	list := func(q message.Query) func(context.Context) error {
		q.Limit = 50
		return func(ctx context.Context) error { _, err := f.Messages().List(ctx, f.one, q); return err }
	}
	for what, do := range map[string]func(context.Context) error{
		"get":                    func(ctx context.Context) error { _, err := f.Messages().Get(ctx, f.one, middle); return err },
		"first page":             list(message.Query{}),
		"later page":             list(message.Query{After: middle}),
		"by status":              list(message.Query{Status: message.Read, After: middle}),
		"by a status nobody has": list(message.Query{Status: message.Queued}),
		"by account":             list(message.Query{AccountID: a.ID, After: middle}),
		"by recipient":           list(message.Query{To: "+9715077"}),
		"by reference":           list(message.Query{Reference: "order-77"}),
		"purge": func(ctx context.Context) error {
			_, err := f.Messages().Purge(ctx, instant.Add(-time.Hour))
			return err
		},
		"a status":             f.settling(a.ID, webhook.StateChange{MessageID: "wamid.77", State: "sent"}),
		"a status with our id": f.settling(a.ID, webhook.StateChange{MessageID: "wamid.x", Ref: middle, State: "sent"}),
	} {
		for _, s := range f.sent(func() { require.NoError(t, do(t.Context()), what) }) {
			plan := f.explain(s)
			require.NotContains(t, plan, "Seq Scan", what)
			require.LessOrEqual(t, buffers(t, plan), onePage, "%s\n%s", what, plan)
		}
	}
}

// settling takes over a status, as the handling of a webhook does.
func (f *fixture) settling(accountID string, c webhook.StateChange) func(context.Context) error {
	return func(ctx context.Context) error {
		return f.Transact(ctx, func(ctx context.Context) error {
			_, err := f.Books().Settle(ctx, webhook.Party{AccountID: accountID, Site: f.one}, []webhook.StateChange{c})
			return err
		})
	}
}

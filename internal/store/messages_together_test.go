package store

import (
	"context"
	"database/sql"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/ivendnext/whatsapp-accounts/internal/message"
)

// sending is what is asked and written for some messages that are sent together.
func (f *fixture) sending(some []message.Message) {
	f.Helper()
	ids, places := make([]string, len(some)), []message.Places{{AccountID: some[0].AccountID, N: 1, Apart: time.Millisecond}, {AccountID: f.create(f.one, f.meta("B")).ID, N: 1}}
	for i, m := range some {
		ids[i] = m.ID
	}
	found, err := f.Messages().GetAll(f.Context(), f.one, ids...)
	require.NoError(f, err)
	require.Len(f, found, len(some))
	_, err = f.accounts.GetAll(f.Context(), f.one, some[0].AccountID)
	require.NoError(f, err)
	_, err = f.Messages().Reserve(f.Context(), f.one, places...)
	require.NoError(f, err)
	begun, err := f.Messages().Begin(f.Context(), f.one, some, started)
	require.NoError(f, err)
	require.NoError(f, f.Transact(f.Context(), func(ctx context.Context) error {
		for _, m := range begun {
			end := func(m message.Message) message.Message {
				m.ProviderID = "wamid." + m.ID
				return stepped(m, message.Accepted)
			}
			if err := f.Messages().Conclude(ctx, f.one, m, end); err != nil {
				return err
			}
		}
		return nil
	}))
}

// A plan is made once in a connection. One that was made while the table of messages was empty must not read all messages of a site when there are many.
func TestWhatIsSentTogetherIsFoundByItsIDsThoughThePlansWereMadeWhenThereWasNothing(t *testing.T) {
	t.Parallel()
	f := onPostgres(t)
	a := f.create(f.one, f.meta("A"))
	some := []message.Message{f.keepMessage(f.message(a, "+971501234567")), f.keepMessage(f.message(a, "+971501234568"))}
	all := f.sent(func() { f.sending(some) })
	f.exec("DELETE FROM messages")
	f.exec("VACUUM ANALYZE")
	conn, err := f.pool().Conn(t.Context())
	require.NoError(t, err)
	defer func() { require.NoError(t, conn.Close()) }()
	calls := map[string]statement{}
	for i, s := range all {
		if strings.Contains(s.sql, "messages") {
			calls[fmt.Sprintf("hot%d", i)] = s
			f.prepare(conn, fmt.Sprintf("hot%d", i), s)
		}
	}
	require.GreaterOrEqual(t, len(calls), 3)
	f.exec(`INSERT INTO messages (id, site, account_id, reason, recipient_kind, recipient, type, reply_to, reference, if_unknown, status, attempts, timeline, created_at, updated_at)
		SELECT gen_random_uuid(), 'one.example', ?::uuid, 'default', 'phone', '+97150' || n, 'text', '', '', 'keep', 'queued', 0, '[]', now(), now() FROM generate_series(1, 20000) n`, a.ID)
	for name, s := range calls {
		plan := linesOf(t, conn, "EXPLAIN (ANALYZE, BUFFERS, TIMING OFF, SUMMARY OFF) "+execute(name, s))
		require.NotContains(t, plan, "Seq Scan", s.sql)
		require.LessOrEqual(t, buffers(t, plan), 2*oneRow, "%s\n%s", s.sql, plan)
	}
}

// prepare has a connection plan a statement as those of the pool do.
func (f *fixture) prepare(conn *sql.Conn, name string, s statement) {
	f.Helper()
	for _, statement := range []string{"PREPARE " + name + " AS " + s.sql, execute(name, s)} {
		_, err := conn.ExecContext(f.Context(), statement)
		require.NoError(f, err, statement)
	}
}

// Statements that have one text for any number of messages are prepared once by each connection.
func TestWhatIsAskedForSomeMessagesHasTheSameTextForMore(t *testing.T) {
	t.Parallel()
	f := onPostgres(t)
	a := f.create(f.one, f.meta("A"))
	texts := func(n int) map[string]bool {
		some, texts := make([]message.Message, n), map[string]bool{}
		for i := range some {
			some[i] = f.keepMessage(f.message(a, fmt.Sprintf("+97150123456%d", i)))
		}
		for _, s := range f.sent(func() { f.sending(some) }) {
			texts[s.sql] = true
		}
		return texts
	}
	two := texts(2)
	f.exec("DELETE FROM accounts WHERE account_name = 'B'")
	require.Equal(t, two, texts(5))
}

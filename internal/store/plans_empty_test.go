package store

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// PostgreSQL plans each statement once in a connection. A queue is empty most of the time, and a plan for an empty table reads it from its first page to its
// last: that plan would still be there in the burst that fills the table, until it is analysed.
func TestPlansThatAreMadeWhileAQueueIsEmptyDoNotReadItWhole(t *testing.T) {
	t.Parallel()
	i := onPostgres(t).inbox()
	i.number(i.one, "305", "204", "key")
	i.exec("VACUUM ANALYZE")
	all := i.sent(func() {
		i.passThrough()
		require.NoError(t, i.post(textFor("305", "204", "wamid.1"), "key"))
		_, err := i.Receipts().Small(i.Context(), []string{newID(), newID()})
		require.NoError(t, err)
		i.work()
	})
	for _, s := range all {
		s.sql = strings.TrimSuffix(s.sql, " FOR UPDATE SKIP LOCKED")
		require.NotContains(t, i.explain(s), "Seq Scan", s.sql)
	}
}

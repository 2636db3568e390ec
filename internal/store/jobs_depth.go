package store

import (
	"context"
	"fmt"
	"strings"

	"github.com/ivendnext/whatsapp-accounts/internal/queue"
)

// depthQuery counts every state in one statement, so that a job that changes its state meanwhile is counted once. The predicates are those of the indexes;
// the quotes keep GORM from taking a column for the table.
func depthQuery() string {
	counted := func(state string) string {
		return fmt.Sprintf("(SELECT count(*) FROM (SELECT 1 FROM jobs WHERE queue = ? AND %s LIMIT %d) AS some_of)", state, queue.DepthLimit)
	}
	counts := []string{
		counted(ready) + ` AS "ready"`, counted(waitsKeyed) + " + " + counted(waitsLoose) + ` AS "waiting"`, counted("lease IS NOT NULL") + ` AS "leased"`,
		counted("parked_at IS NOT NULL") + ` AS "parked"`,
	}
	return "(SELECT " + strings.Join(counts, ", ") + ") AS depth"
}

// Depth implements queue.Store.
func (s *Jobs) Depth(ctx context.Context, of string) (d queue.Depth, err error) {
	err = s.all(ctx).Table(depthQuery(), of, of, of, of, of).Take(&d).Error
	d.Waiting = min(d.Waiting, queue.DepthLimit)
	return d, s.db.classify(ctx, err)
}

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
	counts := make([]string, 0, 4)
	for _, state := range [][2]string{
		{"ready", ready}, {"waiting", "waits_until IS NOT NULL"}, {"leased", "lease IS NOT NULL"}, {"parked", "parked_at IS NOT NULL"},
	} {
		counts = append(counts, fmt.Sprintf("(SELECT count(*) FROM (SELECT 1 FROM jobs WHERE queue = ? AND %s LIMIT %d) AS some_of) AS %q", state[1], queue.DepthLimit, state[0]))
	}
	return "(SELECT " + strings.Join(counts, ", ") + ") AS depth"
}

// Depth implements queue.Store.
func (s *Jobs) Depth(ctx context.Context, of string) (d queue.Depth, err error) {
	err = s.all(ctx).Table(depthQuery(), of, of, of, of).Take(&d).Error
	return d, s.db.classify(ctx, err)
}

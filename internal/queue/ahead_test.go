package queue_test

import (
	"context"
	"errors"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/ivendnext/whatsapp-accounts/internal/queue"
)

// asked is what handlers read ahead, and were given.
type asked struct {
	mu    sync.Mutex
	reads [][]string
	given map[string]string // by the subject of who was given it
	fails error
}

func (a *asked) read(_ context.Context, subjects []string) (string, error) {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.reads = append(a.reads, slices.Clone(subjects))
	return strings.Join(subjects, " "), a.fails
}

// asking is a handler that reads ahead and then does what another does.
func (a *asked) asking(d *desk, h queue.Handler) queue.Handler {
	a.given = map[string]string{}
	return func(ctx context.Context, j queue.Job) (func(context.Context) error, error) {
		found, err := queue.Ahead(ctx, a.read)
		assert.Equal(d, a.fails, err)
		a.mu.Lock()
		a.given[j.Subject] = found
		a.mu.Unlock()
		return h(ctx, j)
	}
}

func TestHandlersOfABatchReadOnceForAllOfIt(t *testing.T) {
	onBoth(t, func(d *desk) {
		var a asked
		c := d.config()
		c.Workers, c.Batch, c.Each = 1, 3, 5
		d.enqueue("a1", "a2", "a3", "a4", "a5", "b1")
		w := d.run(c, a.asking(d, d.does))
		d.until(queue.Depth{})
		w.stop()
		require.ElementsMatch(d, [][]string{{"a1", "a2", "a3"}, {"a4", "a5"}}, a.reads)
		require.Equal(d, map[string]string{"a1": "a1 a2 a3", "a2": "a1 a2 a3", "a3": "a1 a2 a3", "a4": "a4 a5", "a5": "a4 a5", "b1": ""}, a.given, "one that is alone reads for itself")
	})
}

func TestWhatCannotBeReadAheadIsAskedForOnceAndToldToEachHandler(t *testing.T) {
	onBoth(t, func(d *desk) {
		a := asked{fails: errors.New("away")}
		d.enqueue("a1", "a2")
		w := d.run(d.config(), a.asking(d, d.does))
		d.until(queue.Depth{})
		w.stop()
		require.Len(d, a.reads, 1)
		require.Len(d, a.given, 2)
		require.ElementsMatch(d, []string{"a1", "a2"}, d.done())
	})
}

func TestOutsideOfABatchNothingIsReadAhead(t *testing.T) {
	t.Parallel()
	var a asked
	found, err := queue.Ahead(t.Context(), a.read)
	require.NoError(t, err)
	require.Empty(t, found)
	require.Empty(t, a.reads)
}

package app

import (
	"context"
	"log/slog"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/ivendnext/whatsapp-accounts/internal/pgtest"
	"github.com/ivendnext/whatsapp-accounts/internal/provider/meta"
	"github.com/ivendnext/whatsapp-accounts/internal/queue"
	"github.com/ivendnext/whatsapp-accounts/internal/site"
	"github.com/ivendnext/whatsapp-accounts/internal/store"
	"github.com/ivendnext/whatsapp-accounts/internal/storetest"
	"github.com/ivendnext/whatsapp-accounts/internal/webhook"
)

func TestMain(m *testing.M) { pgtest.Main(m) }

// desk is a database with receipts of one account to be handled.
type desk struct {
	*store.DB
	party  webhook.Party
	bodies map[string]string // by the ids of the receipts
}

// receiving keeps a receipt of each body.
func receiving(t *testing.T, o store.Options, bodies ...string) desk {
	t.Helper()
	o.MaxConns, o.Log, o.Now, o.NewID = 4, quiet(), Now, NewID
	db, err := store.Open(t.Context(), o)
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, db.Close()) })
	home, err := site.Named("one.example")
	require.NoError(t, err)
	d := desk{db, webhook.Party{AccountID: NewID(), Site: home}, map[string]string{}}
	for _, body := range bodies {
		r := webhook.Receipt{ID: NewID(), Type: meta.Type, Proved: []webhook.Party{d.party}, Body: []byte(body), ReceivedAt: Now()}
		_, err := db.Receipts().Keep(t.Context(), []webhook.Receipt{r})
		require.NoError(t, err)
		d.bodies[r.ID] = body
	}
	return d
}

// handle has a worker handle what is there, until so many are handled.
func (d desk) handle(t *testing.T, handled *sync.WaitGroup, h queue.Handler) {
	t.Helper()
	w := queue.NewWorker(d.Jobs(), queue.Config{Queue: webhook.Queue, Batch: 50, PollEvery: time.Hour, Now: Now, Log: slog.New(slog.DiscardHandler)}, h)
	ctx, stop := context.WithCancel(t.Context())
	var over sync.WaitGroup
	over.Go(func() { w.Run(ctx) })
	handled.Wait()
	stop()
	over.Wait()
}

// TestReceiptsOfABatchAreAsIfEachWereReadAlone has one that is too large to be read with others, and one that is gone.
func TestReceiptsOfABatchAreAsIfEachWereReadAlone(t *testing.T) {
	storetest.OnBoth(t, func(t *testing.T, o store.Options) {
		t.Helper()
		d := receiving(t, o, `{"n":1}`, strings.Repeat("x", 100_000), `{"n":2}`)
		gone := queue.New{Queue: webhook.Queue, OrderKey: d.party.AccountID, Site: d.party.Site, Subject: NewID()}
		require.NoError(t, d.Jobs().Enqueue(t.Context(), gone))
		var handled sync.WaitGroup
		handled.Add(4)
		receipts, asked := readAhead{d.Receipts()}, 0
		d.handle(t, &handled, func(ctx context.Context, j queue.Job) (func(context.Context) error, error) {
			defer handled.Done()
			alone, want := d.Receipts().Receipt(ctx, j.Subject)
			r, err := receipts.Receipt(ctx, j.Subject)
			if asked++; asked == 1 {
				read, err := queue.Ahead(ctx, d.Receipts().Small)
				if assert.NoError(t, err) {
					assert.Len(t, read, 2, "the small ones, by the first handler for all")
				}
			}
			assert.Equal(t, want, err)
			assert.Equal(t, alone, r)
			assert.Equal(t, d.bodies[j.Subject], string(r.Body))
			return nil, nil
		})
	})
}

func TestOfLargeReceiptsOneIsHeldUntilItIsCommitted(t *testing.T) {
	storetest.OnBoth(t, func(t *testing.T, o store.Options) {
		t.Helper()
		large := func(of string) string { return strings.Repeat(of, 3<<20) }
		d := receiving(t, o, large("a"), "small", large("b"), large("c"), strings.Repeat("d", 100_000), "small too")
		var handled sync.WaitGroup
		handled.Add(len(d.bodies))
		receipts, held, together := readAhead{d.Receipts()}, []int{}, [][]int{}
		d.handle(t, &handled, func(ctx context.Context, j queue.Job) (func(context.Context) error, error) {
			r, err := receipts.Receipt(ctx, j.Subject)
			held = append(held, len(r.Body))
			return func(context.Context) error {
				if len(held) > 0 {
					together, held = append(together, held), nil
				}
				handled.Done()
				return nil
			}, err
		})
		assert.Equal(t, [][]int{{3 << 20}, {5, 3 << 20}, {3 << 20}, {100_000, 9}}, together)
	})
}

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

// TestReceiptsOfABatchAreAsIfEachWereReadAlone has one that is too large to be read with others, and one that is gone.
func TestReceiptsOfABatchAreAsIfEachWereReadAlone(t *testing.T) {
	storetest.OnBoth(t, func(t *testing.T, o store.Options) {
		t.Helper()
		o.MaxConns, o.Log, o.Now, o.NewID = 4, quiet(), Now, NewID
		db, err := store.Open(t.Context(), o)
		require.NoError(t, err)
		t.Cleanup(func() { require.NoError(t, db.Close()) })
		home, err := site.Named("one.example")
		require.NoError(t, err)
		party := webhook.Party{AccountID: NewID(), Site: home}
		bodies := map[string]string{}
		for _, body := range []string{`{"n":1}`, strings.Repeat("x", 100_000), `{"n":2}`} {
			r := webhook.Receipt{ID: NewID(), Type: meta.Type, Proved: []webhook.Party{party}, Body: []byte(body), ReceivedAt: Now()}
			_, err := db.Receipts().Keep(t.Context(), []webhook.Receipt{r})
			require.NoError(t, err)
			bodies[r.ID] = body
		}
		gone := queue.New{Queue: webhook.Queue, OrderKey: party.AccountID, Site: home, Subject: NewID()}
		require.NoError(t, db.Jobs().Enqueue(t.Context(), gone))
		var handled sync.WaitGroup
		handled.Add(4)
		receipts, asked := readAhead{db.Receipts()}, 0
		w := queue.NewWorker(db.Jobs(), queue.Config{Queue: webhook.Queue, Batch: 50, PollEvery: time.Hour, Now: Now, Log: slog.New(slog.DiscardHandler)},
			func(ctx context.Context, j queue.Job) (func(context.Context) error, error) {
				defer handled.Done()
				alone, want := db.Receipts().Receipt(ctx, j.Subject)
				r, err := receipts.Receipt(ctx, j.Subject)
				if asked++; asked == 1 {
					read, err := queue.Ahead(ctx, db.Receipts().Small)
					if assert.NoError(t, err) {
						assert.Len(t, read, 2, "the small ones, by the first handler for all")
					}
				}
				assert.Equal(t, want, err)
				assert.Equal(t, alone, r)
				assert.Equal(t, bodies[j.Subject], string(r.Body))
				return nil, nil
			})
		ctx, stop := context.WithCancel(t.Context())
		var over sync.WaitGroup
		over.Go(func() { w.Run(ctx) })
		handled.Wait()
		stop()
		over.Wait()
	})
}

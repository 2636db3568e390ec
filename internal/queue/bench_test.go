package queue_test

import (
	"context"
	"fmt"
	"testing"
	"time"

	"github.com/ivendnext/whatsapp-accounts/internal/pgtest"
	"github.com/ivendnext/whatsapp-accounts/internal/queue"
	"github.com/ivendnext/whatsapp-accounts/internal/store"
	"github.com/ivendnext/whatsapp-accounts/internal/storetest"
)

// BenchmarkJob is what a job costs from its enqueueing, a hundred in a transaction, to its commit, on databases that write everything to the disk.
func BenchmarkJob(b *testing.B) {
	for what, on := range map[string]func(testing.TB) *desk{"sqlite": onSQLite, "postgres": onDurablePostgres} {
		for _, keys := range []int{0, 1, 16} {
			for _, batch := range []int{1, 64} {
				b.Run(fmt.Sprintf("%s/keys=%d/batch=%d", what, keys, batch), func(b *testing.B) {
					d := on(b)
					benchJobs(b, d, keys, batch)
				})
			}
		}
	}
}

func onDurablePostgres(t testing.TB) *desk {
	t.Helper()
	o := store.Options{URL: pgtest.Start(t, pgtest.Options{Durable: true}).URL(t)}
	storetest.Migrate(t, o)
	return open(t, o)
}

func benchJobs(b *testing.B, d *desk, keys, batch int) {
	b.Helper()
	c := d.config()
	c.Batch, c.Each, c.PollEvery = batch, 64, 100*time.Millisecond
	done := make(chan struct{}, 1_000)
	w := d.run(c, func(context.Context, queue.Job) (func(context.Context) error, error) {
		return func(context.Context) error { done <- struct{}{}; return nil }, nil
	})
	b.ResetTimer()
	go func() {
		for n := 0; n < b.N; n += 100 {
			jobs := make([]queue.New, min(100, b.N-n))
			for i := range jobs {
				jobs[i] = queue.New{Queue: work, Site: d.home, Subject: "x"}
				if keys > 0 {
					jobs[i].OrderKey = fmt.Sprint(i % keys)
				}
			}
			if err := d.Enqueue(b.Context(), jobs...); err != nil {
				b.Error(err)
				return
			}
			w.Wake()
		}
	}()
	for range b.N {
		<-done
	}
	b.StopTimer()
	b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "jobs/s")
	w.stop()
}

package store

import (
	"fmt"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/ivendnext/whatsapp-accounts/internal/queue"
	"github.com/ivendnext/whatsapp-accounts/internal/site"
)

func (f *fixture) parked(in site.Site, after string, limit int) queue.Parked {
	f.Helper()
	page, err := f.Jobs().Parked(f.Context(), in, work, after, limit)
	require.NoError(f, err)
	return page
}

func TestParkedJobIsOutOfTheWay(t *testing.T) {
	onBoth(t, func(f *fixture) {
		f.enqueue("a1", "a2")
		f.park(f.take(1)[0])
		f.clock.advance(1000 * time.Hour)
		require.Equal(f, []string{"a2"}, subjects(f.runs(all())...))
	})
}

func TestParkedJobSaysWhyAndWhen(t *testing.T) {
	onBoth(t, func(f *fixture) {
		f.enqueue("a1")
		j := f.take(1)[0]
		f.clock.advance(time.Second)
		f.park(j)
		j.Lease, j.ParkedAt, j.LastError = "", instant.Add(time.Second), "cannot be done"
		require.Equal(f, queue.Parked{Jobs: []queue.Job{j}}, f.parked(f.one, "", 10))
	})
}

func TestParkedJobsAreListedByPages(t *testing.T) {
	onBoth(t, func(f *fixture) {
		for n := range 5 {
			f.enqueue(fmt.Sprint("-", n))
			f.park(f.take(1)[0])
		}
		f.enqueue("-ready")
		var got []string
		for after := ""; ; {
			page := f.parked(f.one, after, 2)
			got = append(got, subjects(page.Jobs)...)
			if after = page.Next; after == "" {
				break
			}
		}
		require.Equal(f, []string{"-0 -1", "-2 -3", "-4"}, got)
		require.Empty(f, f.parked(f.two, "", 10).Jobs)
		other, err := f.Jobs().Parked(f.Context(), f.one, "other", "", 10)
		require.NoError(f, err)
		require.Empty(f, other.Jobs)
	})
}

func TestReplayedJobBeginsAnewAtItsOldPlace(t *testing.T) {
	onBoth(t, func(f *fixture) {
		f.enqueue("a1", "a2", "a3")
		first := f.take(1)[0]
		f.park(first)
		n, err := f.Jobs().Replay(f.Context(), f.one, []string{first.ID})
		require.NoError(f, err)
		require.Equal(f, 1, n)
		run := f.take(10)
		require.Equal(f, []string{"a1 a2 a3"}, subjects(run))
		require.Equal(f, 1, run[0].Attempt)
		require.Equal(f, "cannot be done", run[0].LastError)
	})
}

func TestReplayedJobWaitsForTheOneThatIsBeingDone(t *testing.T) {
	onBoth(t, func(f *fixture) {
		f.enqueue("a1", "a2")
		first := f.take(1)[0]
		f.park(first)
		second := f.take(1)
		_, err := f.Jobs().Replay(f.Context(), f.one, []string{first.ID})
		require.NoError(f, err)
		require.Empty(f, f.runs(all()))
		require.NoError(f, f.Jobs().Finish(f.Context(), second...))
		require.Equal(f, []string{"a1"}, subjects(f.take(1)))
	})
}

func TestReplayTouchesParkedJobsOfItsSiteOnly(t *testing.T) {
	onBoth(t, func(f *fixture) {
		f.enqueue("a1")
		j := f.take(1)[0]
		f.unchanged(func() {
			n, err := f.Jobs().Replay(f.Context(), f.one, []string{j.ID})
			require.NoError(f, err)
			require.Zero(f, n, "it is not parked")
		})
		f.park(j)
		f.unchanged(func() {
			for what, id := range strangers(j.ID) {
				n, err := f.Jobs().Replay(f.Context(), f.two, []string{id})
				require.NoError(f, err, what)
				require.Zero(f, n, what)
			}
			n, err := f.Jobs().ReplayAll(f.Context(), f.two, work)
			require.NoError(f, err)
			require.Zero(f, n)
		})
	})
}

func TestAllParkedJobsAreReplayedInSteps(t *testing.T) {
	onBoth(t, func(f *fixture) {
		const many = 2*replayBatch + 1
		jobs := make([]queue.New, many)
		for i := range jobs {
			jobs[i] = queue.New{Queue: work, Site: f.one}
		}
		require.NoError(f, f.Jobs().Enqueue(f.Context(), jobs...))
		f.exec("UPDATE jobs SET parked_at = ?, attempt = 3", instant)
		n, err := f.Jobs().ReplayAll(f.Context(), f.one, work)
		require.NoError(f, err)
		require.Equal(f, many, n)
		require.Len(f, f.rows("SELECT 1 FROM jobs WHERE parked_at IS NULL AND attempt = 0"), many)
	})
}

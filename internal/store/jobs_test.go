package store

import (
	"context"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/ivendnext/whatsapp-accounts/internal/queue"
)

// The queue of most tests, how long they lease, and how much they claim unless they say otherwise.
const (
	work  = "work"
	lease = time.Minute
)

func all() queue.Want { return queue.Want{Runs: 100, Each: 100} }

// enqueue keeps a job for each subject; "a1" is of key "a", "-1" of none.
func (f *fixture) enqueue(subjects ...string) {
	f.Helper()
	f.enqueueAt(time.Time{}, subjects...)
}

func (f *fixture) enqueueAt(at time.Time, subjects ...string) {
	f.Helper()
	jobs := make([]queue.New, len(subjects))
	for i, s := range subjects {
		jobs[i] = queue.New{Queue: work, OrderKey: strings.TrimRight(s[:1], "-"), Site: f.one, Subject: s, RunAt: at}
	}
	require.NoError(f, f.Jobs().Enqueue(f.Context(), jobs...))
}

func (f *fixture) runs(want queue.Want) [][]queue.Job {
	f.Helper()
	runs, err := f.Jobs().Claim(f.Context(), work, want, lease)
	require.NoError(f, err)
	return runs
}

// take claims one run of at most so many jobs.
func (f *fixture) take(each int) []queue.Job {
	f.Helper()
	runs := f.runs(queue.Want{Runs: 1, Each: each})
	require.Len(f, runs, 1)
	return runs[0]
}

// subjects are the jobs of each run by their subjects.
func subjects(runs ...[]queue.Job) (all []string) {
	for _, run := range runs {
		var of []string
		for _, j := range run {
			of = append(of, j.Subject)
		}
		all = append(all, strings.Join(of, " "))
	}
	return all
}

func TestJobComesBackAsItWasEnqueued(t *testing.T) {
	onBoth(t, func(f *fixture) {
		require.NoError(f, f.Jobs().Enqueue(f.Context(), queue.New{Queue: work, OrderKey: "k", Site: f.two, Subject: "s"}))
		j := f.take(1)[0]
		require.True(f, isUUID(j.ID) && isUUID(j.Lease))
		require.Equal(f, queue.Job{ID: j.ID, Queue: work, OrderKey: "k", Site: f.two, Subject: "s", Attempt: 1, Lease: j.Lease, CreatedAt: instant}, j)
	})
}

func TestJobIsOfItsQueueOnly(t *testing.T) {
	onBoth(t, func(f *fixture) {
		f.enqueue("a1", "-1")
		runs, err := f.Jobs().Claim(f.Context(), "other", all(), lease)
		require.NoError(f, err)
		require.Empty(f, runs)
	})
}

func TestRunHasTheJobsOfOneKeyInTheirOrder(t *testing.T) {
	onBoth(t, func(f *fixture) {
		f.enqueue("b1", "a1", "b2", "a2", "b3")
		require.Equal(f, []string{"a1 a2", "b1 b2 b3"}, subjects(f.runs(all())...))
	})
}

func TestRunIsTheBeginningOfItsKey(t *testing.T) {
	onBoth(t, func(f *fixture) {
		f.enqueue("a1", "a2", "a3")
		run := f.take(2)
		require.Equal(f, []string{"a1 a2"}, subjects(run))
		require.Empty(f, f.runs(all()), "nobody gets a3 meanwhile")
		require.NoError(f, f.Jobs().Finish(f.Context(), run[0]))
		require.Empty(f, f.runs(all()))
		require.NoError(f, f.Jobs().Finish(f.Context(), run[1]))
		require.Equal(f, []string{"a3"}, subjects(f.take(2)))
	})
}

func TestJobsWithoutAKeyGoSideBySide(t *testing.T) {
	onBoth(t, func(f *fixture) {
		f.enqueue("-1", "-2", "-3", "-4", "-5")
		require.Equal(f, []string{"-1 -2", "-3 -4"}, subjects(f.runs(queue.Want{Runs: 2, Each: 2})...))
		require.Equal(f, []string{"-5"}, subjects(f.runs(queue.Want{Runs: 2, Each: 2})...))
		require.Empty(f, f.runs(all()))
		f.enqueue("-6", "-7", "-8")
		require.Equal(f, []string{"-6", "-7", "-8"}, subjects(f.runs(queue.Want{Runs: 4, Each: 2})...), "nobody is idle meanwhile")
	})
}

func TestJobsWithAndWithoutKeysShareWhatIsClaimed(t *testing.T) {
	onBoth(t, func(f *fixture) {
		f.enqueue("a1", "b1", "c1", "-1", "-2", "-3")
		require.Equal(f, []string{"a1", "b1", "-1", "-2"}, subjects(f.runs(queue.Want{Runs: 4, Each: 1})...))
		require.Equal(f, []string{"c1", "-3"}, subjects(f.runs(queue.Want{Runs: 4, Each: 1})...))
	})
}

func TestClaimGoesRoundSoThatBusyKeysDoNotStarveOthers(t *testing.T) {
	onBoth(t, func(f *fixture) {
		f.enqueue("a1", "a2", "b1", "b2", "c1")
		var got []string
		after := ""
		for range 5 {
			run := f.runs(queue.Want{Runs: 1, Each: 1, After: after})[0]
			require.NoError(f, f.Jobs().Finish(f.Context(), run...))
			got, after = append(got, run[0].Subject), run[0].OrderKey
		}
		require.Equal(f, []string{"a1", "b1", "c1", "a2", "b2"}, got)
	})
}

func TestJobThatWaitsIsNotDoneBeforeItsTimeAndHoldsUpItsKey(t *testing.T) {
	onBoth(t, func(f *fixture) {
		f.enqueueAt(instant.Add(time.Hour), "a1", "-1")
		f.enqueue("a2", "b1", "-2")
		require.Equal(f, []string{"b1", "-2"}, subjects(f.runs(all())...))
		f.clock.advance(time.Hour - time.Microsecond)
		require.NotContains(f, subjects(f.runs(all())...), "-1")
		f.clock.advance(time.Microsecond)
		require.Subset(f, subjects(f.runs(all())...), []string{"a1 a2", "-1"})
	})
}

func TestJobsWithoutAKeyWhoseTimeHasComeAreLeasedAsTheyAreUnlessOthersAreReady(t *testing.T) {
	onBoth(t, func(f *fixture) {
		waiting := func() int { return len(f.rows("SELECT 1 FROM jobs WHERE waits_until IS NOT NULL")) }
		f.enqueueAt(instant.Add(time.Second), "-1", "-2", "-3", "-4")
		f.clock.advance(time.Second)
		require.Equal(f, []string{"-1", "-2"}, subjects(f.runs(queue.Want{Runs: 2, Each: 1})...))
		require.Equal(f, 2, waiting(), "those for which there was no room")
		f.enqueue("-5")
		require.Equal(f, []string{"-3"}, subjects(f.runs(queue.Want{Runs: 1, Each: 1})...))
		require.Equal(f, 1, waiting(), "as many as could be leased stand in line with those that are ready, by their age")
		require.Equal(f, []string{"-4", "-5"}, subjects(f.runs(all())...))
	})
}

func TestJobsWithoutAKeyGetTheirHalfWhetherTheyWereReadyOrTheirTimeHasCome(t *testing.T) {
	onBoth(t, func(f *fixture) {
		for _, ready := range []bool{false, true} {
			f.enqueueAt(f.clock.now().Add(time.Second), "-1", "-2", "-3")
			f.enqueue("a1", "b1", "c1", "d1", "e1")
			if ready {
				f.enqueue("-4")
			}
			f.clock.advance(time.Second)
			require.Equal(f, []string{"a1", "b1", "-1", "-2"}, subjects(f.runs(queue.Want{Runs: 4, Each: 1})...))
			f.exec("DELETE FROM jobs")
		}
	})
}

func TestWhoHasOneWorkerDoesJobsWithAKeyAndWithout(t *testing.T) {
	onBoth(t, func(f *fixture) {
		f.enqueue("a1", "-1")
		seen := map[string]bool{}
		for range 100 { // by lot
			run := f.take(1)
			seen[run[0].Subject] = true
			require.NoError(f, f.Jobs().Release(f.Context(), run...))
		}
		require.Equal(f, map[string]bool{"a1": true, "-1": true}, seen)
	})
}

func TestRunEndsBeforeAJobThatWaits(t *testing.T) {
	onBoth(t, func(f *fixture) {
		f.enqueue("a1")
		f.enqueueAt(instant.Add(time.Hour), "a2")
		f.enqueue("a3")
		run := f.take(10)
		require.Equal(f, []string{"a1"}, subjects(run))
		require.NoError(f, f.Jobs().Finish(f.Context(), run...))
		require.Empty(f, f.runs(all()))
	})
}

func TestJobsOfATransactionThatIsUndoneAreNot(t *testing.T) {
	onBoth(t, func(f *fixture) {
		require.ErrorIs(f, f.Transact(f.Context(), func(ctx context.Context) error {
			require.NoError(f, f.Jobs().Enqueue(ctx, queue.New{Queue: work, Site: f.one}))
			return errBroken
		}), errBroken)
		require.Zero(f, f.count("jobs"))
	})
}

func TestDepthCountsTheStates(t *testing.T) {
	onBoth(t, func(f *fixture) {
		f.enqueueAt(instant.Add(time.Hour), "w1")
		f.enqueue("a1", "a2", "-1", "b1")
		run := f.take(1)
		f.park(f.runs(queue.Want{Runs: 1, Each: 1})[0][0])
		d, err := f.Jobs().Depth(f.Context(), work)
		require.NoError(f, err)
		require.Equal(f, queue.Depth{Ready: 2, Waiting: 1, Leased: 1, Parked: 1}, d)
		require.NotEmpty(f, run)
	})
}

func (f *fixture) park(j queue.Job) {
	f.Helper()
	require.NoError(f, f.Jobs().Park(f.Context(), j, "cannot be done"))
}

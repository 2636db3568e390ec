package store

import (
	"context"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/ivendnext/whatsapp-accounts/internal/queue"
)

func TestLeaseEndsByItsTimeAndTheJobsAreClaimedAnewOneByOne(t *testing.T) {
	onBoth(t, func(f *fixture) {
		f.enqueue("a1", "a2", "-1", "-2")
		require.Equal(f, []string{"a1 a2", "-1 -2"}, subjects(f.runs(queue.Want{Runs: 2, Each: 2})...))
		f.clock.advance(lease - time.Microsecond)
		require.Empty(f, f.runs(all()))
		f.clock.advance(time.Microsecond)
		runs := f.runs(all())
		require.Equal(f, []string{"a1", "-1", "-2"}, subjects(runs...))
		require.Equal(f, 2, runs[0][0].Attempt)
	})
}

// lateCalls are what somebody may try whose lease has ended, and what it must come to.
func (f *fixture) lateCalls(run []queue.Job) map[string]error {
	ctx, s := f.Context(), f.Jobs()
	return map[string]error{
		"finish":     s.Finish(ctx, run...),
		"finish one": s.Finish(ctx, run[0]),
		"retry":      s.Retry(ctx, run[0], instant, "x"),
		"park":       s.Park(ctx, run[0], "x"),
		"extend":     s.Extend(ctx, lease, run...),
		"unleased":   s.Finish(ctx, queue.Job{ID: run[0].ID}),
		"stranger":   s.Finish(ctx, queue.Job{ID: newID(), Lease: run[0].Lease}),
	}
}

func TestWhoLostTheLeaseChangesNothing(t *testing.T) {
	onBoth(t, func(f *fixture) {
		f.enqueue("a1", "a2")
		late := f.take(2)
		f.clock.advance(lease)
		now := f.take(1)
		f.unchanged(func() {
			for what, err := range f.lateCalls(late) {
				require.ErrorIs(f, err, queue.ErrLost, what)
			}
			require.NoError(f, f.Jobs().Release(f.Context(), late...))
		})
		require.NoError(f, f.Jobs().Finish(f.Context(), now...))
	})
}

func TestWhoLostTheLeaseOfAJobLosesThoseBehindIt(t *testing.T) {
	onBoth(t, func(f *fixture) {
		f.enqueue("a1", "a2")
		late := f.take(2)
		f.clock.advance(lease)
		f.take(1)
		require.ErrorIs(f, f.Jobs().Finish(f.Context(), late[1]), queue.ErrLost)
	})
}

func TestLateCommitIsUndoneWithEverythingInIt(t *testing.T) {
	onBoth(t, func(f *fixture) {
		f.enqueue("a1")
		late := f.take(1)
		f.clock.advance(lease)
		f.take(1)
		f.unchanged(func() {
			require.ErrorIs(f, f.Transact(f.Context(), func(ctx context.Context) error {
				f.leave(ctx)
				return f.Jobs().Finish(ctx, late...)
			}), queue.ErrLost)
		})
	})
}

// leave writes something in the transaction of ctx.
func (f *fixture) leave(ctx context.Context) {
	f.Helper()
	require.NoError(f, f.Jobs().Enqueue(ctx, queue.New{Queue: "effects", Site: f.one}))
}

func TestExtendedLeaseHolds(t *testing.T) {
	onBoth(t, func(f *fixture) {
		f.enqueue("a1", "a2")
		run := f.take(2)
		for range 3 {
			f.clock.advance(lease - time.Microsecond)
			require.NoError(f, f.Jobs().Extend(f.Context(), lease, run...))
			require.Empty(f, f.runs(all()))
		}
		require.NoError(f, f.Jobs().Finish(f.Context(), run[0]))
		require.NoError(f, f.Jobs().Extend(f.Context(), lease, run...), "one of them is left")
		f.clock.advance(lease)
		require.Equal(f, []string{"a2"}, subjects(f.take(2)))
	})
}

func TestJobsAreFinishedTogetherOrNotAtAll(t *testing.T) {
	onBoth(t, func(f *fixture) {
		f.enqueue("a1", "a2")
		run := f.take(2)
		require.NoError(f, f.Jobs().Finish(f.Context(), run[0]))
		f.unchanged(func() { require.ErrorIs(f, f.Jobs().Finish(f.Context(), run...), queue.ErrLost) })
		require.NoError(f, f.Jobs().Finish(f.Context(), run[1]))
		require.Zero(f, f.count("jobs"))
	})
}

func TestJobsOfSeveralLeasesAreFinishedTogether(t *testing.T) {
	onBoth(t, func(f *fixture) {
		f.enqueue("a1", "b1")
		require.NoError(f, f.Jobs().Finish(f.Context(), append(f.take(1), f.take(1)...)...))
		require.Zero(f, f.count("jobs"))
	})
}

func TestJobThatIsTriedAgainWaitsForItsTimeAndHoldsUpItsKey(t *testing.T) {
	onBoth(t, func(f *fixture) {
		f.enqueue("a1", "a2")
		require.NoError(f, f.Jobs().Retry(f.Context(), f.take(1)[0], instant.Add(time.Hour), "no answer"))
		f.clock.advance(time.Hour - time.Microsecond)
		require.Empty(f, f.runs(all()))
		f.clock.advance(time.Microsecond)
		again := f.take(2)
		require.Equal(f, []string{"a1"}, subjects(again), "alone")
		require.Equal(f, 2, again[0].Attempt)
		require.Equal(f, "no answer", again[0].LastError)
	})
}

func TestJobWhoseTimeToBeTriedAgainHasComeIsReadyAtOnce(t *testing.T) {
	onBoth(t, func(f *fixture) {
		f.enqueue("a1")
		require.NoError(f, f.Jobs().Retry(f.Context(), f.take(1)[0], instant, "x"))
		require.Equal(f, []string{"a1"}, subjects(f.take(1)))
	})
}

func TestReleasedJobsHaveNotBeenAttempted(t *testing.T) {
	onBoth(t, func(f *fixture) {
		f.enqueue("a1", "a2", "a3")
		run := f.take(3)
		require.NoError(f, f.Jobs().Finish(f.Context(), run[0]))
		require.NoError(f, f.Jobs().Release(f.Context(), run...))
		again := f.take(3)
		require.Equal(f, []string{"a2 a3"}, subjects(again))
		require.Equal(f, 1, again[0].Attempt)
	})
}

func TestWhyIsKeptInPartAndAsText(t *testing.T) {
	onBoth(t, func(f *fixture) {
		for why, kept := range map[string]string{
			strings.Repeat("é", queue.MaxWhy+1): strings.Repeat("é", queue.MaxWhy), "a\x00b": "a?b", "a\xffb": "a?b", "": "", "'; DROP TABLE jobs": "'; DROP TABLE jobs",
		} {
			f.enqueue("-1")
			require.NoError(f, f.Jobs().Retry(f.Context(), f.take(1)[0], instant, why))
			again := f.take(1)
			require.Equal(f, kept, again[0].LastError)
			require.NoError(f, f.Jobs().Finish(f.Context(), again...))
		}
	})
}

// An older job that is committed late, while a younger one of its key is being done, is not done beside it.
func TestJobThatIsCommittedLateWaitsForTheOneThatIsBeingDone(t *testing.T) {
	t.Parallel()
	f := onPostgres(t)
	begun, end := make(chan struct{}), make(chan struct{})
	late := make(chan error)
	go func() {
		late <- f.Transact(context.WithoutCancel(f.Context()), func(ctx context.Context) error {
			err := f.Jobs().Enqueue(ctx, queue.New{Queue: work, OrderKey: "a", Site: f.one, Subject: "a1"})
			close(begun)
			<-end
			return err
		})
	}()
	<-begun
	f.enqueue("a2")
	run := f.take(1)
	require.Equal(t, []string{"a2"}, subjects(run))
	close(end)
	require.NoError(t, <-late)
	require.Empty(t, f.runs(all()))
	require.NoError(t, f.Jobs().Finish(f.Context(), run...))
	require.Equal(t, []string{"a1"}, subjects(f.take(1)))
}

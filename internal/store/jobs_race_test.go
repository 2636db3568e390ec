package store

import (
	"context"
	"fmt"
	"sync"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/ivendnext/whatsapp-accounts/internal/queue"
)

// requireOneHolderOfEachKey looks at the leases past the store.
func (f *fixture) requireOneHolderOfEachKey() {
	f.Helper()
	require.Empty(f, f.rows("SELECT order_key FROM jobs WHERE lease IS NOT NULL AND order_key <> '' GROUP BY queue, order_key HAVING count(DISTINCT lease) > 1"))
}

func TestKeyHasOneHolderWhoeverClaimsAtOnce(t *testing.T) {
	onBoth(t, func(f *fixture) {
		processes := []*Jobs{f.Jobs(), f.again().Jobs()}
		for range 10 {
			f.enqueue("a1", "a2", "b1", "b2", "c1", "c2")
			var at sync.WaitGroup
			for n := range 6 {
				at.Go(func() {
					runs, err := processes[n%2].Claim(f.Context(), work, queue.Want{Runs: 2, Each: 1, After: fmt.Sprint(n)}, lease)
					if err != nil || len(runs) > 2 {
						f.Errorf("%d runs: %v", len(runs), err)
					}
				})
			}
			at.Wait()
			f.requireOneHolderOfEachKey()
			f.exec("DELETE FROM jobs")
		}
	})
}

// An older job that appears between two who claim must not give each of them one of its key.
func TestKeyHasOneHolderWhenAnOlderJobIsCommittedMeanwhile(t *testing.T) {
	t.Parallel()
	f := onPostgres(t)
	processes := []*Jobs{f.Jobs(), f.again().Jobs(), f.again().Jobs(), f.again().Jobs()}
	for range 100 {
		begun, end := make(chan struct{}), make(chan struct{})
		var at sync.WaitGroup
		at.Go(func() {
			err := f.Transact(context.WithoutCancel(t.Context()), func(ctx context.Context) error {
				err := f.Jobs().Enqueue(ctx, queue.New{Queue: work, OrderKey: "a", Site: f.one})
				close(begun)
				<-end
				return err
			})
			if err != nil {
				t.Error(err)
			}
		})
		<-begun
		f.enqueue("a2")
		for _, p := range processes {
			at.Go(func() {
				<-end
				if _, err := p.Claim(t.Context(), work, queue.Want{Runs: 1, Each: 1}, lease); err != nil {
					t.Error(err)
				}
			})
		}
		close(end)
		at.Wait()
		f.requireOneHolderOfEachKey()
		f.exec("DELETE FROM jobs")
	}
}

func TestProcessThatHangsInAClaimHoldsUpNothingElse(t *testing.T) {
	t.Parallel()
	f := onPostgres(t)
	f.enqueue("a1", "b1", "-1", "-2")
	other := f.again().Jobs()
	require.ErrorIs(t, f.Transact(t.Context(), func(ctx context.Context) error {
		runs, err := f.Jobs().Claim(ctx, work, queue.Want{Runs: 2, Each: 1}, lease)
		require.NoError(t, err)
		require.Equal(t, []string{"a1", "-1"}, subjects(runs...))
		runs, err = other.Claim(t.Context(), work, queue.Want{Runs: 4, Each: 1}, lease)
		require.NoError(t, err)
		require.Equal(t, []string{"b1", "-2"}, subjects(runs...))
		return errBroken
	}), errBroken)
	require.Equal(t, []string{"a1", "-1"}, subjects(f.runs(all())...))
}

func TestProcessThatHangsInACommitHoldsUpItsKeyOnly(t *testing.T) {
	t.Parallel()
	f := onPostgres(t)
	f.enqueue("a1", "a2", "b1")
	run := f.take(1)
	f.clock.advance(lease)
	other := f.again().Jobs()
	require.NoError(t, f.Transact(t.Context(), func(ctx context.Context) error {
		require.NoError(t, f.Jobs().Finish(ctx, run...))
		runs, err := other.Claim(t.Context(), work, all(), lease)
		require.NoError(t, err)
		require.Equal(t, []string{"b1"}, subjects(runs...))
		return nil
	}))
	require.Equal(t, []string{"a2"}, subjects(f.take(1)))
}

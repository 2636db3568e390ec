package store

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/ivendnext/whatsapp-accounts/internal/queue"
)

// modelJob is a job as the model knows it.
type modelJob struct {
	subject, key string
	attempt      int
	waits, until time.Time // zero: not waiting, not leased
	parked       bool
	claimed      queue.Job // as the last claim gave it
}

func (j *modelJob) ready() bool { return j.waits.IsZero() && j.until.IsZero() && !j.parked }

// modelQueue is what a queue should be after some calls: the jobs in their order.
type modelQueue struct {
	*fixture
	name string
	jobs []*modelJob
	made int
}

func TestRandomCallsDoWhatASmallModelOfTheQueueSays(t *testing.T) {
	onBoth(t, func(f *fixture) {
		n := 0
		rapid.Check(f, func(rt *rapid.T) {
			n++
			m := &modelQueue{fixture: f, name: fmt.Sprint("queue-", n)}
			calls := []func(*rapid.T){m.add, m.add, m.claim, m.claim, m.finish, m.retry, m.park, m.release, m.extend, m.replay, m.wait}
			for range rapid.IntRange(1, 25).Draw(rt, "calls") {
				rapid.SampledFrom(calls).Draw(rt, "call")(rt)
				m.check()
			}
		})
	})
}

func (m *modelQueue) add(rt *rapid.T) {
	m.made++
	j := &modelJob{subject: fmt.Sprint(m.made), key: rapid.SampledFrom([]string{"", "a", "b"}).Draw(rt, "key")}
	if rapid.IntRange(0, 4).Draw(rt, "later") == 0 {
		j.waits = m.clock.now().Add(time.Minute)
	}
	m.jobs = append(m.jobs, j)
	require.NoError(m, m.Jobs().Enqueue(m.Context(), queue.New{Queue: m.name, OrderKey: j.key, Site: m.one, Subject: j.subject, RunAt: j.waits}))
}

func (m *modelQueue) wait(*rapid.T) { m.clock.advance(lease / 2) }

// claim compares the runs with what the model says they must be.
func (m *modelQueue) claim(rt *rapid.T) {
	each := rapid.IntRange(1, 3).Draw(rt, "each")
	now := m.clock.now()
	for _, j := range m.jobs {
		if !j.waits.After(now) {
			j.waits = time.Time{}
		}
		if !j.until.After(now) {
			j.until = time.Time{}
		}
	}
	want := slices.Concat(m.ofKey("a", each), m.ofKey("b", each), m.cut("", 1))
	got, err := m.Jobs().Claim(m.Context(), m.name, queue.Want{Runs: 1000, Each: each}, lease)
	require.NoError(m, err)
	require.Len(m, got, len(want))
	slices.SortStableFunc(got, func(x, y []queue.Job) int { // those without a key come in any order
		if x[0].OrderKey != "" || y[0].OrderKey != "" {
			return 0
		}
		return strings.Compare(x[0].ID, y[0].ID)
	})
	for i, run := range want {
		require.Len(m, got[i], len(run))
		for n, j := range run {
			j.attempt++
			j.until, j.claimed = now.Add(lease), got[i][n]
			require.Equal(m, []any{j.subject, j.attempt}, []any{j.claimed.Subject, j.claimed.Attempt})
		}
	}
}

// ofKey is the run of a key, if it may be claimed.
func (m *modelQueue) ofKey(key string, each int) [][]*modelJob {
	of := slices.DeleteFunc(slices.Clone(m.jobs), func(j *modelJob) bool { return j.key != key || j.parked })
	if len(of) == 0 || !of[0].ready() || slices.ContainsFunc(of, func(j *modelJob) bool { return !j.until.IsZero() }) {
		return nil
	}
	return m.cut(key, each)[:1]
}

// cut makes runs of what is ready of a key, up to the first that waits.
func (m *modelQueue) cut(key string, each int) (runs [][]*modelJob) {
	var last *modelJob
	for _, j := range m.jobs {
		if j.key != key || j.parked {
			continue
		}
		if !j.ready() {
			if key != "" {
				return runs
			}
			continue
		}
		if last == nil || j.attempt > 0 || last.attempt > 0 || len(runs[len(runs)-1]) == each {
			runs = append(runs, nil)
		}
		runs[len(runs)-1] = append(runs[len(runs)-1], j)
		last = j
	}
	return runs
}

// claimed draws a job that has been claimed once; held tells whether it still is as it was claimed.
func (m *modelQueue) claimed(rt *rapid.T) (j *modelJob, held bool) {
	all := slices.DeleteFunc(slices.Clone(m.jobs), func(j *modelJob) bool { return j.claimed.ID == "" })
	if len(all) == 0 {
		return &modelJob{claimed: queue.Job{ID: newID(), Lease: newID()}}, false
	}
	j = rapid.SampledFrom(all).Draw(rt, "job")
	return j, !j.until.IsZero()
}

func (m *modelQueue) require(held bool, err error) {
	m.Helper()
	if held {
		require.NoError(m, err)
	} else {
		require.ErrorIs(m, err, queue.ErrLost)
	}
}

func (m *modelQueue) finish(rt *rapid.T) {
	j, held := m.claimed(rt)
	m.require(held, m.Jobs().Finish(m.Context(), j.claimed))
	if held {
		m.jobs = slices.DeleteFunc(m.jobs, func(other *modelJob) bool { return other == j })
	}
}

func (m *modelQueue) retry(rt *rapid.T) {
	j, held := m.claimed(rt)
	at := m.clock.now().Add(time.Duration(rapid.IntRange(0, 1).Draw(rt, "minutes")) * time.Minute)
	m.require(held, m.Jobs().Retry(m.Context(), j.claimed, at, "x"))
	if held {
		j.until = time.Time{}
		if at.After(m.clock.now()) {
			j.waits = at
		}
	}
}

func (m *modelQueue) park(rt *rapid.T) {
	j, held := m.claimed(rt)
	m.require(held, m.Jobs().Park(m.Context(), j.claimed, "x"))
	if held {
		j.until, j.parked = time.Time{}, true
	}
}

func (m *modelQueue) extend(rt *rapid.T) {
	j, held := m.claimed(rt)
	m.require(held, m.Jobs().Extend(m.Context(), lease, j.claimed))
	if held {
		j.until = m.clock.now().Add(lease)
	}
}

func (m *modelQueue) release(rt *rapid.T) {
	j, held := m.claimed(rt)
	require.NoError(m, m.Jobs().Release(m.Context(), j.claimed))
	if held {
		j.until, j.attempt = time.Time{}, j.attempt-1
	}
}

func (m *modelQueue) replay(*rapid.T) {
	parked := 0
	for _, j := range m.jobs {
		if j.parked {
			parked++
			j.parked, j.attempt = false, 0
		}
	}
	n, err := m.Jobs().ReplayAll(m.Context(), m.one, m.name)
	require.NoError(m, err)
	require.Equal(m, parked, n)
}

// check compares the states.
func (m *modelQueue) check() {
	m.Helper()
	var want queue.Depth
	for _, j := range m.jobs {
		switch {
		case j.parked:
			want.Parked++
		case !j.until.IsZero():
			want.Leased++
		case !j.waits.IsZero():
			want.Waiting++
		default:
			want.Ready++
		}
	}
	got, err := m.Jobs().Depth(m.Context(), m.name)
	require.NoError(m, err)
	require.Equal(m, want, got)
}

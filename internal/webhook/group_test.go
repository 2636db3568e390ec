package webhook

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/ivendnext/whatsapp-accounts/internal/fault"
)

// shelf keeps receipts in memory, in groups as they came. A commit waits at the gate, when there is one.
type shelf struct {
	Receipts // what a group does not ask is not there

	mu      sync.Mutex
	groups  [][]string
	entered chan struct{} // one for each commit that has begun
	gate    chan struct{}
	fails   func(ids []string) error

	outdated string // the receipt that rests on what is not true any more
}

func newShelf() *shelf { return &shelf{entered: make(chan struct{}, 1000)} }

func (s *shelf) Keep(_ context.Context, all []Receipt) (outdated []string, err error) {
	ids := make([]string, len(all))
	for i, r := range all {
		ids[i] = r.ID
	}
	s.entered <- struct{}{}
	if s.gate != nil {
		<-s.gate
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.groups = append(s.groups, slices.Clone(ids))
	if s.fails != nil {
		if err := s.fails(ids); err != nil {
			return nil, err
		}
	}
	return slices.DeleteFunc(ids, func(id string) bool { return id != s.outdated }), nil
}

// sizes gives how many receipts each commit had.
func (s *shelf) sizes() (sizes []int) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, ids := range s.groups {
		sizes = append(sizes, len(ids))
	}
	return sizes
}

// queued lets n callers keep a receipt each while the first commit is held at the gate, opens it when all wait, and gives what each was told.
func queued(t *testing.T, s *shelf, n int, body []byte) []outcome {
	t.Helper()
	s.gate = make(chan struct{})
	g := newGroup(s)
	told := make([]outcome, n)
	var callers sync.WaitGroup
	keep := func(i int) {
		callers.Go(func() {
			kept, err := g.keep(t.Context(), Receipt{ID: fmt.Sprint(i), Body: body})
			told[i] = outcome{kept, err}
		})
	}
	keep(0)
	<-s.entered
	for i := 1; i < n; i++ {
		keep(i)
	}
	require.Eventually(t, func() bool {
		waiting, _ := g.batch.State()
		return waiting == n-1
	}, 10*time.Second, time.Millisecond)
	close(s.gate)
	callers.Wait()
	return told
}

func TestManyWhoWaitShareFewCommits(t *testing.T) {
	s := newShelf()
	for _, told := range queued(t, s, 1+maxGroup+10, nil) {
		require.Equal(t, outcome{kept: true}, told)
	}
	assert.Equal(t, []int{1, maxGroup, 10}, s.sizes(), "nobody waits for company, and a group has an end")
}

func TestOneCommitDoesNotHoldMoreThanItsBytes(t *testing.T) {
	s := newShelf()
	for _, told := range queued(t, s, 6, make([]byte, maxGroupBytes/2)) {
		require.Equal(t, outcome{kept: true}, told)
	}
	assert.Equal(t, []int{1, 2, 2, 1}, s.sizes())
	s = newShelf()
	kept, err := newGroup(s).keep(t.Context(), Receipt{ID: "large", Body: make([]byte, maxGroupBytes+1)})
	require.NoError(t, err)
	require.True(t, kept, "what is larger is kept alone")
}

func TestOneThatCannotBeKeptDoesNotTakeTheOthersWithIt(t *testing.T) {
	s, bad := newShelf(), errors.New("no room for 3")
	s.fails = func(ids []string) error {
		if slices.Contains(ids, "3") {
			return bad
		}
		return nil
	}
	for i, told := range queued(t, s, 6, nil) {
		if i == 3 {
			require.Equal(t, outcome{err: bad}, told)
		} else {
			require.Equal(t, outcome{kept: true}, told, i)
		}
	}
	assert.Equal(t, []int{1, 5, 1, 1, 1, 1, 1}, s.sizes(), "each was tried alone once")
}

func TestDatabaseThatIsAwayIsToldToAllAtOnce(t *testing.T) {
	s, away := newShelf(), fault.New(fault.Unavailable, "database_unavailable", "Away.", "Wait.")
	s.fails = func([]string) error { return away }
	for _, told := range queued(t, s, 20, nil) {
		require.Equal(t, outcome{err: away}, told)
	}
	assert.Equal(t, []int{1, 19}, s.sizes(), "nobody is tried alone")
}

func TestCallerWhoseTimeIsOverReturnsAndTheOthersDoNotNotice(t *testing.T) {
	s := newShelf()
	s.gate = make(chan struct{})
	g := newGroup(s)
	first := make(chan error, 1)
	go func() { _, err := g.keep(t.Context(), Receipt{ID: "first"}); first <- err }()
	<-s.entered
	over, end := context.WithCancel(t.Context())
	end()
	_, err := g.keep(over, Receipt{ID: "impatient"})
	require.ErrorIs(t, err, context.Canceled)
	close(s.gate)
	require.NoError(t, <-first)
	<-s.entered
	_, err = g.keep(t.Context(), Receipt{ID: "later"})
	require.NoError(t, err, "and the next one is served")
}

func TestGroupBeginsAgainAfterItsWriterHasEnded(t *testing.T) {
	s := newShelf()
	g := newGroup(s)
	for range 3 {
		_, err := g.keep(t.Context(), Receipt{})
		require.NoError(t, err)
		require.Eventually(t, func() bool {
			_, busy := g.batch.State()
			return !busy
		}, 10*time.Second, time.Millisecond)
	}
	assert.Equal(t, []int{1, 1, 1}, s.sizes())
}

func TestAReceiptWhosePremiseIsNotTrueIsNotKeptAndTheOthersOfItsGroupAre(t *testing.T) {
	s := newShelf()
	s.outdated = "3"
	for i, told := range queued(t, s, 6, nil) {
		require.Equal(t, outcome{kept: i != 3}, told, i)
	}
	assert.Equal(t, []int{1, 5}, s.sizes(), "five shared one commit")
}

func TestAReceiptWhosePremiseIsNotTrueIsNotKeptWhenItsGroupFailsEither(t *testing.T) {
	s, bad := newShelf(), errors.New("no group has room")
	s.outdated = "3"
	s.fails = func(ids []string) error {
		if len(ids) > 1 {
			return bad
		}
		return nil
	}
	for i, told := range queued(t, s, 6, nil) {
		require.Equal(t, outcome{kept: i != 3}, told, i)
	}
	assert.Equal(t, []int{1, 5, 1, 1, 1, 1, 1}, s.sizes(), "each was tried alone once")
}

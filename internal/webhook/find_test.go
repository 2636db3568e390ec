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
	"github.com/ivendnext/whatsapp-accounts/internal/provider"
)

// directory finds an account for each phone id, and counts what it is asked. A look-up waits at the gate, when there is one.
type directory struct {
	Candidates // what a finder does not ask is not there

	mu      sync.Mutex
	asked   [][]string
	entered chan struct{}
	gate    chan struct{}
	each    int // accounts of each phone id
	err     error
}

func newDirectory() *directory { return &directory{entered: make(chan struct{}, 1000), each: 1} }

func (d *directory) Named(ctx context.Context, _ provider.Type, names provider.Names, _ string) ([]Candidate, error) {
	d.entered <- struct{}{}
	if d.gate != nil {
		select {
		case <-d.gate:
		case <-ctx.Done():
			return nil, ctx.Err()
		}
	}
	d.mu.Lock()
	defer d.mu.Unlock()
	asked := slices.Clone(names["phone_id"])
	slices.Sort(asked)
	d.asked = append(d.asked, asked)
	var all []Candidate
	for _, phone := range asked {
		for i := range d.each {
			all = append(all, Candidate{AccountID: fmt.Sprintf("%s/%d", phone, i), Names: map[string]string{"phone_id": phone}})
		}
	}
	return all, d.err
}

// together asks for each phone while the look-up of the first is held at the gate, and gives the accounts that each was told, or its error.
func together(t *testing.T, d *directory, phones ...string) []answer {
	t.Helper()
	d.gate = make(chan struct{})
	f := newFinder(d)
	answers := make([]answer, len(phones))
	var wg sync.WaitGroup
	for i, phone := range phones {
		wg.Go(func() {
			found, err := f.named(t.Context(), Door{Spec: provider.Spec{Type: "Meta"}}, provider.Names{"phone_id": {phone}})
			answers[i] = answer{found, err}
		})
		if i == 0 {
			<-d.entered
			continue
		}
		require.Eventually(t, func() bool {
			waiting, _ := f.batch.State()
			return waiting == i
		}, 10*time.Second, time.Millisecond)
	}
	close(d.gate)
	wg.Wait()
	return answers
}

func accountsOf(a answer) (ids []string) {
	for _, c := range a.candidates {
		ids = append(ids, c.AccountID)
	}
	return ids
}

func TestBodiesThatComeDuringALookUpShareTheNextAndEachIsToldItsOwn(t *testing.T) {
	t.Parallel()
	d := newDirectory()
	answers := together(t, d, "1", "2", "3", "2")
	for i, want := range []string{"1/0", "2/0", "3/0", "2/0"} {
		require.NoError(t, answers[i].err)
		assert.Equal(t, []string{want}, accountsOf(answers[i]))
	}
	assert.Equal(t, [][]string{{"1"}, {"2", "3"}}, d.asked)
}

func TestALookUpThatFindsTooManyIsMadeForEachBodyAlone(t *testing.T) {
	t.Parallel()
	d := newDirectory()
	d.each = maxShares/2 + 1
	answers := together(t, d, "1", "2", "3")
	for i := range answers {
		require.NoError(t, answers[i].err)
		assert.Len(t, answers[i].candidates, d.each)
	}
	assert.Equal(t, [][]string{{"1"}, {"2", "3"}, {"2"}, {"3"}}, d.asked)
}

func TestAFailedLookUpIsToldToEveryBodyOfIt(t *testing.T) {
	t.Parallel()
	d := newDirectory()
	d.err = errors.New("away")
	for _, a := range together(t, d, "1", "2", "3") {
		require.ErrorIs(t, a.err, d.err)
	}
	assert.Equal(t, [][]string{{"1"}, {"2", "3"}, {"2"}, {"3"}}, d.asked, "each of them might be the only one to blame")
}

func TestALookUpIsNotRepeatedForEachBodyWhileTheDatabaseIsAway(t *testing.T) {
	t.Parallel()
	d := newDirectory()
	d.err = fault.New(fault.Unavailable, "database_unavailable", "It is away.", "Wait.")
	for _, a := range together(t, d, "1", "2", "3") {
		require.ErrorIs(t, a.err, d.err)
	}
	assert.Equal(t, [][]string{{"1"}, {"2", "3"}}, d.asked)
}

func TestABodyOfManyNamesIsLookedUpAlone(t *testing.T) {
	t.Parallel()
	d := newDirectory()
	names := provider.Names{"phone_id": {"1", "2", "3", "4", "5"}, "business_id": {"6", "7", "8", "9"}}
	found, err := newFinder(d).named(t.Context(), Door{}, names)
	require.NoError(t, err)
	assert.Len(t, found, 5)
}

func TestWhoWaitsForALookUpWaitsNoLongerThanItMay(t *testing.T) {
	t.Parallel()
	d := newDirectory()
	d.gate = make(chan struct{})
	defer close(d.gate)
	ctx, cancel := context.WithCancel(t.Context())
	go func() { <-d.entered; cancel() }()
	_, err := newFinder(d).named(ctx, Door{}, provider.Names{"phone_id": {"1"}})
	require.ErrorIs(t, err, context.Canceled)
}

package batch_test

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

	"github.com/ivendnext/whatsapp-accounts/internal/batch"
)

func TestQuestionsThatComeTogetherAreAnsweredByOneLook(t *testing.T) {
	looking, go1 := make(chan int, 10), make(chan struct{})
	r := batch.NewReads(10, time.Minute, func(_ context.Context, keys []int) (map[int]string, error) {
		looking <- len(keys)
		<-go1
		found := map[int]string{}
		for _, k := range keys {
			if k < 5 {
				found[k] = fmt.Sprint(k)
			}
		}
		return found, nil
	})
	var wg sync.WaitGroup
	ask := func(key int) {
		wg.Go(func() {
			value, found, err := r.Get(t.Context(), key)
			assert.Equal(t, []any{key < 5, nil}, []any{found, err})
			if found {
				assert.Equal(t, fmt.Sprint(key), value)
			}
		})
	}
	ask(0)
	require.Equal(t, 1, <-looking, "nobody waits for company")
	for _, key := range []int{1, 2, 2, 9} {
		ask(key)
	}
	require.Eventually(t, func() bool { waiting, _ := r.State(); return waiting == 4 }, time.Minute, time.Millisecond)
	close(go1)
	require.Equal(t, 3, <-looking, "each key once")
	wg.Wait()
}

func TestAQuestionWhoseAskerHasGoneHoldsUpNobody(t *testing.T) {
	looking, go1 := make(chan struct{}, 10), make(chan struct{})
	r := batch.NewReads(1, time.Minute, func(context.Context, []int) (map[int]int, error) {
		looking <- struct{}{}
		<-go1
		return map[int]int{2: 2}, nil
	})
	ctx, cancel := context.WithCancel(t.Context())
	gone := make(chan error)
	go func() { _, _, err := r.Get(ctx, 1); gone <- err }()
	<-looking
	cancel()
	require.ErrorIs(t, <-gone, context.Canceled)
	close(go1)
	value, found, err := r.Get(t.Context(), 2)
	require.NoError(t, err)
	require.True(t, found)
	require.Equal(t, 2, value)
}

func TestALookThatFailsFailsAllWhoAsked(t *testing.T) {
	broken := errors.New("broken")
	r := batch.NewReads(10, time.Minute, func(context.Context, []int) (map[int]int, error) { return map[int]int{1: 1}, broken })
	_, found, err := r.Get(t.Context(), 1)
	require.ErrorIs(t, err, broken)
	require.False(t, found)
}

func TestALookHasATimeLimitOfItsOwn(t *testing.T) {
	r := batch.NewReads(10, time.Millisecond, func(ctx context.Context, _ []int) (map[int]int, error) {
		<-ctx.Done()
		return nil, ctx.Err()
	})
	_, _, err := r.Get(t.Context(), 1)
	require.ErrorIs(t, err, context.DeadlineExceeded)
}

func TestWhatCannotBeReadSpoilsNothingElse(t *testing.T) {
	looking, go1 := make(chan struct{}, 10), make(chan struct{})
	broken := errors.New("broken")
	r := batch.NewReads(10, time.Minute, func(_ context.Context, keys []int) (map[int]int, error) {
		looking <- struct{}{}
		<-go1
		if slices.Contains(keys, 2) {
			return nil, broken
		}
		return map[int]int{keys[0]: keys[0]}, nil
	})
	results := make(chan error, 2)
	first := make(chan error)
	go func() { _, _, err := r.Get(t.Context(), 0); first <- err }()
	<-looking
	for _, key := range []int{1, 2} {
		go func() {
			value, _, err := r.Get(t.Context(), key)
			if key == 1 && value != 1 {
				err = errors.New("spoilt")
			}
			results <- err
		}()
	}
	require.Eventually(t, func() bool { waiting, _ := r.State(); return waiting == 2 }, time.Minute, time.Millisecond)
	close(go1)
	require.NoError(t, <-first)
	require.ElementsMatch(t, []error{nil, broken}, []error{<-results, <-results})
}

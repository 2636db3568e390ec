package batch_test

import (
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/ivendnext/whatsapp-accounts/internal/batch"
)

func TestWhoeverComesWhileWorkIsDoneSharesTheNext(t *testing.T) {
	t.Parallel()
	begun, may := make(chan int), make(chan struct{})
	b := batch.New(batch.AtMost[int](3), func(some []int) {
		begun <- len(some)
		<-may
	})
	b.Add(0)
	require.Equal(t, 1, <-begun, "the first waits for nobody")
	for n := range 5 {
		b.Add(n)
	}
	waiting, busy := b.State()
	assert.Equal(t, 5, waiting)
	assert.True(t, busy)
	for _, want := range []int{3, 2} {
		may <- struct{}{}
		assert.Equal(t, want, <-begun)
	}
	may <- struct{}{}
	require.Eventually(t, func() bool { _, busy := b.State(); return !busy }, 10*time.Second, time.Millisecond)
}

func TestEachIsWorkedOnOnceAndInItsOrder(t *testing.T) {
	t.Parallel()
	var mu sync.Mutex
	var done []int
	all := make(chan struct{})
	b := batch.New(batch.AtMost[int](7), func(some []int) {
		mu.Lock()
		defer mu.Unlock()
		if done = append(done, some...); len(done) == 1000 {
			close(all)
		}
	})
	for n := range 1000 {
		b.Add(n)
	}
	<-all
	assert.True(t, slices.IsSorted(done))
}

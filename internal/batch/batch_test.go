package batch_test

import (
	"slices"
	"sync"
	"testing"
	"testing/synctest"
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

// workshop is work that takes a second, of those who are waited for a tenth of one. It keeps how many it was for, and when it began.
type workshop struct {
	*batch.Of[int]

	begun time.Time
	works [][2]int // how many, and how many milliseconds after the first could have begun
}

func open(enough int) *workshop {
	w := &workshop{begun: time.Now()}
	w.Of = batch.New(batch.AtMost[int](100), func(some []int) {
		w.works = append(w.works, [2]int{len(some), int(time.Since(w.begun).Milliseconds())})
		time.Sleep(time.Second)
	}).Regathers(enough, 100*time.Millisecond)
	return w
}

// come lets some come after a time.
func (w *workshop) come(after time.Duration, n int) {
	time.Sleep(after)
	for range n {
		w.Add(n)
	}
	synctest.Wait()
}

func TestThoseWhoWereServedJustNowAreWaitedFor(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		w := open(100)
		w.come(0, 1)
		w.come(500*time.Millisecond, 2)
		w.come(time.Second, 1)
		w.come(510*time.Millisecond, 1)
		w.come(20*time.Millisecond, 1)
		time.Sleep(time.Minute)
		synctest.Wait()
		assert.Equal(t, [][2]int{{1, 0}, {2, 1000}, {3, 2030}}, w.works,
			"the first waits for nobody; one who was served alone is not waited for; of two, one came meanwhile, and the next waits until both are back")
	})
}

func TestNobodyIsWaitedForWhenEnoughHaveCome(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		w := open(4)
		w.come(0, 1)
		w.come(500*time.Millisecond, 3)
		w.come(time.Second, 3)
		w.come(510*time.Millisecond, 1)
		w.come(500*time.Millisecond, 6)
		time.Sleep(time.Minute)
		synctest.Wait()
		assert.Equal(t, [][2]int{{1, 0}, {3, 1000}, {4, 2010}, {6, 3010}}, w.works)
	})
}

func TestThoseWhoDoNotComeBackAreNotWaitedForLong(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		w := open(100)
		w.come(0, 1)
		w.come(500*time.Millisecond, 2)
		w.come(time.Second, 1)
		time.Sleep(time.Minute)
		synctest.Wait()
		assert.Equal(t, [][2]int{{1, 0}, {2, 1000}, {1, 2100}}, w.works)
		_, busy := w.State()
		assert.False(t, busy)
		w.come(0, 1)
		assert.Len(t, w.works, 4, "and it is idle then")
		time.Sleep(time.Minute)
	})
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

func TestThoseWhoWaitGoOnWhenAWorkHangs(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		begun := time.Now()
		var mu sync.Mutex
		var works [][2]int
		b := batch.New(batch.AtMost[time.Duration](100), func(some []time.Duration) {
			mu.Lock()
			works = append(works, [2]int{len(some), int(time.Since(begun).Milliseconds())})
			mu.Unlock()
			time.Sleep(some[0])
		}).GoesOn(100 * time.Millisecond)
		b.Add(time.Second) // hangs
		synctest.Wait()
		for range 3 {
			b.Add(10 * time.Millisecond)
		}
		time.Sleep(200 * time.Millisecond)
		b.Add(150 * time.Millisecond) // late, with nobody behind it
		time.Sleep(130 * time.Millisecond)
		b.Add(10 * time.Millisecond)
		time.Sleep(2 * time.Second)
		mu.Lock()
		defer mu.Unlock()
		assert.Equal(t, [][2]int{{1, 0}, {3, 100}, {1, 200}, {1, 330}}, works)
		_, busy := b.State()
		assert.False(t, busy)
	})
}

func TestAnotherWorkBeginsBesideOneWhenACrowdWaits(t *testing.T) {
	t.Parallel()
	begun, lets := make(chan int, 8), make(chan struct{})
	b := batch.New(batch.AtMost[int](100), func(some []int) {
		begun <- len(some)
		<-lets
	}).Alongside(2, 3)
	b.Add(0)
	require.Equal(t, 1, <-begun)
	b.Add(1)
	b.Add(2)
	waiting, _ := b.State()
	require.Equal(t, 2, waiting, "too few for another")
	b.Add(3)
	require.Equal(t, 3, <-begun)
	for n := range 10 {
		b.Add(n)
	}
	waiting, _ = b.State()
	require.Equal(t, 10, waiting, "two are at work, and that is the most")
	lets <- struct{}{}
	require.Equal(t, 10, <-begun)
	b.Add(4)
	lets <- struct{}{}
	lets <- struct{}{}
	require.Equal(t, 1, <-begun, "whoever ends last leaves nobody")
	lets <- struct{}{}
	require.Eventually(t, func() bool { waiting, busy := b.State(); return waiting == 0 && !busy }, 10*time.Second, time.Millisecond)
}

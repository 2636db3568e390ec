package subscription_test

import (
	"net/http"
	"slices"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"

	"github.com/ivendnext/whatsapp-accounts/internal/event"
	"github.com/ivendnext/whatsapp-accounts/internal/subscription"
)

func TestEveryEventComesOnceToEverySubscriberOfItsType(t *testing.T) {
	onBoth(t, func(w *world) {
		all, some, none := w.subscriber(), w.subscriber(event.MessageReceived), w.subscriber(event.TemplateStatus)
		w.courier(w.db)
		ids := w.tell(230)
		w.eventually("everything is delivered", func() bool { return all.has(ids...) && some.has(ids...) })
		w.eventually("and recorded", func() bool { return w.tally.of("succeeded") == 460 })
		for _, s := range []*subscriber{all, some} {
			for id, times := range s.times() {
				assert.Equal(w, 1, times, id)
			}
		}
		assert.Empty(w, none.times())
		for _, d := range w.log(all) {
			assert.Equal(w, []any{subscription.Succeeded, 1}, []any{d.Status, d.Tries})
			assert.Equal(w, http.StatusNoContent, d.Attempts[0].Status)
		}
	})
}

// Two processes and one database: while all is well, nobody gets anything twice.
func TestTwoCouriersDeliverNothingTwice(t *testing.T) {
	onBoth(t, func(w *world) {
		var everybody []*subscriber
		for range 4 {
			everybody = append(everybody, w.subscriber())
		}
		w.courier(w.db)
		w.courier(w.open())
		var ids []string
		for range 10 {
			ids = append(ids, w.tell(6)...)
		}
		for _, s := range everybody {
			w.eventually("everything is delivered", func() bool { return s.has(ids...) })
		}
		w.eventually("and recorded", func() bool { return w.tally.of("succeeded") == 4*60 })
		for _, s := range everybody {
			for id, times := range s.times() {
				assert.Equal(w, 1, times, id)
			}
		}
	})
}

// TestSubscriberThatIsDownForAnHourGetsEverythingLater is W10, with a clock that is moved.
func TestSubscriberThatIsDownForAnHourGetsEverythingLater(t *testing.T) {
	onBoth(t, func(w *world) {
		down, well := w.subscriber(), w.subscriber()
		down.answer.Store(status(http.StatusBadGateway))
		w.courier(w.db)
		ids := w.tell(50)
		for begun := w.now(); w.now().Sub(begun) < time.Hour; {
			before := down.turnedAway()
			w.eventually("it is asked", func() bool { w.advance(5 * time.Second); return down.turnedAway() > before })
			ids = append(ids, w.tell(10)...)
		}
		w.eventually("the others have theirs", func() bool { return well.has(ids...) })
		assert.Empty(w, down.times())
		assert.Less(w, down.turnedAway(), 40, "a subscriber that is down is asked now and then, and not for each event")
		down.answer.Store(status(http.StatusOK))
		w.eventually("everything came", func() bool { w.advance(5 * time.Second); return down.has(ids...) })
		for id, times := range down.times() {
			assert.Equal(w, 1, times, id)
		}
		w.eventually("and is recorded", func() bool {
			return !slices.ContainsFunc(w.log(down), func(d subscription.Delivery) bool { return d.Status != subscription.Succeeded })
		})
	})
}

func TestHangingSubscriberHoldsUpNoOther(t *testing.T) {
	onBoth(t, func(w *world) {
		hanging, release := w.subscriber(), make(chan struct{})
		hanging.answer.Store(func(http.ResponseWriter, *http.Request) { <-release })
		defer close(release)
		others := []*subscriber{w.subscriber(), w.subscriber()}
		w.courier(w.db)
		ids := w.tell(200)
		for _, s := range others {
			w.eventually("the others have everything while it hangs", func() bool { return s.has(ids...) })
		}
		assert.Empty(w, hanging.times())
	})
}

func TestAtMostEightAreUnderWayToOneSubscriber(t *testing.T) {
	onBoth(t, func(w *world) {
		var now, most atomic.Int64
		s := w.subscriber()
		s.answer.Store(func(http.ResponseWriter, *http.Request) {
			if n := now.Add(1); n > most.Load() {
				most.Store(n)
			}
			time.Sleep(2 * time.Millisecond)
			now.Add(-1)
		})
		w.courier(w.db)
		ids := w.tell(100)
		w.eventually("everything came", func() bool { return s.has(ids...) })
		assert.LessOrEqual(w, most.Load(), int64(8))
	})
}

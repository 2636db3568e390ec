package subscription_test

import (
	"context"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/ivendnext/whatsapp-accounts/internal/event"
	"github.com/ivendnext/whatsapp-accounts/internal/site"
	"github.com/ivendnext/whatsapp-accounts/internal/subscription"
)

// looks remembers where a courier has looked: without a site, everywhere.
type looks struct {
	subscription.Rounds
	mu    sync.Mutex
	all   [][]site.Site
	fails int // so many of the next looks
}

func (l *looks) Claim(ctx context.Context, most int, lease time.Duration, in ...site.Site) (turns []subscription.Turn, err error) {
	if l.fail() {
		err = errAway
	} else {
		turns, err = l.Rounds.Claim(ctx, most, lease, in...)
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	l.all = append(l.all, slices.Clone(in))
	return turns, err
}

func (l *looks) fail() bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.fails--
	return l.fails >= 0
}

func (l *looks) seen() [][]site.Site {
	l.mu.Lock()
	defer l.mu.Unlock()
	return slices.Clone(l.all)
}

// away is another site, with a subscriber.
func (w *world) away() (site.Site, *subscriber) {
	w.Helper()
	at, err := site.Named("two.example")
	require.NoError(w, err)
	home := w.home
	w.home = at
	s := w.subscriber()
	w.home = home
	return at, s
}

// watched starts a courier that has looked everywhere once, and does so again only after that time.
func (w *world) watched(again time.Duration) (*subscription.Courier, *looks) {
	w.Helper()
	c := w.config()
	c.PollEvery = again
	l := &looks{Rounds: w.db.Subscriptions()}
	courier := subscription.NewCourier(l, c)
	w.start(courier)
	w.eventually("it has looked everywhere", func() bool { return len(l.seen()) >= 1 })
	return courier, l
}

func (w *world) tellAt(in site.Site) {
	w.Helper()
	_, err := w.db.Events().Append(w.Context(), in, event.New{Type: event.MessageReceived, Data: []byte(`{}`)})
	require.NoError(w, err)
}

func TestCourierThatIsWokenLooksOnlyAtTheSiteItIsWokenFor(t *testing.T) {
	onBoth(t, func(w *world) {
		here := w.subscriber()
		at, there := w.away()
		courier, l := w.watched(time.Hour)
		w.tellAt(w.home)
		w.tellAt(at)
		courier.Wake(at)
		w.eventually("there it comes", func() bool { return len(there.times()) == 1 })
		w.eventually("and after a turn it looks again", func() bool { return len(l.seen()) >= 3 })
		assert.Empty(w, here.times(), "nobody woke it for this site")
		seen := l.seen()
		assert.Empty(w, seen[0], "the first was everywhere")
		for _, in := range seen[1:] {
			assert.Equal(w, []site.Site{at}, in)
		}
		courier.Wake(w.home)
		w.eventually("and here", func() bool { return len(here.times()) == 1 })
	})
}

// What nobody woke it for is found by the poll, however busy others keep the courier.
func TestCourierThatIsWokenAllTheTimeStillLooksEverywhere(t *testing.T) {
	onBoth(t, func(w *world) {
		here := w.subscriber()
		at, _ := w.away()
		courier, _ := w.watched(50 * time.Millisecond)
		done := make(chan struct{})
		var bell sync.WaitGroup
		defer bell.Wait()
		defer close(done)
		bell.Go(func() {
			for {
				select {
				case <-done:
					return
				default:
					courier.Wake(at)
					time.Sleep(time.Millisecond)
				}
			}
		})
		w.tellAt(w.home)
		w.eventually("it comes", func() bool { return len(here.times()) == 1 })
	})
}

// What it was woken for is not known any more after a look that failed.
func TestCourierThatCouldNotLookLooksEverywhereNext(t *testing.T) {
	onBoth(t, func(w *world) {
		here := w.subscriber()
		at, _ := w.away()
		courier, l := w.watched(time.Hour)
		l.mu.Lock()
		l.fails = 1
		l.mu.Unlock()
		w.tellAt(w.home)
		courier.Wake(w.home)
		w.eventually("it could not look", func() bool { return len(l.seen()) == 2 })
		courier.Wake(at)
		w.eventually("it comes", func() bool { return len(here.times()) == 1 })
		assert.Empty(w, l.seen()[2])
	})
}

// A courier with one seat that is taken cannot serve the other site when it is woken; the one who gets up tells only of its own.
func TestSeatThatWasWantedIsGivenToWhoeverWaits(t *testing.T) {
	onBoth(t, func(w *world) {
		here := w.subscriber()
		at, there := w.away()
		w.tellAt(w.home)
		w.tellAt(at)
		c := w.config()
		c.PollEvery, c.Most = time.Hour, 1
		w.start(subscription.NewCourier(w.db.Subscriptions(), c))
		w.eventually("both are served", func() bool { return len(here.times()) == 1 && len(there.times()) == 1 })
	})
}

package subscription_test

import (
	"fmt"
	"io"
	"log/slog"
	"maps"
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"slices"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/uuid"
	standardwebhooks "github.com/standard-webhooks/standard-webhooks/libraries/go"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/ivendnext/whatsapp-accounts/internal/event"
	"github.com/ivendnext/whatsapp-accounts/internal/pgtest"
	"github.com/ivendnext/whatsapp-accounts/internal/secret"
	"github.com/ivendnext/whatsapp-accounts/internal/site"
	"github.com/ivendnext/whatsapp-accounts/internal/store"
	"github.com/ivendnext/whatsapp-accounts/internal/subscription"
	"github.com/ivendnext/whatsapp-accounts/internal/subscription/post"
)

func TestMain(m *testing.M) { pgtest.Main(m) }

// world is a database, a clock that a test moves, and subscribers on this machine. Signatures are judged by the standard's library, whose clock is the real one.
type world struct {
	testing.TB
	options store.Options
	db      *store.DB
	box     *secret.Box
	service *subscription.Service
	poster  *post.Poster
	home    site.Site
	offset  atomic.Int64
	tally   tally
}

// tally counts by outcome and reason.
type tally struct {
	mu     sync.Mutex
	counts map[string]int
}

func (t *tally) count(what string) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.counts == nil {
		t.counts = map[string]int{}
	}
	t.counts[what]++
}

func (t *tally) of(what string) int {
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.counts[what]
}

func (t *tally) Delivered(o subscription.Outcome) { t.count(string(o)) }
func (t *tally) Ended(why subscription.Reason)    { t.count(string(why)) }

func newID() string { return uuid.Must(uuid.NewV7()).String() }

func (w *world) now() time.Time {
	return time.Now().UTC().Add(time.Duration(w.offset.Load())).Truncate(time.Microsecond)
}

func (w *world) advance(d time.Duration) { w.offset.Add(int64(d)) }

// onBoth runs a test on each database.
func onBoth(t *testing.T, test func(*world)) {
	t.Helper()
	t.Parallel()
	t.Run("sqlite", func(t *testing.T) {
		t.Parallel()
		test(newWorld(t, store.Options{Path: filepath.Join(t.TempDir(), "test.db")}))
	})
	t.Run("postgres", func(t *testing.T) { t.Parallel(); test(newWorld(t, store.Options{URL: pgtest.URL(t)})) })
}

func newWorld(t *testing.T, o store.Options) *world {
	t.Helper()
	w := &world{TB: t}
	o.MaxConns, o.Log, o.Now, o.NewID = 8, slog.New(slog.DiscardHandler), w.now, newID
	w.options = o
	keyset, err := secret.Generate(w.now())
	require.NoError(t, err)
	w.box = secret.NewBox(keyset)
	w.db = w.open()
	require.NoError(t, w.db.Migrate(t.Context()))
	require.NoError(t, w.db.Keys().Record(t.Context(), keyset.Primary()))
	w.home, err = site.Named("one.example")
	require.NoError(t, err)
	w.poster = post.New(post.Options{AllowLoopback: true, Now: w.now})
	t.Cleanup(w.poster.Close)
	w.service = subscription.NewService(w.db.Subscriptions(), subscription.Options{Sender: w.poster, Encode: encode, NewKey: subscription.NewKey, Now: w.now, NewID: newID})
	return w
}

// open opens the database, as another process would.
func (w *world) open() *store.DB {
	w.Helper()
	db, err := store.Open(w.Context(), w.options)
	require.NoError(w, err)
	w.Cleanup(func() { require.NoError(w, db.Close()) })
	db.UseBox(w.box)
	return db
}

func encode(e event.Event) ([]byte, error) {
	return fmt.Appendf(nil, `{"id":%q,"data":%s}`, e.ID, e.Data), nil
}

// longLease outlasts every test, however far it moves the clock while something is under way.
const longLease = 10_000 * time.Hour

// courier runs a courier on a database until the test ends or stop is called.
func (w *world) courier(db *store.DB, change ...func(*subscription.Config)) (stop func()) {
	w.Helper()
	c := subscription.Config{
		Sender: w.poster, Encode: encode, Tally: &w.tally, Log: slog.New(slog.DiscardHandler), Now: w.now,
		PollEvery: 5 * time.Millisecond, Grace: 100 * time.Millisecond, Lease: longLease,
	}
	for _, f := range change {
		f(&c)
	}
	ended := make(chan struct{})
	run, cancel := w.cancellable()
	go func() {
		defer close(ended)
		subscription.NewCourier(db.Subscriptions(), c).Run(run)
	}()
	stop = sync.OnceFunc(func() {
		cancel()
		<-ended
	})
	w.Cleanup(stop)
	return stop
}

// subscriber is somebody who receives, and judges each signature by the standard's own library.
type subscriber struct {
	w       *world
	made    subscription.Subscription
	judges  []*standardwebhooks.Webhook
	url     string
	answer  atomic.Value // func(http.ResponseWriter, *http.Request)
	mu      sync.Mutex
	got     map[string]int // by webhook-id
	refused int
}

func status(code int) func(http.ResponseWriter, *http.Request) {
	return func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(code) }
}

func (w *world) subscriber(types ...event.Type) *subscriber {
	w.Helper()
	s := &subscriber{w: w, got: map[string]int{}}
	s.answer.Store(status(http.StatusNoContent))
	server := httptest.NewServer(s)
	w.Cleanup(server.Close)
	s.url = server.URL
	made, key, err := w.service.Create(w.Context(), w.home, subscription.Change{URL: &server.URL, Types: &types})
	require.NoError(w, err)
	s.made = made
	s.trust(key)
	return s
}

func (s *subscriber) trust(key secret.Text) {
	s.w.Helper()
	judge, err := standardwebhooks.NewWebhook(subscription.Shown(key))
	require.NoError(s.w, err)
	s.judges = []*standardwebhooks.Webhook{judge}
}

// ServeHTTP takes a message.
func (s *subscriber) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	body, err := io.ReadAll(r.Body)
	answer := s.answer.Load().(func(http.ResponseWriter, *http.Request))
	rec := httptest.NewRecorder()
	answer(rec, r)
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, judge := range s.judges {
		// Without the time: the test's clock may be hours ahead.
		if err == nil {
			err = judge.VerifyIgnoringTimestamp(body, r.Header)
		}
	}
	if err != nil {
		s.w.Errorf("a delivery that is not proved: %v", err)
	}
	if rec.Code < 300 {
		s.got[r.Header.Get("webhook-id")]++
	} else {
		s.refused++
	}
	maps.Copy(w.Header(), rec.Header())
	w.WriteHeader(rec.Code)
}

// times are how often each event came.
func (s *subscriber) times() map[string]int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return maps.Clone(s.got)
}

func (s *subscriber) has(ids ...string) bool {
	got := s.times()
	return !slices.ContainsFunc(ids, func(id string) bool { return got[id] == 0 })
}

func (s *subscriber) turnedAway() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.refused
}

// tell appends events and gives their ids.
func (w *world) tell(n int) []string {
	w.Helper()
	events := make([]event.New, n)
	for i := range events {
		events[i] = event.New{Type: event.MessageReceived, Data: fmt.Appendf(nil, `{"n":%d}`, i)}
	}
	before, err := w.db.Events().Head(w.Context(), w.home)
	require.NoError(w, err)
	_, err = w.db.Events().Append(w.Context(), w.home, events...)
	require.NoError(w, err)
	var ids []string
	for len(ids) < n {
		page, err := w.db.Events().Read(w.Context(), w.home, event.Query{After: before, Limit: 200})
		require.NoError(w, err)
		for _, e := range page.Events {
			ids = append(ids, e.ID)
		}
		before = page.Next
	}
	return ids
}

func (w *world) eventually(what string, is func() bool) {
	w.Helper()
	require.Eventually(w, is, 20*time.Second, 5*time.Millisecond, what)
}

func (w *world) log(s *subscriber) []subscription.Delivery {
	w.Helper()
	page, err := w.service.Log(w.Context(), w.home, s.made.ID, subscription.LogQuery{Limit: 200})
	require.NoError(w, err)
	return page.Deliveries
}

func TestEveryEventComesOnceToEverySubscriberOfItsType(t *testing.T) {
	onBoth(t, func(w *world) {
		all, some, none := w.subscriber(), w.subscriber(event.MessageReceived), w.subscriber(event.TemplateStatus)
		w.courier(w.db)
		ids := w.tell(300)
		w.eventually("everything is delivered", func() bool { return all.has(ids...) && some.has(ids...) })
		w.eventually("and recorded", func() bool { return w.tally.of("succeeded") == 600 })
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
		for range 6 {
			everybody = append(everybody, w.subscriber())
		}
		w.courier(w.db)
		w.courier(w.open())
		var ids []string
		for range 10 {
			ids = append(ids, w.tell(15)...)
		}
		for _, s := range everybody {
			w.eventually("everything is delivered", func() bool { return s.has(ids...) })
		}
		w.eventually("and recorded", func() bool { return w.tally.of("succeeded") == 6*150 })
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

func TestSubscriberThatIsGoneIsDisabledAndMayBeEnabledAgain(t *testing.T) {
	onBoth(t, func(w *world) {
		s, watcher := w.subscriber(event.MessageReceived), w.subscriber(event.SubscriptionDisabled)
		s.answer.Store(status(http.StatusGone))
		w.courier(w.db)
		ids := w.tell(1)
		w.eventually("it is told", func() bool { return len(watcher.times()) == 1 })
		after, err := w.service.Get(w.Context(), w.home, s.made.ID)
		require.NoError(w, err)
		assert.Equal(w, []any{subscription.Disabled, subscription.Gone}, []any{after.Status, after.DisabledReason})
		assert.Equal(w, 1, w.tally.of("gone"))
		ids = append(ids, w.tell(20)...)
		s.answer.Store(status(http.StatusOK))
		_, err = w.service.Update(w.Context(), w.home, s.made.ID, subscription.Change{Status: new(subscription.Enabled)}, nil)
		require.NoError(w, err)
		w.eventually("nothing that is kept is lost", func() bool { return s.has(ids...) })
	})
}

func TestFiveDaysOfFailuresDisableASubscriberLoudly(t *testing.T) {
	onBoth(t, func(w *world) {
		s := w.subscriber()
		s.answer.Store(status(http.StatusInternalServerError))
		w.courier(w.db)
		begun := w.now()
		w.tell(1)
		w.eventually("it is disabled", func() bool {
			w.advance(20 * time.Minute)
			if w.now().Sub(begun)%(4*time.Hour) < 20*time.Minute {
				w.tell(1)
			}
			after, err := w.service.Get(w.Context(), w.home, s.made.ID)
			return err == nil && after.DisabledReason == subscription.Failing
		})
		assert.Equal(w, 1, w.tally.of("failing"))
		after, err := w.service.Get(w.Context(), w.home, s.made.ID)
		require.NoError(w, err)
		assert.Greater(w, after.DisabledAt.Sub(begun), 5*24*time.Hour)
	})
}

func TestRotationSignsWithBothSecretsForADay(t *testing.T) {
	onBoth(t, func(w *world) {
		s := w.subscriber()
		w.courier(w.db)
		w.tell(1)
		w.eventually("the first came", func() bool { return len(s.times()) == 1 })
		_, key, err := w.service.Rotate(w.Context(), w.home, s.made.ID, nil)
		require.NoError(w, err)
		old := s.judges
		s.trust(key)
		s.judges = append(s.judges, old...) // each of them proves it
		w.tell(1)
		w.eventually("both sign", func() bool { return len(s.times()) == 2 })
		w.advance(24*time.Hour + time.Second)
		s.mu.Lock()
		s.judges = s.judges[:1]
		s.mu.Unlock()
		var signatures atomic.Value
		s.answer.Store(func(_ http.ResponseWriter, r *http.Request) { signatures.Store(r.Header.Get("webhook-signature")) })
		w.tell(1)
		w.eventually("the new one signs", func() bool { return len(s.times()) == 3 })
		assert.NotContains(w, signatures.Load(), " ", "alone")
	})
}

// A process that dies between sending and recording leaves a lease behind. Once it has ended another courier sends again, with the same id.
func TestWhatWasSentAndNotRecordedIsSentAgainWithTheSameID(t *testing.T) {
	onBoth(t, func(w *world) {
		s := w.subscriber()
		id := w.tell(1)[0]
		turns, err := w.db.Subscriptions().Claim(w.Context(), 10, 30*time.Second)
		require.NoError(w, err)
		require.Len(w, turns, 1)
		_, err = w.db.Subscriptions().Collect(w.Context(), turns[0], 200)
		require.NoError(w, err)
		w.courier(w.db)
		time.Sleep(50 * time.Millisecond)
		require.Empty(w, s.times(), "it is leased to who died")
		w.advance(31 * time.Second)
		w.eventually("it comes", func() bool { return s.has(id) })
		_, err = w.db.Subscriptions().Record(w.Context(), turns[0], w.log(s)[0].ID, nil)
		require.ErrorIs(w, err, subscription.ErrLost, "who comes back writes nothing")
	})
}

// A courier that is stopped gives back its turns, and what it broke off counts as no attempt.
func TestStoppedCourierGivesItsTurnsBack(t *testing.T) {
	onBoth(t, func(w *world) {
		s, begun := w.subscriber(), make(chan struct{}, 8)
		s.answer.Store(func(_ http.ResponseWriter, r *http.Request) {
			begun <- struct{}{}
			<-r.Context().Done()
		})
		id := w.tell(1)[0]
		stop := w.courier(w.db)
		<-begun
		stop()
		s.mu.Lock()
		clear(s.got) // what it got while it hung, it never answered
		s.mu.Unlock()
		require.Zero(w, w.log(s)[0].Tries)
		s.answer.Store(status(http.StatusOK))
		w.courier(w.open())
		w.eventually("another courier delivers at once", func() bool { return s.has(id) })
	})
}

func TestPoisonousEventIsGivenUpAndTheOthersPass(t *testing.T) {
	onBoth(t, func(w *world) {
		s, bad := w.subscriber(), w.tell(1)[0]
		s.answer.Store(func(rw http.ResponseWriter, r *http.Request) {
			if r.Header.Get("webhook-id") == bad {
				rw.WriteHeader(http.StatusUnprocessableEntity)
			}
		})
		w.courier(w.db)
		var ids []string
		given := func() bool {
			page, err := w.service.Log(w.Context(), w.home, s.made.ID, subscription.LogQuery{Limit: 1, Status: subscription.Failed})
			require.NoError(w, err)
			return len(page.Deliveries) == 1
		}
		for range 40 {
			ids = append(ids, w.tell(1)...)
			w.eventually("the others pass", func() bool { return s.has(ids...) })
			if given() {
				break
			}
			w.advance(9 * time.Hour)
		}
		assert.True(w, given())
		assert.Equal(w, 17, s.turnedAway())
	})
}

func TestEventIsDeliveredAgainOnRequest(t *testing.T) {
	onBoth(t, func(w *world) {
		s := w.subscriber()
		w.courier(w.db)
		id := w.tell(1)[0]
		w.eventually("it came", func() bool { return s.has(id) })
		made, err := w.service.Redeliver(w.Context(), w.home, id, "")
		require.NoError(w, err)
		require.Len(w, made, 1)
		w.eventually("it came again", func() bool { return s.times()[id] == 2 })
		assert.Len(w, w.log(s), 2)
	})
}

func TestTestIsSentAtOnceAndIsInNoFeed(t *testing.T) {
	onBoth(t, func(w *world) {
		s := w.subscriber(event.MessageReceived)
		d, err := w.service.Test(w.Context(), w.home, s.made.ID)
		require.NoError(w, err)
		assert.Equal(w, []any{subscription.Succeeded, event.SubscriptionTest, http.StatusNoContent}, []any{d.Status, d.Type, d.Attempts[0].Status})
		assert.True(w, s.has(d.EventID))
		assert.Equal(w, []subscription.Delivery{d}, w.log(s))
		head, err := w.db.Events().Head(w.Context(), w.home)
		require.NoError(w, err)
		assert.Zero(w, head)
		s.answer.Store(status(http.StatusTeapot))
		d, err = w.service.Test(w.Context(), w.home, s.made.ID)
		require.NoError(w, err)
		assert.Equal(w, []any{subscription.Failed, "The subscriber answered 418 I'm a teapot."}, []any{d.Status, d.Attempts[0].Detail})
		_, err = w.service.Test(w.Context(), w.home, newID())
		require.ErrorIs(w, err, subscription.ErrNotFound)
	})
}

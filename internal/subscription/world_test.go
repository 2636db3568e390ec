package subscription_test

import (
	"context"
	"fmt"
	"io"
	"log/slog"
	"maps"
	"net/http"
	"net/http/httptest"
	"slices"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/uuid"
	standardwebhooks "github.com/standard-webhooks/standard-webhooks/libraries/go"
	"github.com/stretchr/testify/require"

	"github.com/ivendnext/whatsapp-accounts/internal/event"
	"github.com/ivendnext/whatsapp-accounts/internal/pgtest"
	"github.com/ivendnext/whatsapp-accounts/internal/secret"
	"github.com/ivendnext/whatsapp-accounts/internal/site"
	"github.com/ivendnext/whatsapp-accounts/internal/store"
	"github.com/ivendnext/whatsapp-accounts/internal/storetest"
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
	journal *slog.Logger
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
	storetest.OnBoth(t, func(t *testing.T, o store.Options) { t.Helper(); test(newWorld(t, o)) })
}

func newWorld(t *testing.T, o store.Options) *world {
	t.Helper()
	w := &world{TB: t, journal: slog.New(slog.NewTextHandler(t.Output(), &slog.HandlerOptions{Level: slog.LevelError}))}
	o.MaxConns, o.Log, o.Now, o.NewID = 8, slog.New(slog.DiscardHandler), w.now, newID
	w.options = o
	keyset, err := secret.Generate(w.now())
	require.NoError(t, err)
	w.box = secret.NewBox(keyset)
	w.db = w.open()
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
func (w *world) courier(db *store.DB) (stop func()) {
	w.Helper()
	return w.run(db.Subscriptions())
}

// run runs a courier on whatever hands out turns.
func (w *world) run(rounds subscription.Rounds) (stop func()) {
	w.Helper()
	return w.start(subscription.NewCourier(rounds, w.config()))
}

func (w *world) config() subscription.Config {
	return subscription.Config{
		Sender: w.poster, Encode: encode, Tally: &w.tally, Log: w.journal, Now: w.now,
		PollEvery: 5 * time.Millisecond, Grace: 100 * time.Millisecond, Lease: longLease,
	}
}

func (w *world) start(c *subscription.Courier) (stop func()) {
	w.Helper()
	ended := make(chan struct{})
	run, cancel := context.WithCancel(context.WithoutCancel(w.Context()))
	go func() {
		defer close(ended)
		c.Run(run)
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
	require.Eventually(w, is, time.Minute, 5*time.Millisecond, what)
}

func (w *world) log(s *subscriber) []subscription.Delivery {
	w.Helper()
	page, err := w.service.Log(w.Context(), w.home, s.made.ID, subscription.LogQuery{Limit: 200})
	require.NoError(w, err)
	return page.Deliveries
}

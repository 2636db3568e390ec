package queue_test

import (
	"context"
	"errors"
	"log/slog"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/stretchr/testify/require"

	"github.com/ivendnext/whatsapp-accounts/internal/pgtest"
	"github.com/ivendnext/whatsapp-accounts/internal/queue"
	"github.com/ivendnext/whatsapp-accounts/internal/site"
	"github.com/ivendnext/whatsapp-accounts/internal/store"
	"github.com/ivendnext/whatsapp-accounts/internal/storetest"
)

func TestMain(m *testing.M) { pgtest.Main(m) }

// The queue that is worked on, and the one where what its handlers commit is found.
const (
	work    = "work"
	effects = "effects"
)

var errBroken = errors.New("broken")

// clock stands still until a test advances it.
type clock struct{ offset atomic.Int64 }

func (c *clock) now() time.Time {
	return time.Date(2026, 11, 5, 6, 7, 8, 0, time.UTC).Add(time.Duration(c.offset.Load()))
}
func (c *clock) advance(d time.Duration) { c.offset.Add(int64(d)) }

// desk is a test with a queue in a real database.
type desk struct {
	testing.TB
	*store.Jobs
	clock   *clock
	options store.Options
	home    site.Site
	log     log
	tried   atomic.Int32 // attempts of failing
}

// log keeps what was logged.
type log struct {
	mu   sync.Mutex
	text strings.Builder
}

func (l *log) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.text.Write(p)
}

func (l *log) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.text.String()
}

// onBoth runs a test on a fresh database of each kind. One that is missing fails.
func onBoth(t *testing.T, test func(*desk)) {
	t.Helper()
	storetest.OnBoth(t, func(t *testing.T, o store.Options) { t.Helper(); test(open(t, o)) })
}

func onSQLite(t testing.TB) *desk {
	t.Helper()
	return open(t, storetest.SQLite(t))
}

func open(t testing.TB, o store.Options) *desk {
	t.Helper()
	d := &desk{TB: t, clock: new(clock), options: o}
	d.options.MaxConns, d.options.Log, d.options.Now = 16, slog.New(slog.DiscardHandler), d.clock.now
	d.options.NewID = func() string { return uuid.Must(uuid.NewV7()).String() }
	var err error
	d.home, err = site.Named("home")
	require.NoError(t, err)
	d.Jobs = d.database().Jobs()
	return d
}

// database opens the database once more, as another process would.
func (d *desk) database() *store.DB {
	d.Helper()
	db, err := store.Open(d.Context(), d.options)
	require.NoError(d, err)
	d.Cleanup(func() { require.NoError(d, db.Close()) })
	return db
}

// enqueue keeps a job for each subject; "a1" is of key "a", "-1" of none.
func (d *desk) enqueue(subjects ...string) {
	d.Helper()
	jobs := make([]queue.New, len(subjects))
	for i, s := range subjects {
		jobs[i] = queue.New{Queue: work, OrderKey: strings.TrimRight(s[:1], "-"), Site: d.home, Subject: s}
	}
	require.NoError(d, d.Enqueue(d.Context(), jobs...))
}

// config is of a worker that looks when it is woken only.
func (d *desk) config() queue.Config {
	return queue.Config{
		Queue: work, Workers: 4, Batch: 8, PollEvery: time.Hour, Backoff: queue.Backoff{First: time.Minute, Max: time.Hour}, MaxAttempts: 3,
		Now: d.clock.now, Log: slog.New(slog.NewJSONHandler(&d.log, nil)),
	}
}

// running is a worker that runs.
type running struct {
	*queue.Worker
	stop func() // ends Run and waits for it
}

// run runs a worker until the test stops it or ends.
func (d *desk) run(c queue.Config, h queue.Handler) running {
	d.Helper()
	return d.runOn(d.Jobs, c, h)
}

func (d *desk) runOn(s queue.Store, c queue.Config, h queue.Handler) running {
	d.Helper()
	ctx, cancel := context.WithCancel(d.Context())
	w, over := queue.NewWorker(s, c, h), make(chan struct{})
	go func() {
		defer close(over)
		w.Run(ctx)
	}()
	stop := func() { cancel(); <-over }
	d.Cleanup(stop)
	return running{w, stop}
}

// leaves is a commit that leaves the subject behind, in the order of commits.
func (d *desk) leaves(s queue.Store, j queue.Job) func(context.Context) error {
	return func(ctx context.Context) error {
		return s.Enqueue(ctx, queue.New{Queue: effects, OrderKey: j.OrderKey + "!", Site: j.Site, Subject: j.Subject})
	}
}

// does is a handler that does nothing but commit.
func (d *desk) does(_ context.Context, j queue.Job) (func(context.Context) error, error) {
	return d.leaves(d.Jobs, j), nil
}

// done are the effects so far, of each key in their order, and forgets them.
func (d *desk) done() []string {
	d.Helper()
	var all []string
	for {
		runs, err := d.Claim(d.Context(), effects, queue.Want{Runs: 100, Each: 1000}, time.Minute)
		require.NoError(d, err)
		if len(runs) == 0 {
			return all
		}
		for _, run := range runs {
			for _, j := range run {
				all = append(all, j.Subject)
			}
			require.NoError(d, d.Finish(d.Context(), run...))
		}
	}
}

// depth is what is left to do.
func (d *desk) depth() queue.Depth {
	d.Helper()
	depth, err := d.Depth(d.Context(), work)
	require.NoError(d, err)
	return depth
}

// until waits until the work is as it should be.
func (d *desk) until(want queue.Depth) {
	d.Helper()
	d.eventually(func() bool { return d.depth() == want }, want)
}

// eventually waits as long as something happens now and then. It looks less often the longer it takes: each look asks the database.
func (d *desk) eventually(is func() bool, want any) {
	d.Helper()
	begun, last, changed := time.Now(), queue.Depth{}, time.Now()
	for !is() {
		if depth := d.depth(); depth != last {
			last, changed = depth, time.Now()
		}
		if time.Since(changed) > time.Minute {
			d.Fatalf("never became %+v, but is %+v:\n%s", want, last, &d.log)
		}
		time.Sleep(min(2*time.Millisecond+time.Since(begun)/10, 50*time.Millisecond))
	}
}

// parked are the parked jobs.
func (d *desk) parked() []queue.Job {
	d.Helper()
	page, err := d.Parked(d.Context(), d.home, work, "", 100)
	require.NoError(d, err)
	return page.Jobs
}

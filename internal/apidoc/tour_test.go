package apidoc_test

import (
	"context"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/stretchr/testify/require"

	"github.com/ivendnext/whatsapp-accounts/internal/account"
	"github.com/ivendnext/whatsapp-accounts/internal/apidoc"
	"github.com/ivendnext/whatsapp-accounts/internal/apikey"
	"github.com/ivendnext/whatsapp-accounts/internal/app"
	"github.com/ivendnext/whatsapp-accounts/internal/bulk"
	"github.com/ivendnext/whatsapp-accounts/internal/config"
	"github.com/ivendnext/whatsapp-accounts/internal/event"
	"github.com/ivendnext/whatsapp-accounts/internal/httpapi"
	"github.com/ivendnext/whatsapp-accounts/internal/idempotency"
	"github.com/ivendnext/whatsapp-accounts/internal/inspect"
	"github.com/ivendnext/whatsapp-accounts/internal/message"
	"github.com/ivendnext/whatsapp-accounts/internal/provider"
	"github.com/ivendnext/whatsapp-accounts/internal/provider/meta"
	"github.com/ivendnext/whatsapp-accounts/internal/queue"
	"github.com/ivendnext/whatsapp-accounts/internal/readreceipt"
	"github.com/ivendnext/whatsapp-accounts/internal/routing"
	"github.com/ivendnext/whatsapp-accounts/internal/secret"
	"github.com/ivendnext/whatsapp-accounts/internal/site"
	"github.com/ivendnext/whatsapp-accounts/internal/store"
	"github.com/ivendnext/whatsapp-accounts/internal/subscription"
	"github.com/ivendnext/whatsapp-accounts/internal/template"
	"github.com/ivendnext/whatsapp-accounts/internal/webhook"
	"github.com/ivendnext/whatsapp-accounts/pkg/whatsapptest"
)

var update = flag.Bool("update", false, "write docs/examples anew from what the service answers")

// The callers of the tour, by the name of their key.
const (
	manager = "back-office"
	reader  = "dashboard"
	nobody  = ""
)

// tour walks through the real service with a clock and ids of its own, so that every walk gives the same answers.
type tour struct {
	db       *store.DB
	shop     shop                      // who is subscribed
	holders  map[string]site.Principal // of the keys
	t        *testing.T
	handler  http.Handler
	hurried  http.Handler // the same service, with no time for anything
	wary     http.Handler // the same service, where one wrong key is enough
	keys     map[string]string
	work     func() // does the jobs that wait
	feeds    func() // makes messages of the recipients of bulk messages
	sends    func() // sends the messages that wait
	giveUp   func(why string)
	review   []*whatsapptest.Meta // the doubles, which review templates
	refusals []func()             // each makes a double of Meta refuse the next subscription
	now      time.Time
	ids      int
	recorded []apidoc.Exchange
}

// step is one request of the tour. A step without a name is walked and not recorded.
type step struct {
	name, summary string
	general       bool
	as            string
	request       string // "GET /v1/me"
	header        map[string]string
	body          string
}

// newTour starts the service on a new SQLite file.
func newTour(t *testing.T) *tour {
	t.Helper()
	walk := &tour{t: t, keys: map[string]string{}, holders: map[string]site.Principal{}, now: time.Date(2026, time.November, 22, 10, 0, 0, 0, time.UTC)}
	db, err := store.Open(t.Context(), store.Options{
		Path: filepath.Join(t.TempDir(), "tour.db"), MaxConns: 2, Log: quiet(), Now: walk.clock, NewID: walk.newID,
	})
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, db.Close()) })
	require.NoError(t, db.Migrate(t.Context()))
	keyset, err := secret.Generate(walk.now)
	require.NoError(t, err)
	db.UseBox(secret.NewBox(keyset))
	require.NoError(t, db.Keys().Record(t.Context(), keyset.Primary()))
	walk.db = db
	keys := apikey.NewService(db.APIKeys(), walk.clock, walk.newID)
	walk.addKey(keys, manager, site.SystemManager)
	walk.addKey(keys, reader, site.Viewer)
	walk.handler, walk.hurried, walk.wary = walk.door(db, keys, time.Minute, 0), walk.door(db, keys, time.Nanosecond, 0), walk.door(db, keys, time.Minute, 1)
	return walk
}

func quiet() *slog.Logger { return slog.New(slog.DiscardHandler) }

// door puts the service together as internal/app does, with the tour's clock and ids.
func (w *tour) door(db *store.DB, keys *apikey.Service, timeout time.Duration, failures int) http.Handler {
	w.t.Helper()
	providers, err := app.Providers(config.Providers{})
	require.NoError(w.t, err)
	spec, _ := providers.Get(meta.Type)
	accounts := db.Accounts()
	doors, all := map[provider.Type]webhook.Door{}, []webhook.Door{}
	for _, spec := range providers.All() {
		receiver, _ := provider.As[provider.Receiver](providers, spec.Type)
		doors[spec.Type] = webhook.Door{Spec: spec, Receiver: receiver}
		all = append(all, doors[spec.Type])
	}
	recorder := webhook.NewRecorder(db.Books())
	w.giveUp = func(why string) { w.t.Helper(); w.park(db, why) }
	w.work = w.worker(db, recorder, webhook.NewProcessor(db.Candidates(), db.Receipts(), db.Books(), doors, nil, untold{}))
	asked, open := w.outside(db)
	templates, router := template.NewService(db.Templates(), accounts, asked, template.Opener(open), w.clock, w.newID), routing.NewService(accounts, db.Templates(), providers)
	messages := message.NewService(message.Deps{Store: db.Messages(), Router: router, Templates: templates, Providers: providers, Now: w.clock, NewID: w.newID})
	w.sends, w.feeds = w.sender(db), w.feeder(db, router)
	return httpapi.New(httpapi.Deps{
		Accounts: account.NewService(accounts, providers, w.clock, w.newID), Templates: templates, Messages: messages, Bulks: bulk.NewService(db.Bulks(), messages, w.clock, w.newID), Routing: router, Keys: keys,
		Idempotency: idempotency.NewService(db.Idempotency(), w.clock, w.newID), Verifier: webhook.NewVerifier(accounts, recorder, spec, w.clock), Providers: providers,
		PublicURL: "https://wa.example.com", Timeout: timeout, Log: quiet(), Metrics: httpapi.NewMetrics(prometheus.NewRegistry()),
		Acceptor: webhook.NewAcceptor(db.Candidates(), db.Receipts(), webhook.Options{Witness: recorder, Now: w.clock, NewID: w.newID}), Doors: all,
		Subscribers: subscription.NewService(db.Subscriptions(), subscription.Options{
			Sender: &w.shop, Encode: httpapi.EncodeEvent, NewKey: exampleKey, Now: w.clock, NewID: w.newID,
		}),
		Reading: readreceipt.NewService(db.Events(), providers, reads{}), Health: db.Books(), Inspector: inspect.NewService(accounts, asked, open, db.Books(), untold{}), Adopter: webhook.NewAdopter(accounts, db.Events(), db.Candidates(), db.Receipts(), doors, nil), Jobs: db.Jobs(), Feed: event.NewFeed(db.Events(), event.NewBell()),
		Now: w.clock, NewID: w.newID, AuthFailures: failures,
	})
}

// untold counts nothing.
type untold struct{}

func (untold) Checked(string) {}

// jobs does the jobs of a queue that wait.
func (w *tour) jobs(db *store.DB, of string, do func(queue.Job) (func(context.Context) error, error)) {
	w.t.Helper()
	for {
		runs, err := db.Jobs().Claim(w.t.Context(), of, queue.Want{Runs: 1, Each: 1}, time.Minute)
		require.NoError(w.t, err)
		if len(runs) == 0 {
			return
		}
		j := runs[0][0]
		commit, err := do(j)
		require.NoError(w.t, err)
		require.NoError(w.t, db.Transact(w.t.Context(), func(ctx context.Context) error {
			return errors.Join(commit(ctx), db.Jobs().Finish(ctx, j))
		}))
	}
}

// worker gives what does the jobs of webhooks, as the program does in the background.
func (w *tour) worker(db *store.DB, recorder *webhook.Recorder, p *webhook.Processor) func() {
	return func() {
		w.t.Helper()
		w.now, w.ids = w.now.Add(time.Minute), 0
		require.NoError(w.t, recorder.Flush(w.t.Context()))
		w.jobs(db, webhook.Queue, func(j queue.Job) (func(context.Context) error, error) {
			return p.Handle(w.t.Context(), j.Subject, webhook.Party{AccountID: j.OrderKey, Site: j.Site})
		})
	}
}

func (w *tour) addKey(keys *apikey.Service, name string, role site.Role) {
	w.t.Helper()
	home, err := site.Named("default")
	require.NoError(w.t, err)
	k, clear, err := keys.Create(w.t.Context(), home, role, name)
	require.NoError(w.t, err)
	w.holders[name] = k.Principal()
	w.keys[name] = clear.Reveal()
}

// clock stands still within a step and moves on a minute with each.
func (w *tour) clock() time.Time { return w.now }

// newID makes UUIDv7s that follow from the step and from how many it has made.
func (w *tour) newID() string {
	w.ids++
	ms := w.now.UnixMilli()
	return fmt.Sprintf("%08x-%04x-7%03x-8000-000000000000", ms>>16, ms&0xffff, w.ids)
}

// do takes a step and gives the answer's body.
func (w *tour) do(s step) map[string]any {
	w.t.Helper()
	w.now, w.ids = w.now.Add(time.Minute), 0
	got := w.serve(w.handler, s)
	if s.name != "" {
		w.record(s, got)
	}
	var body map[string]any
	if strings.Contains(got.Header().Get("Content-Type"), "json") {
		require.NoError(w.t, json.Unmarshal(got.Body.Bytes(), &body), got.Body.String())
	}
	return body
}

func (w *tour) serve(handler http.Handler, s step) *httptest.ResponseRecorder {
	w.t.Helper()
	method, path, _ := strings.Cut(s.request, " ")
	req := httptest.NewRequestWithContext(w.t.Context(), method, path, strings.NewReader(s.body))
	if s.body != "" {
		req.Header.Set("Content-Type", "application/json")
	}
	for name, value := range s.header {
		req.Header.Set(name, value)
	}
	if s.as != nobody {
		req.Header.Set("Authorization", "Bearer "+w.keys[s.as])
	}
	got := httptest.NewRecorder()
	handler.ServeHTTP(got, req)
	return got
}

// ndjson is what is no JSON as a whole.
const ndjson = "application/x-ndjson"

// longest is the longest body that is kept, in bytes; the step that is refused for its size sends more.
const longest = 10_000

// record keeps what callers see. A body that is not JSON was sent to be refused and would be no example.
func (w *tour) record(s step, got *httptest.ResponseRecorder) {
	w.t.Helper()
	method, path, _ := strings.Cut(s.request, " ")
	x := apidoc.Exchange{
		Name: s.name, Summary: s.summary, General: s.general,
		Request:  apidoc.Request{Method: method, Path: path, Header: s.header},
		Response: apidoc.Response{Status: got.Code, Header: map[string]string{}},
	}
	if len(s.body) < longest && json.Valid([]byte(s.body)) {
		x.Request.Body = json.RawMessage(s.body)
	}
	if s.header["Content-Type"] == ndjson {
		x.Request.Body, _ = json.Marshal(s.body) // a string has a JSON form
	}
	for _, name := range []string{"Content-Type", "ETag", "Location", "X-Request-Id", "Idempotent-Replayed", "Retry-After", "WWW-Authenticate", "X-Message-Id", "Allow"} {
		if value := got.Header().Get(name); value != "" {
			x.Response.Header[name] = value
		}
	}
	x.Response.Body = bodyOf(w.t, got)
	w.recorded = append(w.recorded, x)
}

func bodyOf(t *testing.T, got *httptest.ResponseRecorder) json.RawMessage {
	t.Helper()
	raw := got.Body.Bytes()
	if len(raw) == 0 || strings.Contains(got.Header().Get("Content-Type"), "json") {
		return raw
	}
	text, err := json.Marshal(string(raw))
	require.NoError(t, err)
	return text
}

// app walks the steps about the process itself, which only the whole program can answer; shut closes its database.
func (w *tour) app() (do func(step), shut func()) {
	w.t.Helper()
	c := config.Serve{Storage: config.Storage{DataDir: w.t.TempDir(), DBMaxConns: 2}, RequestTimeout: time.Minute}
	providers, err := app.Providers(c.Providers)
	require.NoError(w.t, err)
	opened, err := app.Open(w.t.Context(), c.Storage, quiet())
	require.NoError(w.t, err)
	whole, err := app.New(c, opened, providers, quiet())
	require.NoError(w.t, err)
	do = func(s step) {
		// Its ids are not ours to fix, but the request's is.
		w.now, w.ids = w.now.Add(time.Minute), 0
		s.header = map[string]string{"X-Request-Id": w.newID()}
		w.record(s, w.serve(whole.Handler, s))
	}
	return do, func() { require.NoError(w.t, opened.DB.Close()) }
}

// files gives the recorded exchanges as they are kept.
func (w *tour) files() map[string][]byte {
	w.t.Helper()
	files := map[string][]byte{}
	for _, x := range w.recorded {
		raw, err := json.Marshal(x)
		require.NoError(w.t, err)
		text, err := apidoc.Pretty(raw)
		require.NoError(w.t, err)
		name := x.Name + ".json"
		require.NotContains(w.t, files, name, "two steps of one name")
		files[name] = text
	}
	return files
}

const examplesFolder = "../../docs/examples"

func TestExamplesAreRealAnswers(t *testing.T) {
	walk := newTour(t)
	walk.wholeWay()
	want := walk.files()
	if *update {
		require.NoError(t, os.RemoveAll(examplesFolder))
		require.NoError(t, os.MkdirAll(examplesFolder, 0o755)) //nolint:gosec // examples are for everybody
		for name, text := range want {
			require.NoError(t, os.WriteFile(filepath.Join(examplesFolder, name), text, 0o644))
		}
	}
	kept, err := os.ReadDir(examplesFolder)
	require.NoError(t, err)
	for _, file := range kept {
		have, err := os.ReadFile(filepath.Join(examplesFolder, file.Name()))
		require.NoError(t, err)
		require.Equal(t, string(want[file.Name()]), string(have), "the service answers otherwise than docs/examples/%s; run make docs and look at the difference", file.Name())
		delete(want, file.Name())
	}
	require.Empty(t, want, "docs/examples lacks these; run make docs")
}

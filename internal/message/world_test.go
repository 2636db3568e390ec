package message_test

import (
	"context"
	"encoding/json"
	"log/slog"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/stretchr/testify/require"

	"github.com/ivendnext/whatsapp-accounts/internal/account"
	"github.com/ivendnext/whatsapp-accounts/internal/message"
	"github.com/ivendnext/whatsapp-accounts/internal/pgtest"
	"github.com/ivendnext/whatsapp-accounts/internal/provider"
	"github.com/ivendnext/whatsapp-accounts/internal/provider/endpoint"
	"github.com/ivendnext/whatsapp-accounts/internal/provider/guard"
	"github.com/ivendnext/whatsapp-accounts/internal/provider/meta"
	"github.com/ivendnext/whatsapp-accounts/internal/provider/wasender"
	"github.com/ivendnext/whatsapp-accounts/internal/routing"
	"github.com/ivendnext/whatsapp-accounts/internal/secret"
	"github.com/ivendnext/whatsapp-accounts/internal/site"
	"github.com/ivendnext/whatsapp-accounts/internal/store"
	"github.com/ivendnext/whatsapp-accounts/internal/storetest"
	"github.com/ivendnext/whatsapp-accounts/internal/template"
)

func TestMain(m *testing.M) { pgtest.Main(m) }

func newID() string { return uuid.Must(uuid.NewV7()).String() }

// world is a database with the use cases on it, a clock that a test moves, and a carrier that answers as the test says.
type world struct {
	testing.TB
	db       *store.DB
	accounts *account.Service
	service  *message.Service
	sender   *message.Sender
	home     site.Site
	start    time.Time
	offset   atomic.Int64
	rules    provider.SendRules

	mu      sync.Mutex
	calls   []provider.Outgoing
	answers []error // of the carrier, in their order; then it takes every message
	during  func()  // runs while a call is made
	before  func()  // runs before one begins
	tallied map[string]int
	refuse  error // of the carrier, before it begins
}

func (w *world) now() time.Time          { return w.start.Add(time.Duration(w.offset.Load())) }
func (w *world) advance(d time.Duration) { w.offset.Add(int64(d)) }

// Carry implements message.Carrier.
func (w *world) Carry(_ context.Context, _ account.Account, m provider.Outgoing, begin func() error) (provider.Accepted, error) {
	if w.refuse != nil {
		return provider.Accepted{}, w.refuse
	}
	if w.before != nil {
		w.before()
	}
	if err := begin(); err != nil {
		return provider.Accepted{}, err
	}
	w.mu.Lock()
	w.calls = append(w.calls, m)
	n := len(w.calls)
	w.mu.Unlock()
	if w.during != nil {
		w.during()
	}
	if n <= len(w.answers) && w.answers[n-1] != nil {
		return provider.Accepted{}, w.answers[n-1]
	}
	return provider.Accepted{ID: "wamid." + m.Ref}, nil
}

// Rules implements message.Carrier.
func (w *world) Rules(account.Account) provider.SendRules { return w.rules }

// Message implements message.Tally.
func (w *world) Message(outcome string) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.tallied[outcome]++
}

func onBoth(t *testing.T, test func(*world)) {
	t.Helper()
	storetest.OnBoth(t, func(t *testing.T, o store.Options) { t.Helper(); test(newWorld(t, o)) })
}

func newWorld(t *testing.T, o store.Options) *world {
	t.Helper()
	w := &world{TB: t, start: time.Date(2026, 11, 22, 12, 0, 0, 0, time.UTC), tallied: map[string]int{}}
	o.MaxConns, o.Log, o.Now, o.NewID = 8, slog.New(slog.DiscardHandler), w.now, newID
	db, err := store.Open(t.Context(), o)
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, db.Close()) })
	keyset, err := secret.Generate(w.now())
	require.NoError(t, err)
	db.UseBox(secret.NewBox(keyset))
	require.NoError(t, db.Keys().Record(t.Context(), keyset.Primary()))
	w.db = db
	w.home, err = site.Named("one.example")
	require.NoError(t, err)
	policy := endpoint.Policy{AllowPrivate: true}
	client := guard.New(guard.Options{Endpoints: policy, Now: w.now})
	t.Cleanup(client.Close)
	providers, err := provider.Register(meta.New(meta.Options{Endpoints: policy}, client), wasender.New(wasender.Options{Endpoints: policy}, client))
	require.NoError(t, err)
	w.accounts = account.NewService(db.Accounts(), providers, w.now, newID)
	bell := message.NewBell()
	db.OnMessage(bell.Ring)
	w.service = message.NewService(message.Deps{
		Bell:  bell,
		Store: db.Messages(), Router: routing.NewService(db.Accounts(), db.Templates(), providers), Providers: providers, Now: w.now, NewID: newID,
		Templates: template.NewService(db.Templates(), db.Accounts(), providers, nil, w.now, newID),
	})
	w.sender = w.another()
	return w
}

// another is the sender of another process.
func (w *world) another() *message.Sender {
	return message.NewSender(w.db.Messages(), w.db.Accounts(), w, w, message.Options{InFlight: 2, UnknownWait: time.Minute, Now: w.now, Log: slog.New(slog.DiscardHandler)})
}

// set is the value of a setting.
func set(value string) *secret.Text { return new(secret.New(value)) }

// wasender makes an Active account A, which is the default outgoing one.
func (w *world) wasender() account.Account {
	w.Helper()
	return w.named("A")
}

func (w *world) manager() site.Caller {
	return site.Caller{Principal: site.Principal{Site: w.home, Role: site.SystemManager}}
}

// named makes an Active account.
func (w *world) named(name string) account.Account {
	w.Helper()
	made, err := w.accounts.Create(w.Context(), w.manager(), account.Change{
		Name: &name, Type: new(wasender.Type), Status: new(account.Active),
		Sections: map[string]account.Section{"wasender_settings": {"wasender_url": set("http://127.0.0.1:9/api"), "wasender_api_key": set("key")}},
	})
	require.NoError(w, err)
	return made
}

func (w *world) switchOff(a account.Account) {
	w.Helper()
	_, err := w.accounts.Update(w.Context(), w.manager(), a.ID, account.Change{Status: new(account.Inactive)}, nil)
	require.NoError(w, err)
}

func (w *world) delete(id string) {
	w.Helper()
	require.NoError(w, w.accounts.Delete(w.Context(), w.manager(), id, nil))
}

// accept accepts a text.
func (w *world) accept(change ...func(*message.Draft)) message.Message {
	w.Helper()
	ask := message.Draft{To: "+971501234567", Type: provider.TypeText, Content: json.RawMessage(`{"body":"Hi"}`)}
	for _, c := range change {
		c(&ask)
	}
	m, _, err := w.service.Accept(w.Context(), w.home, ask)
	require.NoError(w, err)
	return m
}

// send does the job of a message once, and commits what it came to.
func (w *world) send(m message.Message) error {
	w.Helper()
	commit, err := w.sender.Send(w.Context(), w.home, m.ID)
	if err != nil {
		return err
	}
	require.NoError(w, w.db.Transact(w.Context(), commit))
	return nil
}

func (w *world) get(m message.Message) message.Message {
	w.Helper()
	got, err := w.service.Get(w.Context(), w.home, m.ID)
	require.NoError(w, err)
	return got
}

// steps are the steps of a message by their names.
func (w *world) steps(m message.Message) (names []string) {
	w.Helper()
	for _, s := range w.get(m).Timeline {
		names = append(names, s.Step)
	}
	return names
}

// waiting counts the jobs that wait for a time.
func (w *world) waiting() int {
	w.Helper()
	depth, err := w.db.Jobs().Depth(w.Context(), message.Queue)
	require.NoError(w, err)
	return depth.Waiting
}

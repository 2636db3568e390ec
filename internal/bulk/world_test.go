package bulk_test

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"slices"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/stretchr/testify/require"

	"github.com/ivendnext/whatsapp-accounts/internal/account"
	"github.com/ivendnext/whatsapp-accounts/internal/bulk"
	"github.com/ivendnext/whatsapp-accounts/internal/message"
	"github.com/ivendnext/whatsapp-accounts/internal/pgtest"
	"github.com/ivendnext/whatsapp-accounts/internal/provider"
	"github.com/ivendnext/whatsapp-accounts/internal/provider/endpoint"
	"github.com/ivendnext/whatsapp-accounts/internal/provider/guard"
	"github.com/ivendnext/whatsapp-accounts/internal/provider/meta"
	"github.com/ivendnext/whatsapp-accounts/internal/provider/wasender"
	"github.com/ivendnext/whatsapp-accounts/internal/queue"
	"github.com/ivendnext/whatsapp-accounts/internal/routing"
	"github.com/ivendnext/whatsapp-accounts/internal/secret"
	"github.com/ivendnext/whatsapp-accounts/internal/site"
	"github.com/ivendnext/whatsapp-accounts/internal/store"
	"github.com/ivendnext/whatsapp-accounts/internal/storetest"
	"github.com/ivendnext/whatsapp-accounts/internal/template"
)

func TestMain(m *testing.M) { pgtest.Main(m) }

func newID() string { return uuid.Must(uuid.NewV7()).String() }

// world is a database with the use cases on it and a clock that a test moves. Nothing is sent: a test says what becomes of messages.
type world struct {
	testing.TB
	db        *store.DB
	accounts  *account.Service
	templates *template.Service
	service   *bulk.Service
	feeder    *bulk.Feeder
	caller    site.Caller
	home      site.Site
	start     time.Time
	offset    atomic.Int64
	rules     provider.SendRules
}

func (w *world) now() time.Time          { return w.start.Add(time.Duration(w.offset.Load())) }
func (w *world) advance(d time.Duration) { w.offset.Add(int64(d)) }

func onBoth(t *testing.T, test func(*world)) {
	t.Helper()
	storetest.OnBoth(t, func(t *testing.T, o store.Options) { t.Helper(); test(newWorld(t, o)) })
}

func newWorld(t *testing.T, o store.Options) *world {
	t.Helper()
	w := &world{TB: t, start: time.Date(2026, 11, 22, 12, 0, 0, 0, time.UTC)}
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
	w.caller = site.Caller{Principal: site.Principal{Site: w.home, Role: site.SystemManager, Name: "campaigns"}}
	policy := endpoint.Policy{AllowPrivate: true}
	client := guard.New(guard.Options{Endpoints: policy, Now: w.now})
	t.Cleanup(client.Close)
	providers, err := provider.Register(meta.New(meta.Options{Endpoints: policy}, client), wasender.New(wasender.Options{Endpoints: policy}, client))
	require.NoError(t, err)
	router := routing.NewService(db.Accounts(), db.Templates(), providers)
	w.accounts = account.NewService(db.Accounts(), providers, w.now, newID)
	w.templates = template.NewService(db.Templates(), db.Accounts(), providers, nil, w.now, newID)
	messages := message.NewService(message.Deps{Store: db.Messages(), Router: router, Templates: w.templates, Providers: providers, Now: w.now, NewID: newID})
	w.service = bulk.NewService(db.Bulks(), messages, w.now, newID)
	w.feeder = &bulk.Feeder{
		Store: db.Bulks(), Router: router, Outbox: db.Messages(), Pace: func(account.Account) provider.SendRules { return w.rules }, Now: w.now, NewID: newID,
	}
	return w
}

// set is the value of a setting.
func set(value string) *secret.Text { return new(secret.New(value)) }

// wasender makes an Active account.
func (w *world) wasender(name string) account.Account {
	w.Helper()
	made, err := w.accounts.Create(w.Context(), w.caller, account.Change{
		Name: &name, Type: new(wasender.Type), Status: new(account.Active),
		Sections: map[string]account.Section{"wasender_settings": {"wasender_url": set("http://127.0.0.1:9/api"), "wasender_api_key": set("key")}},
	})
	require.NoError(w, err)
	return made
}

func (w *world) become(a account.Account, s account.Status) {
	w.Helper()
	_, err := w.accounts.Update(w.Context(), w.caller, a.ID, account.Change{Status: new(s)}, nil)
	require.NoError(w, err)
}

// greeting is a template of an account with two values.
func (w *world) greeting(a account.Account) template.Template {
	w.Helper()
	t, err := w.templates.Create(w.Context(), w.caller, template.Draft{
		AccountID: a.ID, Label: "Greeting", Language: "en_US", Content: provider.TemplateContent{Body: "Hi {{name}}, it is {{what}} today."},
	})
	require.NoError(w, err)
	return t
}

func number(n int) string { return fmt.Sprintf("+97150%07d", n) }

// rows are that many good recipients.
func rows(n int) []bulk.Row {
	all := make([]bulk.Row, n)
	for i := range all {
		all[i] = bulk.Row{To: number(i), Parameters: values("name", fmt.Sprint("N", i))}
	}
	return all
}

func values(pairs ...string) template.Parameters {
	p := template.Parameters{ByKey: map[string]string{}}
	for pair := range slices.Chunk(pairs, 2) {
		p.ByKey[pair[0]] = pair[1]
	}
	return p
}

// load reads rows as a request does.
func (w *world) load(head bulk.Head, all []bulk.Row) (bulk.Progress, error) {
	w.Helper()
	l, err := w.service.Open(w.Context(), w.caller, head)
	if err != nil {
		return bulk.Progress{}, err
	}
	for _, r := range all {
		if err = l.Add(w.Context(), r); err != nil {
			return bulk.Progress{}, errors.Join(err, l.Drop(w.Context()))
		}
	}
	if err := l.Finish(w.Context()); err != nil {
		return bulk.Progress{}, errors.Join(err, l.Drop(w.Context()))
	}
	made, _, err := l.Start(w.Context())
	return made, err
}

func head(t template.Template) bulk.Head {
	return bulk.Head{Title: "Sale", TemplateID: t.ID, Parameters: values("what", "sale")}
}

// running is a bulk of that many recipients.
func (w *world) running(n int) bulk.Progress {
	w.Helper()
	made, err := w.load(head(w.greeting(w.wasender("A"))), rows(n))
	require.NoError(w, err)
	return made
}

func (w *world) get(id string) bulk.Progress {
	w.Helper()
	p, err := w.service.Get(w.Context(), w.home, id)
	require.NoError(w, err)
	require.Equal(w, p.Total, p.Counts.Sum(), "%v", p.Counts)
	return p
}

// turn does the next job of bulks, if its time has come.
func (w *world) turn() bool {
	w.Helper()
	runs, err := w.db.Jobs().Claim(w.Context(), bulk.Queue, queue.Want{Runs: 1, Each: 1}, time.Minute)
	require.NoError(w, err)
	if len(runs) == 0 {
		return false
	}
	j := runs[0][0]
	commit, err := w.feeder.Turn(w.Context(), j.Site, j.Subject)
	require.NoError(w, err)
	require.NoError(w, w.db.Transact(w.Context(), func(ctx context.Context) error {
		if err := w.db.Jobs().Finish(ctx, j); err != nil || commit == nil {
			return err
		}
		return commit(ctx)
	}))
	return true
}

// all reads the messages of a bulk, the oldest first.
func (w *world) all(id string, status message.Status) []message.Message {
	w.Helper()
	var all []message.Message
	for q := (message.Query{Status: status, Limit: 200}); ; {
		page, err := w.service.Messages(w.Context(), w.home, id, q)
		require.NoError(w, err)
		for _, m := range page.Messages {
			all = append([]message.Message{m}, all...)
		}
		if q.After = page.Next; q.After == "" {
			return all
		}
	}
}

// settle has every message that waits become what a worker would make of it.
func (w *world) settle(id string, become message.Status) int {
	w.Helper()
	waiting := w.all(id, message.Queued)
	for _, m := range waiting {
		_, err := w.db.Messages().Update(w.Context(), w.home, m.ID, func(m message.Message) (message.Message, error) {
			if become == message.Failed {
				return m.Fail(&message.Problem{Code: "1", Class: provider.ClassPermanent, Meaning: "No.", Fix: "Do."}, w.now()), nil
			}
			m.Attempts++
			return m.Hear(provider.MessageState(become), "id-"+m.ID, nil, w.now()), nil
		})
		require.NoError(w, err)
	}
	return len(waiting)
}

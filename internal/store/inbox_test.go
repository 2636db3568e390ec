package store

import (
	"context"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/ivendnext/whatsapp-accounts/internal/account"
	"github.com/ivendnext/whatsapp-accounts/internal/event"
	"github.com/ivendnext/whatsapp-accounts/internal/provider"
	"github.com/ivendnext/whatsapp-accounts/internal/provider/meta"
	"github.com/ivendnext/whatsapp-accounts/internal/provider/wasender"
	"github.com/ivendnext/whatsapp-accounts/internal/queue"
	"github.com/ivendnext/whatsapp-accounts/internal/secret"
	"github.com/ivendnext/whatsapp-accounts/internal/site"
	"github.com/ivendnext/whatsapp-accounts/internal/webhook"
)

// inbox is the way of a webhook from the signature to the feed, on a real database.
type inbox struct {
	*fixture
	acceptor  *webhook.Acceptor
	processor *webhook.Processor
	witness   *witness
	doors     map[provider.Type]webhook.Door
}

// witness remembers what it was told.
type witness struct {
	mu    sync.Mutex
	lines []string
}

func (w *witness) note(format string, args ...any) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.lines = append(w.lines, fmt.Sprintf(format, args...))
}

func (w *witness) Signed(p webhook.Party, _ time.Time) { w.note("signed %s", p.AccountID) }
func (w *witness) BadlySigned(p webhook.Party, how webhook.Acceptance, _ time.Time) {
	w.note("%s %s", how, p.AccountID)
}
func (w *witness) Handled(kind string)     { w.note("handled %s", kind) }
func (w *witness) NotRouted(reason string) { w.note("unrouted %s", reason) }

func (f *fixture) inbox() *inbox {
	w := new(witness)
	doors := map[provider.Type]webhook.Door{
		meta.Type: {Spec: f.spec(meta.Type), Receiver: meta.Receiver{}}, wasender.Type: {Spec: f.spec(wasender.Type), Receiver: wasender.Receiver{}},
	}
	return &inbox{
		fixture: f, witness: w, doors: doors,
		acceptor:  webhook.NewAcceptor(f.Candidates(), f.Receipts(), webhook.Options{Witness: w, Now: f.clock.now, NewID: newID}),
		processor: webhook.NewProcessor(f.Candidates(), f.Receipts(), f.Books(), doors, nil, w),
	}
}

// onInbox runs a test on both databases.
func onInbox(t *testing.T, test func(*inbox)) {
	t.Helper()
	onBoth(t, func(f *fixture) { test(f.inbox()) })
}

// signed gives Meta's signature of a body.
func signed(body, key string) string {
	return "sha256=" + hex.EncodeToString(secret.New(key).Sign([]byte(body)))
}

// post delivers a body signed with a key.
func (i *inbox) post(body, key string) error {
	_, err := i.acceptor.Accept(i.Context(), i.doors[meta.Type], webhook.Delivery{Signature: signed(body, key), Body: []byte(body)})
	return err
}

// work does every job that is due, as a worker does.
func (i *inbox) work() {
	i.Helper()
	for {
		runs, err := i.Jobs().Claim(i.Context(), webhook.Queue, queue.Want{Runs: 8, Each: 8}, time.Minute)
		require.NoError(i, err)
		if len(runs) == 0 {
			return
		}
		for _, run := range runs {
			for _, j := range run {
				i.do(j)
			}
		}
	}
}

func (i *inbox) do(j queue.Job) {
	i.Helper()
	commit, err := i.processor.Handle(i.Context(), j.Subject, webhook.Party{AccountID: j.OrderKey, Site: j.Site})
	require.NoError(i, err)
	require.NoError(i, i.Transact(i.Context(), func(ctx context.Context) error {
		if err := commit(ctx); err != nil {
			return err
		}
		return i.Jobs().Finish(ctx, j)
	}))
}

// feed gives a site's events from the oldest on, without those of changes to accounts.
func (i *inbox) feed(in site.Site) []event.Event {
	i.Helper()
	page, err := i.Events().Read(i.Context(), in, event.Query{Limit: 10_000})
	require.NoError(i, err)
	var events []event.Event
	for _, e := range page.Events {
		if e.Type != event.AccountChanged {
			events = append(events, e)
		}
	}
	return events
}

// types gives what a site was told, in order.
func (i *inbox) types(in site.Site) (types []string) {
	for _, e := range i.feed(in) {
		types = append(types, string(e.Type))
	}
	return types
}

func dataOf(t testing.TB, e event.Event) (data map[string]any) {
	t.Helper()
	require.NoError(t, json.Unmarshal(e.Data, &data))
	return data
}

// number is a complete Meta account for a phone id, a business id and an app secret.
func (i *inbox) number(in site.Site, phone, business, key string) account.Account {
	i.Helper()
	ask := i.meta(newID())
	ask.Sections["meta_settings"]["phone_id"], ask.Sections["meta_settings"]["business_id"] = clear(phone), clear(business)
	ask.Sections["meta_settings"]["app_secret"] = clear(key)
	return i.create(in, ask)
}

func textFor(phone, business, id string) string {
	return fmt.Sprintf(`{"object":"whatsapp_business_account","entry":[{"id":%q,"changes":[{"field":"messages","value":{"metadata":{"phone_number_id":%q},"messages":[{"from":"1","id":%q,"type":"text","text":{"body":"hi"}}]}}]}]}`, business, phone, id)
}

func statusFor(phone, id, status string) string {
	return fmt.Sprintf(`{"entry":[{"id":"w","changes":[{"field":"messages","value":{"metadata":{"phone_number_id":%q},"statuses":[{"id":%q,"status":%q}]}}]}]}`, phone, id, status)
}

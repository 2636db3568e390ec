package store

import (
	"context"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"strings"
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
	"github.com/ivendnext/whatsapp-accounts/internal/readreceipt"
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

func TestASignedMessageBecomesOneEventHoweverOftenItComes(t *testing.T) {
	onInbox(t, func(i *inbox) {
		a := i.number(i.one, "305", "204", "key")
		for range 3 {
			require.NoError(i, i.post(textFor("305", "204", "wamid.1"), "key"))
			require.NoError(i, i.post(textFor("305", "other", "wamid.1"), "key"), "the same message in another body")
			i.work()
		}
		events := i.feed(i.one)
		require.Len(i, events, 1)
		require.Equal(i, event.MessageReceived, events[0].Type)
		require.Equal(i, a.ID, events[0].AccountID)
		require.Equal(i, "wamid.1", dataOf(i, events[0])["message"].(map[string]any)["id"])
		require.Zero(i, i.count("jobs"))
	})
}

func TestWhatNoSecretProvesIsRefusedAndNotKept(t *testing.T) {
	onInbox(t, func(i *inbox) {
		a := i.number(i.one, "305", "204", "key")
		body := textFor("305", "204", "wamid.1")
		require.ErrorIs(i, i.post(body, "another key"), webhook.ErrUnproved)
		require.ErrorIs(i, i.post(textFor("999", "888", "wamid.1"), "key"), webhook.ErrUnproved, "it names only strangers")
		_, err := i.acceptor.Accept(i.Context(), i.doors[meta.Type], webhook.Delivery{Body: []byte(body)})
		require.ErrorIs(i, err, webhook.ErrUnproved)
		i.update(i.one, a.ID, set("app_secret", nil))
		require.ErrorIs(i, i.post(body, "key"), webhook.ErrUnproved)
		require.Zero(i, i.count("webhook_receipts"))
		require.Equal(i, []string{"bad_signature " + a.ID, "unsigned " + a.ID, "no_secret " + a.ID}, i.witness.lines)
	})
}

func TestAReplacedAppSecretProvesForADay(t *testing.T) {
	onInbox(t, func(i *inbox) {
		a := i.number(i.one, "305", "204", "old")
		i.update(i.one, a.ID, set("app_secret", clear("new")))
		require.NoError(i, i.post(textFor("305", "204", "1"), "new"))
		require.NoError(i, i.post(textFor("305", "204", "2"), "old"))
		i.clock.advance(24*time.Hour + time.Second)
		require.ErrorIs(i, i.post(textFor("305", "204", "3"), "old"), webhook.ErrUnproved)
	})
}

func TestWhoRegistersThePhoneIDOfAnotherSiteNeitherReadsNorBlocksIt(t *testing.T) {
	onInbox(t, func(i *inbox) {
		i.number(i.one, "305", "204", "key")
		i.number(i.two, "305", "204", "guessed")
		require.NoError(i, i.post(textFor("305", "204", "wamid.1"), "key"))
		i.work()
		require.Equal(i, []string{"message.received"}, i.types(i.one))
		require.Empty(i, i.feed(i.two))
	})
}

func TestTwoSitesThatBothProveEachGetTheirOwn(t *testing.T) {
	onInbox(t, func(i *inbox) {
		i.number(i.one, "305", "204", "key")
		i.number(i.two, "305", "204", "key")
		require.NoError(i, i.post(textFor("305", "204", "wamid.1"), "key"))
		i.work()
		for _, in := range []site.Site{i.one, i.two} {
			require.Equal(i, []string{"message.received"}, i.types(in))
		}
	})
}

func TestUnknownIdsBesideAProvedAccountAreKeptForNobody(t *testing.T) {
	onInbox(t, func(i *inbox) {
		i.number(i.one, "305", "204", "key")
		var changes []string
		for n := range 1000 {
			changes = append(changes, fmt.Sprintf(`{"field":"messages","value":{"metadata":{"phone_number_id":"9%04d"},"messages":[{"id":"m%d","type":"text"}]}}`, n, n))
		}
		require.NoError(i, i.post(`{"entry":[{"id":"204","changes":[`+strings.Join(changes, ",")+`]}]}`, "key"))
		i.work()
		events := i.feed(i.one)
		require.Len(i, events, 1000)
		for _, e := range events {
			require.Equal(i, event.WebhookUnrouted, e.Type)
			require.Empty(i, e.AccountID)
			require.Equal(i, "unknown_id", dataOf(i, e)["reason"])
		}
	})
}

func TestTheOwnSecretOfEachAccountMustProve(t *testing.T) {
	onInbox(t, func(i *inbox) {
		i.number(i.one, "305", "204", "key")
		i.number(i.one, "306", "205", "another")
		i.number(i.two, "307", "206", "of two")
		body := `{"entry":[` + strings.Join([]string{
			`{"id":"204","changes":[{"field":"messages","value":{"metadata":{"phone_number_id":"305"},"messages":[{"id":"a","type":"text"}]}}]}`,
			`{"id":"205","changes":[{"field":"messages","value":{"metadata":{"phone_number_id":"306"},"messages":[{"id":"b","type":"text"}]}}]}`,
			`{"id":"206","changes":[{"field":"messages","value":{"metadata":{"phone_number_id":"307"},"messages":[{"id":"c","type":"text"}]}}]}`,
		}, ",") + `]}`
		require.NoError(i, i.post(body, "key"))
		i.work()
		require.Equal(i, []string{"message.received", "webhook.unrouted", "webhook.unrouted"}, i.types(i.one))
		require.Equal(i, "unproved", dataOf(i, i.feed(i.one)[1])["reason"])
		require.Equal(i, "unknown_id", dataOf(i, i.feed(i.one)[2])["reason"], "that another site has the number is not told")
		require.Empty(i, i.feed(i.two))
	})
}

func TestAnInactiveAccountReceivesNothingAndIsAnswered(t *testing.T) {
	onInbox(t, func(i *inbox) {
		a := i.number(i.one, "305", "204", "key")
		i.update(i.one, a.ID, account.Change{Status: new(account.Inactive)})
		require.NoError(i, i.post(textFor("305", "204", "wamid.1"), "key"))
		i.work()
		events := i.feed(i.one)
		require.Len(i, events, 1)
		require.Equal(i, event.WebhookUnrouted, events[0].Type)
		require.Equal(i, "account_inactive", dataOf(i, events[0])["reason"])
	})
}

func TestAnAccountSwitchedOffBeforeItsTurnReceivesNothing(t *testing.T) {
	onInbox(t, func(i *inbox) {
		a := i.number(i.one, "305", "204", "key")
		require.NoError(i, i.post(textFor("305", "204", "wamid.1"), "key"))
		i.update(i.one, a.ID, account.Change{Status: new(account.Inactive)})
		i.work()
		require.Equal(i, []string{"webhook.unrouted"}, i.types(i.one))
	})
}

func TestABodyThatNamesNobodyGoesToTheDefaultIncomingAccountThatProvesIt(t *testing.T) {
	onInbox(t, func(i *inbox) {
		a, b := i.number(i.one, "305", "204", "key"), i.number(i.two, "306", "205", "key of two")
		for in, id := range map[site.Site]string{i.one: a.ID, i.two: b.ID} {
			_, err := i.service.SetDefault(i.Context(), caller(in), account.Incoming, id)
			require.NoError(i, err)
		}
		body := `{"object":"whatsapp_business_account","entry":[{"changes":[{"field":"messages","value":{"messages":[{"id":"m","type":"text"}]}}]}]}`
		require.NoError(i, i.post(body, "key"))
		require.ErrorIs(i, i.post(body, "nobody's"), webhook.ErrUnproved)
		i.work()
		require.Equal(i, []string{"message.received"}, i.types(i.one))
		require.Empty(i, i.feed(i.two))
	})
}

func TestAPathThatNamesAnAccountConfinesTheBodyToIt(t *testing.T) {
	onInbox(t, func(i *inbox) {
		a := i.number(i.one, "305", "204", "key")
		i.number(i.one, "306", "204", "key")
		body := `{"entry":[{"id":"204","changes":[{"field":"messages","value":{"metadata":{"phone_number_id":"305"},"messages":[{"id":"a","type":"text"}]}},
			{"field":"messages","value":{"metadata":{"phone_number_id":"306"},"messages":[{"id":"b","type":"text"}]}}]}]}`
		_, err := i.acceptor.Accept(i.Context(), i.doors[meta.Type], webhook.Delivery{AccountID: a.ID, Signature: signed(body, "key"), Body: []byte(body)})
		require.NoError(i, err)
		i.work()
		require.Equal(i, []string{"message.received", "webhook.unrouted"}, i.types(i.one))
		for _, nobody := range []string{newID(), "x"} {
			_, err := i.acceptor.Accept(i.Context(), i.doors[meta.Type], webhook.Delivery{AccountID: nobody, Signature: signed(body, "key"), Body: []byte(body)})
			require.ErrorIs(i, err, webhook.ErrUnproved)
		}
	})
}

func TestAccountEventsAreToldOnceToEachAccountOfTheBusiness(t *testing.T) {
	onInbox(t, func(i *inbox) {
		a, b := i.number(i.one, "305", "204", "key"), i.number(i.one, "306", "204", "key")
		body := `{"entry":[{"id":"204","time":1795345200,"changes":[{"field":"account_update","value":{"event":"ACCOUNT_RESTRICTION"}}]}]}`
		for range 2 {
			require.NoError(i, i.post(body, "key"))
			i.work()
		}
		require.Equal(i, []string{"account.health", "account.health"}, i.types(i.one))
		for _, of := range []account.Account{a, b} {
			facts, err := i.Books().Health(i.Context(), i.one, of.ID)
			require.NoError(i, err)
			require.Contains(i, string(facts["account"].Value), "ACCOUNT_RESTRICTION")
			require.Equal(i, time.Unix(1795345200, 0).UTC(), facts["account"].At.UTC())
			require.Equal(i, account.Active, i.get(i.one, of.ID).Status, "what the provider says changes no status")
		}
	})
}

// TestStatesOnlyMoveForward is W6: all orders of the four statuses.
func TestStatesOnlyMoveForward(t *testing.T) {
	onInbox(t, func(i *inbox) {
		i.number(i.one, "305", "204", "key")
		for n, order := range orders([]string{"sent", "delivered", "read", "failed"}) {
			id := fmt.Sprint("wamid.", n)
			for _, status := range order {
				require.NoError(i, i.post(statusFor("305", id, status), "key"))
			}
			i.work()
			require.Equal(i, "read", text(i.rows("SELECT state FROM message_states WHERE message_id = ?", id)[0]["state"]), order)
		}
		for final, some := range map[string][]string{"failed": {"sent", "failed"}, "delivered": {"sent", "delivered", "failed"}, "sent": {"sent"}} {
			for n, order := range orders(some) {
				id := fmt.Sprint(final, n)
				for _, status := range order {
					require.NoError(i, i.post(statusFor("305", id, status), "key"))
				}
				i.work()
				require.Equal(i, final, text(i.rows("SELECT state FROM message_states WHERE message_id = ?", id)[0]["state"]), order)
			}
		}
		last := i.feed(i.one)
		require.Contains(i, dataOf(i, last[len(last)-1]), "state")
	})
}

// orders gives every order of some things.
func orders(of []string) [][]string {
	if len(of) < 2 {
		return [][]string{of}
	}
	var all [][]string
	for n := range of {
		rest := append(append([]string{}, of[:n]...), of[n+1:]...)
		for _, r := range orders(rest) {
			all = append(all, append([]string{of[n]}, r...))
		}
	}
	return all
}

func TestOneReadReceiptForEachMessageThatCanBeRead(t *testing.T) {
	onInbox(t, func(i *inbox) {
		a := i.number(i.one, "305", "204", "key")
		require.NoError(i, i.post(textFor("305", "204", "before"), "key"))
		i.work()
		require.Zero(i, i.count("read_receipts"), "the flag is off")
		i.update(i.one, a.ID, account.Change{AllowAutoReadReceipt: new(true)})
		for range 16 {
			require.NoError(i, i.post(textFor("305", "204", "wamid.1"), "key"))
			require.NoError(i, i.post(textFor("305", "204", "before"), "key"))
			require.NoError(i, i.post(strings.Replace(textFor("305", "204", "wamid.2"), `"type":"text"`, `"type":"system"`, 1), "key"))
			i.work()
		}
		require.Equal(i, 1, i.count("read_receipts"))
		runs, err := i.Jobs().Claim(i.Context(), readreceipt.Queue, queue.Want{Runs: 8, Each: 8}, time.Minute)
		require.NoError(i, err)
		require.Len(i, runs, 1)
		r, err := i.ReadReceipts().Due(i.Context(), i.one, runs[0][0].Subject)
		require.NoError(i, err)
		require.Equal(i, "wamid.1", r.MessageID)
		for _, e := range i.feed(i.one) {
			if dataOf(i, e)["message"].(map[string]any)["id"] == "wamid.1" {
				require.Equal(i, event.ReceiptQueued, e.ReadReceipt.State)
			} else {
				require.Nil(i, e.ReadReceipt)
			}
		}
	})
}

func TestReadReceiptsOfANumberAreSpreadOverTime(t *testing.T) {
	onInbox(t, func(i *inbox) {
		a := i.number(i.one, "305", "204", "key")
		i.update(i.one, a.ID, account.Change{AllowAutoReadReceipt: new(true)})
		var messages []string
		for n := range 161 {
			messages = append(messages, fmt.Sprintf(`{"id":"m%d","type":"text"}`, n))
		}
		require.NoError(i, i.post(`{"entry":[{"id":"204","changes":[{"field":"messages","value":{"metadata":{"phone_number_id":"305"},"messages":[`+strings.Join(messages, ",")+`]}}]}]}`, "key"))
		i.work()
		claimed := func() (n int) {
			runs, err := i.Jobs().Claim(i.Context(), readreceipt.Queue, queue.Want{Runs: 500, Each: 500}, time.Hour)
			require.NoError(i, err)
			for _, run := range runs {
				n += len(run)
			}
			return n
		}
		require.Equal(i, 1, claimed())
		i.clock.advance(time.Second)
		require.Equal(i, 80, claimed())
		i.clock.advance(time.Second)
		require.Equal(i, 80, claimed())
	})
}

func TestWASenderIsProvedByItsPathAndSecretAndKeptWithoutIt(t *testing.T) {
	onInbox(t, func(i *inbox) {
		ask := i.wasender("B")
		ask.Sections["wasender_settings"]["webhook_secret"] = clear("the-hook")
		ask.Sections["wasender_settings"]["wasender_api_key"] = clear("the-api-key")
		a := i.create(i.one, ask)
		body := `{"event":"messages.received","sessionId":"the-api-key","note":"the-hook","data":{"messages":{"key":{"id":"3EB0","fromMe":false,"remoteJid":"1@s.whatsapp.net"},"messageBody":"Hi"}}}`
		accept := func(id, signature string) error {
			_, err := i.acceptor.Accept(i.Context(), i.doors[wasender.Type], webhook.Delivery{AccountID: id, Signature: signature, Body: []byte(body)})
			return err
		}
		require.ErrorIs(i, accept(a.ID, "wrong"), webhook.ErrUnproved)
		require.ErrorIs(i, accept(a.ID, ""), webhook.ErrUnproved)
		require.ErrorIs(i, accept(newID(), "the-hook"), webhook.ErrUnproved)
		require.NoError(i, accept(a.ID, "the-hook"))
		i.work()
		require.Equal(i, []string{"message.received"}, i.types(i.one))
		for _, table := range []string{"webhook_receipts", "events", "jobs", "read_receipts"} {
			for _, r := range i.rows("SELECT * FROM " + table) {
				require.NotContains(i, fmt.Sprintf("%s", r), "the-api-key")
				require.NotContains(i, fmt.Sprintf("%s", r), "the-hook")
			}
		}
	})
}

func TestWhatAStrangerSendsIsTriedAgainstFewSecrets(t *testing.T) {
	onInbox(t, func(i *inbox) {
		for n := range 70 {
			i.number(i.one, fmt.Sprint(n), "204", fmt.Sprint("key", n))
		}
		begun := 0
		counting := i.doors[meta.Type]
		counting.Receiver = countingReceiver{meta.Receiver{}, &begun}
		body := textFor("1", "204", "m")
		_, err := i.acceptor.Accept(i.Context(), counting, webhook.Delivery{Signature: signed(body, "wrong"), Body: []byte(body)})
		require.ErrorIs(i, err, webhook.ErrUnproved)
		require.Equal(i, 64, begun)
	})
}

type countingReceiver struct {
	meta.Receiver

	tries *int
}

func (c countingReceiver) Proves(signature string, body []byte, with secret.Text) bool {
	*c.tries++
	return c.Receiver.Proves(signature, body, with)
}

// TestManyDeliveriesAtOnceToTwoReplicasHaveOneEffectEach is W2.
func TestManyDeliveriesAtOnceToTwoReplicasHaveOneEffectEach(t *testing.T) {
	onInbox(t, func(i *inbox) {
		i.number(i.one, "305", "204", "key")
		other := i.again()
		other.UseBox(i.box)
		replicas := []*webhook.Acceptor{i.acceptor, webhook.NewAcceptor(other.Candidates(), other.Receipts(), webhook.Options{Witness: i.witness, Now: i.clock.now, NewID: newID})}
		require.Empty(i, race(32, func(w int) error {
			for n := range 25 {
				body := textFor("305", "204", fmt.Sprint("wamid.", (n+w)%25))
				if _, err := replicas[w%2].Accept(i.Context(), i.doors[meta.Type], webhook.Delivery{Signature: signed(body, "key"), Body: []byte(body)}); err != nil {
					return err
				}
			}
			return nil
		}))
		require.Equal(i, 25, i.count("webhook_receipts"))
		i.work()
		require.Len(i, i.feed(i.one), 25)
	})
}

func TestHandledReceiptsArePurgedAndOthersStay(t *testing.T) {
	onInbox(t, func(i *inbox) {
		i.number(i.one, "305", "204", "key")
		require.NoError(i, i.post(textFor("305", "204", "1"), "key"))
		i.work()
		require.NoError(i, i.post(textFor("305", "204", "2"), "key"))
		n, err := i.Receipts().PurgeReceipts(i.Context(), i.clock.now().Add(time.Second))
		require.NoError(i, err)
		require.EqualValues(i, 1, n)
		require.Equal(i, 1, i.count("webhook_receipts"))
	})
}

package app

import (
	"context"
	"encoding/json"
	"errors"
	"strconv"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/ivendnext/whatsapp-accounts/internal/account"
	"github.com/ivendnext/whatsapp-accounts/internal/bulk"
	"github.com/ivendnext/whatsapp-accounts/internal/event"
	"github.com/ivendnext/whatsapp-accounts/internal/inspect"
	"github.com/ivendnext/whatsapp-accounts/internal/message"
	"github.com/ivendnext/whatsapp-accounts/internal/provider"
	"github.com/ivendnext/whatsapp-accounts/internal/provider/breaker"
	"github.com/ivendnext/whatsapp-accounts/internal/queue"
	"github.com/ivendnext/whatsapp-accounts/internal/readreceipt"
	"github.com/ivendnext/whatsapp-accounts/internal/secret"
	"github.com/ivendnext/whatsapp-accounts/internal/site"
	"github.com/ivendnext/whatsapp-accounts/internal/store"
	"github.com/ivendnext/whatsapp-accounts/internal/template"
	"github.com/ivendnext/whatsapp-accounts/internal/webhook"
)

// takeOver is how long the jobs of a process that died wait for another one, or for the next start. It is renewed while a job is worked on.
const takeOver = 10 * time.Second

// handlers is how many accounts' webhooks are handled at once. Taking webhooks comes first, since a provider waits for that: more of them handle a burst
// sooner, and take the processor from whoever takes the next one.
const handlers = 2

// patience is how long webhooks that were taken wait at most for a burst of others to be taken.
const patience = 5 * time.Second

// inbox is everything from a provider's request to the feed, and what follows from it.
type inbox struct {
	doors     []webhook.Door
	acceptor  *webhook.Acceptor
	recorder  *webhook.Recorder
	feed      *event.Feed
	adopter   *webhook.Adopter
	inspector *inspect.Service
	templates *template.Service
	handling  *queue.Worker // of webhooks
	reading   *queue.Worker // of read receipts
	syncing   *queue.Worker // of templates
	sending   *queue.Worker // of messages
	awaited   *message.Bell
	asked     *readreceipt.Service
	feeding   *queue.Worker // of bulk messages
}

func newInbox(a *App, providers provider.Registry, metrics prometheus.Registerer) *inbox {
	bell, counts := event.NewBell(), newCounts(metrics)
	box := &inbox{recorder: webhook.NewRecorder(a.DB.Books()), feed: event.NewFeed(a.DB.Events(), bell), awaited: message.NewBell()}
	doors, explain := map[provider.Type]webhook.Door{}, map[provider.Type]webhook.Explainer{}
	for _, spec := range providers.All() {
		if receiver, can := provider.As[provider.Receiver](providers, spec.Type); can {
			doors[spec.Type] = webhook.Door{Spec: spec, Receiver: receiver}
			box.doors = append(box.doors, doors[spec.Type])
		}
		if explainer, can := provider.As[provider.Explainer](providers, spec.Type); can {
			explain[spec.Type] = explained(explainer)
		}
	}
	candidates, receipts := a.DB.Candidates(), a.DB.Receipts()
	processor := webhook.NewProcessor(candidates, readAhead{receipts}, a.DB.Books(), doors, explain, counts)
	crowded := func() bool { return box.acceptor.Crowded() }
	box.handling = a.worker(queue.Config{Queue: webhook.Queue, Workers: handlers, Batch: 50, Lease: takeOver, Urgent: crowded, Patience: patience}, func(ctx context.Context, j queue.Job) (func(context.Context) error, error) {
		return processor.Handle(ctx, j.Subject, webhook.Party{AccountID: j.OrderKey, Site: j.Site})
	})
	breakers := breaker.New(breaker.Options{Told: a.breakerTold(counts)})
	box.sending = newSending(a, providers, breakers, counts)
	box.feeding = newFeeding(a, providers)
	marks := marker{accounts: a.DB.Accounts(), providers: providers, breakers: breakers}
	sender := readreceipt.NewSender(a.DB.ReadReceipts(), a.DB.Accounts(), marks, counts, Now, a.log)
	box.asked = readreceipt.NewService(a.DB.Events(), providers, atOnce{marks})
	box.reading = a.worker(queue.Config{Queue: readreceipt.Queue, Workers: 16, Lease: takeOver}, func(ctx context.Context, j queue.Job) (func(context.Context) error, error) {
		return sender.Send(ctx, j.Site, j.Subject, j.Attempt)
	})
	box.acceptor = webhook.NewAcceptor(candidates, receipts, webhook.Options{
		AllowUnsigned: a.config.AllowUnsignedWebhooks, Witness: box.recorder, Wake: box.handling.Wake, Now: Now, NewID: NewID,
	})
	box.adopter = webhook.NewAdopter(a.DB.Accounts(), a.DB.Events(), candidates, receipts, doors, box.handling.Wake)
	open := func(ctx context.Context, of account.Account) (provider.Credentials, error) {
		return credentialsOf(ctx, a.DB.Accounts(), providers, of)
	}
	box.inspector = inspect.NewService(a.DB.Accounts(), providers, open, a.DB.Books(), counts)
	box.templates = template.NewService(a.DB.Templates(), a.DB.Accounts(), providers, open, Now, NewID)
	box.syncing = a.worker(queue.Config{Queue: template.Queue, Workers: 2, Lease: takeOver}, func(ctx context.Context, j queue.Job) (func(context.Context) error, error) {
		return box.templates.Sync(ctx, j.Site, j.OrderKey, j.CreatedAt)
	})
	a.DB.OnMessage(box.awaited.Ring)
	a.DB.OnEvents(func(in site.Site) {
		bell.Ring(in)
		a.outbox.courier.Wake(in)
	})
	a.DB.OnJobs(box.wake)
	return box
}

// wake has the worker of a queue look for what was enqueued.
func (box *inbox) wake(of string) {
	workers := map[string]*queue.Worker{
		webhook.Queue: box.handling, readreceipt.Queue: box.reading, template.Queue: box.syncing, message.Queue: box.sending, bulk.Queue: box.feeding,
	}
	if worker := workers[of]; worker != nil {
		worker.Wake()
	}
}

func (a *App) worker(c queue.Config, do queue.Handler) *queue.Worker {
	c.Now, c.Log = Now, a.log
	return queue.NewWorker(a.DB.Jobs(), c, do)
}

// breakerTold counts breakers that open and close, and says it to the operator.
func (a *App) breakerTold(c counts) func(accountID string, opened bool) {
	return func(accountID string, opened bool) {
		if opened {
			c.open.Inc()
			a.log.Warn("the provider of an account does not answer, so it is not asked for a while", "account_id", accountID)
			return
		}
		c.open.Dec()
		a.log.Info("the provider of an account answers again", "account_id", accountID)
	}
}

// explained puts what a provider says of its codes into the words of events.
func explained(e provider.Explainer) webhook.Explainer {
	return func(code int) (webhook.Explanation, bool) {
		x, known := e.Explain(strconv.Itoa(code), "")
		return webhook.Explanation{Code: code, Class: string(x.Class), Meaning: x.Meaning, Fix: x.Fix}, known
	}
}

// marker marks messages as read with the account's own credentials.
type marker struct {
	accounts  *store.Accounts
	providers provider.Registry
	breakers  *breaker.Set
}

var errCannotRead = &provider.CallError{Class: provider.ClassPermanent, Meaning: "The provider has no read receipts.", Fix: "Turn automatic read receipts off."}

// Mark implements readreceipt.Marker.
func (m marker) Mark(ctx context.Context, a account.Account, ref json.RawMessage) error {
	reader, can := provider.As[provider.Reader](m.providers, a.Type)
	if !can {
		return errCannotRead
	}
	c, err := credentialsOf(ctx, m.accounts, m.providers, a)
	if err != nil {
		return err
	}
	return m.breakers.Do(a.ID, func() error { return reader.MarkRead(ctx, c, ref) })
}

// atOnce is a marker for somebody who waits: readreceipt.Asker.
type atOnce struct{ marker }

var errSpared = &provider.CallError{
	Class: provider.ClassRetry, Meaning: "The provider does not answer, so it is not asked for a while.", Fix: "Try again in a minute.",
}

// Mark implements readreceipt.Asker.
func (m atOnce) Mark(ctx context.Context, a account.Account, ref json.RawMessage) error {
	return told(m.marker.Mark(ctx, a, ref))
}

// told says in words that the provider is being spared.
func told(err error) error {
	if errors.Is(err, breaker.ErrOpen) {
		return errSpared
	}
	return err
}

// MarkTyping implements readreceipt.Asker. Where the provider shows no typing, the message is marked alone.
func (m atOnce) MarkTyping(ctx context.Context, a account.Account, ref json.RawMessage) error {
	typist, can := provider.As[provider.Typist](m.providers, a.Type)
	if !can {
		return m.Mark(ctx, a, ref)
	}
	c, err := credentialsOf(ctx, m.accounts, m.providers, a)
	if err != nil {
		return err
	}
	return told(m.breakers.Do(a.ID, func() error { return typist.MarkReadTyping(ctx, c, ref) }))
}

// Judge implements readreceipt.Marker. To mark a message twice changes nothing, so an unknown outcome is tried again.
func (m marker) Judge(err error) (v readreceipt.Verdict, after time.Duration, detail string) {
	failed, known := errors.AsType[*provider.CallError](err)
	if !known {
		return readreceipt.Again, 0, "The service could not ask the provider."
	}
	detail = failed.Meaning + " " + failed.Fix
	switch failed.Class {
	case provider.ClassRetry, provider.ClassWait, provider.ClassUnknown:
		return readreceipt.Again, failed.RetryAfter, detail
	case provider.ClassToken, provider.ClassAccount, provider.ClassPermanent:
	}
	return readreceipt.Never, 0, detail
}

// credentialsOf opens what a call to the account's provider needs.
func credentialsOf(ctx context.Context, accounts *store.Accounts, providers provider.Registry, a account.Account) (provider.Credentials, error) {
	all, err := accounts.Secrets(ctx, a.Site, a.ID)
	return credentials(providers, a, all[a.ID]), err
}

// credentials are what a call to the account's provider needs, of all that the account has.
func credentials(providers provider.Registry, a account.Account, all map[string]secret.Text) provider.Credentials {
	spec, _ := providers.Get(a.Type)
	c := provider.Credentials{Settings: a.Settings, Secrets: map[string]secret.Text{}}
	for _, f := range spec.Fields {
		if clear, set := all[f.Name]; f.IsSecret() && set {
			c.Secrets[f.Name] = clear
		}
	}
	return c
}

// purges are what ends by its time, each in small steps.
func (a *App) purges() map[string]func(context.Context) (int64, error) {
	before := func(kept time.Duration, purge func(context.Context, time.Time) (int64, error)) func(context.Context) (int64, error) {
		return func(ctx context.Context) (int64, error) { return purge(ctx, Now().Add(-kept)) }
	}
	return map[string]func(context.Context) (int64, error){
		"removing old webhooks":       before(a.config.WebhookRetention, a.DB.Receipts().PurgeReceipts),
		"removing old events":         before(a.config.EventRetention, a.DB.Events().Purge),
		"removing old message states": before(a.config.EventRetention, a.DB.Books().PurgeStates),
		"removing old deliveries":     before(a.config.EventRetention, a.DB.Subscriptions().Purge),
		"removing old read receipts":  before(a.config.EventRetention, a.DB.ReadReceipts().Purge),
		"removing old messages":       before(a.config.MessageRetention, a.DB.Messages().Purge),
		"removing old bulk messages":  before(a.config.MessageRetention, a.DB.Bulks().Purge),
		"removing rested recipients":  before(time.Hour, a.DB.Messages().PurgePairs),
		"removing unfinished loads":   before(longestLoad, a.DB.Bulks().PurgeLoading),
	}
}

// untilNothing repeats a purge until there is nothing left to remove.
func untilNothing(purge func(context.Context) (int64, error)) func(context.Context) error {
	return func(ctx context.Context) error {
		for {
			if n, err := purge(ctx); n == 0 || err != nil {
				return err
			}
		}
	}
}

// counts are the metrics of what is handled beside the requests.
type counts struct {
	handled, unrouted, receipts, checks, messages *prometheus.CounterVec
	open                                          prometheus.Gauge
}

func newCounts(r prometheus.Registerer) counts {
	// What has not happened yet is counted as zero: a rule of an alert must not wait for the first time.
	counter := func(name, help, label string, values ...string) *prometheus.CounterVec {
		c := prometheus.NewCounterVec(prometheus.CounterOpts{Name: name, Help: help}, []string{label})
		r.MustRegister(c)
		for _, v := range values {
			c.WithLabelValues(v)
		}
		return c
	}
	verdicts := []string{string(provider.Valid), string(provider.Rejected), string(provider.Unknown)}
	reasons := []string{string(webhook.UnknownID), string(webhook.Unproved), string(webhook.AccountInactive)}
	open := prometheus.NewGauge(prometheus.GaugeOpts{
		Name: "whatsapp_accounts_breakers_open", Help: "Accounts whose provider does not answer, so that it is not asked for them now.",
	})
	r.MustRegister(open)
	return counts{
		open:     open,
		handled:  counter("whatsapp_accounts_webhook_items_total", "Items of webhooks that became events, by the event's type.", "type"),
		unrouted: counter("whatsapp_accounts_webhook_unrouted_total", "Items of webhooks that were for no account, by reason.", "reason", reasons...),
		receipts: counter("whatsapp_accounts_read_receipts_total", "Automatic read receipts, by what became of an attempt.", "outcome", readreceipt.Outcomes()...),
		messages: counter("whatsapp_accounts_messages_total", "Messages that were to be sent, by what became of an attempt.", "outcome", message.Outcomes()...),
		checks:   counter("whatsapp_accounts_checks_total", "Accounts that were checked with their providers, by verdict.", "verdict", verdicts...),
	}
}

// Handled implements webhook.Tally.
func (c counts) Handled(kind string) { c.handled.WithLabelValues(kind).Inc() }

// NotRouted implements webhook.Tally.
func (c counts) NotRouted(reason string) { c.unrouted.WithLabelValues(reason).Inc() }

// ReadReceipt implements readreceipt.Tally.
func (c counts) ReadReceipt(outcome string) { c.receipts.WithLabelValues(outcome).Inc() }

// Message implements message.Tally.
func (c counts) Message(outcome string) { c.messages.WithLabelValues(outcome).Inc() }

// Checked implements inspect.Tally.
func (c counts) Checked(verdict string) { c.checks.WithLabelValues(verdict).Inc() }

// syncRounds has the templates synced of the accounts whose turn it is.
func (a *App) syncRounds(ctx context.Context) {
	if a.config.SyncTemplatesEvery == 0 {
		return
	}
	every(ctx, roundEvery, a.logged("syncing templates", func(ctx context.Context) error {
		return a.inbox.templates.EnqueueDue(ctx, Now().Add(-a.config.SyncTemplatesEvery))
	}))
}

// checkRounds checks the accounts whose turn it is.
func (a *App) checkRounds(ctx context.Context) {
	if a.config.CheckEvery == 0 {
		return
	}
	every(ctx, roundEvery, a.logged("checking accounts", func(ctx context.Context) error {
		return a.inbox.inspector.Round(ctx, Now().Add(-a.config.CheckEvery), a.log)
	}))
}

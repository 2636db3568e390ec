package app

import (
	"context"
	"time"

	"github.com/ivendnext/whatsapp-accounts/internal/account"
	"github.com/ivendnext/whatsapp-accounts/internal/batch"
	"github.com/ivendnext/whatsapp-accounts/internal/bulk"
	"github.com/ivendnext/whatsapp-accounts/internal/message"
	"github.com/ivendnext/whatsapp-accounts/internal/provider"
	"github.com/ivendnext/whatsapp-accounts/internal/provider/breaker"
	"github.com/ivendnext/whatsapp-accounts/internal/queue"
	"github.com/ivendnext/whatsapp-accounts/internal/routing"
	"github.com/ivendnext/whatsapp-accounts/internal/secret"
	"github.com/ivendnext/whatsapp-accounts/internal/site"
)

// mostSenders is how often a message may be looked at: its attempts are counted by itself, and a look that only finds that its turn has not come is none.
const mostSenders = 1_000_000

// opensWithin bounds the look-up of the secrets that several messages need.
const opensWithin = 5 * time.Second

// newSending is the worker that sends messages.
func newSending(a *App, providers provider.Registry, breakers *breaker.Set, counts counts) *queue.Worker {
	workers := a.config.SendWorkers
	secrets := batch.ReadsOf(workers, opensWithin, a.DB.Accounts().Secrets)
	sender := message.NewSender(a.DB.Messages(), a.DB.Accounts(), carrier{secrets: secrets, providers: providers, breakers: breakers}, counts, message.Options{
		InFlight: min(a.config.SendInFlight, max(workers/2, 1)), UnknownWait: a.config.UnknownWait, Now: Now, Log: a.log,
	})
	config := queue.Config{Queue: message.Queue, Workers: workers, Together: workers, Lease: takeOver, MaxAttempts: mostSenders}
	return a.worker(config, func(ctx context.Context, j queue.Job) (func(context.Context) error, error) {
		return sender.Send(ctx, j.Site, j.Subject)
	})
}

// longestLoad is after which the recipients of a bulk message are no longer being loaded, but left behind by a process that ended.
const longestLoad = time.Hour

// newFeeding is the worker that makes messages of the recipients of bulk messages.
func newFeeding(a *App, providers provider.Registry) *queue.Worker {
	feeder := &bulk.Feeder{
		Store: a.DB.Bulks(), Router: routing.NewService(a.DB.Accounts(), a.DB.Templates(), providers), Outbox: a.DB.Messages(), Now: Now, NewID: NewID,
		Pace: carrier{providers: providers}.Rules,
	}
	return a.worker(queue.Config{Queue: bulk.Queue, Workers: 2, Lease: takeOver, MaxAttempts: mostSenders, Backoff: queue.Backoff{Max: time.Minute}}, func(ctx context.Context, j queue.Job) (func(context.Context) error, error) {
		return feeder.Turn(ctx, j.Site, j.Subject)
	})
}

// carrier sends with the account's own credentials: message.Carrier.
type carrier struct {
	secrets   *batch.Reads[batch.Key[site.Site], map[string]secret.Text]
	providers provider.Registry
	breakers  *breaker.Set
}

var errCannotSend = &provider.CallError{Class: provider.ClassPermanent, Meaning: "The provider of the account sends no messages.", Fix: "Send with an account of another type."}

// Carry implements message.Carrier.
func (c carrier) Carry(ctx context.Context, a account.Account, m provider.Outgoing, begin func() error) (taken provider.Accepted, err error) {
	sender, can := provider.As[provider.Sender](c.providers, a.Type)
	if !can {
		return taken, errCannotSend
	}
	all, _, err := c.secrets.Get(ctx, batch.Key[site.Site]{Of: a.Site, ID: a.ID})
	if err != nil {
		return taken, err
	}
	err = c.breakers.Do(a.ID, func() error {
		if err := begin(); err != nil {
			return err
		}
		taken, err = sender.Send(ctx, credentials(c.providers, a, all), m)
		return err
	})
	return taken, err
}

// Rules implements message.Carrier.
func (c carrier) Rules(a account.Account) provider.SendRules {
	spec, _ := c.providers.Get(a.Type)
	return spec.Sending
}

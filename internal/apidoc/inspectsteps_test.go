package apidoc_test

import (
	"context"
	"maps"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/ivendnext/whatsapp-accounts/internal/account"
	"github.com/ivendnext/whatsapp-accounts/internal/inspect"
	"github.com/ivendnext/whatsapp-accounts/internal/provider"
	"github.com/ivendnext/whatsapp-accounts/internal/provider/endpoint"
	"github.com/ivendnext/whatsapp-accounts/internal/provider/guard"
	"github.com/ivendnext/whatsapp-accounts/internal/provider/meta"
	"github.com/ivendnext/whatsapp-accounts/internal/provider/wasender"
	"github.com/ivendnext/whatsapp-accounts/internal/queue"
	"github.com/ivendnext/whatsapp-accounts/internal/secret"
	"github.com/ivendnext/whatsapp-accounts/internal/site"
	"github.com/ivendnext/whatsapp-accounts/internal/store"
	"github.com/ivendnext/whatsapp-accounts/internal/webhook"
	"github.com/ivendnext/whatsapp-accounts/pkg/whatsapptest"
)

// outside is a double of Meta: whatever hosts the accounts of the tour name, their credentials are shown to nobody else.
func (w *tour) outside(db *store.DB) (provider.Registry, inspect.Opener) {
	w.t.Helper()
	graph := whatsapptest.StartMeta(w.t, whatsapptest.MetaConfig{
		Apps: []whatsapptest.App{{ID: "1020000000000001", Name: "Shop", Secret: "your-app-secret"}},
		Businesses: []whatsapptest.Business{{
			ID: "204000000000001", Name: "Brand A", Phones: []whatsapptest.Phone{{ID: "305000000000007", DisplayNumber: "+1 555-010-0200", VerifiedName: "Brand A"}},
		}},
		Tokens: []whatsapptest.Token{{Name: "first", Value: "your-access-token", App: "1020000000000001"}},
		Clock:  w.clock,
	})
	w.review = append(w.review, graph)
	w.refusals = append(w.refusals, func() { graph.FailNext(1, whatsapptest.MetaError(10), whatsapptest.Subscribe) })
	policy := endpoint.Policy{AllowPrivate: true}
	client := guard.New(guard.Options{Endpoints: policy, Now: w.clock})
	asked, err := provider.Register(meta.New(meta.Options{Endpoints: policy}, client), wasender.New(wasender.Options{Endpoints: policy}, client))
	require.NoError(w.t, err)
	open := func(ctx context.Context, a account.Account) (provider.Credentials, error) {
		c := provider.Credentials{Settings: maps.Clone(a.Settings), Secrets: map[string]secret.Text{}}
		for field := range a.SecretsSet {
			clear, err := db.Accounts().Secret(ctx, a.Site, a.ID, field)
			if err != nil {
				return c, err
			}
			c.Secrets[field] = clear
		}
		c.Settings["url"] = graph.URL
		return c, nil
	}
	return asked, open
}

// park gives up a job, as a worker does after too many attempts.
func (w *tour) park(db *store.DB, why string) {
	w.t.Helper()
	home, err := site.Named("default")
	require.NoError(w.t, err)
	require.NoError(w.t, db.Jobs().Enqueue(w.t.Context(), queue.New{Queue: webhook.Queue, OrderKey: w.newID(), Site: home, Subject: w.newID()}))
	runs, err := db.Jobs().Claim(w.t.Context(), webhook.Queue, queue.Want{Runs: 1, Each: 1}, time.Minute)
	require.NoError(w.t, err)
	require.Len(w.t, runs, 1)
	require.NoError(w.t, db.Jobs().Park(w.t.Context(), runs[0][0], why))
}

func (untold) Handled(string)   {}
func (untold) NotRouted(string) {}

// inspect asks Meta about an account, and looks at what was left undone.
func (w *tour) inspect(brandA, brandB string) {
	w.t.Helper()
	const nowhere = "POST /v1/accounts/0198b2f0-5c1e-7c3a-9d1f-6a2b8c4d0e11/"
	at := "POST /v1/accounts/" + brandA + "/"
	w.do(step{name: "check", summary: "One check found something: the app gets no webhooks yet", as: manager, request: at + "check"})
	w.do(step{name: "check-not-found", summary: "No such account in the site", as: manager, request: nowhere + "check"})
	for _, refuse := range w.refusals {
		refuse()
	}
	w.do(step{name: "subscribe-refused", summary: "Meta refuses", as: manager, request: at + "subscribe"})
	w.do(step{name: "subscribe", summary: "Subscribed, and all is well", as: manager, request: at + "subscribe"})
	w.do(step{name: "subscribe-cannot", summary: "A provider without apps", as: manager, request: "POST /v1/accounts/" + brandB + "/subscribe"})
	w.do(step{name: "subscribe-not-found", summary: "No such account in the site", as: manager, request: nowhere + "subscribe"})
	w.do(step{name: "adopt", summary: "Nothing was kept for this account", as: manager, request: at + "adopt"})
	w.do(step{name: "adopt-not-found", summary: "No such account in the site", as: manager, request: nowhere + "adopt"})
	w.giveUp("database_unavailable: The service cannot reach its database.")
	parked := w.do(step{name: "parked-jobs", summary: "One job was given up", as: manager, request: "GET /v1/parked-jobs"})
	w.do(step{name: "parked-jobs-bad-queue", summary: "A queue that does not exist", as: manager, request: "GET /v1/parked-jobs?queue=mail"})
	id := parked["data"].([]any)[0].(map[string]any)["id"].(string)
	w.do(step{name: "replay", summary: "It will be done again", as: manager, request: "POST /v1/parked-jobs/" + id + "/replay"})
	w.do(step{name: "replay-not-found", summary: "It is no longer parked", as: manager, request: "POST /v1/parked-jobs/" + id + "/replay"})
}

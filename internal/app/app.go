package app

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"net/netip"
	"slices"
	"sync/atomic"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/collectors"
	"github.com/prometheus/client_golang/prometheus/promhttp"

	"github.com/ivendnext/whatsapp-accounts/internal/account"
	"github.com/ivendnext/whatsapp-accounts/internal/apikey"
	"github.com/ivendnext/whatsapp-accounts/internal/bulk"
	"github.com/ivendnext/whatsapp-accounts/internal/config"
	"github.com/ivendnext/whatsapp-accounts/internal/httpapi"
	"github.com/ivendnext/whatsapp-accounts/internal/idempotency"
	"github.com/ivendnext/whatsapp-accounts/internal/message"
	"github.com/ivendnext/whatsapp-accounts/internal/provider"
	"github.com/ivendnext/whatsapp-accounts/internal/provider/meta"
	"github.com/ivendnext/whatsapp-accounts/internal/routing"
	"github.com/ivendnext/whatsapp-accounts/internal/secret"
	"github.com/ivendnext/whatsapp-accounts/internal/webhook"
)

// App is the whole service as a value: tests start it on port 0.
type App struct {
	*Opened
	Keys        *apikey.Service
	Handler     http.Handler
	Operator    http.Handler // metrics
	idempotency *idempotency.Service
	inbox       *inbox
	outbox      *outbox
	waiting     chan struct{} // closed when the service stops
	beside      companion     // nil is none
	config      config.Serve
	log         *slog.Logger
	draining    atomic.Bool
}

// New puts the service on an open database.
func New(c config.Serve, o *Opened, providers provider.Registry, log *slog.Logger) (*App, error) {
	metaSpec, known := providers.Get(meta.Type)
	if !known {
		return nil, errors.New("app: the registry lacks Meta")
	}
	proxies, bad := c.Proxies()
	origins, err := c.Origins()
	if err := errors.Join(bad, err); err != nil {
		return nil, err
	}
	registry := prometheus.NewRegistry()
	a := &App{
		Opened: o, Keys: o.Keys(), config: c, log: log,
		idempotency: idempotency.NewService(o.DB.Idempotency(), Now, NewID),
		Operator:    operator(registry),
		waiting:     make(chan struct{}),
	}
	if a.outbox, err = newOutbox(a, registry); err != nil {
		return nil, err
	}
	a.inbox = newInbox(a, providers, registry)
	a.Handler = httpapi.New(a.deps(providers, metaSpec, registry, proxies, origins))
	registry.MustRegister(collectors.NewGoCollector(), collectors.NewProcessCollector(collectors.ProcessCollectorOpts{}),
		collectors.NewDBStatsCollector(o.DB.Statistics(), "main"))
	return a, nil
}

// sendWait is how long a caller of /graph waits at most for what becomes of a message: SDKs wait for ten seconds and more.
const sendWait = 8 * time.Second

// deps are what the HTTP door stands on.
func (a *App) deps(providers provider.Registry, metaSpec provider.Spec, metrics prometheus.Registerer, proxies []netip.Prefix, origins []string) httpapi.Deps {
	accounts := a.DB.Accounts()
	router := routing.NewService(accounts, a.DB.Templates(), providers)
	messages := message.NewService(message.Deps{
		Store: a.DB.Messages(), Router: router, Templates: a.inbox.templates, Providers: providers, Bell: a.inbox.awaited, Now: Now, NewID: NewID,
	})
	return httpapi.Deps{
		Accounts:    account.NewService(accounts, providers, Now, NewID),
		Templates:   a.inbox.templates,
		Routing:     router,
		Messages:    messages,
		Bulks:       bulk.NewService(a.DB.Bulks(), messages, Now, NewID),
		Reading:     a.inbox.asked,
		Keys:        a.Keys,
		Idempotency: a.idempotency,
		Verifier:    webhook.NewVerifier(accounts, a.inbox.recorder, metaSpec, Now),
		Acceptor:    a.inbox.acceptor,
		Doors:       a.inbox.doors,
		Health:      a.DB.Books(),
		Inspector:   a.inbox.inspector,
		Adopter:     a.inbox.adopter,
		Jobs:        a.DB.Jobs(),
		Feed:        a.inbox.feed,
		Subscribers: a.outbox.service,
		Leaving:     a.waiting,
		Providers:   providers,
		Ready:       a.ready,
		PublicURL:   a.config.PublicURL,
		Timeout:     a.config.RequestTimeout,
		SendWait:    min(sendWait, a.config.WriteTimeout/2),
		Log:         a.log,
		Metrics:     httpapi.NewMetrics(metrics),
		NewID:       NewID,
		Now:         Now,

		TrustedProxies: proxies,
		CORSOrigins:    origins,
		AuthFailures:   a.config.AuthFailures,
	}
}

func operator(registry *prometheus.Registry) http.Handler {
	mux := http.NewServeMux()
	mux.Handle("GET /metrics", promhttp.HandlerFor(registry, promhttp.HandlerOpts{}))
	return mux
}

// ready checks what serving needs. The details name no host and no secret: anybody may read them. While the database is away, nothing is
// said of what only it knows.
func (a *App) ready(ctx context.Context) []httpapi.Check {
	checks := []httpapi.Check{
		{Name: "serving", OK: !a.draining.Load(), Detail: "The service is stopping."},
		{Name: "database", OK: a.DB.Ping(ctx) == nil, Detail: "The database does not answer."},
	}
	if checks[1].OK {
		checks = append(checks,
			httpapi.Check{Name: "schema", OK: a.migrated(ctx), Detail: "The schema is not up to date: run whatsapp-accounts migrate up."},
			httpapi.Check{Name: "keys", OK: a.unlocked(ctx), Detail: "The keyset is not the one that this database is sealed under: set WA_KEYSET_FILE to the right one."})
	}
	for i := range checks {
		if checks[i].OK {
			checks[i].Detail = ""
		}
	}
	return checks
}

func (a *App) migrated(ctx context.Context) bool {
	steps, err := a.DB.MigrationStatus(ctx)
	for _, s := range steps {
		if !s.Applied {
			return false
		}
	}
	return err == nil
}

// unlocked reports whether the keyset has every key that something is sealed under, and seals under one that the database knows of.
func (a *App) unlocked(ctx context.Context) bool {
	recorded, err := a.DB.Keys().Recorded(ctx)
	keyset := a.Box.Keyset()
	return err == nil && slices.Contains(recorded, keyset.Primary()) &&
		!slices.ContainsFunc(recorded, func(id secret.KeyID) bool { return !keyset.Has(id) })
}

// listen opens an address, or says how to get another.
func listen(ctx context.Context, address, setting string) (net.Listener, error) {
	l, err := new(net.ListenConfig).Listen(ctx, "tcp", address)
	if err != nil {
		return nil, fmt.Errorf("cannot listen on %s; stop what uses it or set %s to another address: %w", address, setting, err)
	}
	return l, nil
}

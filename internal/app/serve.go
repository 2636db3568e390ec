package app

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"strings"
	"sync"
	"time"

	"golang.org/x/net/netutil"

	"github.com/ivendnext/whatsapp-accounts/internal/config"
	"github.com/ivendnext/whatsapp-accounts/internal/provider"
	"github.com/ivendnext/whatsapp-accounts/internal/secret"
	"github.com/ivendnext/whatsapp-accounts/internal/site"
)

// FirstSite is the site of the key that a new SQLite installation is given.
const FirstSite = "default"

// Serve runs the service until ctx ends, then lets requests in flight finish. It tells on out what it made and where it listens.
// out is read by people and scripts; the log goes its own way. To be told to stop while it starts is no failure.
func Serve(ctx context.Context, c config.Serve, providers provider.Registry, out io.Writer, log *slog.Logger) error {
	return serve(ctx, c, providers, out, log, nil)
}

// companion goes on beside a service that listens, which anybody on this machine reaches at url, until ctx ends. Its error ends the service.
type companion func(ctx context.Context, a *App, url string) error

func serve(ctx context.Context, c config.Serve, providers provider.Registry, out io.Writer, log *slog.Logger, beside companion) error {
	err := start(ctx, c, providers, out, log, beside)
	if ctx.Err() != nil && errors.Is(err, ctx.Err()) {
		return nil
	}
	return err
}

func start(ctx context.Context, c config.Serve, providers provider.Registry, out io.Writer, log *slog.Logger, beside companion) error {
	api, err := listen(ctx, c.Listen, "WA_LISTEN")
	if err != nil {
		return err
	}
	defer func() { _ = api.Close() }()
	metrics, err := listenOperator(ctx, c, out)
	if err != nil {
		return err
	}
	if c.Demo && c.PublicURL == "" {
		c.PublicURL = urlOf(api)
	}
	opened, err := Open(ctx, c.Storage, log)
	if err != nil {
		return errors.Join(ctx.Err(), err) // drivers have many words for being told to stop
	}
	a, err := New(c, opened, providers, log)
	if err != nil {
		return errors.Join(err, opened.DB.Close())
	}
	a.beside = beside
	if err := a.greet(ctx, out, urlOf(api)); err != nil {
		return errors.Join(err, opened.DB.Close())
	}
	return errors.Join(a.run(ctx, api, metrics, out), opened.DB.Close())
}

// urlOf is where somebody on this machine reaches a listener: one that listens on every address has none of them. The log has the address itself.
func urlOf(l net.Listener) string {
	host, port, err := net.SplitHostPort(l.Addr().String())
	if err == nil && net.ParseIP(host).IsUnspecified() {
		return "http://" + net.JoinHostPort("127.0.0.1", port)
	}
	return "http://" + l.Addr().String()
}

// listenOperator gives nil when metrics are turned off, and when the default port is somebody else's: that should keep nobody from a first start.
func listenOperator(ctx context.Context, c config.Serve, out io.Writer) (net.Listener, error) {
	if c.OperatorListen == "" {
		return nil, nil //nolint:nilnil // turned off
	}
	l, err := listen(ctx, c.OperatorListen, "WA_OPERATOR_LISTEN")
	if err != nil && c.OperatorListen == config.DefaultOperatorListen {
		fmt.Fprintf(out, "no metrics: %v\n", err)
		return nil, nil //nolint:nilnil // told, and not needed to serve
	}
	return l, err
}

// greet tells what was made, and on a new SQLite installation the first key: the only time it can be seen.
func (a *App) greet(ctx context.Context, out io.Writer, url string) error {
	for _, line := range a.Made {
		fmt.Fprintln(out, line)
	}
	if a.config.UsesSQLite() && !a.config.Demo {
		// Taking turns, for another process may be starting on the same file.
		err := a.DB.Exclusively(ctx, func(ctx context.Context) error { return a.giveFirstKey(ctx, out, url) })
		if err != nil {
			return err
		}
	}
	if a.config.PublicURL == "" {
		fmt.Fprintln(out, "no WA_PUBLIC_URL: the webhook_url of every account is empty until it is set")
	}
	fmt.Fprintf(out, "reference %s/docs\n", url)
	return nil
}

func (a *App) giveFirstKey(ctx context.Context, out io.Writer, url string) error {
	have, err := a.Keys.Any(ctx)
	if have || err != nil {
		return err
	}
	first, err := site.Named(FirstSite)
	if err != nil {
		return err
	}
	k, clear, err := a.Keys.Create(ctx, first, site.SystemManager, "first")
	if err != nil {
		return err
	}
	fmt.Fprintf(out, "API key %s (site %s, role %s; shown only now, so keep it)\n", clear.Reveal(), k.Site, k.Role)
	fmt.Fprintf(out, "try     curl -s '%s/v1/me' -H 'Authorization: Bearer %s'\n", url, clear.Reveal())
	return nil
}

// run serves until ctx ends and then drains.
func (a *App) run(ctx context.Context, api, metrics net.Listener, out io.Writer) error {
	work, stop := context.WithCancel(context.WithoutCancel(ctx))
	var background sync.WaitGroup
	a.logged("learning which API keys are valid", a.Keys.Learn)(work)
	a.work(work, &background)
	failed := make(chan error, 3)
	server, operator := a.server(a.leaving(a.Handler)), a.server(a.Operator)
	server.RegisterOnShutdown(sync.OnceFunc(func() { close(a.waiting) }))
	serve := func(s *http.Server, l net.Listener) {
		if err := s.Serve(l); !errors.Is(err, http.ErrServerClosed) {
			failed <- err
		}
	}
	go serve(server, a.bounded(api))
	if metrics != nil {
		go serve(operator, metrics)
		fmt.Fprintf(out, "metrics   %s/metrics\n", urlOf(metrics))
	}
	fmt.Fprintf(out, "listening on %s\n", urlOf(api))
	if a.beside != nil {
		background.Go(func() {
			if err := a.beside(work, a, urlOf(api)); err != nil {
				failed <- err
			}
		})
	}
	a.log.Info("serving", "address", api.Addr().String(), "primary_key", a.Box.Keyset().Primary().String())
	var err error
	select {
	case err = <-failed:
	case <-ctx.Done():
		err = a.drain(server)
	}
	stop()
	background.Wait()
	return errors.Join(err, operator.Close(), a.flush())
}

// drain says no at /readyz, waits for balancers to notice, and lets requests in flight finish.
func (a *App) drain(server *http.Server) error {
	a.log.Info("stopping")
	a.draining.Store(true)
	time.Sleep(a.config.DrainDelay)
	ctx, cancel := context.WithTimeout(context.Background(), a.config.ShutdownTimeout)
	defer cancel()
	if err := server.Shutdown(ctx); err != nil {
		return fmt.Errorf("requests were still in flight after %s: %w", a.config.ShutdownTimeout, errors.Join(err, server.Close()))
	}
	return nil
}

// leaving asks callers of a stopping service to come on another connection, which their balancer makes to another replica. To end keep-alive
// is tempting, but it also closes idle connections at once, and a request that is just arriving on one would fail.
func (a *App) leaving(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if a.draining.Load() {
			w.Header().Set("Connection", "close")
		}
		next.ServeHTTP(w, r)
	})
}

func (a *App) server(h http.Handler) *http.Server {
	return &http.Server{
		Handler: h, ReadHeaderTimeout: a.config.ReadHeaderTimeout, ReadTimeout: a.config.ReadTimeout, WriteTimeout: a.config.WriteTimeout,
		IdleTimeout: a.config.IdleTimeout, MaxHeaderBytes: maxHeader, ErrorLog: slog.NewLogLogger(a.log.Handler(), slog.LevelDebug),
	}
}

// bounded lets so many connections be open at once. Those beyond it wait in the kernel's queue, until one ends: each does, by the times above.
func (a *App) bounded(l net.Listener) net.Listener {
	if a.config.MaxConnections == 0 {
		return l
	}
	return netutil.LimitListener(l, a.config.MaxConnections)
}

// maxHeader bounds the headers of a request, in bytes.
const maxHeader = 64 << 10

// The paces of background work.
const (
	flushEvery  = 30 * time.Second
	learnEvery  = 30 * time.Second
	purgeEvery  = 10 * time.Minute
	recordEvery = time.Second
	forgetEvery = time.Minute
	roundEvery  = 30 * time.Second
)

// recordAtOnce is for how many accounts it is written down each recordEvery what providers told: it bounds what that costs when thousands are busy.
const recordAtOnce = 100

// work starts what goes on beside the requests: new keys, the last use of API keys, what has expired.
func (a *App) work(ctx context.Context, wg *sync.WaitGroup) {
	wg.Go(func() {
		secret.Watch(ctx, a.Keyset, a.Box, a.config.KeysetPoll, func(k secret.Keyset) { a.keysetChanged(ctx, k) },
			func(err error) { a.log.Error("the keyset file cannot be read; the keys in use stay", "cause", err) })
	})
	wg.Go(func() { every(ctx, learnEvery, a.logged("learning which API keys are valid", a.Keys.Learn)) })
	wg.Go(func() { every(ctx, flushEvery, a.logged("recording the last use of API keys", a.Keys.Flush)) })
	wg.Go(func() { every(ctx, purgeEvery, a.logged("removing expired answers", a.idempotency.Purge)) })
	wg.Go(func() { every(ctx, purgeEvery, a.logged("removing replaced secrets", a.DB.Accounts().PurgeReplaced)) })
	wg.Go(func() { every(ctx, recordEvery, a.logged("recording what providers told", a.recordSome)) })
	wg.Go(func() {
		every(ctx, forgetEvery, a.logged("forgetting whom webhooks were for", a.inbox.acceptor.Forget))
	})
	wg.Go(func() {
		every(ctx, purgeEvery, a.logged("removing replaced signing secrets", a.DB.Subscriptions().PurgeReplaced))
	})
	for what, purge := range a.purges() {
		wg.Go(func() { every(ctx, purgeEvery, a.logged(what, untilNothing(purge))) })
	}
	wg.Go(func() { a.inbox.handling.Run(ctx) })
	wg.Go(func() { a.checkRounds(ctx) })
	wg.Go(func() { a.syncRounds(ctx) })
	wg.Go(func() { a.inbox.syncing.Run(ctx) })
	wg.Go(func() { a.inbox.reading.Run(ctx) })
	wg.Go(func() { a.inbox.sending.Run(ctx) })
	wg.Go(func() { a.inbox.feeding.Run(ctx) })
	wg.Go(func() {
		defer a.outbox.poster.Close()
		a.outbox.courier.Run(ctx)
	})
}

func (a *App) keysetChanged(ctx context.Context, k secret.Keyset) {
	ids := make([]string, 0, len(k.Keys()))
	for _, key := range k.Keys() {
		ids = append(ids, key.ID.String())
	}
	a.log.Info("keyset changed", "keys", strings.Join(ids, " "), "primary", k.Primary().String())
	if err := a.DB.Keys().Record(ctx, k.Primary()); err != nil {
		a.log.Error("the new primary key cannot be recorded", "cause", err)
	}
}

func (a *App) logged(what string, do func(context.Context) error) func(context.Context) {
	return func(ctx context.Context) {
		if err := do(ctx); err != nil && ctx.Err() == nil {
			a.log.Error("background work failed", "work", what, "cause", err)
		}
	}
}

func every(ctx context.Context, pace time.Duration, do func(context.Context)) {
	tick := time.NewTicker(pace)
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
			do(ctx)
		}
	}
}

func (a *App) recordSome(ctx context.Context) error {
	return a.inbox.recorder.FlushSome(ctx, recordAtOnce)
}

// flush writes down what only memory knows. It has its own time: the context that ran the service is over.
func (a *App) flush() error {
	ctx, cancel := context.WithTimeout(context.Background(), 5*time.Second)
	defer cancel()
	return errors.Join(a.Keys.Flush(ctx), a.inbox.recorder.Flush(ctx))
}

package httpapi_test

import (
	"context"
	"net/http"
	"net/http/httptest"
	"testing"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	v1 "github.com/ivendnext/whatsapp-accounts/api/v1"
	"github.com/ivendnext/whatsapp-accounts/internal/account"
	"github.com/ivendnext/whatsapp-accounts/internal/app"
	"github.com/ivendnext/whatsapp-accounts/internal/config"
	"github.com/ivendnext/whatsapp-accounts/internal/httpapi"
	"github.com/ivendnext/whatsapp-accounts/internal/idempotency"
	"github.com/ivendnext/whatsapp-accounts/internal/routing"
	"github.com/ivendnext/whatsapp-accounts/internal/webhook"
)

// rewired puts another door before the rooms of a world: change breaks something of it.
func (w *world) rewired(t testing.TB, change func(*httpapi.Deps)) *caller {
	t.Helper()
	providers, err := app.Providers(config.Providers{})
	require.NoError(t, err)
	spec, _ := providers.Get("Meta")
	accounts := w.DB.Accounts()
	d := httpapi.Deps{
		Accounts: account.NewService(accounts, providers, app.Now, app.NewID), Routing: routing.NewService(accounts, w.DB.Templates(), providers), Keys: w.Keys,
		Idempotency: idempotency.NewService(w.DB.Idempotency(), app.Now, app.NewID), Verifier: webhook.NewVerifier(accounts, webhook.NewRecorder(w.DB.Books()), spec, app.Now), Providers: providers,
		Ready: func(context.Context) []httpapi.Check { return nil }, Timeout: 20 * time.Second, Log: app.NewLog(config.Log{LogFormat: "json", LogLevel: "debug"}, w.log),
		Metrics: httpapi.NewMetrics(prometheus.NewRegistry()), NewID: app.NewID, Now: app.Now,
	}
	change(&d)
	server := httptest.NewServer(httpapi.New(d))
	t.Cleanup(server.Close)
	broken := *w
	broken.url = server.URL
	return &caller{w: &broken, key: w.boss.key, keyID: w.boss.keyID, site: w.boss.site}
}

func TestAPanicIsA500WhoseCauseOnlyTheLogKnows(t *testing.T) {
	t.Parallel()
	w := start(t)
	for name, cause := range map[string]any{"a text": mark + " in a panic", "an error": context.Canceled, "nothing": nil, "a defect": 7} {
		t.Run(name, func(t *testing.T) {
			c := w.rewired(t, func(d *httpapi.Deps) {
				d.Ready = func(context.Context) []httpapi.Check { panic(cause) }
			})
			p := c.get(t, "/readyz").refused(500, "internal")
			lines := w.log.of(t, "panic", p.RequestID)
			require.Len(t, lines, 1)
			assert.Contains(t, lines[0]["stack"], "failure_test.go")
			assert.Len(t, w.log.of(t, "request", p.RequestID), 1)
			c.get(t, "/v1/me").is(200)
			c.get(t, "/readyz").refused(500, "internal")
		})
	}
}

func TestADefectInARoomBehindTheDoorIsA500(t *testing.T) {
	t.Parallel()
	w := start(t)
	c := w.rewired(t, func(d *httpapi.Deps) { d.Accounts = nil })
	c.create(t, draft("A")).refused(500, "internal")
	c.get(t, at(never)).refused(500, "internal")
	c.get(t, "/v1/me").is(200)
}

func TestARequestThatTakesTooLongIsA503(t *testing.T) {
	t.Parallel()
	for database, start := range databases() {
		t.Run(database, func(t *testing.T) {
			t.Parallel()
			w := start(t)
			id := w.boss.make(t, draft("A")).ID
			slow := w.rewired(t, func(d *httpapi.Deps) { d.Timeout = time.Nanosecond })
			w.boss.unchanged(t, func() {
				for _, a := range []*answer{
					slow.get(t, at(id)), slow.get(t, "/v1/accounts"), slow.create(t, draft("B")), slow.create(t, draft("C"), "Idempotency-Key", "k"),
					slow.patch(t, at(id), active()), slow.delete(t, at(id)), slow.get(t, "/v1/defaults"), slow.get(t, "/v1/route"),
					w.stranger().via(slow).get(t, "/webhooks/meta?"+asked("x", "7")),
				} {
					assert.Contains(t, a.refused(503, "timeout").Detail, "too long")
					assert.NotEmpty(t, a.header.Get("Retry-After"))
				}
			})
			w.boss.create(t, draft("C"), "Idempotency-Key", "k").is(201)
		})
	}
}

// A writer holds its site's lock; whoever waits for it gives up in time and leaves nothing behind.
func TestARequestThatWaitsTooLongForAnotherIsA503(t *testing.T) {
	t.Parallel()
	for database, start := range databases() {
		t.Run(database, func(t *testing.T) {
			t.Parallel()
			w := start(t)
			id := w.boss.make(t, draft("A")).ID
			hurried := w.rewired(t, func(d *httpapi.Deps) { d.Timeout = 200 * time.Millisecond })
			err := w.DB.Accounts().Delete(t.Context(), w.boss.site, id, func(account.Account) (account.Entry, error) {
				hurried.patch(t, at(id), obj{"account_name": "B"}).refused(503, "timeout")
				hurried.put(t, "/v1/defaults/outgoing", obj{"account_id": id}).refused(503, "timeout")
				return account.Entry{}, account.ErrInactive
			})
			require.ErrorIs(t, err, account.ErrInactive)
			assert.Equal(t, "A", w.boss.account(t, id).AccountName)
			w.boss.patch(t, at(id), obj{"account_name": "C"}).is(200)
		})
	}
}

// via is the same caller at the door of another one.
func (c *caller) via(other *caller) *caller {
	v := *c
	v.w = other.w
	return &v
}

// A caller that went away is nobody's defect: the operator is not alarmed.
func TestACallerThatWentAwayIsNoError(t *testing.T) {
	t.Parallel()
	for database, start := range databases() {
		t.Run(database, func(t *testing.T) {
			t.Parallel()
			w := start(t)
			ctx, leave := context.WithCancel(t.Context())
			leave()
			req := w.boss.request(t, http.MethodGet, "/v1/accounts", nil, "X-Request-Id", "gone").WithContext(ctx)
			out := httptest.NewRecorder()
			w.Handler.ServeHTTP(out, req)
			require.Len(t, w.log.of(t, "request", "gone"), 1)
			for _, line := range w.log.of(t, "request failed", "gone") {
				assert.NotEqual(t, "ERROR", line["level"])
			}
			assert.NotEqual(t, http.StatusInternalServerError, out.Code)
		})
	}
}

// Whoever asks and hangs up breaks the checks off: that is no sign that the service cannot serve.
func TestReadinessThatNobodyWaitsForIsNotDenied(t *testing.T) {
	t.Parallel()
	w := start(t)
	ctx, leave := context.WithCancel(t.Context())
	leave()
	out := httptest.NewRecorder()
	w.Handler.ServeHTTP(out, w.stranger().request(t, http.MethodGet, "/readyz", nil).WithContext(ctx))
	assert.Equal(t, http.StatusBadRequest, out.Code)
	assert.Contains(t, out.Body.String(), "request_abandoned")
}

func TestReadinessOfTheServiceSaysWhatIsWrong(t *testing.T) {
	t.Parallel()
	for database, start := range databases() {
		t.Run(database, func(t *testing.T) {
			t.Parallel()
			w := start(t)
			ready := read[v1.Ready](w.stranger().get(t, "/readyz").is(200))
			assert.Equal(t, "ready", ready.Status)
			for _, c := range ready.Checks {
				assert.True(t, c.OK, c.Name)
				assert.Empty(t, c.Detail)
			}
			assert.Len(t, ready.Checks, 4)
		})
	}
}

func TestAServiceThatCannotServeSaysNoAtReadyzAndIsAlive(t *testing.T) {
	t.Parallel()
	w := start(t)
	c := w.rewired(t, func(d *httpapi.Deps) {
		d.Ready = func(context.Context) []httpapi.Check {
			return []httpapi.Check{{Name: "database", OK: true}, {Name: "keys", Detail: "The keyset lacks a key."}}
		}
	})
	p := c.get(t, "/readyz").refused(503, "not_ready")
	assert.Equal(t, []v1.ReadinessCheck{{Name: "database", OK: true}, {Name: "keys", Detail: "The keyset lacks a key."}}, p.Checks)
	assert.Equal(t, "ok", read[v1.Health](c.get(t, "/healthz").is(200)).Status)
}

func TestADatabaseThatIsGoneIsToldWithoutItsErrors(t *testing.T) {
	t.Parallel()
	w := start(t)
	id := w.boss.make(t, draft("A")).ID
	require.NoError(t, w.DB.Close())
	for _, a := range []*answer{w.boss.get(t, at(id)), w.boss.get(t, "/v1/accounts"), w.boss.patch(t, at(id), "{}"), w.stranger().get(t, "/webhooks/meta?"+asked("x", "7"))} {
		assert.Contains(t, []int{500, 503}, a.status)
	}
	w.stranger().get(t, "/healthz").is(200)
	p := w.stranger().get(t, "/readyz").refused(503, "not_ready")
	assert.False(t, p.Checks[1].OK)
}

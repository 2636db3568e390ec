// Package httpapi is the HTTP door: it reads requests, asks the rooms behind it and writes answers.
// It knows no rule of the domain and no database.
package httpapi

import (
	"context"
	"log/slog"
	"net/http"
	"net/netip"
	"slices"
	"time"

	"github.com/labstack/echo/v4"

	"github.com/ivendnext/whatsapp-accounts/internal/account"
	"github.com/ivendnext/whatsapp-accounts/internal/apikey"
	"github.com/ivendnext/whatsapp-accounts/internal/bulk"
	"github.com/ivendnext/whatsapp-accounts/internal/event"
	"github.com/ivendnext/whatsapp-accounts/internal/idempotency"
	"github.com/ivendnext/whatsapp-accounts/internal/inspect"
	"github.com/ivendnext/whatsapp-accounts/internal/message"
	"github.com/ivendnext/whatsapp-accounts/internal/provider"
	"github.com/ivendnext/whatsapp-accounts/internal/readreceipt"
	"github.com/ivendnext/whatsapp-accounts/internal/routing"
	"github.com/ivendnext/whatsapp-accounts/internal/subscription"
	"github.com/ivendnext/whatsapp-accounts/internal/template"
	"github.com/ivendnext/whatsapp-accounts/internal/webhook"
)

// Deps are the rooms behind the door, and what it needs of the process.
type Deps struct {
	Accounts    *account.Service
	Messages    *message.Service
	Bulks       *bulk.Service
	Templates   *template.Service
	Routing     *routing.Service
	Keys        *apikey.Service
	Idempotency *idempotency.Service
	Reading     *readreceipt.Service
	Verifier    *webhook.Verifier
	Acceptor    *webhook.Acceptor
	Doors       []webhook.Door
	Health      Health
	Inspector   *inspect.Service
	Adopter     *webhook.Adopter
	Jobs        Jobs
	Feed        *event.Feed
	Subscribers *subscription.Service
	Leaving     <-chan struct{} // closed when the service stops: whoever waits is answered
	Providers   provider.Registry
	Ready       func(context.Context) []Check // what serving needs, checked now
	PublicURL   string                        // where providers and people reach us; empty when not configured
	Timeout     time.Duration                 // how long one request may take
	SendWait    time.Duration                 // how long a caller of /graph waits at most for what becomes of a message
	Log         *slog.Logger
	Metrics     *Metrics
	NewID       func() string
	Now         func() time.Time

	TrustedProxies []netip.Prefix // whose X-Forwarded-For is believed; nobody's when empty
	CORSOrigins    []string       // whose pages may call /v1 from a browser; nobody's when empty
	AuthFailures   int            // wrong keys that one client address may try each minute; 0 sets no limit
}

// api is the door with everything behind it.
type api struct {
	Deps
	failures *failures
}

// access says who may call a route.
type access int

const (
	nobody   access = iota // the zero value: a route that forgot to say
	anybody                // no key; where there is a proof, it is the provider's own
	readers                // any role
	managers               // system_manager
	senders                // system_manager and service
)

// bodyRule says what a request carries.
type bodyRule int

const (
	none     bodyRule = iota // no body
	asking                   // no body, and somebody outside is asked
	strict                   // a JSON object
	optional                 // a JSON object, or nothing
	bare                     // nothing: it may be repeated as it is, so an Idempotency-Key changes nothing; it is in no transaction and may ask somebody outside
	graph                    // a JSON object, as strict; keys of repeats are the handler's affair, who may wait and ask somebody outside, in no transaction
	spooled                  // a JSON object or lines of JSON, as large as a bulk message is: it is put into a file, and the handler minds the Idempotency-Key
	raw                      // what a provider sends: nothing about it is ours to demand but its size
)

// carries reports whether there may be a body.
func (b bodyRule) carries() bool { return b != none && b != asking }

// outside reports whether somebody outside may be asked, which takes longer than a request of ours may.
func (b bodyRule) outside() bool { return b == bare || b == asking || b == graph }

// route is one line of the table. query lists the parameters it takes; any other is refused.
type route struct {
	method, path string
	who          access
	query        []string
	handle       handler
	body         bodyRule
}

func (a *api) routes() []route {
	return slices.Concat(a.forCallers(), a.forSenders(), a.forClientsOfMeta(), a.forEverybody())
}

// forCallers are the routes that take a key.
func (a *api) forCallers() []route {
	page := []string{"limit", "cursor"}
	return []route{
		{http.MethodPost, "/v1/accounts", managers, nil, a.createAccount, strict},
		{http.MethodGet, "/v1/accounts", readers, append(page, "status", "account_type", "account_name", "q"), a.listAccounts, none},
		{http.MethodGet, "/v1/accounts/:id", readers, nil, a.getAccount, none},
		{http.MethodPatch, "/v1/accounts/:id", managers, nil, a.updateAccount, strict},
		{http.MethodDelete, "/v1/accounts/:id", managers, nil, a.deleteAccount, none},
		{http.MethodGet, "/v1/accounts/:id/history", readers, page, a.accountHistory, none},
		{http.MethodGet, "/v1/accounts/:id/health", readers, nil, a.getAccountHealth, none},
		{http.MethodPost, "/v1/accounts/:id/check", managers, nil, a.checkAccount, bare},
		{http.MethodPost, "/v1/accounts/:id/subscribe", managers, nil, a.subscribeAccount, bare},
		{http.MethodPost, "/v1/accounts/:id/adopt", managers, nil, a.adoptWebhooks, bare},
		{http.MethodPost, "/v1/accounts/:id/sync-templates", managers, nil, a.syncTemplates, bare},
		{http.MethodGet, "/v1/account-types", readers, nil, a.listAccountTypes, none},

		{http.MethodGet, "/v1/defaults", readers, nil, a.getDefaults, none},
		{http.MethodGet, "/v1/defaults/:direction", readers, nil, a.getDefault, none},
		{http.MethodPut, "/v1/defaults/:direction", managers, nil, a.setDefault, strict},
		{http.MethodDelete, "/v1/defaults/:direction", managers, nil, a.clearDefault, none},
		{http.MethodGet, "/v1/route", readers, []string{"account_id", "template_id", "type", "direction"}, a.getRoute, none},

		{http.MethodPost, "/v1/templates", managers, nil, a.createTemplate, strict},
		{http.MethodGet, "/v1/templates", readers, append(page, "account_id", "status", "q"), a.listTemplates, none},
		{http.MethodGet, "/v1/templates/:id", readers, nil, a.getTemplate, none},
		{http.MethodPatch, "/v1/templates/:id", managers, nil, a.updateTemplate, strict},
		{http.MethodDelete, "/v1/templates/:id", managers, []string{"only_here"}, a.deleteTemplate, asking},
		{http.MethodPost, "/v1/templates/:id/submit", managers, nil, a.submitTemplate, bare},
		{http.MethodPost, "/v1/templates/:id/render", readers, nil, a.renderTemplate, strict},

		{http.MethodGet, "/v1/events", readers, []string{"after", "type", "account_id", "limit", "wait"}, a.listEvents, none},
		{http.MethodPost, "/v1/events/:id/redeliver", managers, nil, a.redeliverEvent, optional},

		{http.MethodPost, "/v1/subscriptions", managers, nil, a.createSubscription, strict},
		{http.MethodGet, "/v1/subscriptions", managers, page, a.listSubscriptions, none},
		{http.MethodGet, "/v1/subscriptions/:id", managers, nil, a.getSubscription, none},
		{http.MethodPatch, "/v1/subscriptions/:id", managers, nil, a.updateSubscription, strict},
		{http.MethodDelete, "/v1/subscriptions/:id", managers, nil, a.deleteSubscription, none},
		{http.MethodPost, "/v1/subscriptions/:id/rotate-secret", managers, nil, a.rotateSubscriptionSecret, optional},
		{http.MethodPost, "/v1/subscriptions/:id/test", managers, nil, a.testSubscription, bare},
		{http.MethodGet, "/v1/subscriptions/:id/deliveries", managers, append(page, "status"), a.listDeliveries, none},

		{http.MethodGet, "/v1/parked-jobs", managers, append(page, "queue"), a.listParkedJobs, none},
		{http.MethodPost, "/v1/parked-jobs/:id/replay", managers, nil, a.replayParkedJob, bare},

		{http.MethodGet, "/v1/me", readers, nil, a.getMe, none},
	}
}

// forClientsOfMeta are the routes that play Meta's Graph API, for clients that were made for it. They take a key, and refuse in Graph's words.
func (a *api) forClientsOfMeta() []route {
	return []route{
		{http.MethodPost, "/graph/:version/:phone/messages", senders, tolerant(), a.graphMessages, graph},
		{http.MethodGet, "/graph/:version/:phone", readers, tolerant(), a.graphPhone, none},
		{http.MethodGet, "/graph/:version/:business/phone_numbers", readers, tolerant(), a.graphPhones, none},
		{http.MethodGet, "/graph/:version/:business/message_templates", readers, tolerant(), a.graphTemplates, none},
	}
}

// forSenders are the routes about what is sent.
func (a *api) forSenders() []route {
	page := []string{"limit", "cursor"}
	return []route{
		{http.MethodPost, "/v1/messages", senders, nil, a.sendMessage, strict},
		{http.MethodGet, "/v1/messages", readers, append(page, "status", "account_id", "to", "reference"), a.listMessages, none},
		{http.MethodGet, "/v1/messages/:id", readers, nil, a.getMessage, none},
		{http.MethodPost, "/v1/messages/:id/cancel", senders, nil, a.cancelMessage, bare},

		{http.MethodPost, "/v1/bulk-messages", senders, nil, a.sendBulk, spooled},
		{http.MethodGet, "/v1/bulk-messages", readers, append(page, "status"), a.listBulks, none},
		{http.MethodGet, "/v1/bulk-messages/:id", readers, nil, a.getBulk, none},
		{http.MethodGet, "/v1/bulk-messages/:id/messages", readers, append(page, "status"), a.listBulkMessages, none},
		{http.MethodPost, "/v1/bulk-messages/:id/pause", senders, nil, a.pauseBulk, bare},
		{http.MethodPost, "/v1/bulk-messages/:id/resume", senders, nil, a.resumeBulk, bare},
		{http.MethodPost, "/v1/bulk-messages/:id/cancel", senders, nil, a.cancelBulk, bare},
		{http.MethodPost, "/v1/bulk-messages/:id/retry-failed", senders, nil, a.retryBulk, optional},
	}
}

// forEverybody are the routes that take none: providers prove themselves by what they send, and the rest tells nothing.
func (a *api) forEverybody() []route {
	return []route{
		{http.MethodGet, "/webhooks/meta", anybody, tolerant(), a.verifyMeta, none},
		{http.MethodGet, "/webhooks/meta/:account_id", anybody, tolerant(), a.verifyMeta, none},
		{http.MethodPost, "/webhooks/meta", anybody, tolerant(), a.receiveMeta, raw},
		{http.MethodPost, "/webhooks/meta/:account_id", anybody, tolerant(), a.receiveMeta, raw},
		{http.MethodPost, "/webhooks/wasender/:account_id", anybody, tolerant(), a.receiveWasender, raw},

		{http.MethodGet, "/healthz", anybody, nil, a.getHealth, none},
		{http.MethodGet, "/readyz", anybody, nil, a.getReady, none},
		{http.MethodGet, "/openapi.json", anybody, nil, a.getDocument, none},
	}
}

// methodsOf are the methods of a route: whoever may GET may ask with HEAD, and is answered the same without the body (RFC 9110, section 9.3.2).
func methodsOf(method string) []string {
	if method == http.MethodGet {
		return []string{http.MethodGet, http.MethodHead}
	}
	return []string{method}
}

// New puts the door together.
func New(d Deps) *echo.Echo {
	a := &api{Deps: d, failures: newFailures(d.AuthFailures)}
	e := echo.New()
	e.HideBanner, e.HidePort = true, true
	// Echo believes X-Forwarded-For from anyone unless it is told whom to ask. We ask clientAddress; this is for whoever asks Echo.
	e.IPExtractor = func(r *http.Request) string { return a.clientAddress(r).String() }
	e.HTTPErrorHandler = a.writeProblem
	e.Use(finish, a.identify, a.observe, a.recover, secure, a.allowOrigins(), exact)
	for _, r := range a.routes() {
		for _, method := range methodsOf(r.method) {
			e.Add(method, r.path, a.funnel(r))
		}
	}
	a.mountReference(e)
	return e
}

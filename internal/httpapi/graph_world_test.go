package httpapi_test

import (
	"context"
	"net/http"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	v1 "github.com/ivendnext/whatsapp-accounts/api/v1"
	"github.com/ivendnext/whatsapp-accounts/internal/config"
	"github.com/ivendnext/whatsapp-accounts/internal/message"
	"github.com/ivendnext/whatsapp-accounts/internal/provider"
	"github.com/ivendnext/whatsapp-accounts/internal/site"
)

// graphForm is what the codes of this service's own problems become at the Graph door: a status, a code and a subcode.
func graphForm() map[string][3]int {
	return map[string][3]int{
		"unauthenticated": {401, 190, 0}, "forbidden": {403, 10, 0}, "too_many_failures": {429, 4, 0}, "method_not_allowed": {405, 100, 33}, "route_not_found": {404, 2500, 0},
		"account_not_found": {400, 100, 33}, "no_default_account": {400, 100, 33}, "account_inactive": {400, 133010, 0}, "capability_unsupported": {400, 131051, 0},
		"template_unavailable": {400, 132001, 0}, "message_not_found": {400, 131009, 0}, "invalid": {400, 100, 0}, "body_too_large": {413, 100, 0},
		"unsupported_media_type": {415, 100, 0}, "database_unavailable": {503, 2, 0}, "idempotency_in_progress": {503, 2, 0},
	}
}

// refusedAsGraph demands the refusal that a code of ours becomes, and gives its details as a problem has them.
func (a *answer) refusedAsGraph(code string) v1.Problem {
	a.t.Helper()
	want, known := graphForm()[code]
	require.True(a.t, known, code)
	e := a.graphError(want[0], want[1])
	require.Equal(a.t, want[2], e.Subcode, "%.2000s", a.body)
	return v1.Problem{Status: a.status, Code: code, Detail: e.Data.Details, RequestID: e.TraceID}
}

// graphError demands a refusal of Graph's form.
func (a *answer) graphError(status, code int) v1.GraphErrorBody {
	a.t.Helper()
	require.Equal(a.t, status, a.status, "%.2000s", a.body)
	e := read[v1.GraphError](a).Error
	require.Equal(a.t, code, e.Code, "%.2000s", a.body)
	return e
}

func (a *answer) isGraphError(req *http.Request) {
	a.t.Helper()
	require.Equal(a.t, "application/json", a.header.Get("Content-Type"), "%.300s", a.body)
	if req.Method == http.MethodHead {
		return
	}
	e := read[v1.GraphError](a).Error
	assert.Equal(a.t, "OAuthException", e.Type)
	assert.Regexp(a.t, `^\(#\d+\) \S`, e.Message)
	assert.Regexp(a.t, `[.!?]$`, e.Data.Details)
	assert.Equal(a.t, "whatsapp", e.Data.MessagingProduct)
	assert.Equal(a.t, a.header.Get("X-Request-Id"), e.TraceID)
	assert.False(a.t, namesThisHost(string(a.body)), "%s", a.body)
}

// graphHi is a text as a client of Meta's sends it, changed as more says.
func graphHi(more ...obj) obj {
	return merged(obj{"messaging_product": "whatsapp", "recipient_type": "individual", "to": "+971501234567", "type": "text", "text": obj{"body": "Hi"}}, more...)
}

// graph posts to the messages of what Meta has a number for.
func (c *caller) graph(t testing.TB, phone string, body any, headers ...string) *answer {
	t.Helper()
	return c.send(t, http.MethodPost, "/graph/v25.0/"+phone+"/messages", body, headers...)
}

// waiting makes a door wait for what becomes of a message; without it, it waits for nothing.
func waiting(c *config.Serve) { c.WriteTimeout = time.Hour }

// settles does, to each message of the caller's site that is queued, what a worker would. It is to be called before there is one.
func (w *world) settles(t testing.TB, become func(message.Message) message.Message) {
	t.Helper()
	rung, ended := make(chan struct{}, 1), make(chan struct{})
	w.DB.OnEvents(func(site.Site) {
		select {
		case rung <- struct{}{}:
		default:
		}
	})
	ctx, stop := context.WithCancel(t.Context())
	t.Cleanup(func() { stop(); <-ended })
	go func() {
		defer close(ended)
		for {
			select {
			case <-ctx.Done():
				return
			case <-rung:
				w.settle(ctx, t, become)
			}
		}
	}()
}

func (w *world) settle(ctx context.Context, t testing.TB, become func(message.Message) message.Message) {
	t.Helper()
	page, err := w.DB.Messages().List(ctx, w.boss.site, message.Query{Status: message.Queued, Limit: 50})
	for _, m := range page.Messages {
		if err == nil {
			_, err = w.DB.Messages().Update(ctx, w.boss.site, m.ID, func(m message.Message) (message.Message, error) { return become(m), nil })
		}
	}
	if ctx.Err() == nil {
		assert.NoError(t, err)
	}
}

// taken is a message that the provider took.
func taken(m message.Message) message.Message {
	return m.Hear(provider.StateAccepted, "wamid."+m.ID, nil, m.CreatedAt)
}

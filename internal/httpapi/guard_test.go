package httpapi

import (
	"net/http"
	"net/http/httptest"
	"slices"
	"testing"

	"github.com/labstack/echo/v4"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func TestEveryRouteDeclaresWhoMayCallIt(t *testing.T) {
	for _, r := range new(api).routes() {
		assert.Contains(t, []access{anybody, readers, managers, senders}, r.who, "%s %s is open to nobody: say who may call it", r.method, r.path)
	}
}

// What needs no key is a list that grows only on purpose.
func TestOnlyTheseRoutesNeedNoKey(t *testing.T) {
	var open []string
	for _, r := range new(api).routes() {
		if r.who == anybody {
			open = append(open, r.method+" "+r.path)
		}
	}
	assert.ElementsMatch(t, []string{
		"GET /webhooks/meta", "GET /webhooks/meta/:account_id", "POST /webhooks/meta", "POST /webhooks/meta/:account_id", "POST /webhooks/wasender/:account_id",
		"GET /healthz", "GET /readyz", "GET /openapi.json",
	}, open)
}

func TestOnlyManagersChangeAnythingAndOnlyTheyAndServicesSend(t *testing.T) {
	changesNothing := []string{"/v1/templates/:id/render"} // a question with a body
	sends := []string{                                     // what the role service is for
		"/v1/messages", "/v1/messages/:id/cancel", "/v1/bulk-messages", "/v1/bulk-messages/:id/pause", "/v1/bulk-messages/:id/resume", "/v1/bulk-messages/:id/cancel",
		"/v1/bulk-messages/:id/retry-failed", "/graph/:version/:phone/messages",
	}
	for _, r := range new(api).routes() {
		if r.method == http.MethodGet || r.who == anybody || slices.Contains(changesNothing, r.path) {
			continue
		}
		want := managers
		if slices.Contains(sends, r.path) {
			want = senders
		}
		assert.Equal(t, want, r.who, "%s %s", r.method, r.path)
	}
}

func TestEchoServesTheTableAndTheReferenceAndNothingElse(t *testing.T) {
	want := []string{"GET /docs", "GET /docs/*", "HEAD /docs", "HEAD /docs/*"}
	for _, r := range new(api).routes() {
		want = append(want, r.method+" "+r.path)
		if r.method == http.MethodGet {
			want = append(want, "HEAD "+r.path)
		}
	}
	var have []string
	for _, r := range New(Deps{}).Routes() {
		have = append(have, r.Method+" "+r.Path)
	}
	assert.ElementsMatch(t, want, have)
}

func TestNoRouteIsThereTwice(t *testing.T) {
	var lines []string
	for _, r := range new(api).routes() {
		lines = append(lines, r.method+" "+r.path)
	}
	slices.Sort(lines)
	assert.Len(t, slices.Compact(lines), len(new(api).routes()))
}

func TestARouteForNobodyIsServedToNobody(t *testing.T) {
	a := &api{}
	for _, who := range []access{nobody, senders + 1} {
		request := echo.New().NewContext(httptest.NewRequestWithContext(t.Context(), http.MethodGet, "/v1/me", nil), httptest.NewRecorder())
		err := a.authorize(&call{Context: request, ctx: t.Context()}, who)
		require.ErrorContains(t, err, "nobody")
		assert.Equal(t, errInternal.Code, faultOf(err).Code)
	}
}

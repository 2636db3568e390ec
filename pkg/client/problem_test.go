package client_test

import (
	"fmt"
	"net/http"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	v1 "github.com/ivendnext/whatsapp-accounts/api/v1"
	"github.com/ivendnext/whatsapp-accounts/pkg/client"
)

const inactive = `{"type":"urn:whatsapp-accounts:problem:account_inactive","title":"Conflict","status":409,"detail":"The account is Inactive.","instance":"/v1/route",
"code":"account_inactive","fix":"Activate it.","request_id":"r-1","errors":[{"pointer":"/status","code":"account_inactive","detail":"It is Inactive."}],
"considered":[{"account_id":"a","account_name":null,"outcome":"refused","detail":"no"}]}`

// refusing makes a client of a server that answers with status, headers and body.
func refusing(t *testing.T, status int, header map[string]string, body string) error {
	t.Helper()
	c := answering(t, func(w http.ResponseWriter, _ *http.Request) {
		for name, value := range header {
			w.Header().Set(name, value)
		}
		w.WriteHeader(status)
		fmt.Fprint(w, body)
	})
	_, err := c.Route(t.Context(), client.RouteQuery{AccountID: "a"})
	return err
}

func TestProblemIsTyped(t *testing.T) {
	err := fmt.Errorf("sending the invoice: %w", refusing(t, http.StatusConflict, map[string]string{"Content-Type": "application/problem+json; charset=utf-8", "Retry-After": "3"}, inactive))
	var p *client.Problem
	require.ErrorAs(t, err, &p)
	assert.Equal(t, http.StatusConflict, p.StatusCode)
	assert.Equal(t, 3*time.Second, p.RetryAfter)
	assert.Equal(t, "account_inactive", p.Code)
	assert.Equal(t, []v1.Candidate{{AccountID: "a", Outcome: "refused", Detail: "no"}}, p.Considered)
	assert.True(t, client.HasCode(err, "account_inactive"))
	assert.False(t, client.HasCode(err, "no_default_account"))
	assert.False(t, client.HasCode(nil, "account_inactive"))
	assert.EqualError(t, p, "client: GET /v1/route: 409 account_inactive: The account is Inactive. Activate it. [/status: It is Inactive.] (request r-1)")
}

func TestForeignAnswerIsAProblemWithoutACode(t *testing.T) {
	for media, body := range map[string]string{"text/html": "<h1>Bad Gateway</h1>", "application/problem+json": `{"code":"account_inac`, "": "", "a;b;c": inactive} {
		err := refusing(t, http.StatusBadGateway, map[string]string{"Content-Type": media}, body)
		var p *client.Problem
		require.ErrorAs(t, err, &p)
		assert.Equal(t, http.StatusBadGateway, p.StatusCode)
		assert.Equal(t, v1.Problem{}, p.Problem, media)
		assert.EqualError(t, err, "client: GET /v1/route: 502 Bad Gateway")
	}
}

func TestRetryAfterMayBeADate(t *testing.T) {
	for text, atMost := range map[string]time.Duration{
		time.Now().Add(time.Minute).UTC().Format(http.TimeFormat):  time.Minute,
		time.Now().Add(-time.Minute).UTC().Format(http.TimeFormat): 0,
		"-3": 0, "soon": 0, "": 0,
	} {
		err := refusing(t, http.StatusServiceUnavailable, map[string]string{"Retry-After": text}, "")
		var p *client.Problem
		require.ErrorAs(t, err, &p)
		assert.LessOrEqual(t, p.RetryAfter, atMost, text)
		assert.GreaterOrEqual(t, p.RetryAfter, atMost-10*time.Second, text)
	}
}

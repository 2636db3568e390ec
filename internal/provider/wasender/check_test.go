package wasender_test

import (
	"net/http"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/ivendnext/whatsapp-accounts/internal/provider"
	"github.com/ivendnext/whatsapp-accounts/internal/secret"
)

// reply answers every request with one status and body.
func reply(status int, body string) http.HandlerFunc {
	return func(w http.ResponseWriter, _ *http.Request) {
		w.WriteHeader(status)
		_, _ = w.Write([]byte(body))
	}
}

// verdicts are those of connection, api_key and session.
func verdicts(t *testing.T, r provider.Report) [3]provider.Verdict {
	t.Helper()
	require.Len(t, r.Checks, 3)
	assert.Equal(t, []string{"connection", "api_key", "session"}, []string{r.Checks[0].Name, r.Checks[1].Name, r.Checks[2].Name})
	return [3]provider.Verdict{r.Checks[0].Verdict, r.Checks[1].Verdict, r.Checks[2].Verdict}
}

const (
	valid    = provider.Valid
	rejected = provider.Rejected
	unknown  = provider.Unknown
)

func TestCheckAsksForTheStatusOfTheSession(t *testing.T) {
	var asked *http.Request
	r := open(t).Check(t.Context(), serve(t, func(w http.ResponseWriter, r *http.Request) {
		asked = r
		content(w, r)
	}))
	assert.Equal(t, "GET /api/status", asked.Method+" "+asked.RequestURI)
	assert.Equal(t, "Bearer "+apiKey, asked.Header.Get("Authorization"))
	assert.Equal(t, provider.Report{Verdict: valid, Checks: r.Checks, At: now()}, r)
}

func TestTheStatusOfTheSessionDecidesInWhateverCase(t *testing.T) {
	for status, verdict := range map[string]provider.Verdict{
		"connected": valid, "CONNECTED": valid, "Connecting": unknown, "disconnected": rejected, "need_scan": rejected, "NEED_SCAN": rejected, "logged_out": rejected,
		"expired": rejected, "": unknown, "hibernating": unknown,
	} {
		r := open(t).Check(t.Context(), serve(t, reply(http.StatusOK, `{"status":"`+status+`"}`)))
		assert.Equal(t, verdict, r.Verdict, status)
		assert.Equal(t, [3]provider.Verdict{valid, valid, verdict}, verdicts(t, r), status)
		assert.Equal(t, verdict == valid, r.Checks[2].Fix == "", status)
	}
}

func TestWhatStandsInTheWayIsFoundWhereItCanBeCorrected(t *testing.T) {
	for status, c := range map[int]struct {
		want    [3]provider.Verdict
		pointer string
	}{
		http.StatusUnauthorized:        {[3]provider.Verdict{valid, rejected, unknown}, "/wasender_settings/wasender_api_key"},
		http.StatusPaymentRequired:     {[3]provider.Verdict{valid, unknown, rejected}, ""},
		http.StatusForbidden:           {[3]provider.Verdict{valid, unknown, rejected}, ""},
		http.StatusNotFound:            {[3]provider.Verdict{rejected, unknown, unknown}, "/wasender_settings/wasender_url"},
		http.StatusFound:               {[3]provider.Verdict{rejected, unknown, unknown}, "/wasender_settings/wasender_url"},
		http.StatusTooManyRequests:     {[3]provider.Verdict{valid, unknown, unknown}, ""},
		http.StatusInternalServerError: {[3]provider.Verdict{valid, unknown, unknown}, ""},
		http.StatusOK:                  {[3]provider.Verdict{unknown, unknown, unknown}, ""}, // a page of somebody in between
	} {
		r := open(t).Check(t.Context(), serve(t, reply(status, `<html>`)))
		assert.Equal(t, c.want, verdicts(t, r), "%d %+v", status, r)
		pointer := ""
		for _, check := range r.Checks {
			pointer += check.Pointer
		}
		assert.Equal(t, c.pointer, pointer, status)
	}
}

func TestWASendersReasonIsInTheReport(t *testing.T) {
	r := open(t).Check(t.Context(), serve(t, reply(http.StatusUnauthorized, `{"success":false,"message":"Unnotarized"}`)))
	assert.Equal(t, "WASender does not accept the API key. WASender says: “Unnotarized”.", r.Checks[1].Detail)
}

func TestAnAccountWithoutAKeyIsRejectedUnasked(t *testing.T) {
	c := serve(t, func(http.ResponseWriter, *http.Request) { t.Error("it was asked") })
	c.Secrets["wasender_api_key"] = secret.Text{}
	assert.Equal(t, rejected, verdicts(t, open(t).Check(t.Context(), c))[1])
}

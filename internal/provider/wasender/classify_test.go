package wasender_test

import (
	"net/http"
	"strconv"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"

	"github.com/ivendnext/whatsapp-accounts/internal/provider"
)

// refusal marks a message at a WASender that answers so, and gives the error.
func refusal(t *testing.T, h http.HandlerFunc) *provider.CallError {
	t.Helper()
	return failure(t, open(t).MarkRead(t.Context(), serve(t, h), provider.Reference(key)))
}

func TestTheStatusDecides(t *testing.T) {
	for status, class := range map[int]provider.Class{
		400: provider.ClassPermanent, 401: provider.ClassToken, 402: provider.ClassAccount, 403: provider.ClassAccount, 404: provider.ClassAccount, 408: provider.ClassRetry,
		422: provider.ClassPermanent, 429: provider.ClassRetry, 500: provider.ClassRetry, 502: provider.ClassRetry, 503: provider.ClassRetry, 302: provider.ClassAccount,
	} {
		for _, body := range []string{`{"success":false,"message":"No."}`, `{"success":true}`, "<html>", ""} {
			e := refusal(t, reply(status, body))
			assert.Equal(t, class, e.Class, "%d %s", status, body)
			assert.Equal(t, status, e.Status)
			assert.NotEmpty(t, e.Fix)
		}
	}
}

func TestASuccessThatIsNoneIsRefused(t *testing.T) {
	e := refusal(t, reply(200, `{"success":false,"message":"Message not found."}`))
	assert.Equal(t, provider.ClassPermanent, e.Class)
	assert.Equal(t, "Message not found.", e.Detail)
	assert.Equal(t, provider.ClassUnknown, refusal(t, reply(200, `<html>`)).Class)
}

func TestWASendersWordsAreKept(t *testing.T) {
	for body, want := range map[string]string{
		`{"success":false,"message":"Validation failed","errors":{"to":["The to field is required."],"key":["The key field is required.","It is odd."]}}`: "Validation failed The key field is required. It is odd. The to field is required.",
		`{"message":7,"errors":["x"]}`:     "",
		`{"message":"a","errors":{"b":1}}`: "a",
		`{"message":"key ` + apiKey + `"}`: "key [secret]",
	} {
		assert.Equal(t, want, refusal(t, reply(422, body)).Detail, body)
	}
}

func TestHowLongToWaitIsTheFirstThatIsSaid(t *testing.T) {
	at := func(d time.Duration) string { return strconv.FormatInt(now().Add(d).Unix(), 10) }
	for name, c := range map[string]struct {
		body, retryAfter, reset string
		want                    time.Duration
	}{
		"the body":                  {`{"message":"You can only send 1 message every 1 minute.","retry_after":60}`, "5", "7", time.Minute},
		"the body, as text":         {`{"retry_after":"1.5"}`, "", "", 1500 * time.Millisecond},
		"the header, in seconds":    {`{}`, "5", "7", 5 * time.Second},
		"the header, as a date":     {`{}`, "Sun, 22 Nov 2026 12:01:00 GMT", "7", time.Minute},
		"the reset, in seconds":     {`{}`, "", "7", 7 * time.Second},
		"the reset, as a time":      {`{}`, "", at(90 * time.Second), 90 * time.Second},
		"the reset, a moment ago":   {`{}`, "", at(-time.Second), 0},
		"the reset, beyond reason":  {`{}`, "", "9223372036854775807", 7 * 24 * time.Hour},
		"nothing":                   {`{}`, "", "", 0},
		"nothing that can be read":  {`{"retry_after":{}}`, "soon", "never", 0},
		"a negative number":         {`{"retry_after":-5}`, "-5", "-5", 0},
		"a page instead of a body":  {`<html>`, "5", "", 5 * time.Second},
		"more than the longest one": {`{"retry_after":1e300}`, "", "", 7 * 24 * time.Hour},
	} {
		t.Run(name, func(t *testing.T) {
			e := refusal(t, func(w http.ResponseWriter, r *http.Request) {
				w.Header().Set("Retry-After", c.retryAfter)
				w.Header().Set("X-Ratelimit-Reset", c.reset)
				reply(http.StatusTooManyRequests, c.body)(w, r)
			})
			assert.Equal(t, c.want, e.RetryAfter)
		})
	}
	assert.Zero(t, refusal(t, reply(http.StatusUnauthorized, `{"retry_after":60}`)).RetryAfter, "a key does not get better by waiting")
}

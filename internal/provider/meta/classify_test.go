package meta_test

import (
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"

	"github.com/ivendnext/whatsapp-accounts/internal/provider"
	"github.com/ivendnext/whatsapp-accounts/internal/provider/meta"
)

// refusal marks a message at a Graph API that answers so, and gives the error.
func refusal(t *testing.T, h http.HandlerFunc) *provider.CallError {
	t.Helper()
	return failure(t, open(t).MarkRead(t.Context(), serve(t, h), meta.ReferenceTo(wamid)))
}

func TestTheCodeDecidesAndNotTheStatus(t *testing.T) {
	for code, class := range map[int]provider.Class{
		131056: provider.ClassRetry, 80007: provider.ClassRetry, 190: provider.ClassToken, 0: provider.ClassToken, 200: provider.ClassAccount, 131009: provider.ClassPermanent,
		131048: provider.ClassWait,
	} {
		for _, status := range []int{200, 400, 401, 403, 404, 429, 500, 503} {
			e := refusal(t, reply(status, fmt.Sprintf(`{"error":{"message":"(#%d) words","code":%d}}`, code, code)))
			assert.Equal(t, class, e.Class, "%d with %d", code, status)
			assert.Equal(t, []string{fmt.Sprint(code), fmt.Sprintf("(#%d) words", code)}, []string{e.Code, e.Detail})
			assert.Equal(t, status, e.Status)
		}
	}
}

func TestTheSubcodeTellsAMissingObjectFromAWrongParameter(t *testing.T) {
	assert.Equal(t, provider.ClassAccount, refusal(t, reply(400, `{"error":{"code":100,"error_subcode":33}}`)).Class)
	assert.Equal(t, provider.ClassPermanent, refusal(t, reply(400, `{"error":{"code":100}}`)).Class)
	e := refusal(t, reply(401, `{"error":{"code":190,"error_subcode":463}}`))
	assert.Equal(t, []string{"190", "463", "The token has expired."}, []string{e.Code, e.Subcode, e.Meaning})
}

func TestWhatMetaCallsTransientIsTriedAgain(t *testing.T) {
	for _, code := range []int{100, 190, 200, 131026, 424242} {
		assert.Equal(t, provider.ClassRetry, refusal(t, reply(400, fmt.Sprintf(`{"error":{"code":%d,"is_transient":true}}`, code))).Class, code)
		assert.NotEqual(t, provider.ClassRetry, refusal(t, reply(400, fmt.Sprintf(`{"error":{"code":%d,"is_transient":false}}`, code))).Class, code)
	}
}

func TestACodeThatIsNotKnownIsJudgedByItsStatus(t *testing.T) {
	for status, class := range map[int]provider.Class{
		400: provider.ClassPermanent, 401: provider.ClassToken, 403: provider.ClassAccount, 404: provider.ClassPermanent, 408: provider.ClassRetry, 429: provider.ClassRetry,
		500: provider.ClassRetry, 503: provider.ClassRetry,
	} {
		assert.Equal(t, class, refusal(t, reply(status, `{"error":{"message":"new","code":424242}}`)).Class, status)
		assert.Equal(t, class, refusal(t, reply(status, `{"error":{"message":"no code"}}`)).Class, status)
	}
}

func TestWhatIsNoAnswerOfMetaIsTriedAgain(t *testing.T) {
	for _, body := range []string{"", "<html>", "null", "7", `"x"`, "[]", "{}", `{"error":null}`, `{"error":"denied"}`, `{"error":[]}`, `{"error":{}}`, `{"error":{"code":{}}}`, `{"error`} {
		for _, status := range []int{400, 401, 403, 404, 500} {
			assert.Equal(t, provider.ClassRetry, refusal(t, reply(status, body)).Class, "%d %s", status, body)
		}
	}
}

func TestMetasWordsAreKeptOnceAndInBounds(t *testing.T) {
	e := refusal(t, reply(400, `{"error":{"message":"(#131009) Parameter value is not valid","code":131009,
		"error_data":{"messaging_product":"whatsapp","details":"Message is too old"},"error_user_title":"Too old","error_user_msg":"Message is too old"}}`))
	assert.Equal(t, "(#131009) Parameter value is not valid: Message is too old: Too old", e.Detail)
	e = refusal(t, reply(400, `{"error":{"message":"a\nb\u0000c\u2028d","code":100,"error_data":"odd"}}`))
	assert.Equal(t, "a b c d", e.Detail)
	e = refusal(t, reply(400, `{"error":{"message":"`+strings.Repeat("é", 900)+`","code":100}}`))
	assert.Len(t, []rune(e.Detail), provider.MaxDetail)
}

func TestTokensOfOthersAreMaskedToo(t *testing.T) {
	e := refusal(t, reply(400, `{"error":{"message":"Malformed access token EAABwzLixnjYBO7 and EAAGmark","code":190}}`))
	assert.Equal(t, "Malformed access token [secret] and EAAGmark", e.Detail)
}

func TestHowLongToWaitIsWhatMetaSaysAndNotLessThanItsRules(t *testing.T) {
	usage := func(minutes string) string {
		return `{"204":[{"type":"whatsapp","call_count":100,"total_cputime":25,"total_time":25,"estimated_time_to_regain_access":` + minutes + `}]}`
	}
	for name, c := range map[string]struct {
		body          string
		header, value string
		want          time.Duration
	}{
		"seconds":                            {`{"error":{"code":131056}}`, "Retry-After", "120", 2 * time.Minute},
		"a date":                             {`{"error":{"code":131056}}`, "Retry-After", "Sun, 22 Nov 2026 12:03:00 GMT", 3 * time.Minute},
		"less than the rule":                 {`{"error":{"code":131056}}`, "Retry-After", "1", 6 * time.Second},
		"nothing":                            {`{"error":{"code":131057}}`, "X-Other", "1", time.Minute},
		"no rule":                            {`{"error":{"code":2}}`, "X-Other", "1", 0},
		"minutes of the business account":    {`{"error":{"code":80007}}`, "X-Business-Use-Case-Usage", usage("15"), 15 * time.Minute},
		"minutes of another":                 {`{"error":{"code":80007}}`, "X-Business-Use-Case-Usage", `{"999":[{"estimated_time_to_regain_access":20}]}`, 20 * time.Minute},
		"its own before another's":           {`{"error":{"code":80007}}`, "X-Business-Use-Case-Usage", `{"999":[{"estimated_time_to_regain_access":20}],"204":[{"estimated_time_to_regain_access":7}]}`, 7 * time.Minute},
		"zero minutes":                       {`{"error":{"code":80007}}`, "X-Business-Use-Case-Usage", usage("0"), 5 * time.Minute},
		"years":                              {`{"error":{"code":80007}}`, "X-Business-Use-Case-Usage", usage("1e300"), 7 * 24 * time.Hour},
		"a negative number":                  {`{"error":{"code":2}}`, "X-Business-Use-Case-Usage", usage("-5"), 0},
		"what cannot be read":                {`{"error":{"code":2}}`, "X-Business-Use-Case-Usage", `{"204":`, 0},
		"one of the entries cannot be read":  {`{"error":{"code":2}}`, "X-Business-Use-Case-Usage", `{"204":[{"estimated_time_to_regain_access":"x"},{"estimated_time_to_regain_access":9}]}`, 9 * time.Minute},
		"nothing is awaited for a bad token": {`{"error":{"code":190}}`, "Retry-After", "120", 0},
		"a page of somebody in between":      {`<html>`, "Retry-After", "30", 30 * time.Second},
	} {
		t.Run(name, func(t *testing.T) {
			e := refusal(t, func(w http.ResponseWriter, r *http.Request) {
				w.Header().Set(c.header, c.value)
				reply(http.StatusTooManyRequests, c.body)(w, r)
			})
			assert.Equal(t, c.want, e.RetryAfter)
		})
	}
}

func TestExplainServesCodesOfFailedMessages(t *testing.T) {
	var p provider.Explainer = open(t)
	e, found := p.Explain("131047", "")
	assert.True(t, found)
	assert.Equal(t, "Send an approved template instead.", e.Fix)
	_, found = p.Explain("424242", "")
	assert.False(t, found)
}

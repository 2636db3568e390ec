package meta

import (
	"net/http"
	"strings"
	"testing"
	"time"
	"unicode"

	"github.com/stretchr/testify/assert"

	"github.com/ivendnext/whatsapp-accounts/internal/provider"
	"github.com/ivendnext/whatsapp-accounts/internal/provider/guard"
	"github.com/ivendnext/whatsapp-accounts/internal/secret"
)

// FuzzProblem: whatever comes back becomes an error that can be acted on, is bounded and shows no secret.
func FuzzProblem(f *testing.F) {
	for _, body := range []string{
		`{"error":{"message":"(#131056) pair rate limit hit","type":"OAuthException","code":131056,"error_data":{"details":"x"},"fbtrace_id":"A"}}`,
		`{"error":{"code":190,"error_subcode":463,"message":"Malformed access token marked-token"}}`, `{"error":{"code":"100","error_subcode":"33","is_transient":true}}`,
		`{"error":{"code":1e3}}`, `{"error":{"code":-1}}`, `{"error":{"code":99999999999999999999}}`, `{"error":{"error_data":[]}}`, `{"error":"x"}`, `{"error":{}}`, `{}`, `[]`,
		`<html>`, ``, `{"error":{"message":"marked-\u0000token"}}`, `{"error":{"message":"mark` + strings.Repeat("x", 600) + `"}}`, `{"ERROR":{"Code":4}}`,
	} {
		f.Add(400, body, `{"204":[{"estimated_time_to_regain_access":15}]}`)
	}
	f.Add(503, "", `{"204":[{"estimated_time_to_regain_access":1e308}]}`)
	p := New(Options{}, guard.New(guard.Options{Now: time.Now}))
	c := provider.Credentials{Settings: map[string]string{"business_id": "204"}, Secrets: map[string]secret.Text{"token": secret.New("marked-token")}}
	f.Fuzz(func(t *testing.T, status int, body, usage string) {
		said, _ := problemIn([]byte(body))
		err := p.classify(c, guard.Response{Status: status, Header: http.Header{"X-Business-Use-Case-Usage": {usage}}}, said)
		e, ok := err.(*provider.CallError) //nolint:errorlint // the promise is this very type
		assert.True(t, ok)
		assert.NotEmpty(t, e.Class)
		assert.NotEmpty(t, e.Meaning)
		assert.NotEmpty(t, e.Fix)
		assert.NotContains(t, e.Error(), "marked-token")
		assert.LessOrEqual(t, len([]rune(e.Detail)), provider.MaxDetail)
		assert.False(t, strings.ContainsFunc(e.Detail, unicode.IsControl))
		assert.Empty(t, strings.Trim(e.Code+e.Subcode, "0123456789"))
		assert.True(t, e.RetryAfter >= 0 && e.RetryAfter <= guard.LongestPause, e.RetryAfter)
	})
}

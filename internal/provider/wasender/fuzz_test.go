package wasender

import (
	"net/http"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"

	"github.com/ivendnext/whatsapp-accounts/internal/provider"
	"github.com/ivendnext/whatsapp-accounts/internal/provider/guard"
	"github.com/ivendnext/whatsapp-accounts/internal/secret"
)

// FuzzProblem: whatever comes back becomes an error that can be acted on, is bounded and shows no secret.
func FuzzProblem(f *testing.F) {
	for _, body := range []string{
		`{"success":false,"message":"Validation failed","errors":{"to":["The to field is required."]}}`, `{"success":false,"message":"Unnotarized marked-key"}`,
		`{"message":"You are on a free trial.","retry_after":60}`, `{"retry_after":"1e400"}`, `{"errors":[]}`, `{"success":0}`, `<html>`, ``, `{"message":"marked-\u0000key"}`,
	} {
		f.Add(429, body, "7")
	}
	f.Add(503, "", "99999999999")
	at := time.Date(2026, time.November, 22, 12, 0, 0, 0, time.UTC)
	p := New(Options{}, guard.New(guard.Options{Now: func() time.Time { return at }}))
	c := provider.Credentials{Secrets: map[string]secret.Text{"wasender_api_key": secret.New("marked-key")}}
	f.Fuzz(func(t *testing.T, status int, body, reset string) {
		err := p.classify(c, guard.Response{Status: status, Header: http.Header{"X-Ratelimit-Reset": {reset}, "Retry-After": {reset}}}, problemIn([]byte(body)))
		e, ok := err.(*provider.CallError) //nolint:errorlint // the promise is this very type
		assert.True(t, ok)
		assert.NotEmpty(t, e.Class)
		assert.NotEmpty(t, e.Meaning)
		assert.NotEmpty(t, e.Fix)
		assert.NotContains(t, e.Error(), "marked-key")
		assert.LessOrEqual(t, len([]rune(e.Detail)), provider.MaxDetail)
		assert.True(t, e.RetryAfter >= 0 && e.RetryAfter <= guard.LongestPause, e.RetryAfter)
	})
}

package e2e

import (
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	v1 "github.com/ivendnext/whatsapp-accounts/api/v1"
	"github.com/ivendnext/whatsapp-accounts/internal/apidoc/contract"
	"github.com/ivendnext/whatsapp-accounts/pkg/client"
)

// caller makes an HTTP client whose every exchange is held against the OpenAPI document.
func (p *process) caller(t testing.TB) *http.Client {
	t.Helper()
	return &http.Client{Transport: contract.Transport(t, p.http), Timeout: timeout}
}

// as calls the service with a key, and each time once: a repeated call would hide a failure.
func (p *process) as(t testing.TB, key string) *client.Client {
	t.Helper()
	c, err := client.New(p.url, key, client.WithoutRetries(), client.WithHTTPClient(p.caller(t)))
	require.NoError(t, err)
	return c
}

// answer is a response that no client reads for us.
type answer struct {
	status int
	header http.Header
	body   string
}

// get asks without a key.
func (p *process) get(t testing.TB, path string) answer {
	t.Helper()
	return p.ask(t, p.caller(t), http.MethodGet, path, nil, "")
}

// ask sends a request as it is. It may be called from any goroutine.
func (p *process) ask(t testing.TB, by *http.Client, method, path string, header map[string]string, body string) answer {
	t.Helper()
	request, err := http.NewRequestWithContext(t.Context(), method, p.url+path, strings.NewReader(body))
	if err != nil {
		t.Errorf("%s %s: %v", method, path, err)
		return answer{}
	}
	for name, value := range header {
		request.Header.Set(name, value)
	}
	response, err := by.Do(request)
	if err != nil {
		t.Errorf("%s %s: %v", method, path, err)
		return answer{}
	}
	read, err := io.ReadAll(response.Body)
	if err := errors.Join(err, response.Body.Close()); err != nil {
		t.Errorf("%s %s: %v", method, path, err)
	}
	return answer{status: response.StatusCode, header: response.Header, body: string(read)}
}

// verification is the path of Meta's request when somebody saves a callback URL.
func verification(token, challenge string) string {
	return "/webhooks/meta?" + url.Values{"hub.mode": {"subscribe"}, "hub.verify_token": {token}, "hub.challenge": {challenge}}.Encode()
}

// meta is a complete and Active Meta account; n tells it from others.
func meta(n int) v1.AccountCreate {
	return v1.AccountCreate{
		AccountName: new(fmt.Sprintf("Meta %d", n)), AccountType: new("Meta"), Status: new("Active"),
		MetaSettings: &v1.MetaSettingsWrite{
			Token: new(fmt.Sprintf("EAAG-%d", n)), AppSecret: new(fmt.Sprintf("app-secret-%d", n)), WebhookVerifyToken: new(verifyToken(n)),
			PhoneID: new(fmt.Sprintf("3050000%08d", n)), AppID: new("1020000000000001"), BusinessID: new("204000000000001"),
		},
	}
}

func verifyToken(n int) string { return fmt.Sprintf("verify-token-%d", n) }

// wasender is a complete and Active WASender account.
func wasender(n int) v1.AccountCreate {
	return v1.AccountCreate{
		AccountName: new(fmt.Sprintf("WASender %d", n)), AccountType: new("WASender"), Status: new("Active"),
		WASenderSettings: &v1.WASenderSettingsWrite{
			WASenderURL: new("https://www.wasenderapi.com/api"), WASenderAPIKey: new(fmt.Sprintf("session-%d", n)), WebhookSecret: new(fmt.Sprintf("webhook-secret-%d", n)),
		},
	}
}

// made creates an account.
func made(t testing.TB, c *client.Client, a v1.AccountCreate) *client.Account {
	t.Helper()
	account, err := c.CreateAccount(t.Context(), a)
	require.NoError(t, err)
	return account
}

// assertCode fails unless err is the problem of that code.
func assertCode(t testing.TB, err error, code string) {
	t.Helper()
	assert.True(t, client.HasCode(err, code), "not %s but %v", code, err)
}

package e2e

import (
	"bytes"
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	v1 "github.com/ivendnext/whatsapp-accounts/api/v1"
	"github.com/ivendnext/whatsapp-accounts/pkg/client"
	"github.com/ivendnext/whatsapp-accounts/pkg/whatsapptest"
)

// ward is a service with an account at the double of Meta.
type ward struct {
	installation
	double  *whatsapptest.Meta
	service *process
	client  *client.Client
}

func admitted(t *testing.T, i installation, change func(*v1.AccountCreate)) ward {
	t.Helper()
	double := whatsapptest.StartMeta(t, whatsapptest.SampleMeta())
	i = i.with("WA_ALLOW_PRIVATE_PROVIDERS", "true")
	key := i.apiKey(t, "default")
	p := i.serve(t)
	ask := sample(double)
	if change != nil {
		change(&ask)
	}
	c := p.as(t, key)
	made(t, c, ask)
	return ward{i, double, p, c}
}

// seen runs the doctor against a public URL, and sees that nothing secret is said.
func (w ward) seen(t *testing.T, public string, more ...string) outcome {
	t.Helper()
	got := w.run(t, append([]string{"doctor", "--account", "sample", "--public-url", public}, more...)...)
	for _, never := range []string{whatsapptest.SampleToken, whatsapptest.SampleAppSecret, "hub.verify_token"} {
		assert.NotContains(t, got.out+got.err, never)
	}
	return got
}

func TestDoctorFindsNothingWhereAllIsWell(t *testing.T) {
	t.Parallel()
	for name, on := range databases {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := admitted(t, on(t), nil)
			got := w.seen(t, w.service.url)
			assert.Zero(t, got.code, got.out)
			assert.Empty(t, got.err)
			assert.NotRegexp(t, `(?m)^(broken|unknown) `, got.out)
			assert.True(t, strings.HasSuffix(got.out, "\n\"Sample\": all is well.\n"), got.out)

			var d struct {
				State string
				Links []struct{ Part, Name, State string }
			}
			require.NoError(t, json.Unmarshal([]byte(w.seen(t, w.service.url, "--json").out), &d))
			assert.Equal(t, "ok", d.State)
			assert.Len(t, d.Links, strings.Count(got.out, "\n")-1)
			assert.Equal(t, []string{"account.changed"}, kinds(told(t, w.client)), "the account was made, and what the doctor sends becomes no event")
		})
	}
}

func TestDoctorTellsThatMetaHasAnotherSecret(t *testing.T) {
	t.Parallel()
	w := admitted(t, onSQLite(t), func(a *v1.AccountCreate) { a.MetaSettings.AppSecret = new("another-app-secret") })
	got := w.seen(t, w.service.url)
	assert.Equal(t, 1, got.code)
	assert.Empty(t, got.err)
	assert.Regexp(t, `(?m)^ok +callback signed_webhook `, got.out, "what is entered here works here")
	assert.Regexp(t, `(?m)^broken +provider app_secret .*\n +→ .*App [Ss]ecret`, got.out)
	assert.Regexp(t, `\n"Sample": provider app_secret is the first broken link \(1 broken, .*\)\.\n$`, got.out)
	assert.NotContains(t, got.out, "another-app-secret")
}

// TestDoctorFindsAProxyThatSpoilsWebhooks has a proxy between the doctor and the real program.
func TestDoctorFindsAProxyThatSpoilsWebhooks(t *testing.T) {
	t.Parallel()
	w := admitted(t, onSQLite(t), nil)
	to, err := url.Parse(w.service.url)
	require.NoError(t, err)
	for says, spoil := range map[string]func(*http.Request){
		"came without its signature": func(r *http.Request) { r.Header.Del(whatsapptest.SignatureHeader) },
		"signature and body do not belong together": func(r *http.Request) {
			body, _ := io.ReadAll(r.Body)
			body = bytes.ReplaceAll(body, []byte(`\u00eb`), []byte("ë"))
			r.Body, r.ContentLength = io.NopCloser(bytes.NewReader(body)), int64(len(body))
		},
	} {
		proxy := httptest.NewServer(&httputil.ReverseProxy{Rewrite: func(r *httputil.ProxyRequest) {
			r.SetURL(to)
			if r.In.Method == http.MethodPost {
				spoil(r.Out)
			}
		}})
		got := w.seen(t, proxy.URL)
		proxy.Close()
		assert.Equal(t, 1, got.code)
		assert.Regexp(t, `(?m)^broken +callback signed_webhook .*`+says+`\.$`, got.out)
		assert.Regexp(t, `callback signed_webhook is the first broken link`, got.out)
	}
}

func TestDoctorTellsThatAnotherInstallationAnswers(t *testing.T) {
	t.Parallel()
	w, other := admitted(t, onSQLite(t), nil), onSQLite(t).serve(t)
	got := w.seen(t, other.url)
	assert.Equal(t, 1, got.code)
	assert.Regexp(t, `(?m)^broken +callback verification .*\(403\)\.\n +→ The service that answers runs on another database or keyset\.`, got.out)
	assert.Regexp(t, `(?m)^broken +callback signed_webhook .*, and nothing of that is noted at the account here\.$`, got.out)
}

func TestDoctorOfAWASenderAccountLeavesOneEvent(t *testing.T) {
	t.Parallel()
	double := whatsapptest.StartWASender(t, whatsapptest.SampleWASender())
	i := onSQLite(t).with("WA_ALLOW_PRIVATE_PROVIDERS", "true")
	key := i.apiKey(t, "default")
	p := i.serve(t)
	c := p.as(t, key)
	made(t, c, v1.AccountCreate{
		AccountName: new("Sample"), AccountType: new("WASender"), Status: new("Active"),
		WASenderSettings: &v1.WASenderSettingsWrite{
			WASenderURL: &double.URL, WASenderAPIKey: new(whatsapptest.SampleAPIKey), WebhookSecret: new(whatsapptest.SampleWebhookSecret),
		},
	})
	got := i.run(t, "doctor", "--account", "Sample", "--public-url", p.url)
	assert.Zero(t, got.code, got.out)
	assert.NotContains(t, got.out+got.err, whatsapptest.SampleWebhookSecret)
	eventually(t, "the event is told", func() bool { return slices.Contains(kinds(told(t, c)), "webhook.other") })
	rest := slices.DeleteFunc(kinds(told(t, c)), func(kind string) bool { return kind == "account.changed" }) // made, and default outgoing
	assert.Equal(t, []string{"webhook.other"}, rest)
}

func kinds(events []v1.Event) []string {
	all := make([]string, len(events))
	for i, e := range events {
		all[i] = e.Type
	}
	return all
}

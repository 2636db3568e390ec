package e2e

import (
	"bytes"
	"context"
	"encoding/json"
	"io"
	"maps"
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	v1 "github.com/ivendnext/whatsapp-accounts/api/v1"
	"github.com/ivendnext/whatsapp-accounts/pkg/client"
	"github.com/ivendnext/whatsapp-accounts/pkg/whatsapptest"
)

// sdks is where the public SDKs are installed, with the scripts that use them.
const sdks = "../../pkg/whatsapptest/sdks"

// nodeWithSDKs is Node. In CI a machine without it, or without the SDKs, fails the test.
func nodeWithSDKs(t *testing.T) string {
	t.Helper()
	node, err := exec.LookPath("node")
	if err == nil {
		_, err = os.Stat(filepath.Join(sdks, "node_modules", ".package-lock.json"))
	}
	if err != nil {
		if os.Getenv("CI") != "" {
			t.Fatalf("in CI public SDKs send through /graph: install Node 20 or newer and run make sdks: %v", err)
		}
		t.Skipf("without Node and make sdks no public SDK sends through /graph: %v", err)
	}
	return node
}

// eavesdropper stands between a client and the service, and hears every answer.
type eavesdropper struct {
	url   string
	mu    sync.Mutex
	heard bytes.Buffer // heads and bodies
}

func eavesdrop(t *testing.T, p *process) *eavesdropper {
	t.Helper()
	target, err := url.Parse(p.url)
	require.NoError(t, err)
	e := new(eavesdropper)
	proxy := &httputil.ReverseProxy{
		Rewrite:        func(r *httputil.ProxyRequest) { r.SetURL(target) },
		Transport:      p.http,
		ModifyResponse: e.listen,
	}
	server := httptest.NewServer(proxy)
	t.Cleanup(server.Close)
	e.url = server.URL
	return e
}

func (e *eavesdropper) listen(r *http.Response) error {
	body, err := io.ReadAll(r.Body)
	if err != nil {
		return err
	}
	r.Body = io.NopCloser(bytes.NewReader(body))
	e.mu.Lock()
	defer e.mu.Unlock()
	if err := r.Header.Write(&e.heard); err != nil {
		return err
	}
	_, err = e.heard.Write(body)
	return err
}

func (e *eavesdropper) said() string {
	e.mu.Lock()
	defer e.mu.Unlock()
	return e.heard.String()
}

// scene is a provider that an SDK sends through without knowing it.
type scene struct {
	settings map[string]any
	secrets  []string                      // of the account
	requests func() []whatsapptest.Request // that the double got
	sent     func() []arrival              // what it took, in its order
	receipts func() int
}

// arrival is a message that a double took.
type arrival struct{ id, what string }

// throughMeta is a Meta account that is default outgoing, checked and synced, with a message that came to it.
func throughMeta(t *testing.T, p *process, c *client.Client) scene {
	t.Helper()
	double := whatsapptest.StartMeta(t, whatsapptest.SampleMeta())
	account := made(t, c, outgoing(double))
	_, err := c.CheckAccount(t.Context(), account.ID)
	require.NoError(t, err)
	require.NoError(t, c.SyncTemplates(t.Context(), account.ID))
	eventually(t, "the templates are synced", func() bool {
		list, err := c.Templates(t.Context(), client.TemplateQuery{})
		require.NoError(t, err)
		return len(list.Data) == 1
	})
	came, err := double.Webhooks(whatsapptest.SampleAppID, p.url+"/webhooks/meta").Send(t.Context(), whatsapptest.Incoming{})
	require.NoError(t, err)
	require.True(t, came.Delivered)
	return scene{
		settings: map[string]any{
			"meta": true, "phone": whatsapptest.SamplePhoneID, "phoneID": whatsapptest.SamplePhoneID, "businessID": whatsapptest.SampleBusinessID,
			"template": whatsapptest.SampleTemplate, "incoming": came.MessageIDs[0], "idPattern": `^wamid\.`,
		},
		secrets:  []string{whatsapptest.SampleToken, whatsapptest.SampleAppSecret},
		requests: func() []whatsapptest.Request { return double.Requests() },
		sent: func() (all []arrival) {
			for _, s := range double.Sent() {
				all = append(all, arrival{s.ID, s.Type})
			}
			return all
		},
		receipts: func() int { return len(double.Receipts()) },
	}
}

// throughWASender is a WASender account that is default outgoing, with a template of its own and a message that came to it.
func throughWASender(t *testing.T, p *process, c *client.Client) scene {
	t.Helper()
	double := whatsapptest.StartWASender(t, whatsapptest.SampleWASender())
	ask := wasender(1)
	ask.IsDefaultOutgoing = new(true)
	ask.WASenderSettings = &v1.WASenderSettingsWrite{
		WASenderURL: new(double.URL + "/api"), WASenderAPIKey: new(whatsapptest.SampleAPIKey), WebhookSecret: new(whatsapptest.SampleWebhookSecret),
	}
	account := made(t, c, ask)
	made, err := c.CreateTemplate(t.Context(), v1.TemplateCreate{
		AccountID: &account.ID, Label: new("Order ready"), Language: new("en_US"), Body: new("Hello {{1}}, your order {{2}} is ready."),
	})
	require.NoError(t, err)
	came, err := double.Webhooks(1, p.url+"/webhooks/wasender/"+account.ID).Send(t.Context(), whatsapptest.Received{})
	require.NoError(t, err)
	require.True(t, came.Delivered)
	return scene{
		settings: map[string]any{
			"meta": false, "phone": "default", "phoneID": account.ID, "businessID": "", "template": made.Name, "incoming": came.MessageIDs[0], "idPattern": "^.",
		},
		secrets:  []string{whatsapptest.SampleAPIKey, whatsapptest.SampleWebhookSecret},
		requests: func() []whatsapptest.Request { return double.Requests() },
		sent: func() (all []arrival) {
			for _, s := range double.Sent() {
				var body map[string]any
				require.NoError(t, json.Unmarshal(s.Body, &body))
				assert.Equal(t, "+447700900123", body["to"])
				delete(body, "to")
				all = append(all, arrival{s.Key.ID, strings.Join(slices.Sorted(maps.Keys(body)), " ")})
			}
			return all
		},
		receipts: func() int { return len(double.Receipts()) },
	}
}

// TestAPublicSDKSendsThroughEitherProviderAndHoldsNoCredentialOfIt is the promise of /graph: the SDK has a key of the service as its token, and nothing else.
func TestAPublicSDKSendsThroughEitherProviderAndHoldsNoCredentialOfIt(t *testing.T) {
	t.Parallel()
	node := nodeWithSDKs(t)
	for name, through := range map[string]func(*testing.T, *process, *client.Client) scene{"Meta": throughMeta, "WASender": throughWASender} {
		for script, arrives := range map[string]map[string]string{
			"graph-kapso.mjs":       {"Meta": "text, image, location, template, reaction, interactive", "WASender": "text, imageUrl text, location, text"},
			"graph-greatdetail.mjs": {"Meta": "text, image, template, interactive, reaction", "WASender": "text, imageUrl text, text"},
		} {
			t.Run(name+" "+script, func(t *testing.T) {
				t.Parallel()
				i := onSQLite(t).with("WA_ALLOW_PRIVATE_PROVIDERS", "true")
				p := i.serve(t)
				c := p.as(t, i.apiKey(t, "default"))
				s := through(t, p, c)
				eventually(t, "the message that came is told", func() bool { return len(told(t, c, "message.received")) == 1 })
				key := strings.TrimSpace(i.must(t, "apikey", "create", "--site", "default", "--role", "service", "--name", "sdk"))
				heard := eavesdrop(t, p)
				s.settings["graph"], s.settings["key"] = heard.url+"/graph", key
				runScript(t, node, script, s.settings)

				s.kept(t, heard.said(), key, arrives[name])
			})
		}
	}
}

// kept holds what arrived at the double, and what the SDK heard, against the promise.
func (s scene) kept(t *testing.T, heard, key, arrives string) {
	t.Helper()
	var what []string
	for _, a := range s.sent() {
		what = append(what, a.what)
		assert.Contains(t, heard, a.id, "the SDK was told the provider's own id")
	}
	assert.Equal(t, arrives, strings.Join(what, ", "))
	assert.Positive(t, s.receipts())
	for _, secret := range s.secrets {
		assert.NotContains(t, heard, secret)
	}
	for _, r := range s.requests() {
		asked, err := json.Marshal(r)
		require.NoError(t, err)
		assert.NotContains(t, string(asked), key)
		// A key of the service would be a token that the double does not know.
		assert.NotContains(t, []string{whatsapptest.NoToken, whatsapptest.UnknownToken}, r.Token, "%s %s", r.Method, r.Path)
	}
}

// runScript runs a script with what it has to know, and fails the test with what it said.
func runScript(t *testing.T, node, script string, settings map[string]any) {
	t.Helper()
	for _, read := range []string{script, "callback.mjs", "package-lock.json"} { // so that Go's test cache knows of them
		_, err := os.ReadFile(filepath.Join(sdks, read))
		require.NoError(t, err)
	}
	text, err := json.Marshal(settings)
	require.NoError(t, err)
	ctx, cancel := context.WithTimeout(t.Context(), 2*time.Minute) // a bound for a busy machine
	defer cancel()
	run := exec.CommandContext(ctx, node, script, string(text))
	run.Dir = sdks
	said, err := run.CombinedOutput()
	require.NoError(t, err, "%s", said)
}

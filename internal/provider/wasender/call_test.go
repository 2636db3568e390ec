package wasender_test

import (
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/ivendnext/whatsapp-accounts/internal/provider"
	"github.com/ivendnext/whatsapp-accounts/internal/provider/endpoint"
	"github.com/ivendnext/whatsapp-accounts/internal/provider/guard"
	"github.com/ivendnext/whatsapp-accounts/internal/provider/wasender"
	"github.com/ivendnext/whatsapp-accounts/internal/secret"
)

// apiKey is a marked secret, which no error and no report may show.
const apiKey = "marked0123456789abcdef0123456789abcdef0123456789abcdef0123456789"

func now() time.Time { return time.Date(2026, time.November, 22, 12, 0, 0, 0, time.UTC) }

func open(t *testing.T) *wasender.Provider {
	t.Helper()
	policy := endpoint.Policy{AllowPrivate: true}
	client := guard.New(guard.Options{Endpoints: policy, Now: now})
	t.Cleanup(client.Close)
	return wasender.New(wasender.Options{Endpoints: policy}, client)
}

// serve is a WASender of one handler, and the credentials of an account there.
func serve(t *testing.T, h http.HandlerFunc) provider.Credentials {
	t.Helper()
	server := httptest.NewServer(h)
	t.Cleanup(server.Close)
	return provider.Credentials{
		Settings: map[string]string{"wasender_url": server.URL + "/api"}, Secrets: map[string]secret.Text{"wasender_api_key": secret.New(apiKey)},
	}
}

// failure is the error of a call, which shows no secret.
func failure(t *testing.T, err error) *provider.CallError {
	t.Helper()
	var e *provider.CallError
	require.ErrorAs(t, err, &e)
	assert.NotContains(t, e.Error()+e.Meaning+e.Detail+e.Fix, apiKey)
	return e
}

const key = `{"id":"3EB0X1","fromMe":false,"remoteJid":"447700900123@s.whatsapp.net","participant":"1@lid",  "new":{"a":[1]}}`

func TestMarkReadSendsTheKeyOfTheWebhookByteForByte(t *testing.T) {
	var asked *http.Request
	var body []byte
	c := serve(t, func(w http.ResponseWriter, r *http.Request) {
		asked = r
		body, _ = io.ReadAll(r.Body)
		_, _ = w.Write([]byte(`{"success":true,"data":{"status":"read"}}`))
	})
	require.NoError(t, open(t).MarkRead(t.Context(), c, provider.Reference(key)))
	assert.Equal(t, "POST /api/messages/read", asked.Method+" "+asked.RequestURI)
	assert.Equal(t, "Bearer "+apiKey, asked.Header.Get("Authorization"))
	assert.True(t, string(body) == `{"key":`+key+`}`, "%s", body)
}

func TestAKeyThatNamesNoMessageOfSomebodyElseIsNotSent(t *testing.T) {
	c := serve(t, func(http.ResponseWriter, *http.Request) { t.Error("it was sent") })
	for _, ref := range []string{
		``, `null`, `"3EB0X1"`, `{}`, `{"id":"a"}`, `{"remoteJid":"b"}`, `{"id":"","remoteJid":"b"}`, `{"id":"a","remoteJid":"b","fromMe":true}`, `{"id":7,"remoteJid":"b"}`,
		`{"id":"a","remoteJid":"b"}, "more": {}`, `{"id":"a","remoteJid":"` + strings.Repeat("b", 4096) + `"}`,
	} {
		assert.Equal(t, provider.ClassPermanent, failure(t, open(t).MarkRead(t.Context(), c, provider.Reference(ref))).Class, "%.80s", ref)
	}
}

func TestWhatPeopleWriteCanBeMarkedAsReadAndNoticesCannot(t *testing.T) {
	p := open(t)
	for _, kind := range []string{"text", "image", "video", "audio", "document", "sticker", "location", "contacts", "poll"} {
		assert.True(t, p.Readable(kind), kind)
	}
	for _, kind := range []string{"system", "unsupported", "unknown", "reaction"} {
		assert.False(t, p.Readable(kind), kind)
	}
}

func TestAMessageIsReferredToByTheKeyThatItsWebhookHad(t *testing.T) {
	p := open(t)
	item := wasender.Receiver{}.Items([]byte(`{"event":"messages.received","data":{"messages":{"key":{"id":"3EB0","remoteJid":"1@s.whatsapp.net","fromMe":false,"new":[1]}}}}`))[0]
	assert.Equal(t, item.Key, p.MessageKey("3EB0"))
	ref, ok := p.ReferTo("3EB0", item.Data["message"])
	require.True(t, ok)
	assert.Equal(t, string(item.Ref), string(ref), "byte for byte")
	for _, told := range []string{``, `null`, `{}`, `{"key":{}}`, `{"key":{"id":"3EB0","remoteJid":"1","fromMe":true}}`} {
		_, ok := p.ReferTo("3EB0", []byte(told))
		assert.False(t, ok, told)
	}
}

package client_test

import (
	"bytes"
	"encoding/base64"
	"errors"
	"io"
	"net/http"
	"strconv"
	"strings"
	"testing"
	"time"

	standardwebhooks "github.com/standard-webhooks/standard-webhooks/libraries/go"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/ivendnext/whatsapp-accounts/pkg/client"
)

const eventID = "0198b2f0-5c1e-7c3a-9d1f-6a2b8c4d0e15"

func whsec(text string) string { return "whsec_" + base64.StdEncoding.EncodeToString([]byte(text)) }

// signedBy signs a body as the standard's own library does.
func signedBy(t *testing.T, secret, id string, at time.Time, body []byte) http.Header {
	t.Helper()
	by, err := standardwebhooks.NewWebhook(secret)
	require.NoError(t, err)
	signature, err := by.Sign(id, at, body)
	require.NoError(t, err)
	h := http.Header{}
	h.Set("webhook-id", id)
	h.Set("webhook-timestamp", strconv.FormatInt(at.Unix(), 10))
	h.Set("webhook-signature", signature)
	return h
}

func TestWebhookThatTheStandardsLibrarySignsIsProved(t *testing.T) {
	body := []byte(`{"id":"` + eventID + `","type":"message.received","created_at":"2026-11-22T10:00:00.000000Z","account_id":null,"data":{"text":"Zoë 👍"},"later":1}`)
	one, two := whsec("one"), whsec("two")
	h := signedBy(t, one, eventID, time.Now(), body)
	for _, secrets := range [][]string{{one}, {one, two}, {two, one}} {
		e, err := client.VerifyWebhook(h, body, secrets...)
		require.NoError(t, err)
		assert.Equal(t, []any{eventID, "message.received", 2026}, []any{e.ID, e.Type, e.CreatedAt.Year()})
		assert.JSONEq(t, `{"text":"Zoë 👍"}`, string(e.Data))
	}
	h.Set("webhook-signature", "v1a,x "+signedBy(t, two, eventID, time.Now(), body).Get("webhook-signature")+" "+h.Get("webhook-signature"))
	for _, s := range []string{one, two} {
		_, err := client.VerifyWebhook(h, body, s)
		require.NoError(t, err, "each of several signatures counts")
	}
}

func TestWebhookThatIsNotProvedIsRefusedWithItsReason(t *testing.T) {
	body, secret := []byte(`{"id":"`+eventID+`"}`), whsec("one")
	without := func(name string) http.Header {
		h := signedBy(t, secret, eventID, time.Now(), body)
		h.Del(name)
		return h
	}
	with := func(name, value string) http.Header {
		h := without(name)
		h.Set(name, value)
		return h
	}
	at := func(d time.Duration) http.Header { return signedBy(t, secret, eventID, time.Now().Add(d), body) }
	for what, c := range map[string]struct {
		header  http.Header
		body    []byte
		secrets []string
		want    error
	}{
		"no id":                   {without("webhook-id"), body, []string{secret}, client.ErrWebhookHeaders},
		"no time":                 {without("webhook-timestamp"), body, []string{secret}, client.ErrWebhookHeaders},
		"no signature":            {without("webhook-signature"), body, []string{secret}, client.ErrWebhookHeaders},
		"no number":               {with("webhook-timestamp", "now"), body, []string{secret}, client.ErrWebhookHeaders},
		"another id":              {with("webhook-id", "x"), body, []string{secret}, client.ErrWebhookSignature},
		"another time":            {with("webhook-timestamp", "1"), body, []string{secret}, client.ErrWebhookSignature},
		"another signature":       {with("webhook-signature", "v1,AAAA"), body, []string{secret}, client.ErrWebhookSignature},
		"another version":         {with("webhook-signature", "v2"+at(0).Get("webhook-signature")[2:]), body, []string{secret}, client.ErrWebhookSignature},
		"another body":            {at(0), append([]byte(" "), body...), []string{secret}, client.ErrWebhookSignature},
		"another secret":          {at(0), body, []string{whsec("two")}, client.ErrWebhookSignature},
		"too old":                 {at(-6 * time.Minute), body, []string{secret}, client.ErrWebhookTime},
		"too new":                 {at(6 * time.Minute), body, []string{secret}, client.ErrWebhookTime},
		"no secret":               {at(0), body, nil, client.ErrWebhookSecret},
		"a secret without prefix": {at(0), body, []string{strings.TrimPrefix(secret, "whsec_")}, client.ErrWebhookSecret},
		"an empty secret":         {at(0), body, []string{"whsec_"}, client.ErrWebhookSecret},
		"a broken secret":         {at(0), body, []string{secret, "whsec_!"}, client.ErrWebhookSecret},
		"no event":                {signedBy(t, secret, eventID, time.Now(), []byte("x")), []byte("x"), []string{secret}, client.ErrWebhookBody},
		"the event of another id": {signedBy(t, secret, "x", time.Now(), body), body, []string{secret}, client.ErrWebhookBody},
	} {
		_, err := client.VerifyWebhook(c.header, c.body, c.secrets...)
		require.ErrorIs(t, err, c.want, what)
		assert.NotContains(t, err.Error(), secret, what)
	}
	for _, d := range []time.Duration{-4 * time.Minute, 0, 4 * time.Minute} {
		_, err := client.VerifyWebhook(at(d), body, secret)
		require.NoError(t, err, d)
	}
}

// The receiver of the example answers what the service expects of it.
func TestReceiverOfTheExample(t *testing.T) {
	body, secret := []byte(`{"id":"`+eventID+`","type":"message.received"}`), whsec("one")
	var seen []string
	handle := receiver([]string{secret}, func(id, kind string) error {
		if seen = append(seen, id+" "+kind); len(seen) == 2 {
			return errors.New("the shop is closed")
		}
		return nil
	})
	post := func(h http.Header, body []byte) int {
		r, err := http.NewRequestWithContext(t.Context(), http.MethodPost, "/hooks", bytes.NewReader(body))
		require.NoError(t, err)
		r.Header = h
		w := replied{header: http.Header{}}
		handle.ServeHTTP(&w, r)
		return w.status
	}
	h := signedBy(t, secret, eventID, time.Now(), body)
	assert.Equal(t, 204, post(h, body))
	assert.Equal(t, 500, post(h, body), "it will come again")
	assert.Equal(t, 401, post(http.Header{}, body))
	assert.Equal(t, 401, post(h, []byte("x")))
	assert.Equal(t, []string{eventID + " message.received", eventID + " message.received"}, seen)
}

// replied is a response as its status.
type replied struct {
	header http.Header
	status int
	io.Writer
}

func (a *replied) Header() http.Header         { return a.header }
func (a *replied) WriteHeader(status int)      { a.status = status }
func (a *replied) Write(b []byte) (int, error) { return len(b), nil }

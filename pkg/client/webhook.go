package client

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"strconv"
	"strings"
	"time"

	v1 "github.com/ivendnext/whatsapp-accounts/api/v1"
)

// What [VerifyWebhook] refuses, to be told apart with errors.Is.
var (
	// ErrWebhookHeaders: webhook-id, webhook-timestamp or webhook-signature is missing or unreadable. Whoever sent it is not the service.
	ErrWebhookHeaders = errors.New("client: the webhook's headers are missing or cannot be read")
	// ErrWebhookTime: it is of another time, so it may be a copy; or one of the two clocks is wrong.
	ErrWebhookTime = errors.New("client: the webhook is not of now")
	// ErrWebhookSignature: none of the secrets made the signature. The body must be the very bytes that arrived.
	ErrWebhookSignature = errors.New("client: the webhook is not signed with any of the secrets")
	// ErrWebhookSecret: a secret is not one that the service gave, or there is none. This is the receiver's own mistake.
	ErrWebhookSecret = errors.New(`client: a webhook secret is not of the form "whsec_…"`)
	// ErrWebhookBody: it is proved, and is no event that this version can read.
	ErrWebhookBody = errors.New("client: the webhook's body is not an event")
)

// webhookTolerance is how far the two clocks may be apart, and how old a copy may be.
const webhookTolerance = 5 * time.Minute

// VerifyWebhook proves that a request to a subscribed URL comes from the service, and gives its event. body is the very bytes that arrived. Pass both
// secrets while one is being replaced. An event may come more than once: its ID tells.
func VerifyWebhook(header http.Header, body []byte, secrets ...string) (v1.Event, error) {
	return verifyWebhook(header, body, time.Now(), secrets)
}

func verifyWebhook(header http.Header, body []byte, now time.Time, secrets []string) (v1.Event, error) {
	keys, err := webhookKeys(secrets)
	if err != nil {
		return v1.Event{}, err
	}
	id, stamp, signatures := header.Get("webhook-id"), header.Get("webhook-timestamp"), header.Get("webhook-signature")
	seconds, err := strconv.ParseInt(stamp, 10, 64)
	if err != nil || id == "" || signatures == "" {
		return v1.Event{}, ErrWebhookHeaders
	}
	if !signedByAny(keys, id+"."+stamp+".", body, strings.Fields(signatures)) {
		return v1.Event{}, ErrWebhookSignature
	}
	if apart := now.Sub(time.Unix(seconds, 0)).Abs(); apart > webhookTolerance {
		return v1.Event{}, fmt.Errorf("%w: it is %s apart", ErrWebhookTime, apart.Round(time.Second))
	}
	var e v1.Event
	if err := json.Unmarshal(body, &e); err != nil || e.ID != id {
		return v1.Event{}, ErrWebhookBody
	}
	return e, nil
}

// webhookKeys reads the secrets. What is wrong with one is not told by quoting it.
func webhookKeys(secrets []string) ([][]byte, error) {
	if len(secrets) == 0 {
		return nil, ErrWebhookSecret
	}
	keys := make([][]byte, len(secrets))
	for i, s := range secrets {
		text, found := strings.CutPrefix(s, "whsec_")
		key, err := base64.StdEncoding.DecodeString(text)
		if !found || err != nil || len(key) == 0 {
			return nil, ErrWebhookSecret
		}
		keys[i] = key
	}
	return keys, nil
}

// signedByAny tries every key on every signature, however early one fits.
func signedByAny(keys [][]byte, before string, body []byte, signatures []string) bool {
	fits := false
	for _, key := range keys {
		mac := hmac.New(sha256.New, key)
		mac.Write([]byte(before))
		mac.Write(body)
		want := []byte("v1," + base64.StdEncoding.EncodeToString(mac.Sum(nil)))
		for _, s := range signatures {
			fits = hmac.Equal(want, []byte(s)) || fits
		}
	}
	return fits
}

package subscription

import (
	"crypto/rand"
	"encoding/base64"
	"strconv"
	"strings"
	"time"

	"github.com/ivendnext/whatsapp-accounts/internal/secret"
)

// Source: github.com/standard-webhooks/standard-webhooks, spec/standard-webhooks.md, symmetric signatures.
const (
	keyPrefix        = "whsec_"
	keySize          = 32 // bytes
	signatureVersion = "v1,"
)

// KeepReplaced is how long a secret that was replaced signs beside the new one.
const KeepReplaced = 24 * time.Hour

// NewKey makes a signing secret: random bytes, which callers get to see in the form that Shown gives.
func NewKey() secret.Text {
	key := make([]byte, keySize)
	_, _ = rand.Read(key) // never fails: crypto/rand ends the process instead
	return secret.New(string(key))
}

// Shown is a signing secret as subscribers keep it. It is called for the one answer that shows it.
func Shown(key secret.Text) string {
	return keyPrefix + base64.StdEncoding.EncodeToString([]byte(key.Reveal()))
}

// signatures gives what each key makes of a message, the newest key first.
func signatures(keys []secret.Text, id string, at time.Time, body []byte) string {
	message := append([]byte(id+"."+strconv.FormatInt(at.Unix(), 10)+"."), body...)
	all := make([]string, len(keys))
	for i, k := range keys {
		all[i] = signatureVersion + base64.StdEncoding.EncodeToString(k.Sign(message))
	}
	return strings.Join(all, " ")
}

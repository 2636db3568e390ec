package whatsapptest

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
)

// SignatureHeader is where Meta puts the signature of a webhook.
const SignatureHeader = "X-Hub-Signature-256"

// SecretHeader is where WASender puts the webhook secret, in clear.
const SecretHeader = "X-Webhook-Signature"

// Sign gives the value of [SignatureHeader] for these exact bytes, keyed with the app secret: sha256= and 64 lower-case hexadecimal digits.
func Sign(appSecret string, body []byte) string {
	mac := hmac.New(sha256.New, []byte(appSecret))
	mac.Write(body)
	return "sha256=" + hex.EncodeToString(mac.Sum(nil))
}

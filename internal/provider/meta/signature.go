package meta

import (
	"encoding/hex"
	"strings"

	"github.com/ivendnext/whatsapp-accounts/internal/secret"
)

// Receiver reads Meta's webhooks. The zero value is ready.
type Receiver struct{}

// SignatureHeader implements provider.Receiver. The older X-Hub-Signature, which is SHA-1, is ignored.
// Source: Meta, Webhooks, "Validate payloads".
func (Receiver) SignatureHeader() string { return "X-Hub-Signature-256" }

// SignatureIsSecret implements provider.Receiver: a MAC tells nothing of its key.
func (Receiver) SignatureIsSecret() bool { return false }

// signaturePrefix comes before the 64 hexadecimal digits.
const signaturePrefix = "sha256="

// Proves implements provider.Receiver: HMAC-SHA256 over the exact bytes, keyed with the app secret. Meta escapes what is not ASCII before it
// signs, so a body that was read and written again would not match.
func (Receiver) Proves(signature string, body []byte, with secret.Text) bool {
	digits, found := strings.CutPrefix(signature, signaturePrefix)
	sum, err := hex.DecodeString(digits)
	return found && err == nil && digits == strings.ToLower(digits) && with.Signed(body, sum)
}

// Redact implements provider.Receiver. Meta's bodies hold no secret of ours, so they are kept as they came.
func (Receiver) Redact(body []byte, _ ...secret.Text) ([]byte, bool) { return body, true }

package wasender

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"slices"

	"github.com/go-json-experiment/json/jsontext"

	"github.com/ivendnext/whatsapp-accounts/internal/secret"
)

// redacted stands in place of a member that may hold a credential.
const redacted = "[redacted]"

// isCredential tells the members whose value is not kept, whatever it is: sessionId is documented to hold the API key, and a QR code links a
// phone to whoever scans it.
func isCredential(member string) bool {
	return slices.Contains([]string{"sessionId", "session_id", "api_key", "apiKey", "webhook_secret", "qr", "qrCode"}, member)
}

// Redact implements provider.Receiver.
func (Receiver) Redact(body []byte, secrets ...secret.Text) ([]byte, bool) {
	var out bytes.Buffer
	dec := jsontext.NewDecoder(bytes.NewReader(body), jsontext.AllowInvalidUTF8(true), jsontext.AllowDuplicateNames(true))
	enc := jsontext.NewEncoder(&out, jsontext.AllowInvalidUTF8(true), jsontext.AllowDuplicateNames(true))
	for {
		switch done, err := redactNext(dec, enc, secrets); {
		case err != nil:
			return nil, false
		case done:
			return bytes.TrimSpace(out.Bytes()), json.Valid(out.Bytes())
		}
	}
}

// redactNext copies a token, or puts something harmless in place of a value. It is done at the end of the one value that a body is.
func redactNext(dec *jsontext.Decoder, enc *jsontext.Encoder, secrets []secret.Text) (done bool, err error) {
	token, err := dec.ReadToken()
	if errors.Is(err, io.EOF) {
		return true, nil
	}
	if err != nil {
		return false, err
	}
	if token.Kind() != '"' {
		return false, enc.WriteToken(token)
	}
	text := token.String()
	if err := enc.WriteToken(jsontext.String(secret.Remove(text, secrets...))); err != nil {
		return false, err
	}
	if kind, length := dec.StackIndex(dec.StackDepth()); kind == '{' && length%2 == 1 && isCredential(text) {
		if err := dec.SkipValue(); err != nil {
			return false, err
		}
		return false, enc.WriteToken(jsontext.String(redacted))
	}
	return false, nil
}

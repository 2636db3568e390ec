package secret

import (
	"crypto/hmac"
	"crypto/sha256"
	"crypto/subtle"
	"strings"
)

// Sign gives the HMAC-SHA256 of a message under the secret.
func (t Text) Sign(message []byte) []byte {
	mac := hmac.New(sha256.New, []byte(t.Reveal()))
	mac.Write(message)
	return mac.Sum(nil)
}

// Signed reports whether the signature is that of the message under the secret, in constant time. The zero Text has signed nothing.
func (t Text) Signed(message, signature []byte) bool {
	return !t.IsZero() && hmac.Equal(t.Sign(message), signature)
}

// Is reports whether somebody gave this very secret; how long that takes says nothing but whether the lengths differ. Nothing is the zero Text.
func (t Text) Is(given string) bool {
	return !t.IsZero() && subtle.ConstantTimeCompare([]byte(t.Reveal()), []byte(given)) == 1
}

// removed stands where Remove found a secret.
const removed = "[removed]"

// Remove takes the secrets out of a text, wherever they are in it.
func Remove(text string, secrets ...Text) string {
	for _, t := range secrets {
		if !t.IsZero() {
			text = strings.ReplaceAll(text, t.Reveal(), removed)
		}
	}
	return text
}

// Fingerprint tells secrets apart inside the process. It must not be kept: whoever has it can try guesses.
func (t Text) Fingerprint() [sha256.Size]byte { return sha256.Sum256([]byte(t.Reveal())) }

package provider

import (
	"net/url"
	"slices"
	"strings"
	"unicode"

	"github.com/ivendnext/whatsapp-accounts/internal/secret"
)

// MaxDetail is the length of the longest Detail, in characters.
const MaxDetail = 500

// Credentials are what a call needs of an account: its settings by field name, secrets apart. Printing them shows no secret.
type Credentials struct {
	Settings map[string]string
	Secrets  map[string]secret.Text
}

// hidden stands where a secret stood in somebody else's words.
const hidden = "[secret]"

// Hide replaces every secret of c in text, as it is or as it is written in a URL. Providers repeat tokens in their errors.
func (c Credentials) Hide(text string) string {
	var clear []string
	for _, s := range c.Secrets {
		if !s.IsZero() {
			clear = append(clear, s.Reveal(), url.QueryEscape(s.Reveal()), url.PathEscape(s.Reveal()))
		}
	}
	// The longest first: one secret may begin with another.
	slices.SortFunc(clear, func(a, b string) int { return len(b) - len(a) })
	for _, s := range clear {
		text = strings.ReplaceAll(text, s, hidden)
	}
	return text
}

// Words makes text fit for Detail: on one line, without control characters and secrets of c, not too long.
func (c Credentials) Words(text string) string {
	plain := strings.Map(func(r rune) rune {
		if unicode.IsControl(r) || r == '\u2028' || r == '\u2029' {
			return ' '
		}
		return r
	}, strings.ToValidUTF8(text, "\ufffd"))
	plain = strings.TrimSpace(c.Hide(plain))
	if letters := []rune(plain); len(letters) > MaxDetail {
		return string(letters[:MaxDetail-1]) + "…"
	}
	return plain
}

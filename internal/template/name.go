package template

import (
	"regexp"
	"strings"
	"unicode"

	"golang.org/x/text/unicode/norm"
)

// maxName is the longest name, in characters: Meta's limit.
const maxName = 512

var namePattern = regexp.MustCompile(`^[a-z0-9_]{1,512}$`)

// NameOf makes the name of a label: lower case, with one underscore for whatever stands between letters and digits. Accents go; what has no Latin
// letter or digit at all gives an empty name.
func NameOf(label string) string {
	var b strings.Builder
	gap := false
	for _, r := range norm.NFKD.String(strings.ToLower(label)) {
		switch {
		case r >= 'a' && r <= 'z', r >= '0' && r <= '9':
			if gap && b.Len() > 0 {
				b.WriteByte('_')
			}
			b.WriteRune(r)
			gap = false
		case unicode.Is(unicode.Mn, r): // an accent belongs to its letter
		default:
			gap = true
		}
	}
	name := b.String()
	return strings.TrimRight(name[:min(len(name), maxName)], "_")
}

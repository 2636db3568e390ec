// Package secret holds what must not be seen: a text that cannot be printed, and the box that seals it for the database.
// It does not know what a secret is for.
package secret

import (
	"crypto/subtle"
	"database/sql/driver"
	"errors"
	"fmt"
	"log/slog"
)

// masked stands wherever a secret would have been printed.
const masked = "[secret]"

// errMarshal is what every encoder gets. An error, not a mask: a mask that is stored looks like a value.
var errMarshal = errors.New("secret: a secret cannot be marshalled")

// Text is a secret in clear. No verb of fmt, no logger and no encoder shows it; Reveal is the only way out.
// Two texts are not compared with ==, which the compiler sees to.
type Text struct {
	_ [0]func()
	// A pointer, because fmt asks no method of an unexported field: it would print a string, and prints only the address.
	clear *string
}

// New wraps a clear text. New of nothing is the zero Text.
func New(clear string) Text {
	if clear == "" {
		return Text{}
	}
	return Text{clear: &clear}
}

// Reveal gives the clear text. Call it where a provider or a cipher needs the bytes, and nowhere else: a test lists the callers.
func (t Text) Reveal() string {
	if t.clear == nil {
		return ""
	}
	return *t.clear
}

// IsZero reports whether there is no secret.
func (t Text) IsZero() bool { return t.clear == nil }

// Equal compares two secrets; how long it takes tells nothing of where they differ.
func (t Text) Equal(other Text) bool {
	return subtle.ConstantTimeCompare([]byte(t.Reveal()), []byte(other.Reveal())) == 1
}

// String is a mask.
func (t Text) String() string { return masked }

// Format writes a mask for every verb, %#v and %x included.
func (t Text) Format(f fmt.State, _ rune) { _, _ = fmt.Fprint(f, masked) }

// LogValue is a mask.
func (t Text) LogValue() slog.Value { return slog.StringValue(masked) }

// MarshalJSON refuses.
func (t Text) MarshalJSON() ([]byte, error) { return nil, errMarshal }

// MarshalText refuses.
func (t Text) MarshalText() ([]byte, error) { return nil, errMarshal }

// MarshalBinary refuses.
func (t Text) MarshalBinary() ([]byte, error) { return nil, errMarshal }

// Value refuses, so that no database driver falls back to String and stores the mask.
func (t Text) Value() (driver.Value, error) { return nil, errMarshal }

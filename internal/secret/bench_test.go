package secret

import (
	"strings"
	"testing"
)

// token is as long as Meta's.
func token() Text { return New(strings.Repeat("EAAG", 50)) }

func BenchmarkSeal(b *testing.B) {
	box := NewBox(newKeyset(b))
	b.ReportAllocs()
	for b.Loop() {
		if _, err := box.Seal(home(), token()); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkOpen(b *testing.B) {
	box := NewBox(newKeyset(b))
	s, err := box.Seal(home(), token())
	if err != nil {
		b.Fatal(err)
	}
	b.ReportAllocs()
	for b.Loop() {
		if _, err := box.Open(home(), s.Bytes); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkDigest(b *testing.B) {
	box, t := NewBox(newKeyset(b)), New("choose-any-verify-token")
	b.ReportAllocs()
	for b.Loop() {
		box.Digest("webhook_verify_token", t)
	}
}

func BenchmarkReadFile(b *testing.B) {
	path := created(b, newKeyset(b))
	b.ReportAllocs()
	for b.Loop() {
		if _, err := ReadFile(path); err != nil {
			b.Fatal(err)
		}
	}
}

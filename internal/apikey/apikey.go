// Package apikey makes and checks the keys by which callers prove who they are.
// It does not know what a role allows.
package apikey

import (
	"context"
	"crypto/rand"
	"crypto/sha256"
	"crypto/subtle"
	"hash/crc32"
	"strings"
	"time"

	"github.com/ivendnext/whatsapp-accounts/internal/fault"
	"github.com/ivendnext/whatsapp-accounts/internal/secret"
	"github.com/ivendnext/whatsapp-accounts/internal/site"
)

// Prefix starts every key, so that people and secret scanners recognise one.
const Prefix = "wak_"

// A key is the prefix, 40 random characters (238 bits) and 6 of checksum, by which a scanner tells a key from noise without asking us.
const (
	alphabet    = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
	randomChars = 40
	checkChars  = 6
	hintChars   = 4
)

// minLength is the shortest key that is looked up at all.
const minLength = 32

// Hash is what is kept of a key. A plain SHA-256 suffices: a key is random, so there is nothing to guess.
type Hash [sha256.Size]byte

// Key is an API key as it is kept and listed.
type Key struct {
	ID         string // UUIDv7
	Site       site.Site
	Role       site.Role
	Name       string
	Hash       Hash
	Hint       string // the last characters of the key, by which its owner recognises it
	CreatedAt  time.Time
	LastUsedAt time.Time // zero means never; at most a minute late
	RevokedAt  time.Time // zero means valid
}

// Principal is who calls with the key.
func (k Key) Principal() site.Principal {
	return site.Principal{KeyID: k.ID, Name: k.Name, Site: k.Site, Role: k.Role}
}

// ErrUnknown is the answer to a missing, malformed, unknown or revoked key: which of them it was is not told.
var ErrUnknown = fault.New(fault.Unauthenticated, "unauthenticated", "The request carries no valid API key.",
	"Send the header Authorization: Bearer <key> with a key of this installation; whatsapp-accounts apikey create makes one.")

// ErrNotFound is the answer to revoking a key that is not there.
var ErrNotFound = fault.New(fault.NotFound, "api_key_not_found", "There is no such API key.", "whatsapp-accounts apikey list shows the ids.")

// Store keeps keys.
type Store interface {
	// Insert keeps a new key.
	Insert(ctx context.Context, k Key) error
	// ByHash finds a key that is not revoked. Its caller has no site yet: the key is what says it. ErrUnknown.
	ByHash(ctx context.Context, h Hash) (Key, error)
	// Valid gives the hashes of the keys of all sites that are not revoked, at most so many, those used last first.
	Valid(ctx context.Context, limit int) ([]Hash, error)
	// List gives the keys of a site, revoked ones too, the oldest first.
	List(ctx context.Context, s site.Site) ([]Key, error)
	// Any reports whether there is a key, of whatever site, revoked ones too.
	Any(ctx context.Context) (bool, error)
	// Revoke ends a key of a site for good. ErrNotFound.
	Revoke(ctx context.Context, s site.Site, id string, at time.Time) error
	// Touch records when keys were last used, by id.
	Touch(ctx context.Context, used map[string]time.Time) error
}

// generate makes a new key.
func generate() secret.Text {
	var b strings.Builder
	b.WriteString(Prefix)
	for b.Len() < len(Prefix)+randomChars {
		var buffer [64]byte
		_, _ = rand.Read(buffer[:]) // never fails: crypto/rand ends the process instead
		for _, c := range buffer {
			// Bytes beyond the last whole multiple of 62 are dropped, so that no character is likelier than another.
			if int(c) < len(alphabet)*4 && b.Len() < len(Prefix)+randomChars {
				b.WriteByte(alphabet[int(c)%len(alphabet)])
			}
		}
	}
	b.WriteString(checksum(b.String()))
	return secret.New(b.String())
}

// checksum is the CRC-32 of the rest of the key in base 62.
func checksum(body string) string {
	sum := crc32.ChecksumIEEE([]byte(body))
	var out [checkChars]byte
	for i := checkChars - 1; i >= 0; i-- {
		out[i] = alphabet[sum%uint32(len(alphabet))]
		sum /= uint32(len(alphabet))
	}
	return string(out[:])
}

func hashOf(key secret.Text) Hash { return sha256.Sum256([]byte(key.Reveal())) }

func hintOf(key secret.Text) string {
	clear := key.Reveal()
	return clear[len(clear)-hintChars:]
}

// equal compares in constant time. The look-up by hash already found the row; this keeps an index that lies from letting anyone in.
func (h Hash) equal(other Hash) bool { return subtle.ConstantTimeCompare(h[:], other[:]) == 1 }

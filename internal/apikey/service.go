package apikey

import (
	"context"
	"errors"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"github.com/ivendnext/whatsapp-accounts/internal/fault"
	"github.com/ivendnext/whatsapp-accounts/internal/secret"
	"github.com/ivendnext/whatsapp-accounts/internal/site"
)

// Service makes, checks and ends keys.
type Service struct {
	store Store
	now   func() time.Time
	newID func() string
	used  usage
	known known
}

// NewService puts the use cases on a store. now gives the present in UTC, cut to microseconds; newID gives UUIDv7s.
func NewService(store Store, now func() time.Time, newID func() string) *Service {
	return &Service{store: store, now: now, newID: newID, used: usage{seen: map[string]time.Time{}}, known: known{hashes: map[Hash]struct{}{}}}
}

// maxName is the longest name of a key, in characters.
const maxName = 140

// Create makes a key and returns it in clear: the only time it can be seen.
func (s *Service) Create(ctx context.Context, in site.Site, role site.Role, name string) (Key, secret.Text, error) {
	if !readable(name) {
		return Key{}, secret.Text{}, fault.New(fault.Invalid, "invalid_value", "A key needs a name of 1 to 140 printable characters.", "Give one with --name.")
	}
	clear := generate()
	k := Key{ID: s.newID(), Site: in, Role: role, Name: name, Hash: hashOf(clear), Hint: hintOf(clear), CreatedAt: s.now()}
	if err := s.store.Insert(ctx, k); err != nil {
		return Key{}, secret.Text{}, err
	}
	return k, clear, nil
}

// readable reports whether people can tell a key by the name: history shows it as the actor.
func readable(name string) bool {
	return utf8.ValidString(name) && strings.TrimSpace(name) != "" && utf8.RuneCountInString(name) <= maxName &&
		!strings.ContainsFunc(name, func(r rune) bool { return !unicode.IsPrint(r) })
}

// Authenticate tells who holds the key. ErrUnknown.
func (s *Service) Authenticate(ctx context.Context, given secret.Text) (site.Principal, error) {
	if len(given.Reveal()) < minLength {
		return site.Principal{}, ErrUnknown
	}
	hash := hashOf(given)
	k, err := s.store.ByHash(ctx, hash)
	if errors.Is(err, ErrUnknown) {
		s.known.forget(hash)
	}
	if err != nil {
		return site.Principal{}, err
	}
	if !hash.equal(k.Hash) {
		return site.Principal{}, ErrUnknown
	}
	s.known.add(hash)
	s.used.note(k, s.now())
	return k.Principal(), nil
}

// List gives the keys of a site, revoked ones too, the oldest first.
func (s *Service) List(ctx context.Context, in site.Site) ([]Key, error) {
	return s.store.List(ctx, in)
}

// Any reports whether the installation has ever had a key, of whatever site.
func (s *Service) Any(ctx context.Context) (bool, error) { return s.store.Any(ctx) }

// Revoke ends a key for good; whoever holds it is refused from now on. ErrNotFound.
func (s *Service) Revoke(ctx context.Context, in site.Site, id string) error {
	return s.store.Revoke(ctx, in, id, s.now())
}

// Flush writes down which keys were used; what it cannot write, the next one does. It is called now and then and at the end, never on a request's way.
func (s *Service) Flush(ctx context.Context) error {
	used := s.used.take()
	if len(used) == 0 {
		return nil
	}
	err := s.store.Touch(ctx, used)
	if err != nil {
		s.used.putBack(used)
	}
	return err
}

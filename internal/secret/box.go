package secret

import (
	"encoding/binary"
	"errors"
	"fmt"
	"sync/atomic"
)

// ErrUnsealable is a value that no key opens here: tampered with, moved from another place, or never sealed.
var ErrUnsealable = errors.New("secret: the value does not open here")

// Tink starts a sealed value with one byte for its format and four for the key's id, big-endian.
const (
	tinkFormat   = 1
	tinkPrefix   = 5
	tinkIDOffset = 1
)

// Sealed is what the database keeps: the value, and beside it the key it is under, so that rotation finds stale rows.
type Sealed struct {
	Bytes []byte
	KeyID KeyID
}

// Box seals under the primary key of its keyset and opens under any of them. It is safe for concurrent use.
type Box struct{ current atomic.Pointer[Keyset] }

// NewBox makes a box. It panics on the zero Keyset: a service without a key must not start.
func NewBox(k Keyset) *Box {
	b := new(Box)
	b.Replace(k)
	return b
}

// Replace changes the keyset for every call that starts from now on. It panics on the zero Keyset.
func (b *Box) Replace(k Keyset) {
	if k.IsZero() {
		panic(errNoKey)
	}
	b.current.Store(&k)
}

// Keyset is the keyset in use.
func (b *Box) Keyset() Keyset { return *b.current.Load() }

// Seal seals a secret for one place.
func (b *Box) Seal(p Place, t Text) (Sealed, error) { return b.SealBytes(p, []byte(t.Reveal())) }

// Open opens what Seal made for the same place. ErrUnknownKey when the keyset lacks the key, ErrUnsealable otherwise.
func (b *Box) Open(p Place, sealed []byte) (Text, error) {
	clear, err := b.OpenBytes(p, sealed)
	return New(string(clear)), err
}

// SealBytes is Seal for a payload that is no single secret, such as a kept answer.
func (b *Box) SealBytes(p Place, clear []byte) (Sealed, error) {
	if err := p.check(); err != nil {
		return Sealed{}, err
	}
	k := b.current.Load()
	sealed, err := k.sealer.Encrypt(clear, p.encode())
	if err != nil {
		return Sealed{}, fmt.Errorf("secret: seal: %w", err)
	}
	return Sealed{Bytes: sealed, KeyID: k.Primary()}, nil
}

// OpenBytes is Open for what SealBytes made.
func (b *Box) OpenBytes(p Place, sealed []byte) ([]byte, error) {
	id, err := KeyOf(sealed)
	if err != nil {
		return nil, err
	}
	k := b.current.Load()
	if !k.Has(id) {
		return nil, fmt.Errorf("%w: %s", ErrUnknownKey, id)
	}
	clear, err := k.sealer.Decrypt(sealed, p.encode())
	if err != nil {
		return nil, ErrUnsealable
	}
	return clear, nil
}

// KeyOf reads the id of the key that sealed is under, without opening it. ErrUnsealable when it never was sealed.
func KeyOf(sealed []byte) (KeyID, error) {
	if len(sealed) < tinkPrefix || sealed[0] != tinkFormat {
		return 0, ErrUnsealable
	}
	return KeyID(binary.BigEndian.Uint32(sealed[tinkIDOffset:])), nil
}

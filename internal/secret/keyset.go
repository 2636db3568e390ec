package secret

import (
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/tink-crypto/tink-go/v2/keyset"
	"github.com/tink-crypto/tink-go/v2/prf"
	"github.com/tink-crypto/tink-go/v2/tink"
)

// ErrUnknownKey is a key id that the keyset lacks: the key was retired, or this is the keyset of another installation.
var ErrUnknownKey = errors.New("secret: the keyset has no such key")

// Key is what people may know about a key: never its material.
type Key struct {
	ID        KeyID
	Primary   bool      // new values are sealed under it
	CreatedAt time.Time // UTC, cut to microseconds
}

// Keyset is an immutable set of keys, one of them primary. The zero Keyset has none and seals nothing.
//
// A key is a pair that shares one id: XChaCha20-Poly1305 seals, HMAC-SHA256 digests. XChaCha20 rather than AES-GCM
// because its random nonces never run out, which spares the operator a forced rotation and costs 200 ns.
//
// Rotation takes two steps: Add, and hand the file to every replica; then Promote, once every replica can open what the
// new key seals. Retire a key when no row carries its id any more.
type Keyset struct {
	keys         []Key // oldest first
	aeads, prfs  *keyset.Handle
	sealer       tink.AEAD
	fingerprints *prf.Set
}

// Generate makes a keyset of one new key.
func Generate(now time.Time) (Keyset, error) {
	e := edit(Keyset{})
	id, err := e.add()
	if err != nil {
		return Keyset{}, err
	}
	if err := e.promote(id); err != nil {
		return Keyset{}, err
	}
	return e.keyset([]Key{{ID: id, Primary: true, CreatedAt: stamp(now)}})
}

// Add gives the keyset with one more key, the last of Keys, which opens but does not seal yet.
func (k Keyset) Add(now time.Time) (Keyset, error) {
	if k.IsZero() {
		return Keyset{}, errNoKey
	}
	e := edit(k)
	id, err := e.add()
	if err != nil {
		return Keyset{}, err
	}
	return e.keyset(append(k.Keys(), Key{ID: id, CreatedAt: stamp(now)}))
}

// Promote gives the keyset in which id is primary. ErrUnknownKey when there is no such key.
func (k Keyset) Promote(id KeyID) (Keyset, error) {
	if !k.Has(id) {
		return Keyset{}, fmt.Errorf("%w: %s", ErrUnknownKey, id)
	}
	e := edit(k)
	if err := e.promote(id); err != nil {
		return Keyset{}, err
	}
	keys := k.Keys()
	for i := range keys {
		keys[i].Primary = keys[i].ID == id
	}
	return e.keyset(keys)
}

// Retire gives the keyset without id: what is sealed under it is lost. ErrUnknownKey when there is no such key.
// The primary is refused.
func (k Keyset) Retire(id KeyID) (Keyset, error) {
	if !k.Has(id) {
		return Keyset{}, fmt.Errorf("%w: %s", ErrUnknownKey, id)
	}
	if id == k.Primary() {
		return Keyset{}, fmt.Errorf("key %s is primary: promote another one first", id)
	}
	e := edit(k)
	if err := e.remove(id); err != nil {
		return Keyset{}, err
	}
	return e.keyset(slices.DeleteFunc(k.Keys(), func(key Key) bool { return key.ID == id }))
}

// Keys lists the keys, oldest first. The caller may keep it.
func (k Keyset) Keys() []Key { return slices.Clone(k.keys) }

// Primary is the id of the key that seals; zero for the zero Keyset.
func (k Keyset) Primary() KeyID {
	for _, key := range k.keys {
		if key.Primary {
			return key.ID
		}
	}
	return 0
}

// Has reports whether the keyset can open what is sealed under id.
func (k Keyset) Has(id KeyID) bool {
	return slices.ContainsFunc(k.keys, func(key Key) bool { return key.ID == id })
}

// IsZero reports whether there is no key.
func (k Keyset) IsZero() bool { return len(k.keys) == 0 }

// equal reports whether both hold the same keys, material included.
func (k Keyset) equal(other Keyset) bool {
	return slices.Equal(k.keys, other.keys) && sameMaterial(k.aeads, other.aeads) && sameMaterial(k.prfs, other.prfs)
}

// kin reports whether the two have a key in common.
func (k Keyset) kin(other Keyset) bool {
	return slices.ContainsFunc(k.keys, func(key Key) bool { return other.Has(key.ID) })
}

func stamp(t time.Time) time.Time { return t.UTC().Truncate(time.Microsecond) }

package secret

import (
	"errors"
	"fmt"

	"github.com/tink-crypto/tink-go/v2/aead"
	"github.com/tink-crypto/tink-go/v2/aead/xchacha20poly1305"
	"github.com/tink-crypto/tink-go/v2/key"
	"github.com/tink-crypto/tink-go/v2/keyset"
	"github.com/tink-crypto/tink-go/v2/prf"
	"github.com/tink-crypto/tink-go/v2/prf/hmacprf"
	"github.com/tink-crypto/tink-go/v2/secretdata"
)

// keyBytes is the size of both halves of a key.
const keyBytes = 32

var (
	errNoKey    = errors.New("secret: the keyset has no key")
	errDisagree = errors.New("its two Tink keysets do not hold the keys that it lists")
)

// pair edits the two Tink keysets of a Keyset in step.
type pair struct{ aeads, prfs *keyset.Manager }

func edit(k Keyset) pair {
	if k.IsZero() {
		return pair{keyset.NewManager(), keyset.NewManager()}
	}
	return pair{keyset.NewManagerFromHandle(k.aeads), keyset.NewManagerFromHandle(k.prfs)}
}

// add lets Tink draw the id with the PRF key, which is bound to none, and makes the AEAD key for that id:
// the other way round Tink offers only in its internal API.
func (p pair) add() (KeyID, error) {
	hash, err := hmacprf.NewParameters(keyBytes, hmacprf.SHA256)
	if err != nil {
		return 0, fmt.Errorf("secret: %w", err)
	}
	id, err := p.prfs.AddNewKeyFromParameters(hash)
	if err != nil {
		return 0, fmt.Errorf("secret: %w", err)
	}
	return KeyID(id), p.addSealer(id)
}

func (p pair) addSealer(id uint32) error {
	cipher, err := xchacha20poly1305.NewParameters(xchacha20poly1305.VariantTink)
	if err != nil {
		return fmt.Errorf("secret: %w", err)
	}
	material, err := secretdata.NewBytesFromRand(keyBytes)
	if err != nil {
		return fmt.Errorf("secret: %w", err)
	}
	sealer, err := xchacha20poly1305.NewKey(material, id, cipher)
	if err != nil {
		return fmt.Errorf("secret: %w", err)
	}
	_, err = p.aeads.AddKey(sealer)
	return err
}

func (p pair) promote(id KeyID) error {
	return errors.Join(p.aeads.SetPrimary(uint32(id)), p.prfs.SetPrimary(uint32(id)))
}

func (p pair) remove(id KeyID) error {
	return errors.Join(p.aeads.Delete(uint32(id)), p.prfs.Delete(uint32(id)))
}

func (p pair) keyset(keys []Key) (Keyset, error) {
	aeads, err := p.aeads.Handle()
	if err != nil {
		return Keyset{}, fmt.Errorf("secret: %w", err)
	}
	prfs, err := p.prfs.Handle()
	if err != nil {
		return Keyset{}, fmt.Errorf("secret: %w", err)
	}
	return assemble(keys, aeads, prfs)
}

// assemble checks that the three lists hold the same keys and builds the primitives, which is too dear to do per call.
func assemble(keys []Key, aeads, prfs *keyset.Handle) (Keyset, error) {
	if !holds(aeads, keys, canSeal) || !holds(prfs, keys, canDigest) {
		return Keyset{}, errDisagree
	}
	sealer, err := aead.New(aeads)
	if err != nil {
		return Keyset{}, errDisagree
	}
	set, err := prf.NewPRFSet(prfs)
	if err != nil {
		return Keyset{}, errDisagree
	}
	return Keyset{keys: keys, aeads: aeads, prfs: prfs, sealer: sealer, fingerprints: set}, nil
}

// holds reports whether h has exactly these keys, in this order, enabled, and each of the right kind.
func holds(h *keyset.Handle, keys []Key, right func(key.Key) bool) bool {
	if h.Len() != len(keys) {
		return false
	}
	for i, want := range keys {
		e, err := h.Entry(i)
		if err != nil || e.KeyID() != uint32(want.ID) || e.IsPrimary() != want.Primary ||
			e.KeyStatus() != keyset.Enabled || !right(e.Key()) {
			return false
		}
	}
	return true
}

func canSeal(k key.Key) bool {
	p, ok := k.Parameters().(*xchacha20poly1305.Parameters)
	return ok && p.Variant() == xchacha20poly1305.VariantTink
}

func canDigest(k key.Key) bool {
	p, ok := k.Parameters().(*hmacprf.Parameters)
	return ok && p.HashType() == hmacprf.SHA256 && p.KeySizeInBytes() == keyBytes
}

// sameMaterial compares two handles that hold the same ids in the same order.
func sameMaterial(a, b *keyset.Handle) bool {
	for i := range a.Len() {
		x, errX := a.Entry(i)
		y, errY := b.Entry(i)
		if errX != nil || errY != nil || !x.Key().Equal(y.Key()) {
			return false
		}
	}
	return true
}

package secret

import (
	"crypto/subtle"
	"encoding/binary"
)

// digestSize is what HMAC-SHA256 gives, in bytes.
const digestSize = 32

// Digest is the keyed digest of a value for one purpose: the same value gives the same digest under the same key, and
// nobody without the key can test a guess. The database keeps it to find a secret again.
type Digest struct {
	KeyID KeyID
	Bytes [digestSize]byte
}

// Digest digests a secret under the primary key: what a new row stores.
// A row that holds both takes its key id from Seal, called first: a promotion in between then leaves the row on the older
// key, where rotation finds it.
func (b *Box) Digest(purpose string, t Text) Digest {
	return b.DigestBytes(purpose, []byte(t.Reveal()))
}

// Digests digests a secret under every key: what a look-up asks for, while rows of an older key are still about.
func (b *Box) Digests(purpose string, t Text) []Digest {
	return b.Keyset().digests(purpose, []byte(t.Reveal()))
}

// DigestBytes is Digest for a payload that is no single secret, such as a request body.
func (b *Box) DigestBytes(purpose string, value []byte) Digest {
	k := b.current.Load()
	return k.digest(k.Primary(), digestInput(purpose, value))
}

// Matches reports, in constant time, whether stored holds the bytes of DigestBytes for this purpose and value under any key.
func (b *Box) Matches(purpose string, value, stored []byte) bool {
	found := 0
	for _, d := range b.Keyset().digests(purpose, value) {
		found |= subtle.ConstantTimeCompare(d.Bytes[:], stored)
	}
	return found == 1
}

func (k Keyset) digests(purpose string, value []byte) []Digest {
	input := digestInput(purpose, value)
	all := make([]Digest, len(k.keys))
	for i, key := range k.keys {
		all[i] = k.digest(key.ID, input)
	}
	return all
}

func (k Keyset) digest(id KeyID, input []byte) Digest {
	sum, err := k.fingerprints.PRFs[uint32(id)].ComputePRF(input, digestSize)
	if err != nil {
		// Tink refuses a length above that of the hash, and nothing else.
		panic(err)
	}
	return Digest{KeyID: id, Bytes: [digestSize]byte(sum)}
}

// digestInput separates purpose from value, so that no value can slip into another purpose.
func digestInput(purpose string, value []byte) []byte {
	b := make([]byte, 0, len(purpose)+len(value)+2*binary.MaxVarintLen32)
	return appendPart(appendPart(b, purpose), value)
}

package secret

import (
	"encoding/binary"
	"encoding/hex"
	"fmt"
	"strconv"
	"strings"
)

// KeyID names one key of a keyset. It is no secret: rows carry it, and operators read it.
type KeyID uint32

// keyIDDigits is how many hexadecimal digits people see.
const keyIDDigits = 8

// ParseKeyID reads what String writes.
func ParseKeyID(s string) (KeyID, error) {
	n, err := strconv.ParseUint(s, 16, 32)
	if err != nil || len(s) != keyIDDigits || s != strings.ToLower(s) {
		return 0, fmt.Errorf("key id %q: use the %d lower-case hexadecimal digits that the list of keys shows", s, keyIDDigits)
	}
	return KeyID(n), nil
}

// String is eight lower-case hexadecimal digits.
func (id KeyID) String() string {
	return hex.EncodeToString(binary.BigEndian.AppendUint32(nil, uint32(id)))
}

// MarshalText is String.
func (id KeyID) MarshalText() ([]byte, error) { return []byte(id.String()), nil }

// UnmarshalText is ParseKeyID.
func (id *KeyID) UnmarshalText(text []byte) (err error) {
	*id, err = ParseKeyID(string(text))
	return err
}

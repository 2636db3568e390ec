package whatsapptest

import (
	"crypto/rand"
	"encoding/base64"
	"encoding/hex"
	"strings"
)

// The directions that a wamid tells.
const (
	outgoing = 0x11
	incoming = 0x12
)

// newWamid makes a message id that no other has, in the form that is seen: the user's number, the direction and a random id.
func newWamid(user string, direction byte) string {
	random := make([]byte, 9)
	_, _ = rand.Read(random) // never fails
	id := strings.ToUpper(hex.EncodeToString(random))
	if direction == incoming {
		id = "3A" + id
	}
	raw := append([]byte{0x1c, 0x18}, sized(user)...)
	raw = append(raw, 0x15, 0x02, 0x00, direction, 0x18)
	raw = append(append(raw, sized(id)...), 0x00)
	return "wamid." + base64.StdEncoding.EncodeToString(raw)
}

// sized is a text after its length, which has one byte; ids that are longer are cut.
func sized(text string) []byte {
	text = text[:min(len(text), 64)]
	return append([]byte{byte(len(text) & 0x7f)}, text...)
}

package secret

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"time"

	"github.com/tink-crypto/tink-go/v2/insecurecleartextkeyset"
	"github.com/tink-crypto/tink-go/v2/keyset"
)

// fileVersion is the one version of the file that this program reads and writes.
const fileVersion = 1

// What an operator can do about a file.
const (
	cureAccess  = "let this user read the file"
	cureFind    = "name the right file, or restore it from its backup"
	cureRestore = "restore it from its backup: without its keys nothing that is sealed can be opened"
	cureWrite   = "make its folder writable for this user, or change the file where it comes from"
)

// What can be wrong with a file. None wraps what a parser says, because parsers quote what they choke on.
var (
	errEmpty     = errors.New("it is empty")
	errJSON      = errors.New("it is not whole JSON: cut short or overwritten")
	errShape     = errors.New("it is JSON but not a keyset")
	errTinkShape = errors.New("one of its Tink keysets cannot be read")
)

// document is the file: Tink's two keysets, and around them what Tink does not keep.
type document struct {
	Version int             `json:"version"`
	Primary KeyID           `json:"primary"`
	Keys    []documentKey   `json:"keys"`
	AEAD    json.RawMessage `json:"aead"`
	PRF     json.RawMessage `json:"prf"`
}

type documentKey struct {
	ID        KeyID     `json:"id"`
	CreatedAt time.Time `json:"created_at"`
}

// ReadFile reads a keyset file, whoever else may read it: Kubernetes mounts secrets readable for a group.
// The error is one line with the file and the cure, and no key material; fs.ErrNotExist when there is no file.
func ReadFile(path string) (Keyset, error) {
	data, err := os.ReadFile(path)
	if err != nil {
		return Keyset{}, fileError(path, err, readCure(err))
	}
	k, err := decode(data)
	if err != nil {
		return Keyset{}, fileError(path, err, cureRestore)
	}
	return k, nil
}

func readCure(err error) string {
	if errors.Is(err, fs.ErrPermission) {
		return cureAccess
	}
	return cureFind
}

// fileError names the file once: the operating system's errors carry paths of their own.
func fileError(path string, err error, cure string) error {
	if p, ok := errors.AsType[*fs.PathError](err); ok {
		err = p.Err
	} else if l, ok := errors.AsType[*os.LinkError](err); ok {
		err = l.Err
	}
	return fmt.Errorf("keyset file %s: %w; %s", path, err, cure)
}

func encode(k Keyset) ([]byte, error) {
	if k.IsZero() {
		return nil, errNoKey
	}
	d := document{Version: fileVersion, Primary: k.Primary()}
	for _, key := range k.keys {
		d.Keys = append(d.Keys, documentKey{ID: key.ID, CreatedAt: key.CreatedAt})
	}
	var err error
	if d.AEAD, err = encodeTink(k.aeads); err != nil {
		return nil, err
	}
	if d.PRF, err = encodeTink(k.prfs); err != nil {
		return nil, err
	}
	data, err := json.MarshalIndent(d, "", "  ")
	return append(data, '\n'), err
}

func encodeTink(h *keyset.Handle) (json.RawMessage, error) {
	var b bytes.Buffer
	err := insecurecleartextkeyset.Write(h, keyset.NewJSONWriter(&b))
	return b.Bytes(), err
}

func decode(data []byte) (Keyset, error) {
	d, err := decodeDocument(data)
	if err != nil {
		return Keyset{}, err
	}
	aeads, err := decodeTink(d.AEAD)
	if err != nil {
		return Keyset{}, err
	}
	prfs, err := decodeTink(d.PRF)
	if err != nil {
		return Keyset{}, err
	}
	keys := make([]Key, len(d.Keys))
	for i, key := range d.Keys {
		keys[i] = Key{ID: key.ID, Primary: key.ID == d.Primary, CreatedAt: stamp(key.CreatedAt)}
	}
	return assemble(keys, aeads, prfs)
}

// decodeDocument judges the version before the rest, since another version may look different.
func decodeDocument(data []byte) (document, error) {
	if len(bytes.TrimSpace(data)) == 0 {
		return document{}, errEmpty
	}
	if !json.Valid(data) {
		return document{}, errJSON
	}
	if err := checkVersion(data); err != nil {
		return document{}, err
	}
	var d document
	strict := json.NewDecoder(bytes.NewReader(data))
	strict.DisallowUnknownFields()
	if err := strict.Decode(&d); err != nil {
		return document{}, errShape
	}
	return d, nil
}

func checkVersion(data []byte) error {
	var v struct {
		Version int `json:"version"`
	}
	if err := json.Unmarshal(data, &v); err != nil {
		return errShape
	}
	if v.Version != fileVersion {
		return fmt.Errorf("it has version %d and this program reads version %d", v.Version, fileVersion)
	}
	return nil
}

func decodeTink(data json.RawMessage) (*keyset.Handle, error) {
	h, err := insecurecleartextkeyset.Read(keyset.NewJSONReader(bytes.NewReader(data)))
	if err != nil {
		return nil, errTinkShape
	}
	return h, nil
}

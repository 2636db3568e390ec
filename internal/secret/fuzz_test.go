package secret

import (
	"bytes"
	"testing"
)

func FuzzOpen(f *testing.F) {
	box := NewBox(newKeyset(f))
	good := sealed(f, box, home(), marked).Bytes
	f.Add([]byte{})
	f.Add([]byte("EAAGm0PX4ZCpsBA"))
	f.Add([]byte{1, 0, 0, 0, 0})
	f.Add(good[:tinkPrefix])
	f.Add(good[:len(good)-1])
	f.Add(append(bytes.Clone(good), 0))
	f.Fuzz(func(t *testing.T, garbage []byte) {
		// The prefix makes the fuzzer reach the cipher rather than guess the id.
		for _, b := range [][]byte{garbage, append(bytes.Clone(good[:tinkPrefix]), garbage...)} {
			if clear, err := box.Open(home(), b); !bytes.Equal(b, good) && (err == nil || !clear.IsZero()) {
				t.Fatalf("%x opens", b)
			}
		}
	})
}

func FuzzReadFile(f *testing.F) {
	k, _ := grown(f, newKeyset(f))
	good, err := encode(k)
	if err != nil {
		f.Fatal(err)
	}
	f.Add(good)
	f.Add(good[:len(good)/2])
	f.Add([]byte(`{"version":1,"primary":"00000000","keys":[],"aead":{},"prf":{}}`))
	f.Add([]byte(`{"version":1,"aead":null,"prf":{"primaryKeyId":1,"key":[{"keyData":null}]}}`))
	f.Add([]byte(`{"version":1,"aead":{"key":[{"keyData":{"typeUrl":"","value":"AA==","keyMaterialType":"SYMMETRIC"},"status":"ENABLED","keyId":1,"outputPrefixType":"TINK"}],"primaryKeyId":1}}`))
	f.Fuzz(func(t *testing.T, data []byte) {
		k, err := decode(data)
		if err != nil {
			return
		}
		// What is accepted can serve, and can be written again.
		box := NewBox(k)
		if _, err := box.Open(home(), sealed(t, box, home(), marked).Bytes); err != nil {
			t.Fatalf("an accepted keyset does not open what it seals: %v", err)
		}
		again, err := encode(k)
		if err != nil {
			t.Fatal(err)
		}
		if back, err := decode(again); err != nil || !back.equal(k) {
			t.Fatalf("an accepted keyset is not read back: %v", err)
		}
	})
}

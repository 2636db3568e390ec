package secret

import (
	"encoding/json"
	"testing"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"
)

func TestKeyIDReadsWhatItWrites(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		id := KeyID(rapid.Uint32().Draw(t, "id"))
		require.Regexp(t, "^[0-9a-f]{8}$", id.String())
		back, err := ParseKeyID(id.String())
		require.NoError(t, err)
		require.Equal(t, id, back)
	})
}

func TestKeyIDKeepsLeadingZeros(t *testing.T) {
	require.Equal(t, "0000002a", KeyID(42).String())
}

func TestParseKeyIDRefusesOtherSpellings(t *testing.T) {
	for _, s := range []string{"", "2a", "0000002A", "0x00002a", "+000002a", "0000002a ", "00000002a", "0000002g", "____002a"} {
		_, err := ParseKeyID(s)
		require.ErrorContains(t, err, "8 lower-case", s)
	}
}

func TestKeyIDIsItsTextInJSON(t *testing.T) {
	out, err := json.Marshal(KeyID(0xdeadbeef))
	require.NoError(t, err)
	require.Equal(t, `"deadbeef"`, string(out))
	var id KeyID
	require.NoError(t, json.Unmarshal(out, &id))
	require.Equal(t, KeyID(0xdeadbeef), id)
}

func TestKeyIDInJSONIsJudged(t *testing.T) {
	var id KeyID
	require.Error(t, json.Unmarshal([]byte(`"42"`), &id))
}

package whatsapptest_test

import (
	"encoding/json"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/ivendnext/whatsapp-accounts/pkg/whatsapptest"
)

// The vectors were made with openssl, Python and Node.
func TestSignatureIsWhatOthersCompute(t *testing.T) {
	for body, want := range map[string]string{
		`{"object":"whatsapp_business_account","entry":[]}`:    "d3e4f9da0ce6c71ab3dba55929b8eeeee2455349e534924ead19f98d143e904f",
		`{"object": "whatsapp_business_account", "entry": []}`: "7c9e9df41d8d95d6d7c4e5beb7d28be3e77c7c5a4b562ee8d509bfa5720d898e",
		`{"object":"whatsapp_business_account","entry":[{"id":"1","changes":[{"field":"messages","value":{"t":"Zo\u00eb \ud83d\udc4d"}}]}]}`: "2094401a1ae4bcbc02fc2a497b3eaacfbf913f4ca3fb3a3100916833c9532c41",
		`{"object":"whatsapp_business_account","entry":[{"id":"1","changes":[{"field":"messages","value":{"t":"Zoë 👍"}}]}]}`:                 "9d2ac43be536eccafc09e4aae79308ff51e5736b08e29d848c00de2998b7ba0b",
	} {
		assert.Equal(t, "sha256="+want, whatsapptest.Sign("app-secret", []byte(body)), body)
	}
}

func TestEscapedFormIsMetas(t *testing.T) {
	raw := `{"object":"whatsapp_business_account","entry":[{"id":"1","changes":[{"field":"messages","value":{"t":"Zoë 👍"}}]}]}`
	escaped := whatsapptest.Escape([]byte(raw))
	assert.Contains(t, string(escaped), `"Zo\u00eb \ud83d\udc4d"`)
	assert.Equal(t, "sha256=2094401a1ae4bcbc02fc2a497b3eaacfbf913f4ca3fb3a3100916833c9532c41", whatsapptest.Sign("app-secret", escaped))
}

func FuzzEscapedFormMeansTheSame(f *testing.F) {
	for _, seed := range []string{"", "plain", "a/b", `back\slash "quote"`, "Zoë 👍", "\u007f\u2028\x00\t", `\u00eb`, `\/`, "\xff"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, text string) {
		raw, err := json.Marshal(map[string]string{"t": text})
		require.NoError(t, err)
		escaped := whatsapptest.Escape(raw)
		for _, c := range escaped {
			require.LessOrEqual(t, c, byte('~'))
		}
		var before, after map[string]string
		require.NoError(t, json.Unmarshal(raw, &before))
		require.NoError(t, json.Unmarshal(escaped, &after), "%s", escaped)
		require.Equal(t, before, after)
		require.Equal(t, escaped, whatsapptest.Escape(escaped), "what is escaped stays as it is")
	})
}

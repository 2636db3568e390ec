package provider_test

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"

	"github.com/ivendnext/whatsapp-accounts/internal/provider"
)

func TestSecretsAreKeptExactly(t *testing.T) {
	for name, secret := range map[string]string{
		"one character":               "x",
		"a token":                     "EAAGm0PX4ZCpsBA-_.",
		"spaces inside":               "open sesame",
		"letters beyond ASCII":        "pässwörd, 密码 👍",
		"4,096 characters":            strings.Repeat("x", 4096),
		"4,096 characters, of 4 byte": strings.Repeat("👍", 4096),
		"JSON inside":                 `{"a":"\n"}`,
	} {
		t.Run(name, func(t *testing.T) {
			for _, clean := range []func(string) (string, string){provider.CleanIssuedSecret, provider.CleanChosenSecret} {
				stored, complaint := clean(secret)
				assert.Empty(t, complaint)
				assert.Equal(t, secret, stored)
			}
		})
	}
}

func TestNoSecretIsEmptyLongOrUnprintable(t *testing.T) {
	for name, secret := range map[string]string{
		"empty":              "",
		"4,097 characters":   strings.Repeat("x", 4097),
		"a line break":       "EAAG\nX: y",
		"a carriage return":  "EAAG\rX: y",
		"a tab":              "EAAG\tx",
		"a NUL":              "EAAG\x00x",
		"a delete":           "EAAG\x7fx",
		"a C1 control":       "EAAG\u0085x",
		"bytes, not text":    "EAAG\xffx",
		"only a line break":  "\n",
		"a line break after": "EAAG\n",
	} {
		t.Run(name, func(t *testing.T) {
			for _, clean := range []func(string) (string, string){provider.CleanIssuedSecret, provider.CleanChosenSecret} {
				stored, complaint := clean(secret)
				assert.NotEmpty(t, complaint)
				assert.NotContains(t, complaint, "EAAG")
				assert.Empty(t, stored)
			}
		})
	}
}

func TestOnlyChosenSecretsKeepSurroundingSpace(t *testing.T) {
	for name, secret := range map[string]string{
		"before":              " s",
		"after":               "s ",
		"no-break space":      "s\u00a0",
		"zero-width space":    "\u200bs",
		"byte order mark":     "\ufeffs",
		"ideographic space":   "s\u3000",
		"nothing but a space": " ",
	} {
		t.Run(name, func(t *testing.T) {
			stored, complaint := provider.CleanChosenSecret(secret)
			assert.Equal(t, secret, stored)
			assert.Empty(t, complaint)
			_, complaint = provider.CleanIssuedSecret(secret)
			assert.Contains(t, complaint, "before or after")
		})
	}
}

func TestDigitsStayText(t *testing.T) {
	for _, id := range []string{"0", "007", "305000000000007", strings.Repeat("9", 32)} {
		stored, complaint := provider.CleanDigits()(id)
		assert.Equal(t, id, stored)
		assert.Empty(t, complaint)
	}
	for _, id := range []string{"", " 1", "1 ", "1\n", "+1", "-1", "1e5", "1.0", "0x1", "١٢٣", "１", "1_0", strings.Repeat("9", 33)} {
		stored, complaint := provider.CleanDigits()(id)
		assert.Empty(t, stored, "%q", id)
		assert.NotEmpty(t, complaint, "%q", id)
	}
}

func TestMatchingPanicsOnABadPatternAtStart(t *testing.T) {
	assert.Panics(t, func() { provider.Matching("[", "Never seen.") })
}

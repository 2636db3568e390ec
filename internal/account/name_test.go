package account

import (
	"strings"
	"testing"
	"unicode"

	"github.com/stretchr/testify/assert"
	"golang.org/x/text/unicode/norm"
	"pgregory.net/rapid"
)

func TestANameIsKeptWithoutSurroundingSpace(t *testing.T) {
	for given, want := range map[string]string{
		"Brand A":             "Brand A",
		"  Brand A\t\r\n":     "Brand A",
		"\u00a0\u3000Brand A": "Brand A",
		"Brand  A":            "Brand  A",
		"متجر دبي":            "متجر دبي",
		"Ann \U0001F468\u200d\U0001F469\u200d\U0001F467": "Ann \U0001F468\u200d\U0001F469\u200d\U0001F467",
		strings.Repeat("é", 140):                         strings.Repeat("é", 140),
		" " + strings.Repeat("x", 140) + " ":             strings.Repeat("x", 140),
	} {
		clean, complaint := cleanName(given)
		assert.Equal(t, want, clean, "%q", given)
		assert.Empty(t, complaint, "%q", given)
	}
}

func TestANameThatNobodyCouldReadIsRefused(t *testing.T) {
	for given, complaint := range map[string]string{
		"":                          "The account needs a name.",
		" \t\n":                     "The account needs a name.",
		"\u3000":                    "The account needs a name.",
		"\u200b\u200d\ufeff":        "The account needs a name.",
		strings.Repeat("x", 141):    "The name is longer than 140 characters.",
		"Brand\nA":                  "The name contains a control character or is not valid text.",
		"Brand\x00A":                "The name contains a control character or is not valid text.",
		"Brand\x7fA":                "The name contains a control character or is not valid text.",
		"Brand \xff":                "The name contains a control character or is not valid text.",
		"Brand " + string('\ufffd'): "The name contains a control character or is not valid text.",
	} {
		clean, said := cleanName(given)
		assert.Equal(t, complaint, said, "%q", given)
		assert.Empty(t, clean, "%q", given)
	}
}

func TestNamesThatPeopleReadAlikeAreOne(t *testing.T) {
	for _, alike := range [][]string{
		{"Brand A", "brand a", "BRAND A", "  bRAND a \n"},
		{"Straße", "STRASSE", "strasse", "STRAẞE"},
		{"Café", "Cafe\u0301", "CAFÉ", "CAFE\u0301"},
		{"ΑΘΗΝΑΣ", "αθηνας", "αθηνασ"},
		{"ΐ", "\u03aa\u0301", "\u03b9\u0308\u0301"}, // its capital has no single character
		{"ǰ", "J\u030c"},
		{"K", "k", "\u212a"},
		{"ﬁne", "FINE"},
	} {
		for _, name := range alike[1:] {
			assert.Equal(t, NameKey(alike[0]), NameKey(name), "%q and %q", alike[0], name)
		}
	}
}

func TestNamesThatDifferInMoreThanCaseAreTwo(t *testing.T) {
	for _, pair := range [][2]string{{"Brand A", "Brand  A"}, {"Brand A", "BrandA"}, {"Cafe", "Café"}, {"i", "ı"}, {"Brand 1", "Brand １"}} {
		assert.NotEqual(t, NameKey(pair[0]), NameKey(pair[1]), "%q and %q", pair[0], pair[1])
	}
}

func TestANameKeyKnowsNoCompositionAndNoSurroundingSpace(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		name := rapid.String().Draw(t, "name")
		key := NameKey(name)
		assert.Equal(t, key, NameKey(norm.NFD.String(name)))
		assert.Equal(t, key, NameKey(norm.NFC.String(name)))
		assert.Equal(t, key, NameKey(" "+name+"\n"))
	})
}

func TestNoCharactersCaseMakesANameUnique(t *testing.T) {
	for r := rune(0); r <= unicode.MaxRune; r++ {
		other := unicode.SimpleFold(r)
		// golang.org/x/text swaps the cases of Cherokee instead of folding them.
		if other != r && !unicode.Is(unicode.Cherokee, r) && NameKey(string(r)) != NameKey(string(other)) {
			t.Errorf("%q and %q", r, other)
		}
	}
}

package secret

import (
	"bytes"
	"testing"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"
)

// part draws few letters, so that neighbouring parts run into each other often, and at times a long one.
func part() *rapid.Generator[string] {
	return rapid.OneOf(rapid.StringOfN(rapid.RuneFrom([]rune{'a', 'b', 0, 1, 2, 128}), 0, 4, -1), rapid.StringN(120, 300, -1))
}

func drawPlace(t *rapid.T, name string) Place {
	return Place{Site: part().Draw(t, name+" site"), Record: part().Draw(t, name+" record"), Field: part().Draw(t, name+" field")}
}

func TestTwoPlacesNeverEncodeAlike(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		a, b := drawPlace(t, "a"), drawPlace(t, "b")
		require.Equal(t, a == b, bytes.Equal(a.encode(), b.encode()))
	})
}

func TestLettersMovedBetweenPartsEncodeDifferently(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		s := rapid.StringOfN(rapid.RuneFrom([]rune("ab")), 2, 12, -1).Draw(t, "all")
		cut := func(name string) Place {
			i := rapid.IntRange(0, len(s)).Draw(t, name+" first")
			j := rapid.IntRange(i, len(s)).Draw(t, name+" second")
			return Place{Site: s[:i], Record: s[i:j], Field: s[j:]}
		}
		a, b := cut("a"), cut("b")
		require.Equal(t, a == b, bytes.Equal(a.encode(), b.encode()))
	})
}

func TestEncodedPlaceIsLengthsAndParts(t *testing.T) {
	// Kept values depend on these bytes: they may never change.
	require.Equal(t, "\x03brd\x02id\x05token", string(Place{Site: "brd", Record: "id", Field: "token"}.encode()))
}

func TestAPlaceNeedsAllItsParts(t *testing.T) {
	box := NewBox(newKeyset(t))
	for _, p := range []Place{{}, {Record: "r", Field: "f"}, {Site: "s", Field: "f"}, {Site: "s", Record: "r"}} {
		_, err := box.Seal(p, New(marked))
		require.ErrorIs(t, err, errPlace, "%+v", p)
	}
}

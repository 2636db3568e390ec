package secret

import (
	"bytes"
	"slices"
	"testing"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"
)

func TestDigestsAreEqualOnlyForTheSamePurposeAndValue(t *testing.T) {
	box := NewBox(newKeyset(t))
	rapid.Check(t, func(t *rapid.T) {
		p, q := part().Draw(t, "p"), part().Draw(t, "q")
		v, w := part().Draw(t, "v"), part().Draw(t, "w")
		require.Equal(t, p == q && v == w, box.Digest(p, New(v)) == box.Digest(q, New(w)))
	})
}

func TestLettersMovedFromPurposeToValueDigestDifferently(t *testing.T) {
	box := NewBox(newKeyset(t))
	require.NotEqual(t, box.Digest("ab", New("c")), box.Digest("a", New("bc")))
}

func TestDigestIsUnderThePrimaryKey(t *testing.T) {
	k, added := grown(t, newKeyset(t))
	require.Equal(t, added, NewBox(promoted(t, k, added)).Digest("verify", New(marked)).KeyID)
}

func TestDigestsCoverEveryKey(t *testing.T) {
	k, _ := grown(t, newKeyset(t))
	box := NewBox(k)
	var ids []KeyID
	for _, d := range box.Digests("verify", New(marked)) {
		ids = append(ids, d.KeyID)
	}
	require.Equal(t, []KeyID{k.Keys()[0].ID, k.Keys()[1].ID}, ids)
	require.Contains(t, box.Digests("verify", New(marked)), box.Digest("verify", New(marked)))
}

func TestTwoKeysDigestDifferently(t *testing.T) {
	k, _ := grown(t, newKeyset(t))
	both := NewBox(k).Digests("verify", New(marked))
	require.NotEqual(t, both[0].Bytes, both[1].Bytes)
}

func TestLookUpWorksAcrossARotation(t *testing.T) {
	first := newKeyset(t)
	second, added := grown(t, first)
	third := promoted(t, second, added)
	for _, wrote := range []Keyset{first, second, third} {
		row := NewBox(wrote).Digest("verify", New(marked))
		for _, reads := range []Keyset{second, third} {
			require.True(t, slices.Contains(NewBox(reads).Digests("verify", New(marked)), row))
		}
	}
}

func TestBytesAndTextDigestAlike(t *testing.T) {
	box := NewBox(newKeyset(t))
	require.Equal(t, box.Digest("p", New(marked)), box.DigestBytes("p", []byte(marked)))
}

func TestAFingerprintMatchesItsBodyUnderEveryKey(t *testing.T) {
	old := newKeyset(t)
	k, added := grown(t, old)
	box, body := NewBox(promoted(t, k, added)), []byte(`{"account_name":"Brand A"}`)
	for _, d := range []Digest{NewBox(old).DigestBytes("body", body), box.DigestBytes("body", body)} {
		require.True(t, box.Matches("body", body, d.Bytes[:]))
	}
}

func TestAFingerprintMatchesNothingElse(t *testing.T) {
	box := NewBox(newKeyset(t))
	d := box.DigestBytes("body", []byte("a"))
	require.False(t, box.Matches("body", []byte("b"), d.Bytes[:]), "another body")
	require.False(t, box.Matches("answer", []byte("a"), d.Bytes[:]), "another purpose")
	require.False(t, box.Matches("body", []byte("a"), d.Bytes[:16]), "half of it")
	require.False(t, box.Matches("body", []byte("a"), nil), "nothing stored")
	require.False(t, NewBox(newKeyset(t)).Matches("body", []byte("a"), d.Bytes[:]), "another keyset")
}

func TestADigestHidesTheValue(t *testing.T) {
	d := NewBox(newKeyset(t)).Digest("verify", New(marked))
	require.False(t, bytes.Contains(d.Bytes[:], []byte("horse")))
}

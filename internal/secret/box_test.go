package secret

import (
	"fmt"
	"math/rand/v2"
	"strings"
	"sync"
	"testing"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"
)

func home() Place {
	return Place{Site: "brand-a", Record: "0192f5c0-0000-7000-8000-000000000001", Field: "token"}
}

func sealed(t testing.TB, b *Box, p Place, clear string) Sealed {
	t.Helper()
	s, err := b.Seal(p, New(clear))
	require.NoError(t, err)
	return s
}

func TestASealedSecretOpensAtItsPlace(t *testing.T) {
	box := NewBox(newKeyset(t))
	rapid.Check(t, func(t *rapid.T) {
		clear := rapid.String().Draw(t, "clear")
		p := Place{
			Site: rapid.StringN(1, 20, -1).Draw(t, "site"), Record: rapid.StringN(1, 20, -1).Draw(t, "record"),
			Field: rapid.StringN(1, 20, -1).Draw(t, "field"),
		}
		s, err := box.Seal(p, New(clear))
		require.NoError(t, err)
		back, err := box.Open(p, s.Bytes)
		require.NoError(t, err)
		require.Equal(t, clear, back.Reveal())
	})
}

func TestLongMultiByteSecretsRoundTrip(t *testing.T) {
	box := NewBox(newKeyset(t))
	for _, letter := range []string{"x", "é", "漢", "🔑"} {
		clear := strings.Repeat(letter, 4096)
		back, err := box.Open(home(), sealed(t, box, home(), clear).Bytes)
		require.NoError(t, err)
		require.True(t, back.Reveal() == clear, letter)
	}
}

func TestBytesRoundTrip(t *testing.T) {
	box := NewBox(newKeyset(t))
	rapid.Check(t, func(t *rapid.T) {
		clear := rapid.SliceOfN(rapid.Byte(), 1, 500).Draw(t, "clear")
		s, err := box.SealBytes(home(), clear)
		require.NoError(t, err)
		back, err := box.OpenBytes(home(), s.Bytes)
		require.NoError(t, err)
		require.Equal(t, clear, back)
	})
}

func TestSealingTwiceGivesDifferentBytes(t *testing.T) {
	box := NewBox(newKeyset(t))
	require.NotEqual(t, sealed(t, box, home(), marked).Bytes, sealed(t, box, home(), marked).Bytes)
}

func TestSealedBytesHideTheSecret(t *testing.T) {
	box := NewBox(newKeyset(t))
	requireHidden(t, string(sealed(t, box, home(), marked).Bytes))
}

func TestSealedBytesNameThePrimaryKey(t *testing.T) {
	k := newKeyset(t)
	s := sealed(t, NewBox(k), home(), marked)
	id, err := KeyOf(s.Bytes)
	require.NoError(t, err)
	require.Equal(t, []KeyID{k.Primary(), k.Primary()}, []KeyID{id, s.KeyID})
}

func TestAMovedSecretNeverOpens(t *testing.T) {
	box, random := NewBox(newKeyset(t)), rand.New(rand.NewPCG(1, 2))
	moves := map[string]func(Place, string) Place{
		"site":   func(p Place, to string) Place { p.Site = to; return p },
		"record": func(p Place, to string) Place { p.Record = to; return p },
		"field":  func(p Place, to string) Place { p.Field = to; return p },
	}
	for name, move := range moves {
		t.Run(name, func(t *testing.T) {
			for i := range 1000 {
				name := func() string { return fmt.Sprintf("%x", random.Uint64()) }
				from := Place{Site: name(), Record: name(), Field: name()}
				s := sealed(t, box, from, fmt.Sprint("secret ", i))
				_, err := box.Open(move(from, name()), s.Bytes)
				require.ErrorIs(t, err, ErrUnsealable)
			}
		})
	}
}

func TestPartsOfAPlaceDoNotTradePlaces(t *testing.T) {
	box := NewBox(newKeyset(t))
	s := sealed(t, box, Place{Site: "a", Record: "b", Field: "c"}, marked)
	for _, p := range []Place{{"a", "c", "b"}, {"b", "a", "c"}, {"c", "b", "a"}, {"ab", "", "c"}, {"a", "bc", ""}, {}} {
		_, err := box.Open(p, s.Bytes)
		require.ErrorIs(t, err, ErrUnsealable, "%+v", p)
	}
}

func TestAChangedByteNeverOpens(t *testing.T) {
	box := NewBox(newKeyset(t))
	s := sealed(t, box, home(), marked)
	for i := range s.Bytes {
		for bit := range 8 {
			changed := append([]byte(nil), s.Bytes...)
			changed[i] ^= 1 << bit
			clear, err := box.Open(home(), changed)
			require.Error(t, err, "byte %d bit %d", i, bit)
			require.True(t, clear.IsZero())
		}
	}
}

func TestACutSecretNeverOpens(t *testing.T) {
	box := NewBox(newKeyset(t))
	s := sealed(t, box, home(), marked)
	for n := range s.Bytes {
		_, err := box.Open(home(), s.Bytes[:n])
		require.ErrorIs(t, err, ErrUnsealable, "%d bytes", n)
	}
}

func TestPlainTextNeverOpens(t *testing.T) {
	box := NewBox(newKeyset(t))
	for _, plain := range []string{"", "EAAGm0PX4ZCpsBA", "\x00\x00\x00\x00\x00rest"} {
		_, err := box.Open(home(), []byte(plain))
		require.ErrorIs(t, err, ErrUnsealable, "%q", plain)
	}
}

func TestAnAddedKeyOpensBeforeItSeals(t *testing.T) {
	waiting, added := grown(t, newKeyset(t))
	s := sealed(t, NewBox(promoted(t, waiting, added)), home(), marked)
	back, err := NewBox(waiting).Open(home(), s.Bytes)
	require.NoError(t, err, "a replica that has not seen the promotion")
	require.Equal(t, marked, back.Reveal())
}

func TestAnOldKeyStillOpensAfterPromotion(t *testing.T) {
	k := newKeyset(t)
	box := NewBox(k)
	s := sealed(t, box, home(), marked)
	k, added := grown(t, k)
	box.Replace(promoted(t, k, added))
	back, err := box.Open(home(), s.Bytes)
	require.NoError(t, err)
	require.Equal(t, marked, back.Reveal())
}

func TestAPromotedKeySeals(t *testing.T) {
	k, added := grown(t, newKeyset(t))
	require.Equal(t, added, sealed(t, NewBox(promoted(t, k, added)), home(), marked).KeyID)
}

func TestARetiredKeyIsUnknown(t *testing.T) {
	old := newKeyset(t)
	s := sealed(t, NewBox(old), home(), marked)
	k, added := grown(t, old)
	box := NewBox(retired(t, promoted(t, k, added), old.Primary()))
	_, err := box.Open(home(), s.Bytes)
	require.ErrorIs(t, err, ErrUnknownKey)
	require.ErrorContains(t, err, old.Primary().String())
}

func TestAForeignKeyIsUnknown(t *testing.T) {
	s := sealed(t, NewBox(newKeyset(t)), home(), marked)
	_, err := NewBox(newKeyset(t)).Open(home(), s.Bytes)
	require.ErrorIs(t, err, ErrUnknownKey)
}

func TestABoxWithoutAKeyIsADefect(t *testing.T) {
	require.PanicsWithValue(t, errNoKey, func() { NewBox(Keyset{}) })
	box := NewBox(newKeyset(t))
	require.PanicsWithValue(t, errNoKey, func() { box.Replace(Keyset{}) })
}

func TestABoxIsReplacedUnderLoad(t *testing.T) {
	old := newKeyset(t)
	both, added := grown(t, old)
	box, next := NewBox(both), promoted(t, both, added)
	var work sync.WaitGroup
	for range 4 {
		work.Go(func() {
			for range 200 {
				s, err := box.Seal(home(), New(marked))
				if err != nil {
					t.Errorf("seal: %v", err)
					return
				}
				if back, err := box.Open(home(), s.Bytes); err != nil || back.Reveal() != marked {
					t.Errorf("open: %v", err)
				}
				if d := box.Digest("p", New(marked)); !box.Matches("p", []byte(marked), d.Bytes[:]) {
					t.Error("the digest matches under neither key")
				}
			}
		})
	}
	work.Go(func() {
		for i := range 200 {
			box.Replace([]Keyset{both, next}[i%2])
		}
	})
	work.Wait()
}

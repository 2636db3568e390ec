package apikey

import (
	"crypto/sha256"
	"encoding/hex"
	"hash/crc32"
	"math/big"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/ivendnext/whatsapp-accounts/internal/secret"
	"github.com/ivendnext/whatsapp-accounts/internal/site"
)

func TestAKeyLooksLikeOneAndCarriesItsChecksum(t *testing.T) {
	form := regexp.MustCompile(`^wak_[0-9A-Za-z]{46}$`)
	for range 1000 {
		key := generate().Reveal()
		require.Regexp(t, form, key)
		body, check := key[:len(key)-6], key[len(key)-6:]
		// big writes the digits in the order 0-9, a-z, A-Z; a key has them in the order of ASCII.
		sum := big.NewInt(int64(crc32.ChecksumIEEE([]byte(body)))).Text(62)
		want := strings.Map(func(r rune) rune {
			switch {
			case r >= 'a' && r <= 'z':
				return r - 'a' + 'A'
			case r >= 'A' && r <= 'Z':
				return r - 'A' + 'a'
			}
			return r
		}, strings.Repeat("0", 6-len(sum))+sum)
		require.Equal(t, want, check)
	}
}

func TestTenThousandKeysDifferAndFavourNoCharacter(t *testing.T) {
	const keys = 10_000
	seen, count := map[string]bool{}, map[rune]int{}
	for range keys {
		key := generate().Reveal()
		seen[key] = true
		for _, r := range key[len(Prefix) : len(Prefix)+randomChars] {
			count[r]++
		}
	}
	assert.Len(t, seen, keys)
	assert.Len(t, count, len(alphabet))
	even := keys * randomChars / len(alphabet)
	for r, n := range count {
		assert.InDelta(t, even, n, float64(even)/10, "%q: eight standard deviations", r)
	}
}

func TestAKeyIsKnownByItsSHA256AndRecognisedByItsEnd(t *testing.T) {
	key := secret.New("wak_0123456789")
	want := sha256.Sum256([]byte("wak_0123456789"))
	hash := hashOf(key)
	assert.Equal(t, hex.EncodeToString(want[:]), hex.EncodeToString(hash[:]))
	assert.Equal(t, "6789", hintOf(key))
}

func TestHashesAreEqualOnlyWhenEveryByteIs(t *testing.T) {
	a := hashOf(secret.New("a"))
	assert.True(t, a.equal(a))
	for i := range a {
		b := a
		b[i] ^= 1
		assert.False(t, a.equal(b))
	}
}

func TestTheHolderOfAKeyIsItsPrincipal(t *testing.T) {
	home, err := site.Named("home")
	require.NoError(t, err)
	k := Key{ID: "id", Site: home, Role: site.Viewer, Name: "erp"}
	assert.Equal(t, site.Principal{KeyID: "id", Name: "erp", Site: home, Role: site.Viewer}, k.Principal())
}

func TestAUseIsNotedOnceAMinute(t *testing.T) {
	noon := time.Date(2026, time.November, 22, 12, 0, 0, 0, time.UTC)
	for last, noted := range map[time.Time]bool{
		{}: true, noon: false, noon.Add(-time.Minute + time.Microsecond): false, noon.Add(-time.Minute): true, noon.Add(time.Hour): false,
	} {
		u := usage{seen: map[string]time.Time{}}
		u.note(Key{ID: "k", LastUsedAt: last}, noon)
		assert.Equal(t, noted, len(u.take()) == 1, last)
		assert.Empty(t, u.take(), "what was taken is gone")
	}
}

func TestUsesThatCouldNotBeWrittenAreKeptUnlessNewerOnesCame(t *testing.T) {
	noon := time.Date(2026, time.November, 22, 12, 0, 0, 0, time.UTC)
	u := usage{seen: map[string]time.Time{"both": noon.Add(time.Hour)}}
	u.putBack(map[string]time.Time{"both": noon, "old": noon})
	assert.Equal(t, map[string]time.Time{"both": noon.Add(time.Hour), "old": noon}, u.take())
}

package secret

import (
	"encoding/hex"
	"encoding/json"
	"fmt"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"github.com/tink-crypto/tink-go/v2/aead/xchacha20poly1305"
	"github.com/tink-crypto/tink-go/v2/insecuresecretdataaccess"
	"github.com/tink-crypto/tink-go/v2/prf/hmacprf"
	"pgregory.net/rapid"
)

// born is when the keys of the tests are made.
func born() time.Time { return time.Date(2026, 11, 22, 10, 0, 0, 123456789, time.UTC) }

func newKeyset(t testing.TB) Keyset {
	t.Helper()
	k, err := Generate(born())
	require.NoError(t, err)
	return k
}

// grown is k with one more key, and that key's id.
func grown(t testing.TB, k Keyset) (Keyset, KeyID) {
	t.Helper()
	k, err := k.Add(born())
	require.NoError(t, err)
	keys := k.Keys()
	return k, keys[len(keys)-1].ID
}

func promoted(t testing.TB, k Keyset, id KeyID) Keyset {
	t.Helper()
	k, err := k.Promote(id)
	require.NoError(t, err)
	return k
}

func retired(t testing.TB, k Keyset, id KeyID) Keyset {
	t.Helper()
	k, err := k.Retire(id)
	require.NoError(t, err)
	return k
}

// spellings lists the key material of k in every form that an output could take.
func spellings(t testing.TB, k Keyset) []string {
	t.Helper()
	var all []string
	for i := range k.keys {
		a, err := k.aeads.Entry(i)
		require.NoError(t, err)
		p, err := k.prfs.Entry(i)
		require.NoError(t, err)
		for _, raw := range [][]byte{
			a.Key().(*xchacha20poly1305.Key).KeyBytes().Data(insecuresecretdataaccess.Token{}),
			p.Key().(*hmacprf.Key).KeyBytes().Data(insecuresecretdataaccess.Token{}),
		} {
			all = append(all, string(raw), hex.EncodeToString(raw), fmt.Sprint(raw))
		}
	}
	data, err := encode(k)
	require.NoError(t, err)
	values := regexp.MustCompile(`"value": "([^"]+)"`).FindAllStringSubmatch(string(data), -1)
	require.Len(t, values, 2*len(k.keys))
	for _, v := range values {
		all = append(all, v[1])
	}
	return all
}

func TestGenerateMakesOnePrimaryKey(t *testing.T) {
	k := newKeyset(t)
	require.Equal(t, []Key{{ID: k.Primary(), Primary: true, CreatedAt: born().Truncate(time.Microsecond)}}, k.Keys())
}

func TestKeysAreStampedInUTC(t *testing.T) {
	k, err := Generate(born().In(time.FixedZone("Dubai", 4*3600)))
	require.NoError(t, err)
	require.Equal(t, time.UTC, k.Keys()[0].CreatedAt.Location())
}

func TestBothHalvesOfAKeyHaveItsID(t *testing.T) {
	k, _ := grown(t, newKeyset(t))
	for i, key := range k.Keys() {
		a, err := k.aeads.Entry(i)
		require.NoError(t, err)
		p, err := k.prfs.Entry(i)
		require.NoError(t, err)
		require.Equal(t, []uint32{uint32(key.ID), uint32(key.ID)}, []uint32{a.KeyID(), p.KeyID()})
	}
}

func TestAddedKeyIsNotPrimary(t *testing.T) {
	old := newKeyset(t)
	k, added := grown(t, old)
	require.Equal(t, old.Primary(), k.Primary())
	require.NotEqual(t, added, k.Primary())
	require.True(t, k.Has(added))
}

func TestPromoteMovesThePrimary(t *testing.T) {
	k, added := grown(t, newKeyset(t))
	require.Equal(t, added, promoted(t, k, added).Primary())
}

func TestPromoteIsRepeatable(t *testing.T) {
	k := newKeyset(t)
	require.Equal(t, k.Keys(), promoted(t, k, k.Primary()).Keys())
}

func TestPromoteRefusesAnUnknownKey(t *testing.T) {
	k := newKeyset(t)
	_, err := k.Promote(k.Primary() + 1)
	require.ErrorIs(t, err, ErrUnknownKey)
}

func TestRetireRemovesTheKey(t *testing.T) {
	k, added := grown(t, newKeyset(t))
	require.False(t, retired(t, k, added).Has(added))
}

func TestRetireRefusesThePrimary(t *testing.T) {
	k := newKeyset(t)
	_, err := k.Retire(k.Primary())
	require.ErrorContains(t, err, "promote another one first")
}

func TestRetireRefusesAnUnknownKey(t *testing.T) {
	k := newKeyset(t)
	_, err := k.Retire(k.Primary() + 1)
	require.ErrorIs(t, err, ErrUnknownKey)
}

func TestTheZeroKeysetGrowsNoKey(t *testing.T) {
	_, err := Keyset{}.Add(born())
	require.ErrorIs(t, err, errNoKey)
	require.True(t, Keyset{}.IsZero())
	require.Zero(t, Keyset{}.Primary())
}

func TestAKeysetNeverChanges(t *testing.T) {
	k, added := grown(t, newKeyset(t))
	before, err := encode(k)
	require.NoError(t, err)
	_, _ = grown(t, k)
	_ = promoted(t, k, added)
	_ = retired(t, k, added)
	k.Keys()[0].Primary = false
	after, err := encode(k)
	require.NoError(t, err)
	require.True(t, string(before) == string(after), "the keyset changed under its operations")
}

func TestAnyHistoryKeepsExactlyOnePrimary(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		k, err := Generate(born())
		require.NoError(t, err)
		for range rapid.IntRange(0, 12).Draw(t, "steps") {
			id := rapid.SampledFrom(k.Keys()).Draw(t, "key").ID
			next := rapid.SampledFrom([]func() (Keyset, error){
				func() (Keyset, error) { return k.Add(born()) },
				func() (Keyset, error) { return k.Promote(id) },
				func() (Keyset, error) { return k.Retire(id) },
			}).Draw(t, "step")
			if grown, err := next(); err == nil {
				k = grown
			}
		}
		primaries := 0
		for _, key := range k.Keys() {
			if key.Primary {
				primaries++
			}
		}
		require.Equal(t, 1, primaries)
	})
}

func TestEqualSeesMaterial(t *testing.T) {
	k, other := newKeyset(t), newKeyset(t)
	require.True(t, k.equal(k))
	require.False(t, k.equal(other))
	other.keys = k.keys
	require.False(t, k.equal(other), "same ids, other material")
}

func TestNoVerbShowsKeyMaterial(t *testing.T) {
	k := newKeyset(t)
	box := NewBox(k)
	for _, v := range []any{k, &k, box, []Keyset{k}, struct{ k Keyset }{k}, map[string]*Box{"b": box}} {
		for _, verb := range "vsqxXd" {
			for _, flag := range []string{"", "+", "#"} {
				requireNone(t, fmt.Sprintf("%"+flag+string(verb), v), spellings(t, k))
			}
		}
	}
}

func TestJSONOfAKeysetIsEmpty(t *testing.T) {
	out, err := json.Marshal(newKeyset(t))
	require.NoError(t, err)
	require.Equal(t, "{}", string(out))
}

// requireNone avoids require.NotContains, whose failure would print the material.
func requireNone(t testing.TB, output string, hidden []string) {
	t.Helper()
	for i, s := range hidden {
		if strings.Contains(output, s) {
			t.Fatalf("spelling %d of the key material is shown", i)
		}
	}
}

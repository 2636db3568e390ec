package secret

import (
	"encoding/json"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"github.com/tink-crypto/tink-go/v2/aead"
	"github.com/tink-crypto/tink-go/v2/keyset"
	"github.com/tink-crypto/tink-go/v2/prf"
	tinkpb "github.com/tink-crypto/tink-go/v2/proto/tink_go_proto"
	"pgregory.net/rapid"
)

func keysetPath(t testing.TB) string {
	t.Helper()
	return filepath.Join(t.TempDir(), "keyset.json")
}

func created(t testing.TB, k Keyset) string {
	t.Helper()
	path := keysetPath(t)
	require.NoError(t, CreateFile(path, k))
	return path
}

// requireCured asserts that err is one line that names the file and the cure and shows nothing of k.
func requireCured(t testing.TB, err error, path, cure string, k Keyset) {
	t.Helper()
	require.ErrorContains(t, err, "keyset file "+path+": ")
	require.ErrorContains(t, err, "; "+cure)
	require.Equal(t, 1, strings.Count(err.Error(), path), "the file is named once")
	require.NotContains(t, err.Error(), "\n")
	requireNone(t, err.Error(), spellings(t, k))
}

// fields is the file of k as a map, to be damaged.
func fields(t testing.TB, k Keyset) map[string]any {
	t.Helper()
	data, err := encode(k)
	require.NoError(t, err)
	var m map[string]any
	require.NoError(t, json.Unmarshal(data, &m))
	return m
}

func written(t testing.TB, content any) string {
	t.Helper()
	data, ok := content.([]byte)
	if !ok {
		var err error
		data, err = json.Marshal(content)
		require.NoError(t, err)
	}
	path := keysetPath(t)
	require.NoError(t, os.WriteFile(path, data, 0o600))
	return path
}

func TestAFileGivesBackItsKeyset(t *testing.T) {
	k, added := grown(t, newKeyset(t))
	for _, k := range []Keyset{k, promoted(t, k, added)} {
		back, err := ReadFile(created(t, k))
		require.NoError(t, err)
		require.Equal(t, k.Keys(), back.Keys())
		require.True(t, back.equal(k))
	}
}

func TestWhatWasSealedOpensAfterARestart(t *testing.T) {
	k := newKeyset(t)
	path, s := created(t, k), sealed(t, NewBox(k), home(), marked)
	back, err := ReadFile(path)
	require.NoError(t, err)
	clear, err := NewBox(back).Open(home(), s.Bytes)
	require.NoError(t, err)
	require.Equal(t, marked, clear.Reveal())
	require.Equal(t, NewBox(k).Digest("p", clear), NewBox(back).Digest("p", clear))
}

func TestTheFileTellsPeopleItsKeys(t *testing.T) {
	k := newKeyset(t)
	m := fields(t, k)
	require.EqualValues(t, 1, m["version"])
	require.Equal(t, k.Primary().String(), m["primary"])
	require.Equal(t, []any{map[string]any{"id": k.Primary().String(), "created_at": "2026-11-22T10:00:00.123456Z"}}, m["keys"])
}

func TestAGroupReadableFileIsRead(t *testing.T) {
	path := created(t, newKeyset(t))
	require.NoError(t, os.Chmod(path, 0o644))
	_, err := ReadFile(path)
	require.NoError(t, err)
	info, err := os.Stat(path)
	require.NoError(t, err)
	require.Equal(t, fs.FileMode(0o644), info.Mode().Perm(), "the mode is left alone")
}

func TestAMissingFileDoesNotExist(t *testing.T) {
	path := keysetPath(t)
	_, err := ReadFile(path)
	require.ErrorIs(t, err, fs.ErrNotExist)
	requireCured(t, err, path, cureFind, newKeyset(t))
}

func TestAFolderIsNoKeysetFile(t *testing.T) {
	path := t.TempDir()
	_, err := ReadFile(path)
	requireCured(t, err, path, cureFind, newKeyset(t))
}

func TestAFileWithoutPermissionSaysSo(t *testing.T) {
	err := fileError("/k", &fs.PathError{Op: "open", Path: "/k", Err: fs.ErrPermission}, readCure(fs.ErrPermission))
	require.EqualError(t, err, "keyset file /k: permission denied; let this user read the file")
}

func TestAnEmptyFileIsRefused(t *testing.T) {
	for _, content := range []string{"", " \n\t "} {
		path := written(t, []byte(content))
		_, err := ReadFile(path)
		require.ErrorIs(t, err, errEmpty)
		requireCured(t, err, path, cureRestore, newKeyset(t))
	}
}

func TestACutFileIsRefusedAtEveryLength(t *testing.T) {
	k := newKeyset(t)
	data, err := encode(k)
	require.NoError(t, err)
	for n := 1; n < len(data)-1; n++ {
		_, err := decode(data[:n])
		require.ErrorIs(t, err, errJSON, "%d bytes", n)
	}
}

func TestAnotherVersionIsRefused(t *testing.T) {
	for _, version := range []any{0, 2, 99} {
		k := newKeyset(t)
		m := fields(t, k)
		m["version"], m["novelty"] = version, true
		path := written(t, m)
		_, err := ReadFile(path)
		require.ErrorContains(t, err, fmt.Sprintf("it has version %v and this program reads version 1", version))
		requireCured(t, err, path, cureRestore, k)
	}
}

// damages are files that are whole JSON and no keyset we may use.
func damages(t testing.TB, k Keyset) map[string]func(map[string]any) {
	t.Helper()
	other := fields(t, newKeyset(t))
	material := spellings(t, k)
	leak := material[len(material)-1]
	return map[string]func(map[string]any){
		"no keys":              func(m map[string]any) { delete(m, "keys") },
		"no primary":           func(m map[string]any) { delete(m, "primary") },
		"another primary":      func(m map[string]any) { m["primary"] = "00000001" },
		"no aead":              func(m map[string]any) { delete(m, "aead") },
		"no prf":               func(m map[string]any) { delete(m, "prf") },
		"null aead":            func(m map[string]any) { m["aead"] = nil },
		"foreign aead":         func(m map[string]any) { m["aead"] = other["aead"] },
		"foreign prf":          func(m map[string]any) { m["prf"] = other["prf"] },
		"swapped":              func(m map[string]any) { m["aead"], m["prf"] = m["prf"], m["aead"] },
		"one key listed less":  func(m map[string]any) { m["keys"] = m["keys"].([]any)[:1] },
		"one key listed twice": func(m map[string]any) { m["keys"] = append(m["keys"].([]any), m["keys"].([]any)[0]) },
		"another id listed":    func(m map[string]any) { m["keys"].([]any)[1].(map[string]any)["id"] = "00000001" },
		"another id in prf":    func(m map[string]any) { tinkKey(m["prf"], 1)["keyId"] = 1 },
		"one key less in aead": func(m map[string]any) { dropKey(m["aead"]) },
		"one key less in prf":  func(m map[string]any) { dropKey(m["prf"]) },
		"disabled key":         func(m map[string]any) { tinkKey(m["aead"], 1)["status"] = "DISABLED" },
		"raw prefix":           func(m map[string]any) { tinkKey(m["aead"], 0)["outputPrefixType"] = "RAW" },
		"short key":            func(m map[string]any) { keyData(m["aead"])["value"] = "GhAAAAAAAAAAAAAAAAAAAAAA" },
		"short prf key":        func(m map[string]any) { keyData(m["prf"])["value"] = "EgIIAxoQAAAAAAAAAAAAAAAAAAAAAA==" },
		"empty key":            func(m map[string]any) { keyData(m["prf"])["value"] = "" },
		"other cipher": func(m map[string]any) {
			keyData(m["aead"])["typeUrl"] = "type.googleapis.com/google.crypto.tink.AesGcmKey"
		},
		"unknown cipher":           func(m map[string]any) { keyData(m["aead"])["typeUrl"] = leak },
		"material as value type":   func(m map[string]any) { keyData(m["aead"])["value"] = []any{leak} },
		"material as primary":      func(m map[string]any) { m["primary"] = leak },
		"material as time":         func(m map[string]any) { m["keys"].([]any)[0].(map[string]any)["created_at"] = leak },
		"material as version":      func(m map[string]any) { m["version"] = leak },
		"material as a new member": func(m map[string]any) { m[leak] = 1 },
		"material in a new place":  func(m map[string]any) { m["aead"].(map[string]any)[leak] = 1 },
		"material for an object":   func(m map[string]any) { m["aead"] = leak },
	}
}

func tinkKey(set any, i int) map[string]any {
	return set.(map[string]any)["key"].([]any)[i].(map[string]any)
}

func keyData(set any) map[string]any { return tinkKey(set, 0)["keyData"].(map[string]any) }

func dropKey(set any) {
	m := set.(map[string]any)
	m["key"] = m["key"].([]any)[:1]
}

func TestADamagedFileIsRefusedInOneLineWithTheCure(t *testing.T) {
	k, _ := grown(t, newKeyset(t))
	for name, damage := range damages(t, k) {
		t.Run(name, func(t *testing.T) {
			m := fields(t, k)
			damage(m)
			path := written(t, m)
			_, err := ReadFile(path)
			require.Error(t, err)
			requireCured(t, err, path, cureRestore, k)
		})
	}
}

func TestNoDamageMakesAnErrorShowMaterial(t *testing.T) {
	k, _ := grown(t, newKeyset(t))
	data, err := encode(k)
	require.NoError(t, err)
	hidden := spellings(t, k)
	rapid.Check(t, func(rt *rapid.T) {
		broken := append([]byte(nil), data...)
		for range rapid.IntRange(1, 4).Draw(rt, "changes") {
			i := rapid.IntRange(0, len(broken)-1).Draw(rt, "at")
			broken[i] = rapid.SampledFrom([]byte(`"{}[]:,0aZ \`)).Draw(rt, "byte")
		}
		if _, err := decode(broken); err != nil {
			requireNone(t, err.Error(), hidden)
			require.Less(t, len(err.Error()), 80, "our own words are short")
		}
	})
}

func TestOtherTinkKeysAreRefused(t *testing.T) {
	handle := func(template *tinkpb.KeyTemplate) *keyset.Handle {
		h, err := keyset.NewHandle(template)
		require.NoError(t, err)
		return h
	}
	k := newKeyset(t)
	_, err := assemble(k.keys, handle(aead.AES256GCMKeyTemplate()), k.prfs)
	require.ErrorIs(t, err, errDisagree)
	_, err = assemble(k.keys, k.aeads, handle(prf.HKDFSHA256PRFKeyTemplate()))
	require.ErrorIs(t, err, errDisagree)
}

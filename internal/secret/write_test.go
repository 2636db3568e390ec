package secret

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/stretchr/testify/require"
)

func addKey(k Keyset) (Keyset, error) { return k.Add(born()) }

func modeOf(t testing.TB, path string) fs.FileMode {
	t.Helper()
	info, err := os.Stat(path)
	require.NoError(t, err)
	return info.Mode().Perm()
}

// namesIn lists what lies beside the keyset file.
func namesIn(t testing.TB, path string) []string {
	t.Helper()
	entries, err := os.ReadDir(filepath.Dir(path))
	require.NoError(t, err)
	var names []string
	for _, e := range entries {
		names = append(names, e.Name())
	}
	return names
}

func TestANewFileIsForItsOwnerOnly(t *testing.T) {
	require.Equal(t, fs.FileMode(0o600), modeOf(t, created(t, newKeyset(t))))
}

func TestCreateLeavesNothingElseBehind(t *testing.T) {
	require.Equal(t, []string{"keyset.json"}, namesIn(t, created(t, newKeyset(t))))
}

func TestCreateNeverReplacesAFile(t *testing.T) {
	k, other := newKeyset(t), newKeyset(t)
	path := created(t, k)
	err := CreateFile(path, other)
	require.ErrorIs(t, err, fs.ErrExist)
	requireCured(t, err, path, "there is a keyset already: use it", other)
	kept, err := ReadFile(path)
	require.NoError(t, err)
	require.True(t, kept.equal(k))
	require.Equal(t, []string{"keyset.json"}, namesIn(t, path))
}

func TestCreateNeverReplacesALink(t *testing.T) {
	path := keysetPath(t)
	require.NoError(t, os.Symlink("nowhere", path))
	require.ErrorIs(t, CreateFile(path, newKeyset(t)), fs.ErrExist)
}

func TestOneOfManyCreatorsWins(t *testing.T) {
	path, winners := keysetPath(t), atomic.Int32{}
	var winner atomic.Pointer[Keyset]
	var work sync.WaitGroup
	for range 16 {
		k := newKeyset(t)
		work.Go(func() {
			err := CreateFile(path, k)
			if err == nil {
				winners.Add(1)
				winner.Store(&k)
			} else if !errors.Is(err, fs.ErrExist) {
				t.Errorf("a loser got %v", err)
			}
		})
	}
	work.Wait()
	require.EqualValues(t, 1, winners.Load())
	kept, err := ReadFile(path)
	require.NoError(t, err)
	require.True(t, kept.equal(*winner.Load()), "the file is the winner's")
}

func TestCreateInAMissingFolderSaysSo(t *testing.T) {
	path := filepath.Join(t.TempDir(), "absent", "keyset.json")
	k := newKeyset(t)
	err := CreateFile(path, k)
	require.ErrorIs(t, err, fs.ErrNotExist)
	requireCured(t, err, path, cureWrite, k)
}

func TestCreateRefusesTheZeroKeyset(t *testing.T) {
	path := keysetPath(t)
	require.ErrorIs(t, CreateFile(path, Keyset{}), errNoKey)
	require.Empty(t, namesIn(t, path))
}

func TestUpdateKeepsTheChange(t *testing.T) {
	path := created(t, newKeyset(t))
	require.NoError(t, UpdateFile(path, addKey))
	k, err := ReadFile(path)
	require.NoError(t, err)
	require.Len(t, k.Keys(), 2)
}

func TestConcurrentUpdatesLoseNothing(t *testing.T) {
	path := created(t, newKeyset(t))
	var work sync.WaitGroup
	for range 16 {
		work.Go(func() {
			if err := UpdateFile(path, addKey); err != nil {
				t.Errorf("update: %v", err)
			}
		})
	}
	work.Wait()
	k, err := ReadFile(path)
	require.NoError(t, err)
	require.Len(t, k.Keys(), 17)
}

func TestReadersNeverSeeHalfAnUpdate(t *testing.T) {
	path := created(t, newKeyset(t))
	done := make(chan struct{})
	var work sync.WaitGroup
	work.Go(func() {
		defer close(done)
		for range 20 {
			if err := UpdateFile(path, addKey); err != nil {
				t.Errorf("update: %v", err)
			}
		}
	})
	for reading := true; reading; {
		select {
		case <-done:
			reading = false
		default:
		}
		_, err := ReadFile(path)
		require.NoError(t, err)
	}
	work.Wait()
}

func TestAFailedChangeLeavesTheFile(t *testing.T) {
	path := created(t, newKeyset(t))
	before, err := os.ReadFile(path)
	require.NoError(t, err)
	broken := errors.New("no")
	for want, change := range map[error]func(Keyset) (Keyset, error){
		broken:   func(Keyset) (Keyset, error) { return Keyset{}, broken },
		errNoKey: func(Keyset) (Keyset, error) { return Keyset{}, nil },
	} {
		require.ErrorIs(t, UpdateFile(path, change), want)
	}
	after, err := os.ReadFile(path)
	require.NoError(t, err)
	require.True(t, string(before) == string(after))
	require.Equal(t, []string{"keyset.json", "keyset.json.lock"}, namesIn(t, path))
}

func TestUpdateNeedsAFile(t *testing.T) {
	path := keysetPath(t)
	err := UpdateFile(path, addKey)
	require.ErrorIs(t, err, fs.ErrNotExist)
	requireCured(t, err, path, cureFind, newKeyset(t))
	require.Empty(t, namesIn(t, path), "no lock is left for a file that is not there")
}

func TestUpdateRefusesADamagedFile(t *testing.T) {
	path := written(t, []byte("{"))
	require.ErrorIs(t, UpdateFile(path, addKey), errJSON)
}

func TestUpdateKeepsTheMode(t *testing.T) {
	for _, mode := range []fs.FileMode{0o600, 0o640, 0o400} {
		path := created(t, newKeyset(t))
		require.NoError(t, os.Chmod(path, mode))
		require.NoError(t, UpdateFile(path, addKey))
		require.Equal(t, mode, modeOf(t, path))
	}
}

func TestUpdateFollowsALink(t *testing.T) {
	real := created(t, newKeyset(t))
	link := keysetPath(t)
	require.NoError(t, os.Symlink(real, link))
	require.NoError(t, UpdateFile(link, addKey))
	info, err := os.Lstat(link)
	require.NoError(t, err)
	require.NotZero(t, info.Mode()&fs.ModeSymlink, "the link is still one")
	k, err := ReadFile(real)
	require.NoError(t, err)
	require.Len(t, k.Keys(), 2)
}

func TestALockIsForItsOwnerOnly(t *testing.T) {
	path := created(t, newKeyset(t))
	require.NoError(t, UpdateFile(path, addKey))
	require.Equal(t, fs.FileMode(0o600), modeOf(t, path+".lock"))
}

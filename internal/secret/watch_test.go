package secret

import (
	"context"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// watched is a watcher that has settled on a fresh file, and what it tells.
type watched struct {
	*watcher
	changes []Keyset
	errors  []error
}

func newWatched(t testing.TB) *watched {
	t.Helper()
	k := newKeyset(t)
	w := &watched{watcher: &watcher{path: created(t, k), box: NewBox(k)}}
	w.onChange = func(k Keyset) { w.changes = append(w.changes, k) }
	w.onError = func(err error) { w.errors = append(w.errors, err) }
	w.look()
	require.Empty(t, w.changes)
	require.Empty(t, w.errors)
	return w
}

func (w *watched) write(t testing.TB, content string) {
	t.Helper()
	require.NoError(t, os.WriteFile(w.path, []byte(content), 0o600))
}

func TestTheWatcherTakesAChangedFile(t *testing.T) {
	w := newWatched(t)
	require.NoError(t, UpdateFile(w.path, addKey))
	w.look()
	require.Len(t, w.box.Keyset().Keys(), 2)
	require.Len(t, w.changes, 1)
	require.True(t, w.changes[0].equal(w.box.Keyset()))
}

func TestTheWatcherTellsAChangeOnce(t *testing.T) {
	w := newWatched(t)
	require.NoError(t, UpdateFile(w.path, addKey))
	w.look()
	w.look()
	require.Len(t, w.changes, 1)
}

func TestTheWatcherSeesAChangeFromBeforeItsFirstLook(t *testing.T) {
	k := newKeyset(t)
	path, box := created(t, k), NewBox(k)
	require.NoError(t, UpdateFile(path, addKey))
	w := watcher{path: path, box: box, onChange: func(Keyset) {}}
	w.look()
	require.Len(t, box.Keyset().Keys(), 2)
}

func TestATouchedFileIsNoChange(t *testing.T) {
	w := newWatched(t)
	later := time.Now().Add(time.Hour)
	require.NoError(t, os.Chtimes(w.path, later, later))
	w.look()
	require.Empty(t, w.changes)
}

func TestAReplacementOfTheSameTimeAndSizeIsSeen(t *testing.T) {
	k, added := grown(t, newKeyset(t))
	path, noon := keysetPath(t), time.Date(2026, 1, 1, 12, 0, 0, 0, time.UTC)
	w := watcher{path: path, box: NewBox(k), onChange: func(Keyset) {}}
	for _, version := range []Keyset{k, promoted(t, k, added)} {
		data, err := encode(version)
		require.NoError(t, err)
		// Tink writes ids in decimal, so lengths vary; JSON lets us pad.
		data = append(data, strings.Repeat(" ", 4096-len(data))...)
		require.NoError(t, os.WriteFile(path+".new", data, 0o600))
		require.NoError(t, os.Chtimes(path+".new", noon, noon))
		require.NoError(t, os.Rename(path+".new", path))
		w.look()
		require.True(t, w.box.Keyset().equal(version))
	}
}

func TestABadFileKeepsTheOldKeyset(t *testing.T) {
	for _, content := range []string{"", "{", `{"version":2}`} {
		w := newWatched(t)
		old := w.box.Keyset()
		w.write(t, content)
		w.look()
		require.True(t, w.box.Keyset().equal(old))
		require.Empty(t, w.changes)
		requireCured(t, w.errors[0], w.path, cureRestore, old)
	}
}

func TestABadFileIsReportedOncePerChange(t *testing.T) {
	w := newWatched(t)
	w.write(t, "{")
	w.look()
	w.look()
	require.Len(t, w.errors, 1)
	w.write(t, "{{")
	w.look()
	w.look()
	require.Len(t, w.errors, 2)
}

func TestAMissingFileIsReportedOnce(t *testing.T) {
	w := newWatched(t)
	require.NoError(t, os.Remove(w.path))
	w.look()
	w.look()
	require.Len(t, w.errors, 1)
	require.ErrorIs(t, w.errors[0], os.ErrNotExist)
}

func TestAFileMissingFromTheStartIsReported(t *testing.T) {
	var told []error
	w := watcher{path: keysetPath(t), box: NewBox(newKeyset(t)), onError: func(err error) { told = append(told, err) }}
	w.look()
	w.look()
	require.Len(t, told, 1)
}

func TestARepairIsSeenEvenIfTimeAndSizeStay(t *testing.T) {
	w := newWatched(t)
	good, err := encode(promotedTwin(t, w.box.Keyset()))
	require.NoError(t, err)
	noon := time.Date(2026, 1, 1, 12, 0, 0, 0, time.UTC)
	w.write(t, strings.Repeat(" ", len(good)))
	require.NoError(t, os.Chtimes(w.path, noon, noon))
	w.look()
	require.Len(t, w.errors, 1)
	w.write(t, string(good))
	require.NoError(t, os.Chtimes(w.path, noon, noon))
	w.look()
	require.Len(t, w.changes, 1)
}

// promotedTwin is k after a whole rotation.
func promotedTwin(t testing.TB, k Keyset) Keyset {
	t.Helper()
	k, added := grown(t, k)
	return promoted(t, k, added)
}

func TestAForeignKeysetIsRefused(t *testing.T) {
	w := newWatched(t)
	old, foreign := w.box.Keyset(), newKeyset(t)
	data, err := encode(foreign)
	require.NoError(t, err)
	w.write(t, string(data))
	w.look()
	require.True(t, w.box.Keyset().equal(old))
	require.ErrorIs(t, w.errors[0], errForeign)
	requireCured(t, w.errors[0], w.path, cureForeign, foreign)
}

func TestTheWatcherFollowsASwappedLink(t *testing.T) {
	// Kubernetes: keyset.json -> ..data/keyset.json, and ..data is a link that is renamed over.
	k := newKeyset(t)
	root := t.TempDir()
	version := func(name string, k Keyset) {
		require.NoError(t, os.Mkdir(filepath.Join(root, name), 0o700))
		require.NoError(t, CreateFile(filepath.Join(root, name, "keyset.json"), k))
		require.NoError(t, os.Symlink(name, filepath.Join(root, "new")))
		require.NoError(t, os.Rename(filepath.Join(root, "new"), filepath.Join(root, "..data")))
	}
	version("1", k)
	path := filepath.Join(root, "keyset.json")
	require.NoError(t, os.Symlink("..data/keyset.json", path))
	w := watcher{path: path, box: NewBox(k), onChange: func(Keyset) {}}
	w.look()
	version("2", promotedTwin(t, k))
	w.look()
	require.Len(t, w.box.Keyset().Keys(), 2)
}

func TestWatchLooksUntilItsContextEnds(t *testing.T) {
	k := newKeyset(t)
	path, box := created(t, k), NewBox(k)
	ctx, cancel := context.WithCancel(t.Context())
	changed, ended := make(chan Keyset, 1), make(chan struct{})
	go func() {
		defer close(ended)
		Watch(ctx, path, box, time.Millisecond, func(k Keyset) { changed <- k }, func(err error) { t.Errorf("watch: %v", err) })
	}()
	require.NoError(t, UpdateFile(path, addKey))
	require.Len(t, (<-changed).Keys(), 2)
	cancel()
	<-ended
}

func TestWatchDoesNotStartAfterItsContextEnded(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	never := func(error) { t.Error("it looked") }
	Watch(ctx, keysetPath(t), NewBox(newKeyset(t)), time.Hour, func(Keyset) {}, never)
}

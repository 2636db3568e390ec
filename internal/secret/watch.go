package secret

import (
	"context"
	"errors"
	"io/fs"
	"os"
	"time"
)

var errForeign = errors.New("it shares no key with the keyset in use")

const cureForeign = "put back the keyset of this installation; the one in use stays until then"

// Watch looks at the keyset file now and then every so often, and gives a changed keyset to box, until ctx is done.
// A file that cannot be read, or that shares no key with the keyset in use, leaves the box as it is and is reported
// once for each change of the file. Both functions are called from the goroutine of Watch, one at a time.
func Watch(ctx context.Context, path string, box *Box, every time.Duration, onChange func(Keyset), onError func(error)) {
	w := watcher{path: path, box: box, onChange: onChange, onError: onError}
	tick := time.NewTicker(every)
	defer tick.Stop()
	for ctx.Err() == nil {
		w.look()
		select {
		case <-ctx.Done():
		case <-tick.C:
		}
	}
}

// watcher is Watch between two looks.
type watcher struct {
	path     string
	box      *Box
	onChange func(Keyset)
	onError  func(error)

	seen      fs.FileInfo // what the last look saw; nil for no file
	settled   bool        // the last look ended well
	complaint string      // what was last reported
}

// look compares the file's identity and reads it when it changed. After a failure it reads every time,
// because a repaired permission changes neither time nor size.
func (w *watcher) look() {
	// Before reading: a change in between is then seen by the next look. Stat follows links, which is how Kubernetes swaps files.
	info, _ := os.Stat(w.path)
	changed := !sameFile(info, w.seen)
	if !changed && w.settled {
		return
	}
	w.seen = info
	k, err := w.read()
	w.settled = err == nil
	if err != nil {
		w.complain(err, changed)
		return
	}
	w.complaint = ""
	if !k.equal(w.box.Keyset()) {
		w.box.Replace(k)
		w.onChange(k)
	}
}

func (w *watcher) read() (Keyset, error) {
	k, err := ReadFile(w.path)
	if err == nil && !k.kin(w.box.Keyset()) {
		err = fileError(w.path, errForeign, cureForeign)
	}
	return k, err
}

func (w *watcher) complain(err error, changed bool) {
	if changed || err.Error() != w.complaint {
		w.complaint = err.Error()
		w.onError(err)
	}
}

// sameFile adds the inode to time and size: two replacements within one tick of the file system's clock can share both.
func sameFile(a, b fs.FileInfo) bool {
	if a == nil || b == nil {
		return a == nil && b == nil
	}
	return os.SameFile(a, b) && a.ModTime().Equal(b.ModTime()) && a.Size() == b.Size()
}

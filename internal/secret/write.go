package secret

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"

	"github.com/gofrs/flock"
)

// CreateFile writes a new keyset file, for this user only, whole or not at all.
// It never replaces one: fs.ErrExist when there is a file, even if another process made it a moment ago.
// The folder must exist and know hard links.
func CreateFile(path string, k Keyset) error {
	data, err := encode(k)
	if err != nil {
		return err
	}
	temp, err := writeTemp(path, data)
	if err != nil {
		return fileError(path, err, cureWrite)
	}
	err = os.Link(temp, path)
	// The link is what counts; a temporary name that stays behind is as private as the file.
	_ = os.Remove(temp)
	if err != nil {
		return fileError(path, err, createCure(err))
	}
	return syncFolder(path)
}

// UpdateFile changes a keyset file under a lock that all processes honour, and replaces it whole or not at all.
// Owner and mode stay, so that an operator's command does not lock the service out. An error of change leaves the file as it is.
func UpdateFile(path string, change func(Keyset) (Keyset, error)) error {
	// Behind a symbolic link the file is replaced, not the link.
	path, err := resolve(path)
	if err != nil {
		return err
	}
	lock := flock.New(path + ".lock")
	if err := lock.Lock(); err != nil {
		return fileError(path, err, cureWrite)
	}
	defer func() { _ = lock.Unlock() }()
	return rewrite(path, change)
}

func rewrite(path string, change func(Keyset) (Keyset, error)) error {
	old, err := ReadFile(path)
	if err != nil {
		return err
	}
	next, err := change(old)
	if err != nil {
		return err
	}
	data, err := encode(next)
	if err != nil {
		return err
	}
	return replace(path, data)
}

func createCure(err error) string {
	if errors.Is(err, fs.ErrExist) {
		return "there is a keyset already: use it"
	}
	return cureWrite
}

func resolve(path string) (string, error) {
	real, err := filepath.EvalSymlinks(path)
	if err != nil {
		return "", fileError(path, err, readCure(err))
	}
	return real, nil
}

func replace(path string, data []byte) error {
	temp, err := writeTemp(path, data)
	if err != nil {
		return fileError(path, err, cureWrite)
	}
	if err = inherit(path, temp); err == nil {
		err = os.Rename(temp, path)
	}
	if err != nil {
		_ = os.Remove(temp)
		return fileError(path, err, cureWrite)
	}
	return syncFolder(path)
}

// inherit gives temp the mode and the owner of path.
func inherit(path, temp string) error {
	old, err := os.Stat(path)
	if err != nil {
		return err
	}
	fresh, err := os.Stat(temp)
	if err != nil {
		return err
	}
	if err := sameOwner(old, fresh, temp); err != nil {
		return err
	}
	return os.Chmod(temp, old.Mode().Perm())
}

// writeTemp writes data beside path, durable and readable for this user only, and gives the temporary name.
func writeTemp(path string, data []byte) (string, error) {
	// CreateTemp makes the file with mode 0600.
	f, err := os.CreateTemp(filepath.Dir(path), "."+filepath.Base(path)+".*")
	if err != nil {
		return "", err
	}
	if err := fill(f, data); err != nil {
		_ = os.Remove(f.Name())
		return "", err
	}
	return f.Name(), nil
}

func fill(f *os.File, data []byte) error {
	_, err := f.Write(data)
	if err == nil {
		err = f.Sync()
	}
	if closed := f.Close(); err == nil {
		err = closed
	}
	return err
}

// syncFolder makes the new name of path outlive a power cut.
func syncFolder(path string) error {
	folder, err := os.Open(filepath.Dir(path))
	if err != nil {
		return fileError(path, err, cureWrite)
	}
	err = folder.Sync()
	_ = folder.Close()
	if err != nil {
		return fileError(path, err, cureWrite)
	}
	return nil
}

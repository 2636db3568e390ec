package pgtest

import (
	"os"
	"path/filepath"
	"syscall"
)

// Neither place is os.TempDir: a socket's path may have 107 bytes at most (103 on a Mac), as root the folder must be within reach of another user,
// and /tmp may be on a disk or not.
const (
	onDisk   = "/var/tmp" // where fsync means something
	inMemory = "/dev/shm" // where a clone, 300 files, takes 15 ms on any machine
	// roomInMemory is what must be free there: a cluster with a dozen databases has some 200 MB. Containers often give 64 MB.
	roomInMemory = 2 << 30
)

// place chooses where a cluster lives.
func place(o Options) string {
	var fs syscall.Statfs_t
	if o.Durable || syscall.Statfs(inMemory, &fs) != nil || fs.Bavail*uint64(fs.Bsize) < roomInMemory { //nolint:gosec // a block size is positive
		return onDisk
	}
	return inMemory
}

// makeFolder keeps everybody out but the owner (and root): within it, whoever reaches the socket is the superuser of the server.
func makeFolder(o Options, owner *syscall.Credential) (string, error) {
	dir, err := os.MkdirTemp(place(o), "pgtest-")
	if err != nil || owner == nil {
		return dir, err
	}
	return dir, os.Chown(dir, int(owner.Uid), int(owner.Gid))
}

// makeLog opens a file in a folder for writing at its end and for reading anywhere.
func makeLog(dir string) (*os.File, error) {
	return os.OpenFile(filepath.Join(dir, "log"), os.O_CREATE|os.O_RDWR|os.O_APPEND, 0o600)
}

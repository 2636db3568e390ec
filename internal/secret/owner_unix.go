//go:build unix

package secret

import (
	"io/fs"
	"os"
	"syscall"
)

// sameOwner hands temp to the owner of old when the two differ. It fails where this user may not do that.
func sameOwner(old, fresh fs.FileInfo, temp string) error {
	want, ok := old.Sys().(*syscall.Stat_t)
	have, ok2 := fresh.Sys().(*syscall.Stat_t)
	if !ok || !ok2 || want.Uid == have.Uid && want.Gid == have.Gid {
		return nil
	}
	return os.Chown(temp, int(want.Uid), int(want.Gid))
}

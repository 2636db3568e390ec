//go:build !unix

package secret

import "io/fs"

// sameOwner has nothing to do where files have no numeric owner.
func sameOwner(_, _ fs.FileInfo, _ string) error { return nil }

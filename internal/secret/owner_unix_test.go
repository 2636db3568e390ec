//go:build unix

package secret

import (
	"os"
	"syscall"
	"testing"

	"github.com/stretchr/testify/require"
)

func TestUpdateKeepsTheOwner(t *testing.T) {
	if os.Geteuid() != 0 {
		t.Skip("only root can give a file away")
	}
	path := created(t, newKeyset(t))
	require.NoError(t, os.Chown(path, 12345, 23456))
	require.NoError(t, UpdateFile(path, addKey))
	info, err := os.Stat(path)
	require.NoError(t, err)
	owner := info.Sys().(*syscall.Stat_t)
	require.Equal(t, []uint32{12345, 23456}, []uint32{owner.Uid, owner.Gid})
}

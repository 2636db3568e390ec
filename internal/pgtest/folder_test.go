package pgtest

import (
	"os"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func TestDurableClusterIsOnADisk(t *testing.T) {
	assert.Equal(t, onDisk, place(Options{Durable: true}))
}

func TestSocketPathFitsWhereverTMPDIRPoints(t *testing.T) {
	t.Setenv("TMPDIR", "/a/folder/with/a/path/that/is/as/long/as/the/ones/that/build/systems/like/to/give/to/their/poor/children")
	for _, o := range []Options{{}, {Durable: true}} {
		dir, err := makeFolder(o, nil)
		require.NoError(t, err)
		defer func() { _ = os.RemoveAll(dir) }()
		assert.LessOrEqual(t, len(dir+"/.s.PGSQL.5432"), 103, dir)
	}
}

func TestNobodyElseReachesTheSocket(t *testing.T) {
	s := Start(t, Options{})
	info, err := os.Stat(s.cluster.dir)
	require.NoError(t, err)
	assert.Equal(t, os.FileMode(0o700), info.Mode().Perm())
}

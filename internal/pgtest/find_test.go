package pgtest

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func install(t *testing.T, folder string) string {
	t.Helper()
	require.NoError(t, os.MkdirAll(folder, 0o700))
	for _, name := range []string{"initdb", "postgres"} {
		require.NoError(t, os.WriteFile(filepath.Join(folder, name), nil, 0o700))
	}
	return folder
}

func TestPathComesFirstThenTheNewestPackage(t *testing.T) {
	root := t.TempDir()
	for _, v := range []string{"9.6", "15", "9.4", "17"} {
		install(t, filepath.Join(root, v, "bin"))
	}
	got := folders("", "/a:/b", filepath.Join(root, "*", "bin"))
	bin := func(v string) string { return filepath.Join(root, v, "bin") }
	assert.Equal(t, []string{"/a", "/b", bin("17"), bin("15"), bin("9.6"), bin("9.4")}, got)
}

func TestPGBinIsTheOnlyFolderWhenSet(t *testing.T) {
	assert.Equal(t, []string{"/opt/pg"}, folders("/opt/pg", "/a", "/usr/lib/postgresql/*/bin"))
}

func TestFolderMustHoldBothPrograms(t *testing.T) {
	half, whole := t.TempDir(), install(t, t.TempDir())
	require.NoError(t, os.WriteFile(filepath.Join(half, "initdb"), nil, 0o700))
	p, err := findIn([]string{half, whole})
	require.NoError(t, err)
	assert.Equal(t, filepath.Join(whole, "initdb"), p.initdb)
}

func TestFileThatCannotRunIsNoProgram(t *testing.T) {
	folder := install(t, t.TempDir())
	require.NoError(t, os.Chmod(filepath.Join(folder, "postgres"), 0o600))
	_, err := findIn([]string{folder})
	assert.Error(t, err)
}

func TestAbsentPostgreSQLFailsWithTheCure(t *testing.T) {
	t.Setenv("PG_BIN", t.TempDir())
	_, err := start(Options{})
	require.ErrorContains(t, err, `run "make postgres"`)
	require.ErrorContains(t, err, "PG_BIN")
	require.ErrorContains(t, err, "TEST_DATABASE_URL")
}

func TestRootHandsTheServerToSomebodyElse(t *testing.T) {
	owner, err := unprivileged()
	require.NoError(t, err)
	assert.NotZero(t, owner.Uid)
}

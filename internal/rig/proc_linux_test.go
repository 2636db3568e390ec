package rig

import (
	"os"
	"os/exec"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func TestStatLineIsReadPastANameThatLooksLikeFields(t *testing.T) {
	s, err := parseStat("42 (a) S 9) R 7 42 42 0 -1 4194560 100 0 0 0 11 22 33 44 20 0 1 0 100 0 0")
	require.NoError(t, err)
	assert.Equal(t, 7, s.parent)
	assert.Equal(t, 110*tick, s.cpu)
}

func TestStatLineThatIsCutShortIsAnError(t *testing.T) {
	_, err := parseStat("42 (a) R 7")
	assert.ErrorContains(t, err, "no stat line")
}

func TestOwnParentIsKnown(t *testing.T) {
	s, err := readStat(os.Getpid())
	require.NoError(t, err)
	assert.Equal(t, os.Getppid(), s.parent)
}

func TestCPUOfAChildCountsWhileItLivesAndAfter(t *testing.T) {
	before, err := CPUOf(os.Getpid())
	require.NoError(t, err)
	busy := exec.CommandContext(t.Context(), "sh", "-c", "while :; do :; done")
	require.NoError(t, busy.Start())
	// Two tenths of a second of CPU, however long a busy machine takes over them.
	require.Eventually(t, func() bool {
		s, err := readStat(busy.Process.Pid)
		return err == nil && s.cpu >= 200*time.Millisecond
	}, time.Minute, 10*time.Millisecond)

	alive, err := CPUOf(os.Getpid())
	require.NoError(t, err)
	require.NoError(t, busy.Process.Kill())
	require.Error(t, busy.Wait())
	after, err := CPUOf(os.Getpid())
	require.NoError(t, err)

	assert.GreaterOrEqual(t, alive-before, 200*time.Millisecond)
	assert.GreaterOrEqual(t, after, alive)
}

func TestMemoryIsReadInBytes(t *testing.T) {
	resident, err := Memory(os.Getpid(), "VmRSS")
	require.NoError(t, err)
	peak, err := Memory(os.Getpid(), "VmHWM")
	require.NoError(t, err)
	assert.Greater(t, resident, int64(1<<20))
	assert.GreaterOrEqual(t, peak, resident/2)

	_, err = Memory(os.Getpid(), "VmNothing")
	assert.ErrorContains(t, err, "has no VmNothing")
}

package rig

import (
	"errors"
	"io"
	"syscall"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func open(t *testing.T) *Session {
	t.Helper()
	s, err := NewSession("rig", io.Discard)
	require.NoError(t, err)
	t.Cleanup(func() { assert.NoError(t, s.Close()) })
	return s
}

func TestSessionEndsInReverseAndLeavesNothing(t *testing.T) {
	s := open(t)
	var order []int
	s.AtEnd(func() error { order = append(order, 1); return nil })
	s.AtEnd(func() error { order = append(order, 2); return errors.New("stuck") })

	require.ErrorContains(t, s.Close(), "stuck")
	assert.Equal(t, []int{2, 1}, order, "and an error stops nobody")
	assert.NoDirExists(t, s.Dir)
	require.NoError(t, s.Close(), "the second time there is nothing to end")
}

func TestChildServesUntilTheSessionEnds(t *testing.T) {
	s := open(t)
	c, err := s.Start(t.Context(), "server", "/bin/sh", nil, "-c", "echo made things; echo listening on http://127.0.0.1:4711; exec sleep 600")
	require.NoError(t, err)
	assert.Equal(t, "127.0.0.1:4711", c.Address)
	require.NoError(t, syscall.Kill(c.PID, 0), "it is there")

	require.NoError(t, c.Forget())
	require.NoError(t, s.Close())
	require.ErrorIs(t, syscall.Kill(c.PID, 0), syscall.ESRCH)
	assert.NoError(t, c.Stop(), "stopping it again is nothing")
}

func TestChildThatEndsInsteadOfServingSaysWhy(t *testing.T) {
	s := open(t)
	_, err := s.Start(t.Context(), "server", "/bin/sh", nil, "-c", "echo the port is in use >&2; exit 1")
	require.ErrorContains(t, err, "ended instead of serving")
	assert.ErrorContains(t, err, "the port is in use")
}

func TestProgramThatIsNotThereIsAnError(t *testing.T) {
	_, err := open(t).Start(t.Context(), "server", "/nowhere/program", nil)
	assert.ErrorContains(t, err, "cannot start server")
}

func TestNothingOfTheDriversEnvironmentReachesTheService(t *testing.T) {
	t.Setenv("WA_LOG_LEVEL", "debug")
	env := Environment("/data", "postgres://x")
	assert.NotContains(t, env, "WA_LOG_LEVEL=debug")
	assert.Contains(t, env, "WA_DATABASE_URL=postgres://x")
	assert.Contains(t, env, "WA_DATA_DIR=/data")
}

package main

import (
	"bytes"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// A few thousand requests and secrets find what is grossly wrong; a million are for make soak.
func TestHostileRequestsLeaveTheServiceAsItWas(t *testing.T) {
	t.Parallel() // most of either is waiting for a service to come to rest
	var out, progress bytes.Buffer
	require.NoError(t, run(t.Context(), []string{"-only", "fuzz", "-requests", "800", "-rest", "1m"}, &out, &progress), "%s\n%s", &progress, &out)
	for _, row := range []string{"| A4 fuzz PostgreSQL ", "| A4 fuzz SQLite |", "| answered 5xx | 0 | 0 | yes |", "| panics in the log, other errors | 0, 0 | 0 | yes |"} {
		assert.Contains(t, out.String(), row)
	}
}

// S2 in small, with the command really killed.
func TestKeysAreRotatedUnderLoadThoughTheCommandIsKilled(t *testing.T) {
	t.Parallel()
	var out, progress bytes.Buffer
	require.NoError(t, run(t.Context(), []string{"-only", "keys", "-secrets", "800", "-rate", "50"}, &out, &progress), "%s\n%s", &progress, &out)
	assert.Contains(t, progress.String(), "keys: killed after ")
	for _, row := range []string{
		"| failed opens: requests that were not answered with 200 | 0 | 0 | yes |", "| secrets under the old key at the end | 0 | 0 | yes |", "| secrets that do not open without the old key | 0 | 0 | yes |",
		"| replicas that learnt of the new key without a restart | 2 | 2 | yes |",
	} {
		assert.Contains(t, out.String(), row)
	}
}

package main

import (
	"os"
	"runtime/debug"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func TestTheHeapGrowsAsTheOperatorSaysOrElseToThreeTimesItsUse(t *testing.T) {
	const chosen = 70
	t.Setenv("GOGC", "70")
	defer debug.SetGCPercent(debug.SetGCPercent(chosen))
	collectSeldom()
	assert.Equal(t, chosen, debug.SetGCPercent(chosen))

	require.NoError(t, os.Unsetenv("GOGC")) // Setenv puts back what was there
	collectSeldom()
	assert.Equal(t, heapGrowth, debug.SetGCPercent(chosen))
}

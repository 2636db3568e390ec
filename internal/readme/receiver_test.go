package readme_test

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// TestReceiverInThePaperIsTheOneThatIsTested holds docs/events.md to the source that the tests of pkg/client compile and run.
func TestReceiverInThePaperIsTheOneThatIsTested(t *testing.T) {
	_, source, found := strings.Cut(read(t, "pkg/client/receiver_test.go"), "holds it to that.\n\n")
	require.True(t, found)
	var shown []string
	for _, b := range blocksOf(read(t, "docs/events.md")) {
		if b.info == "go" {
			shown = append(shown, b.text)
		}
	}
	assert.Equal(t, []string{source}, shown)
	assert.LessOrEqual(t, strings.Count(source, "\n"), 22, "it is short")
}

package store

import (
	"testing"

	"github.com/stretchr/testify/require"
)

func TestARunIsInTheOrderOfItsJobsHoweverTheirRowsCome(t *testing.T) {
	t.Parallel()
	row := func(key, id string) jobRow { return jobRow{OrderKey: key, ID: id} }
	rows := []jobRow{row("b", "4"), row("a", "3"), row("b", "2"), row("a", "5"), row("a", "1")}
	want := [][]jobRow{{row("a", "1"), row("a", "3")}, {row("b", "2"), row("b", "4")}}
	require.Equal(t, want, firstRuns([]string{"a", "none", "b"}, rows, 2))
}

package main

import (
	"bytes"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// Nothing else runs the driver in the check, so this keeps it from rotting. The figures mean nothing.
func TestDriverMeasuresTheRealPrograms(t *testing.T) {
	var out, progress bytes.Buffer
	args := []string{"-only", "(P1|P3).*SQLite|(P2|P3|P4|P7|create).*PostgreSQL", "-rounds", "1", "-time", "30ms", "-accounts", "3", "-connections", "2"}
	require.NoError(t, run(t.Context(), args, &out, &progress), progress.String())

	said := out.String()
	for _, row := range []string{"| P1 resolve | SQLite | 2 |", "| P2 verify | PostgreSQL | 2 |", "| create | PostgreSQL | 2 |", "| P7 accept | PostgreSQL | 2 |", "| P3 ingest | PostgreSQL | 2 |", "| P3 ingest, crowded | PostgreSQL | 8 |", "| P3 ingest | SQLite | 2 |",
		"| signed webhooks, 1000 a second, PostgreSQL | p50 ", "| peak memory under load, SQLite |"} {
		assert.Contains(t, said, row)
	}
	assert.NotContains(t, said, "key check", "it was not asked for")
}

// At these sizes a table of keys fits into a page or two, which PostgreSQL then reads; what it does with many rows, the store's tests hold.
func TestGrowthMeasuresTheRealProgramAtEverySize(t *testing.T) {
	var out, progress bytes.Buffer
	args := []string{"growth", "-sizes", "10,1000", "-rounds", "1", "-time", "20ms", "-connections", "2"}
	require.NoError(t, run(t.Context(), args, &out, &progress), progress.String())
	assert.Contains(t, out.String(), "| request | 10 | 1,000 | ratio | goal | met |")
	for _, a := range asks()[:12] {
		assert.Contains(t, out.String(), "\n"+a.name+": ", "the plan")
	}
	assert.Contains(t, out.String(), "Index Scan using account_secrets_by_digest")
}

func TestSubscribersAreMeasuredAtTheRealProgram(t *testing.T) {
	var out, progress bytes.Buffer
	args := []string{"subscribers", "-subscribers", "3", "-events", "20", "-rounds", "1", "-sqlite"}
	require.NoError(t, run(t.Context(), args, &out, &progress), progress.String())
	for _, row := range []string{
		"| events to 2 others, while one answers | ", "| events to 2 others, while one hangs | ", "| events to 2 others, while one is not there | ",
		"| while it hangs, of while it answers | ", "| while it hangs, of while it is not there | ", "| delivered to the others more than once | 0 | 0 | yes |",
	} {
		assert.Contains(t, out.String(), row)
	}
}

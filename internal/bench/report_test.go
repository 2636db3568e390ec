package main

import (
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func TestReportIsMarkdown(t *testing.T) {
	resolve := outcome{
		scenario: scenario{name: "P1 resolve", database: postgresName, goal: 0.8}, connections: 16,
		summaries: map[string]sample{
			ours:      {rate: 8000, cpu: 150 * time.Microsecond, client: 12 * time.Microsecond, p50: 1200 * time.Microsecond, p99: 5 * time.Millisecond},
			reference: {rate: 10000, cpu: 120 * time.Microsecond}, bare: {rate: 80000, cpu: 12 * time.Microsecond}, against: {rate: 4000, cpu: 300 * time.Microsecond},
		},
		ratios: map[string]float64{reference: 0.8, bare: 0.1, against: 2},
		costs:  map[string]float64{against: 0.5},
	}
	create := outcome{
		scenario: scenario{name: "key check", database: postgresName}, connections: 16,
		summaries: map[string]sample{ours: {rate: 1}, reference: {rate: 2}}, ratios: map[string]float64{reference: 0.5},
	}
	var b strings.Builder
	r := report{postgres: "15.1", outcomes: []outcome{resolve, create}, footprint: []figure{{"binary", "50.0 MB", "≤ 40 MB", false}}}
	require.NoError(t, r.print(&b))

	lines := strings.Split(b.String(), "\n")
	assert.Contains(t, lines[0], "PostgreSQL 15.1 with fsync")
	assert.Contains(t, lines, "| P1 resolve | PostgreSQL | 16 | 8000 | 10000 | 0.80 | 0.10 | 150, 120, 12 | 1.20 | 5.00 | 12 | ≥ 0.80 | yes |")
	assert.Contains(t, lines, "| key check | PostgreSQL | 16 | 1 | 2 | 0.50 | – | 0, 0, – | 0.00 | 0.00 | 0 | – | – |")
	assert.Contains(t, lines, "P1 resolve, PostgreSQL: 2.00 × the rate and 0.50 × the CPU of the other build, which has 4000 req/s and 300 µs")
	assert.Contains(t, lines, "| binary | 50.0 MB | ≤ 40 MB | **no** |")
}

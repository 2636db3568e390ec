package main

import (
	"net/http"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func TestStreamsKeepTheirPaceWhateverTheServerDoes(t *testing.T) {
	var quick, slow atomic.Int64
	l := loadOf(t, func(_ http.ResponseWriter, r *http.Request) {
		if r.URL.Path == "/quick" {
			quick.Add(1)
			return
		}
		slow.Add(1)
		time.Sleep(40 * time.Millisecond)
	}, request{})
	get := func(path string) []request { return []request{newRequest(http.MethodGet, path, "", "")} }
	latencies, err := traffic{address: l.address, numbers: new(atomic.Uint64), streams: []stream{
		{requests: get("/quick"), every: 10 * time.Millisecond, connections: 4},
		{requests: get("/slow"), every: 10 * time.Millisecond, connections: 1},
	}}.run(t.Context(), 200*time.Millisecond)

	require.NoError(t, err)
	assert.Len(t, latencies[0], 20)
	assert.Len(t, latencies[1], 20, "all that became due are sent, late")
	assert.EqualValues(t, 20, quick.Load())
	assert.EqualValues(t, 20, slow.Load())
	assert.Greater(t, latencies[1][19], 400*time.Millisecond, "to wait for a connection is part of it: the last was due at 190 ms and is answered at 800")
}

func TestStreamStopsAtTheFirstWrongStatus(t *testing.T) {
	l := loadOf(t, func(w http.ResponseWriter, _ *http.Request) { http.Error(w, "broken", http.StatusInternalServerError) }, request{})
	_, err := traffic{address: l.address, numbers: new(atomic.Uint64), streams: []stream{
		{requests: []request{newRequest(http.MethodGet, "/", "", "")}, every: time.Millisecond, connections: 1},
	}}.run(t.Context(), time.Minute)
	assert.ErrorContains(t, err, "answered 500 in place of 200")
}

func TestPaceIsHeldAgainstItsGoals(t *testing.T) {
	some := []time.Duration{time.Millisecond, 2 * time.Millisecond, 99 * time.Millisecond}
	got := paceFigures(postgresName, some, some, 3*time.Second, time.Second, time.Second)
	assert.True(t, got[0].met)
	assert.False(t, got[1].met)
	assert.Equal(t, "p50 2.00, p99 99.00, slowest 99.00 ms of 3", got[0].value)
	assert.Equal(t, absent, got[3].goal, "how far handling is behind has no goal, and is told")
}

package main

import (
	"context"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// loadOf aims at a handler in this process.
func loadOf(t *testing.T, h http.HandlerFunc, ask request) load {
	t.Helper()
	server := httptest.NewServer(h)
	t.Cleanup(server.Close)
	return load{
		target:      target{name: ours, address: server.Listener.Addr().String(), request: ask, status: http.StatusOK, processes: []int{os.Getpid()}},
		connections: 4, numbers: new(atomic.Uint64),
	}
}

func TestLoadCountsEveryRequestOnce(t *testing.T) {
	var served atomic.Int64
	l := loadOf(t, func(http.ResponseWriter, *http.Request) { served.Add(1) }, newRequest(http.MethodGet, "/", "", ""))

	got, err := l.run(t.Context(), 100*time.Millisecond)

	require.NoError(t, err)
	assert.GreaterOrEqual(t, served.Load(), int64(l.connections))
	assert.Equal(t, served.Load(), int64(got.requests))
	assert.LessOrEqual(t, got.rate, float64(got.requests)/0.1, "the last answers come when the time is over")
	assert.LessOrEqual(t, got.p50, got.p99)
	assert.Positive(t, got.p50)
}

func TestLoadReadsLongChunkedAnswersToTheirEnd(t *testing.T) {
	l := loadOf(t, func(w http.ResponseWriter, _ *http.Request) { _, _ = io.WriteString(w, strings.Repeat("x", 20_000)) }, newRequest(http.MethodGet, "/", "", ""))
	_, err := l.run(t.Context(), 20*time.Millisecond)
	assert.NoError(t, err)
}

func TestLoadNumbersItsRequests(t *testing.T) {
	var bodies sync.Map
	l := loadOf(t, func(_ http.ResponseWriter, r *http.Request) {
		body, err := io.ReadAll(r.Body)
		assert.NoError(t, err)
		_, seen := bodies.LoadOrStore(string(body), true)
		assert.False(t, seen, "%s came twice", body)
	}, newRequest(http.MethodPost, "/", "", counter))
	_, err := l.run(t.Context(), 20*time.Millisecond)
	assert.NoError(t, err)
}

func TestLoadStopsAtTheFirstWrongStatus(t *testing.T) {
	l := loadOf(t, func(w http.ResponseWriter, _ *http.Request) { http.Error(w, "broken", http.StatusInternalServerError) }, newRequest(http.MethodGet, "/", "", ""))
	_, err := l.run(t.Context(), time.Minute)
	require.ErrorContains(t, err, "answered 500 in place of 200")
	assert.ErrorContains(t, err, "broken")
}

func TestLoadStopsWithItsContextWhenTheServerIsSilent(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	asked := make(chan struct{}, 8)
	release := make(chan struct{})
	l := loadOf(t, func(http.ResponseWriter, *http.Request) { asked <- struct{}{}; <-release }, newRequest(http.MethodGet, "/", "", ""))
	t.Cleanup(func() { close(release) })
	go func() { <-asked; cancel() }()
	_, err := l.run(ctx, time.Minute)
	assert.ErrorIs(t, err, context.Canceled)
}

func TestLoadSaysWhenNobodyListens(t *testing.T) {
	l := load{target: target{address: "127.0.0.1:1"}, connections: 1}
	_, err := l.run(t.Context(), time.Second)
	assert.ErrorContains(t, err, "refused")
}

package main

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func TestMoreGoroutinesThanBeforeAreNotBack(t *testing.T) {
	before := burden{goroutines: 10, files: 20, memory: 40 << 20}
	assert.True(t, before.back(before))
	assert.True(t, burden{goroutines: 9, files: 20 + spareFiles, memory: before.memory + spare}.back(before))
	for _, more := range []burden{{11, 20, before.memory}, {10, 21 + spareFiles, before.memory}, {10, 20, before.memory + spare + 1}} {
		assert.False(t, more.back(before), "%s", more)
	}
}

func TestGaugeIsReadByItsWholeName(t *testing.T) {
	text := []byte("# HELP go_goroutines x\ngo_goroutines_max 7\ngo_goroutines 12\nprocess_open_fds 1.2e+01\n")
	for _, name := range []string{"go_goroutines", "process_open_fds"} {
		n, err := gauge(text, name)
		require.NoError(t, err)
		assert.Equal(t, 12, n)
	}
	_, err := gauge(text, "go")
	assert.ErrorContains(t, err, "no go")
}

func TestPanicsAndErrorsAreFoundInALogAndNotInWhatCallersSent(t *testing.T) {
	path := filepath.Join(t.TempDir(), "log")
	require.NoError(t, os.WriteFile(path, []byte(`{"level":"INFO","msg":"request"}
{"level":"ERROR","msg":"panic"}
panic: oh no
fatal error: all goroutines are asleep
{"level":"INFO","msg":"request","site":"\"level\":\"ERROR\" \"msg\":\"panic\" panic: "}
{"level":"ERROR","msg":"request failed"}
`), 0o600))
	var told []string
	r, err := readLog(path, func(format string, args ...any) { told = append(told, fmt.Sprintf(format, args...)) })
	require.NoError(t, err)
	assert.Len(t, told, 4)
	assert.Contains(t, told, "panic: oh no")
	assert.Equal(t, reading{panics: 3, errors: 2}, r)
}

// once answers every connection with a text and hangs up.
func once(t *testing.T, text string) string {
	t.Helper()
	listener, err := new(net.ListenConfig).Listen(t.Context(), "tcp", "127.0.0.1:0")
	require.NoError(t, err)
	t.Cleanup(func() { _ = listener.Close() })
	go func() {
		for {
			conn, err := listener.Accept()
			if err != nil {
				return
			}
			_, _ = http.ReadRequest(bufio.NewReader(conn))
			_, _ = io.WriteString(conn, text)
			_ = conn.Close()
		}
	}()
	return listener.Addr().String()
}

func TestAnswerIsReadPastTheOneThatSaysToGoOn(t *testing.T) {
	l := &line{address: once(t, "HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 201 Created\r\nLocation: /v1/accounts/7\r\nContent-Length: 2\r\nConnection: close\r\n\r\nok")}
	for range 2 {
		a, err := l.send(t.Context(), message{method: http.MethodPost, bytes: []byte("GET / HTTP/1.1\r\nHost: a\r\n\r\n")})
		require.NoError(t, err)
		assert.Equal(t, answer{status: 201, location: "/v1/accounts/7", body: []byte("ok")}, a)
	}
}

func TestSilentHangingUpIsNoAnswer(t *testing.T) {
	l := &line{address: once(t, "")}
	_, err := l.send(t.Context(), message{method: http.MethodGet, bytes: []byte("GET / HTTP/1.1\r\nHost: a\r\n\r\n")})
	assert.ErrorIs(t, err, errHungUp)
}

func TestTallyForgivesOnlyWhatWasNoRequest(t *testing.T) {
	count := &tally{statuses: map[int]int{}}
	whole, broken := message{bytes: []byte("whole")}, message{bytes: []byte("broken"), broken: true}
	count.count(1, whole, answer{status: 404}, nil)
	count.count(2, broken, answer{}, errHungUp)
	count.count(3, broken, answer{status: 505}, nil)
	count.count(8, whole, answer{status: 502, body: []byte(`{"code":"provider_unanswered"}`)}, nil)
	assert.Zero(t, count.failed)
	assert.Equal(t, 1, count.unasked)
	count.count(4, whole, answer{}, errHungUp)
	count.count(5, whole, answer{status: 500}, nil)
	count.count(6, broken, answer{status: 500}, nil)
	count.count(7, broken, answer{}, errors.New("timeout"))
	assert.Equal(t, 4, count.failed)
	assert.Contains(t, count.failures[0], "request 4: the service hung up")
	assert.Equal(t, []int{1, 1, 1, 2}, []int{count.class(4), count.hungUp, count.foreign, count.class(5)})
}

func TestMissedGoalFailsTheRun(t *testing.T) {
	good := fuzzed{name: onSQLite, took: time.Second, tally: &tally{}}
	bad := good
	bad.log.panics = 1
	assert.True(t, report{fuzzed: []fuzzed{good}}.met())
	assert.False(t, report{fuzzed: []fuzzed{good, bad}}.met())
	var out bytes.Buffer
	r := report{fuzzed: []fuzzed{bad}}
	require.NoError(t, r.print(&out))
	assert.Contains(t, out.String(), "| panics in the log, other errors | 1, 0 | 0 | **no** |")
}

func TestWrongFlagsAreRefused(t *testing.T) {
	for _, args := range [][]string{{"-requests", "0"}, {"-workers", "0"}, {"-only", "("}, {"-nonsense"}, {"word"}, {"-secrets", "-1"}, {"-rate", "0"}} {
		_, err := parse(args, io.Discard)
		assert.Error(t, err, "%v", args)
	}
}

package main

import (
	"bytes"
	"fmt"
	"io"
	"net/http"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// armed is a generator that needs no service.
func armed(seed uint64) hostile {
	h := newHostile(seed, "KEY", "VIEWER")
	for n := range h.ids.ids {
		h.ids.put(fmt.Sprint("id-", n))
	}
	return h
}

func TestTheSameSeedAndNumberGiveTheSameRequest(t *testing.T) {
	for number := range uint64(300) {
		assert.Equal(t, armed(7).message(number), armed(7).message(number))
	}
	assert.NotEqual(t, armed(7).message(1), armed(8).message(1))
	assert.NotEqual(t, armed(7).message(1), armed(7).message(2))
}

func TestRequestsReachEveryRouteAndMostAreHTTP(t *testing.T) {
	h, hit, broken := armed(1), map[string]bool{}, 0
	const requests = 4000
	for number := range uint64(requests) {
		m := h.message(number)
		if m.broken {
			broken++
		}
		for _, route := range h.routes {
			literal, _, _ := strings.Cut(route.Path, "{")
			if bytes.HasPrefix(m.bytes, []byte(route.Method+" "+literal)) {
				hit[route.Method+" "+route.Path] = true
			}
		}
	}
	assert.Len(t, hit, len(h.routes))
	assert.Less(t, broken, requests/5)
}

func TestChunksAreWhatTheyWere(t *testing.T) {
	text := "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n" + chunks("a body of some length", 4)
	assert.False(t, unreadable([]byte(text)))
	assert.Contains(t, text, "4\r\na bo\r\n")
}

func TestSpoiltTextIsAnotherNowAndThen(t *testing.T) {
	changed := 0
	for number := range uint64(100) {
		m := armed(1)
		one := makerOf(m, number)
		if string(one.spoil([]byte("a text that is long enough"))) != "a text that is long enough" {
			changed++
		}
	}
	assert.Greater(t, changed, 20)
	assert.Less(t, changed, 80)
}

func TestARequestIsShownByItsNumber(t *testing.T) {
	var first, second bytes.Buffer
	for _, out := range []io.Writer{&first, &second} {
		require.NoError(t, run(t.Context(), []string{"-seed", "3", "-show", "4711"}, out, io.Discard))
	}
	assert.Equal(t, first.String(), second.String())
	assert.Contains(t, first.String(), "HTTP/1.1")
}

func TestWhatGoRefusesToReadIsBroken(t *testing.T) {
	assert.True(t, unreadable([]byte("GET * x HTTP/1.1\r\nHost: a\r\n\r\n")))
	assert.False(t, unreadable([]byte(http.MethodGet+" / HTTP/1.1\r\nHost: a\r\n\r\n")))
}

package main

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// feed gives a response its text in pieces of n bytes, and the status after each.
func feed(t *testing.T, text string, n int) (statuses []int) {
	t.Helper()
	r := newResponse()
	for text != "" {
		piece := copy(r.room()[:min(n, len(text))], text)
		text = text[piece:]
		status, err := r.add(piece)
		require.NoError(t, err)
		statuses = append(statuses, status)
	}
	return statuses
}

func TestResponseIsCompleteWithItsLastByteAndNotBefore(t *testing.T) {
	for name, text := range map[string]string{
		"length":  "HTTP/1.1 201 Created\r\nContent-Length: 5\r\nX: y\r\n\r\nhello",
		"chunks":  "HTTP/1.1 201 Created\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\n\r\n",
		"no body": "HTTP/1.1 201 Created\r\nDate: now\r\n\r\n",
	} {
		for _, n := range []int{1, 3, len(text)} {
			statuses := feed(t, text, n)
			last := len(statuses) - 1
			assert.Equal(t, 201, statuses[last], "%s in pieces of %d", name, n)
			for _, early := range statuses[:last] {
				assert.Zero(t, early, "%s in pieces of %d", name, n)
			}
		}
	}
}

func TestResponseThatIsNoneIsAnError(t *testing.T) {
	r := newResponse()
	_, err := r.add(copy(r.room(), "hi\r\n\r\n"))
	assert.ErrorContains(t, err, "no response")
}

func TestResponseIsBounded(t *testing.T) {
	r := newResponse()
	_, err := r.add(copy(r.room(), strings.Repeat("x", maxResponse)))
	assert.ErrorIs(t, err, errTooLong)
}

func TestResponseIsUsedAgain(t *testing.T) {
	r := newResponse()
	for _, status := range []string{"200 OK", "404 Not Found"} {
		r.reset()
		got, err := r.add(copy(r.room(), "HTTP/1.1 "+status+"\r\nContent-Length: 0\r\n\r\n"))
		require.NoError(t, err)
		assert.Equal(t, status[:3], string(r.text()[9:12]))
		assert.NotZero(t, got)
	}
}

package httpapi_test

import (
	"bytes"
	"encoding/json"
	"strings"
	"sync"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// journal keeps the log of a world.
type journal struct {
	mu        sync.Mutex
	text      bytes.Buffer
	forbidden []string
}

// Write implements io.Writer.
func (j *journal) Write(line []byte) (int, error) {
	j.mu.Lock()
	defer j.mu.Unlock()
	return j.text.Write(line)
}

func (j *journal) String() string {
	j.mu.Lock()
	defer j.mu.Unlock()
	return j.text.String()
}

// forbid names text that no line may hold.
func (j *journal) forbid(text string) {
	j.mu.Lock()
	defer j.mu.Unlock()
	j.forbidden = append(j.forbidden, text)
}

func (j *journal) tellsNoSecret(t testing.TB) {
	t.Helper()
	text := j.String()
	for _, secret := range append(j.forbidden, mark, "Bearer ", "hub.verify_token") {
		assert.Zero(t, strings.Count(text, secret), "the log holds %q", secret)
	}
}

// lines gives the lines of a message, oldest first.
func (j *journal) lines(t testing.TB, message string) []map[string]any {
	t.Helper()
	var found []map[string]any
	for text := range strings.Lines(j.String()) {
		var line map[string]any
		require.NoError(t, json.Unmarshal([]byte(text), &line), text)
		if line["msg"] == message {
			found = append(found, line)
		}
	}
	return found
}

// of gives the lines of a message about one request.
func (j *journal) of(t testing.TB, message, requestID string) []map[string]any {
	t.Helper()
	var found []map[string]any
	for _, line := range j.lines(t, message) {
		if line["request_id"] == requestID {
			found = append(found, line)
		}
	}
	return found
}

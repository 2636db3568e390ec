package app

import (
	"bytes"
	"os"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/ivendnext/whatsapp-accounts/internal/config"
)

func TestLogIsJSONUnlessSomebodyLooks(t *testing.T) {
	for format, begins := range map[string]string{"json": `{"time":`, "text": "time=", "auto": `{"time":`} {
		var b bytes.Buffer
		NewLog(config.Log{LogFormat: format, LogLevel: "info"}, &b).Info("hello")
		assert.Regexp(t, "^"+begins, b.String(), format)
	}
	file, err := os.CreateTemp(t.TempDir(), "log")
	require.NoError(t, err)
	defer func() { _ = file.Close() }()
	NewLog(config.Log{LogFormat: "auto", LogLevel: "info"}, file).Info("hello")
	written, err := os.ReadFile(file.Name())
	require.NoError(t, err)
	assert.Regexp(t, `^{"time":`, string(written), "a file is no terminal")
}

func TestLogLevelIsKept(t *testing.T) {
	var b bytes.Buffer
	log := NewLog(config.Log{LogFormat: "json", LogLevel: "warn"}, &b)
	log.Info("too little")
	assert.Empty(t, b.String())
	log.Warn("enough")
	assert.NotEmpty(t, b.String())
}

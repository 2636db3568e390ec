package app

import (
	"io"
	"log/slog"
	"os"

	"golang.org/x/term"

	"github.com/ivendnext/whatsapp-accounts/internal/config"
)

// NewLog makes the log as the operator wants it.
func NewLog(c config.Log, w io.Writer) *slog.Logger {
	var level slog.Level
	_ = level.UnmarshalText([]byte(c.LogLevel)) // the flag allows only levels that parse
	options := &slog.HandlerOptions{Level: level}
	file, isFile := w.(*os.File)
	onTerminal := isFile && term.IsTerminal(int(file.Fd()))
	if c.LogFormat == "text" || c.LogFormat == "auto" && onTerminal {
		return slog.New(slog.NewTextHandler(w, options))
	}
	return slog.New(slog.NewJSONHandler(w, options))
}

// Package rig starts the real program and a real PostgreSQL for the tools that measure it or wear it down, and reads in /proc what they use, so it needs
// Linux. It does not know what is measured.
package rig

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
)

// Session is one run: a folder of its own, and what must be ended when it is over.
type Session struct {
	Dir      string
	progress io.Writer
	ends     []func() error
}

// NewSession makes the folder where fsync means something: /tmp may be in memory.
func NewSession(name string, progress io.Writer) (*Session, error) {
	dir, err := os.MkdirTemp("/var/tmp", name+"-")
	if err != nil {
		return nil, err
	}
	s := &Session{Dir: dir, progress: progress}
	s.AtEnd(func() error { return os.RemoveAll(dir) })
	return s, nil
}

// AtEnd adds what Close does, the last one first.
func (s *Session) AtEnd(end func() error) { s.ends = append(s.ends, end) }

// Close ends what the session began, and removes its folder.
func (s *Session) Close() error {
	var errs []error
	for _, end := range slices.Backward(s.ends) {
		errs = append(errs, end())
	}
	s.ends = nil
	return errors.Join(errs...)
}

// Tell tells whoever waits what goes on.
func (s *Session) Tell(format string, args ...any) { fmt.Fprintf(s.progress, format+"\n", args...) }

// Folder makes a folder of the session.
func (s *Session) Folder(name string) (string, error) {
	path := filepath.Join(s.Dir, name)
	return path, os.MkdirAll(path, 0o700)
}

// Compile builds a command as `make build` does: static and stripped.
func (s *Session) Compile(ctx context.Context, out, source string) error {
	s.Tell("building %s", source)
	build := exec.CommandContext(ctx, "go", "build", "-buildvcs=false", "-trimpath", "-ldflags", "-s -w", "-o", out, source) //nolint:gosec // two constants
	build.Env = append(os.Environ(), "CGO_ENABLED=0")
	if said, err := build.CombinedOutput(); err != nil {
		return fmt.Errorf("building %s: %w\n%s", source, err, said)
	}
	return nil
}

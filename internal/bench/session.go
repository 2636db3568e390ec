package main

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

// session is one run: a folder of its own, and what must be ended when it is over.
type session struct {
	dir      string
	progress io.Writer
	ends     []func() error
}

// newSession makes the folder where fsync means something: /tmp may be in memory.
func newSession(progress io.Writer) (*session, error) {
	dir, err := os.MkdirTemp("/var/tmp", "bench-")
	if err != nil {
		return nil, err
	}
	s := &session{dir: dir, progress: progress}
	s.atEnd(func() error { return os.RemoveAll(dir) })
	return s, nil
}

// atEnd adds what close does, the last one first.
func (s *session) atEnd(end func() error) { s.ends = append(s.ends, end) }

func (s *session) close() error {
	var errs []error
	for _, end := range slices.Backward(s.ends) {
		errs = append(errs, end())
	}
	s.ends = nil
	return errors.Join(errs...)
}

func (s *session) tell(format string, args ...any) { fmt.Fprintf(s.progress, format+"\n", args...) }

// folder makes a folder of the session.
func (s *session) folder(name string) (string, error) {
	path := filepath.Join(s.dir, name)
	return path, os.MkdirAll(path, 0o700)
}

// programs are what is measured.
type programs struct {
	service   string
	reference string
	against   string // another build of the service; may be empty
}

// The packages of the two programs.
const (
	serviceSource   = "github.com/ivendnext/whatsapp-accounts/cmd/whatsapp-accounts"
	referenceSource = "github.com/ivendnext/whatsapp-accounts/internal/bench/reference"
)

// build makes both programs as `make build` makes the service: static and stripped.
func (s *session) build(ctx context.Context, o options) (programs, error) {
	p := programs{service: o.service, against: o.against, reference: filepath.Join(s.dir, "reference")}
	if p.service == "" {
		p.service = filepath.Join(s.dir, "whatsapp-accounts")
		if err := s.compile(ctx, p.service, serviceSource); err != nil {
			return p, err
		}
	}
	return p, s.compile(ctx, p.reference, referenceSource)
}

func (s *session) compile(ctx context.Context, out, source string) error {
	s.tell("building %s", source)
	build := exec.CommandContext(ctx, "go", "build", "-buildvcs=false", "-trimpath", "-ldflags", "-s -w", "-o", out, source) //nolint:gosec // two constants
	build.Env = append(os.Environ(), "CGO_ENABLED=0")
	if said, err := build.CombinedOutput(); err != nil {
		return fmt.Errorf("building %s: %w\n%s", source, err, said)
	}
	return nil
}

package main

import (
	"context"
	"errors"
	"io"
	"path/filepath"

	"github.com/ivendnext/whatsapp-accounts/internal/rig"
)

// session is one run of the benchmark.
type session struct{ *rig.Session }

// within opens a session, and closes it when do is done: what it started ends, and what it wrote is removed.
func within(name string, progress io.Writer, do func(session) error) (err error) {
	opened, err := rig.NewSession(name, progress)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, opened.Close()) }()
	return do(session{opened})
}

// programs are what is measured.
type programs struct {
	service   string
	reference string
	against   string // another build of the service; may be empty
}

// referenceSource is the package of the reference.
const referenceSource = "github.com/ivendnext/whatsapp-accounts/internal/bench/reference"

// build makes both programs as `make build` makes the service: static and stripped.
func (s session) build(ctx context.Context, o options) (programs, error) {
	p := programs{service: o.service, against: o.against, reference: filepath.Join(s.Dir, "reference")}
	if p.service == "" {
		p.service = filepath.Join(s.Dir, "whatsapp-accounts")
		if err := s.Compile(ctx, p.service, rig.Service); err != nil {
			return p, err
		}
	}
	return p, s.Compile(ctx, p.reference, referenceSource)
}

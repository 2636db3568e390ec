package rig

import (
	"context"
	"errors"
	"fmt"
	"net/url"
	"testing"

	"github.com/jackc/pgx/v5"

	"github.com/ivendnext/whatsapp-accounts/internal/pgtest"
)

// Server is a running PostgreSQL.
type Server struct {
	URL     string
	PID     int // of the postmaster, whose children are the rest
	Version string
}

// StartPostgres starts the cluster of the tests, with everything on that keeps data safe. It goes with the session, and even if the driver is killed.
func (s *Session) StartPostgres(ctx context.Context) (_ Server, err error) {
	s.Tell("starting PostgreSQL")
	defer func() {
		if failed, ok := recover().(failure); ok {
			err = failed
		}
	}()
	t := &testless{session: s, ctx: ctx}
	return inspect(ctx, pgtest.Start(t, pgtest.Options{Durable: true}).URL(t))
}

// inspect finds the postmaster as the parent of a backend.
func inspect(ctx context.Context, url string) (Server, error) {
	conn, err := pgx.Connect(ctx, url)
	if err != nil {
		return Server{}, err
	}
	var backend int
	s := Server{URL: url}
	err = conn.QueryRow(ctx, "SELECT pg_backend_pid(), current_setting('server_version')").Scan(&backend, &s.Version)
	if err != nil {
		return Server{}, errors.Join(err, conn.Close(ctx))
	}
	stat, err := readStat(backend)
	s.PID = stat.parent
	return s, errors.Join(err, conn.Close(ctx))
}

// Another makes a further database on the server and gives its address.
func (s Server) Another(ctx context.Context, name string) (string, error) {
	conn, err := pgx.Connect(ctx, s.URL)
	if err != nil {
		return "", err
	}
	_, err = conn.Exec(ctx, "CREATE DATABASE "+pgx.Identifier{name}.Sanitize())
	address, parseErr := url.Parse(s.URL)
	if err := errors.Join(err, parseErr, conn.Close(ctx)); err != nil {
		return "", err
	}
	address.Path = "/" + name
	return address.String(), nil
}

// Analyze does at once what autovacuum does within a minute or two. Until then the planner takes every table for small, and reads all accounts of a
// site to find its default.
func Analyze(ctx context.Context, url string) error {
	conn, err := pgx.Connect(ctx, url)
	if err != nil {
		return err
	}
	_, err = conn.Exec(ctx, "ANALYZE")
	return errors.Join(err, conn.Close(ctx))
}

// testless lends pgtest, which is made for tests, what it asks of one. The embedded interface is nil: what pgtest does not call is not there.
type testless struct {
	testing.TB

	session *Session
	ctx     context.Context
}

// failure is how testless leaves a function, in place of the end of a test's goroutine.
type failure struct{ error }

// Helper marks nothing.
func (t *testless) Helper() {}

// Context is the run's.
func (t *testless) Context() context.Context { return t.ctx }

// Cleanup waits for the end of the session.
func (t *testless) Cleanup(end func()) {
	t.session.AtEnd(func() error { end(); return nil })
}

// Errorf only tells: it is called while the session ends.
func (t *testless) Errorf(format string, args ...any) { t.session.Tell(format, args...) }

// Fatalf leaves the function.
func (t *testless) Fatalf(format string, args ...any) { panic(failure{fmt.Errorf(format, args...)}) }

// Package pgtest gives each test a PostgreSQL database of its own: on a throwaway cluster that one test process starts at first use and
// never outlives, or on the server that TEST_DATABASE_URL names. It does not know what the databases are for: migrations are handed in.
package pgtest

import (
	"fmt"
	"os"
	"sync"
	"testing"
)

// Main runs the tests of a package and returns from the process only when the shared cluster is gone:
//
//	func TestMain(m *testing.M) { pgtest.Main(m) }
//
// Without it the cluster still goes (it ends with the process, even by SIGKILL), a moment after the process; only templates on a server named by
// TEST_DATABASE_URL would stay. A package that wants goleak.VerifyTestMain may therefore use that in its place.
func Main(m *testing.M) {
	code := m.Run()
	if err := shared.close(); err != nil {
		fmt.Fprintln(os.Stderr, "pgtest:", err)
		code = max(code, 1)
	}
	os.Exit(code)
}

// URL makes an empty database on the shared server and gives its address; the database is dropped at the end of the test, whoever is still
// connected. The address serves pgx, libpq's programs and WA_DATABASE_URL of another process. Without PostgreSQL the test fails with the cure.
func URL(t testing.TB) string {
	t.Helper()
	return shared.get(t).URL(t)
}

// Migrated is URL for a database that migrate has filled: it runs once per key and process, and each test gets a clone of what it made.
// It must have closed its connections when it returns.
func Migrated(t testing.TB, key string, migrate func(url string) error) string {
	t.Helper()
	return shared.get(t).Migrated(t, key, migrate)
}

// shared is the server of this process, which is the very thing that is one per process: it starts when first asked for.
//
//nolint:gochecknoglobals // a cluster per test would cost 0.6 s each
var shared process

type process struct {
	once   sync.Once
	server *Server
	err    error
}

func (p *process) get(t testing.TB) *Server {
	t.Helper()
	p.once.Do(func() {
		if given := os.Getenv("TEST_DATABASE_URL"); given != "" {
			p.server, p.err = connect(given)
			return
		}
		p.server, p.err = start(Options{})
	})
	if p.err != nil {
		t.Fatalf("pgtest: %v", p.err)
	}
	return p.server
}

// close waits for a start that is under way, and starts nothing.
func (p *process) close() error {
	p.once.Do(func() {})
	if p.server == nil {
		return nil
	}
	return p.server.close()
}

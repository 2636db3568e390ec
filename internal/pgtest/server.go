package pgtest

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"net/url"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
)

// orderTimeout bounds one CREATE or DROP DATABASE. A clone takes some 20 ms; the rest is for a machine that is busy.
const orderTimeout = time.Minute

// Options say how a cluster runs.
type Options struct {
	// Durable keeps fsync, synchronous_commit and full_page_writes on, for benchmarks whose figures count and for tests that crash things.
	Durable bool
}

// Server is a PostgreSQL server that tests take databases from. It is safe for concurrent use.
type Server struct {
	admin   url.URL  // the database from which orders are given
	cluster *cluster // nil when the server is not ours to stop

	orders sync.Mutex
	conn   *pgx.Conn // on which orders are given; nil before the first

	mu        sync.Mutex
	templates map[string]func() (string, error)
	made      []string // the templates, to be dropped
}

// Start starts a cluster for this test alone and stops it at the test's end. TEST_DATABASE_URL does not apply: nobody knows how that server runs.
func Start(t testing.TB, o Options) *Server {
	t.Helper()
	s, err := start(o)
	if err != nil {
		t.Fatalf("pgtest: %v", err)
	}
	t.Cleanup(func() {
		if err := s.close(); err != nil {
			t.Errorf("pgtest: %v", err)
		}
	})
	return s
}

func start(o Options) (*Server, error) {
	programs, err := find()
	if err != nil {
		return nil, err
	}
	c, err := startCluster(programs, o)
	if err != nil {
		return nil, err
	}
	return newServer(c.url(), c), nil
}

// connect uses a server that runs already.
func connect(address string) (*Server, error) {
	u, err := url.Parse(address)
	if err != nil || (u.Scheme != "postgres" && u.Scheme != "postgresql") {
		return nil, errors.New("TEST_DATABASE_URL must look like postgres://user:password@host:5432/database, of a user that may create databases")
	}
	return newServer(*u, nil), nil
}

func newServer(admin url.URL, c *cluster) *Server {
	return &Server{admin: admin, cluster: c, templates: map[string]func() (string, error){}}
}

// URL makes an empty database that lives as long as the test; see the function of that name.
func (s *Server) URL(t testing.TB) string {
	t.Helper()
	return s.create(t, "")
}

// Migrated makes a clone of what migrate made for key, once per server; see the function of that name.
func (s *Server) Migrated(t testing.TB, key string, migrate func(url string) error) string {
	t.Helper()
	template, err := s.template(key, migrate)
	if err != nil {
		t.Fatalf("pgtest: template %q: %v", key, err)
	}
	return s.create(t, " TEMPLATE "+template+" STRATEGY FILE_COPY") // by way of the log it takes twice as long
}

func (s *Server) create(t testing.TB, template string) string {
	t.Helper()
	name := newName("wa_test_")
	if err := s.order(t.Context(), "CREATE DATABASE "+name+template); err != nil {
		t.Fatalf("pgtest: %v", err)
	}
	t.Cleanup(func() {
		if err := s.order(context.WithoutCancel(t.Context()), drop(name)); err != nil {
			t.Errorf("pgtest: %v", err)
		}
	})
	return s.address(name)
}

// template gives the name of the database to clone for key. Whoever asks first makes it, the others wait for it.
func (s *Server) template(key string, migrate func(url string) error) (string, error) {
	s.mu.Lock()
	get, ok := s.templates[key]
	if !ok {
		get = sync.OnceValues(func() (string, error) { return s.makeTemplate(migrate) })
		s.templates[key] = get
	}
	s.mu.Unlock()
	return get()
}

func (s *Server) makeTemplate(migrate func(url string) error) (string, error) {
	name := newName("wa_template_")
	if err := s.order(context.Background(), "CREATE DATABASE "+name); err != nil {
		return "", err
	}
	s.mu.Lock()
	s.made = append(s.made, name)
	s.mu.Unlock()
	return name, migrate(s.address(name))
}

// close stops a cluster of ours, or leaves a foreign server as it was found.
func (s *Server) close() error {
	if s.cluster != nil {
		_ = s.hangUp() // what it says is of no matter: the server goes
		return s.cluster.stop()
	}
	var errs []error
	for _, name := range s.made {
		errs = append(errs, s.order(context.Background(), drop(name)))
	}
	return errors.Join(append(errs, s.hangUp())...)
}

// order runs one statement. The connection stays: to make one can take longer than to clone a database. pgx runs nothing for one that is idle, so
// that goleak sees nothing of us.
func (s *Server) order(ctx context.Context, statement string) error {
	ctx, cancel := context.WithTimeout(ctx, orderTimeout)
	defer cancel()
	s.orders.Lock()
	defer s.orders.Unlock()
	if s.conn == nil || s.conn.IsClosed() {
		conn, err := pgx.Connect(ctx, s.admin.String())
		if err != nil {
			return fmt.Errorf("cannot reach the test server: %w", err)
		}
		s.conn = conn
	}
	if _, err := s.conn.Exec(ctx, statement); err != nil {
		return fmt.Errorf("%s: %w", statement, err)
	}
	return nil
}

// hangUp ends the connection on which orders are given.
func (s *Server) hangUp() error {
	s.orders.Lock()
	defer s.orders.Unlock()
	if s.conn == nil {
		return nil
	}
	return s.conn.Close(context.Background())
}

func (s *Server) address(database string) string {
	u := s.admin
	u.Path = "/" + database
	return u.String()
}

func drop(name string) string { return "DROP DATABASE IF EXISTS " + name + " WITH (FORCE)" }

// newName is unique across processes, since a server named by TEST_DATABASE_URL may serve several.
func newName(prefix string) string { return prefix + strings.ToLower(rand.Text()[:16]) }

// Package store keeps everything in PostgreSQL or SQLite, through GORM.
// It decides nothing: rules run inside its transactions, but they live in the rooms that own them.
package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"log/slog"
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"
	"github.com/jackc/pgx/v5/stdlib"
	"github.com/libtnb/sqlite"
	"gorm.io/driver/postgres"
	"gorm.io/gorm"
	driver "modernc.org/sqlite"

	"github.com/ivendnext/whatsapp-accounts/internal/batch"
	"github.com/ivendnext/whatsapp-accounts/internal/prepared"
	"github.com/ivendnext/whatsapp-accounts/internal/secret"
	"github.com/ivendnext/whatsapp-accounts/internal/site"
)

// Options say which database to open and with what.
type Options struct {
	URL      string // postgres://…; empty means SQLite at Path
	Path     string // the SQLite file
	MaxConns int    // connections to PostgreSQL, and readers of SQLite
	Log      *slog.Logger
	Now      func() time.Time // UTC, cut to microseconds
	NewID    func() string    // UUIDv7
}

// DB is an open database. On SQLite one connection writes and several read; on PostgreSQL both are the same pool.
type DB struct {
	write, read *gorm.DB
	dialect     dialect
	box         *secret.Box
	onEvents    func(site.Site) // tells who waits for a site's events that there are more
	onMessage   func(id string) // tells who waits for a message that it has changed
	onJobs      func(of string) // tells the workers of a queue that there is something to do
	arrivals    *batch.Of[*arrival]
	asked       asked
	proven      proven
	kept        kept
	now         func() time.Time
	newID       func() string
	opened      sync.Map // the sites whose designation rows are known to be there
	closers     []func() error
	closed      atomic.Bool
}

// dialect is what little differs between the two databases beyond the migrations.
type dialect struct {
	name       string // the folder of its migrations
	exclusive  func(ctx context.Context) (release func(), err error)
	transient  func(error) bool
	statistics *sql.DB
	alone      string // a condition on rows of jobs that takes their order key for this transaction; false while another one has it
	arrays     bool   // a parameter may be the values of a column
}

// ErrURL is a database URL that the driver cannot take: a wrong setting, and no failure.
var ErrURL = errors.New("WA_DATABASE_URL (--database-url) must be postgres://user:password@host:5432/name, with parameters that PostgreSQL knows")

// Open connects; it neither creates nor migrates tables. ErrURL. The caller closes.
func Open(ctx context.Context, o Options) (*DB, error) {
	db := &DB{now: o.Now, newID: o.NewID}
	db.arrivals, db.asked = db.newArrivals(), db.newAsked()
	open := db.openSQLite
	if o.URL != "" {
		open = db.openPostgres
	}
	if err := open(ctx, o); err != nil {
		return nil, errors.Join(err, db.Close())
	}
	for _, handle := range []*gorm.DB{db.write, db.read} {
		if err := guard(handle); err != nil {
			return nil, errors.Join(err, db.Close())
		}
	}
	return db, nil
}

func (db *DB) openPostgres(ctx context.Context, o Options) error {
	config, err := pgxpool.ParseConfig(o.URL)
	if err != nil {
		return fmt.Errorf("%w: %w", ErrURL, hidePassword(err))
	}
	config.MaxConns = int32(o.MaxConns) //nolint:gosec // internal/config allows a thousand
	if _, given := config.ConnConfig.RuntimeParams["plan_cache_mode"]; !given {
		config.AfterConnect = planOnce
	}
	pool, err := pgxpool.NewWithConfig(ctx, config)
	if err != nil {
		return fmt.Errorf("the database pool cannot be made: %w", hidePassword(err))
	}
	db.closers = append(db.closers, func() error { pool.Close(); return nil })
	conn := stdlib.OpenDBFromPool(pool)
	keep(conn, config)
	db.closers = append(db.closers, conn.Close)
	handle, err := gorm.Open(postgres.New(postgres.Config{Conn: conn}), settings(o))
	if err != nil {
		return fmt.Errorf("PostgreSQL does not answer; check WA_DATABASE_URL and that the server runs: %w", hidePassword(err))
	}
	db.write, db.read = handle, handle
	db.dialect = dialect{name: "postgres", exclusive: advisoryLock(config.ConnConfig), transient: transientPostgres, statistics: conn, alone: lockedKey, arrays: true}
	return nil
}

// planOnce keeps one plan for each statement. Every plan must be good without a look at the parameters (plans_test.go sees to it), and by itself
// PostgreSQL plans some of them anew each time, which costs more than they do. A plan must also be good however full its tables are: that of a queue which
// was empty when it was made reads the table whole, and would still do so when a burst has filled it. A statement that must read a table whole then looks
// dear, which is no reason to compile it: that takes longer than all of ours. As parameters of the connection they would not pass a pooler.
func planOnce(ctx context.Context, conn *pgx.Conn) error {
	_, err := conn.Exec(ctx, "SET plan_cache_mode = force_generic_plan; SET enable_seqscan = off; SET jit = off")
	return err
}

// keep lets database/sql hold on to connections: left to itself, it gives each back to the pool after every statement, and asks for it again.
// What the pool would do to old and idle ones is then its affair.
func keep(conn *sql.DB, config *pgxpool.Config) {
	conn.SetMaxOpenConns(int(config.MaxConns))
	conn.SetMaxIdleConns(int(config.MaxConns))
	conn.SetConnMaxLifetime(config.MaxConnLifetime)
	conn.SetConnMaxIdleTime(config.MaxConnIdleTime)
}

// openSQLite keeps synchronous=FULL: with NORMAL a power cut can lose what was acknowledged.
func (db *DB) openSQLite(_ context.Context, o Options) error {
	if err := makePrivate(o.Path); err != nil {
		return err
	}
	open := func(conns int, extra string) (*gorm.DB, error) {
		connector, err := driver.NewConnector(sqliteDSN(o.Path) + extra)
		if err != nil {
			return nil, err
		}
		pool := sql.OpenDB(prepared.Connector{Connector: turns{connector, o.Path + ".turn"}})
		pool.SetMaxOpenConns(conns)
		pool.SetMaxIdleConns(conns)
		db.closers = append(db.closers, pool.Close)
		handle, err := gorm.Open(sqlite.New(sqlite.Config{Conn: pool}), settings(o))
		if err != nil {
			return nil, fmt.Errorf("the SQLite file %s cannot be opened: %w", o.Path, err)
		}
		db.dialect.statistics = pool
		return handle, nil
	}
	var err error
	if db.write, err = open(1, "&_txlock=immediate"); err != nil {
		return err
	}
	if db.read, err = open(o.MaxConns, "&_pragma=query_only(1)"); err != nil {
		return err
	}
	db.dialect.name, db.dialect.exclusive, db.dialect.transient = "sqlite", fileLock(o.Path+".lock"), transientSQLite
	db.dialect.alone = "true" // one transaction writes at a time
	return nil
}

// sqliteDSN sets the time to wait before anything that may have to: to change to WAL is the first thing that two processes which start together compete for.
func sqliteDSN(path string) string {
	return "file:" + (&url.URL{Path: path}).EscapedPath() +
		"?_pragma=busy_timeout(5000)&_pragma=journal_mode(WAL)&_pragma=synchronous(FULL)&_pragma=foreign_keys(1)"
}

// makePrivate creates the file before SQLite does, so that it is never readable by others.
func makePrivate(path string) error {
	file, err := os.OpenFile(filepath.Clean(path), os.O_CREATE|os.O_RDWR, 0o600)
	if err != nil {
		return fmt.Errorf("the SQLite file cannot be made; check that the folder is yours to write, or set WA_DATA_DIR: %w", err)
	}
	return file.Close()
}

func settings(o Options) *gorm.Config {
	return &gorm.Config{
		Logger:                 &quietLogger{log: o.Log},
		NowFunc:                o.Now,
		SkipDefaultTransaction: true, // every write of more than one statement opens its own
		TranslateError:         true,
	}
}

// hidePassword keeps a URL's password out of an error: drivers quote what they could not parse.
func hidePassword(err error) error {
	text := err.Error()
	if strings.Contains(text, "postgres") && strings.Contains(text, "://") {
		return errors.New("the URL is malformed")
	}
	return err
}

// UseBox gives the database the keys that seal its secrets. It is called once, before the first secret is read or written:
// which keyset is right is known only after the database has said which keys it is sealed under.
func (db *DB) UseBox(box *secret.Box) { db.box = box }

// OnEvents says whom to tell when a site's feed has grown; it is called once, before the first event.
func (db *DB) OnEvents(do func(site.Site)) { db.onEvents = do }

func (db *DB) ring(in site.Site) {
	if db.onEvents != nil {
		db.onEvents(in)
	}
}

// OnJobs says whom to tell when this process has enqueued a job that is to be done now, by its queue; it is called once, before the first job.
func (db *DB) OnJobs(do func(of string)) { db.onJobs = do }

func (db *DB) enqueued(of string) {
	if db.onJobs != nil {
		db.onJobs(of)
	}
}

// OnMessage says whom to tell when this process has changed a message, by its id; it is called once, before the first change.
func (db *DB) OnMessage(do func(id string)) { db.onMessage = do }

func (db *DB) changed(id string) {
	if db.onMessage != nil {
		db.onMessage(id)
	}
}

// Close gives back every connection.
func (db *DB) Close() error {
	db.closed.Store(true)
	var errs []error
	for _, closer := range slices.Backward(db.closers) {
		errs = append(errs, closer())
	}
	return errors.Join(errs...)
}

// Statistics gives the pool to watch, for metrics.
func (db *DB) Statistics() *sql.DB { return db.dialect.statistics }

// Ping reports whether the database answers.
func (db *DB) Ping(ctx context.Context) error {
	return db.classify(ctx, db.read.WithContext(ctx).Exec("SELECT 1").Error)
}

// Package storetest gives each test a migrated database of its own: copies of one that is migrated once per test process, which takes a tenth of the time.
// It does not know what the tests are about. A package that uses it ends its cluster by pgtest.Main.
package storetest

import (
	"context"
	"errors"
	"log/slog"
	"os"
	"path/filepath"
	"sync"
	"testing"
	"time"

	"github.com/google/uuid"

	"github.com/ivendnext/whatsapp-accounts/internal/pgtest"
	"github.com/ivendnext/whatsapp-accounts/internal/store"
)

// OnBoth runs a test on a database of each kind, side by side. What it gets says only where the database is. One that is missing fails.
func OnBoth(t *testing.T, test func(*testing.T, store.Options)) {
	t.Helper()
	t.Parallel()
	t.Run("sqlite", func(t *testing.T) { t.Parallel(); test(t, SQLite(t)) })
	t.Run("postgres", func(t *testing.T) { t.Parallel(); test(t, Postgres(t)) })
}

// SQLite gives a file.
func SQLite(t testing.TB) store.Options {
	t.Helper()
	made, err := template()
	if err != nil {
		t.Fatalf("storetest: %v", err)
	}
	path := filepath.Join(t.TempDir(), "test.db")
	if err := os.WriteFile(path, made, 0o600); err != nil {
		t.Fatalf("storetest: %v", err)
	}
	return store.Options{Path: path}
}

// Postgres gives a database on the server of pgtest.
func Postgres(t testing.TB) store.Options {
	t.Helper()
	return store.Options{URL: pgtest.Migrated(t, "storetest", func(url string) error { return migrate(store.Options{URL: url}) })}
}

// Migrate brings the schema of an empty database up to date, for tests that need another server than that of pgtest.
func Migrate(t testing.TB, o store.Options) {
	t.Helper()
	if err := migrate(o); err != nil {
		t.Fatalf("storetest: %v", err)
	}
}

// template is a migrated file.
//
//nolint:gochecknoglobals // it is what all tests of the process share
var template = sync.OnceValues(func() (made []byte, err error) {
	dir, err := os.MkdirTemp("", "storetest-")
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, os.RemoveAll(dir)) }()
	path := filepath.Join(dir, "template.db")
	if err := migrate(store.Options{Path: path}); err != nil {
		return nil, err
	}
	return os.ReadFile(filepath.Clean(path))
})

func migrate(o store.Options) error {
	then := func() time.Time { return time.Date(2026, time.January, 1, 0, 0, 0, 0, time.UTC) } // the schema holds no time
	o.MaxConns, o.Log, o.Now, o.NewID = 2, slog.New(slog.DiscardHandler), then, uuid.NewString
	db, err := store.Open(context.Background(), o)
	if err != nil {
		return err
	}
	return errors.Join(db.Migrate(context.Background()), db.Close())
}

package store

import (
	"context"
	"database/sql"
	"embed"
	"errors"
	"fmt"
	"io/fs"
	"slices"

	"github.com/pressly/goose/v3"
)

//go:embed migrations
var migrations embed.FS

// MigrationState is one step of the schema.
type MigrationState struct {
	Version int64
	Name    string
	Applied bool
}

// Migrate brings the schema up to date. Callers take Exclusively around it when other processes may do the same.
func (db *DB) Migrate(ctx context.Context) error {
	provider, err := db.migrator()
	if err != nil {
		return err
	}
	if _, err := provider.Up(ctx); err != nil {
		return fmt.Errorf("the schema cannot be brought up to date: %w", err)
	}
	return nil
}

// HasSchema reports whether the database has ever been migrated. It makes nothing, unlike goose, whose every question makes its table.
func (db *DB) HasSchema(ctx context.Context) (bool, error) {
	tables, err := db.handle(ctx).Migrator().GetTables()
	return slices.Contains(tables, goose.DefaultTablename), db.classify(ctx, err)
}

// ErrNoSchema tells that a database was never migrated.
var ErrNoSchema = errors.New("the database has no schema; whatsapp-accounts migrate up makes it")

// MigrateDown takes back the newest step, with its data. ErrNoSchema.
func (db *DB) MigrateDown(ctx context.Context) error {
	found, err := db.HasSchema(ctx)
	if err != nil {
		return err
	}
	if !found {
		return ErrNoSchema
	}
	provider, err := db.migrator()
	if err != nil {
		return err
	}
	if _, err := provider.Down(ctx); err != nil {
		return fmt.Errorf("the newest step of the schema cannot be taken back: %w", err)
	}
	return nil
}

// MigrationStatus lists the steps, the oldest first.
func (db *DB) MigrationStatus(ctx context.Context) ([]MigrationState, error) {
	provider, err := db.migrator()
	if err != nil {
		return nil, err
	}
	found, err := db.HasSchema(ctx)
	if err != nil {
		return nil, err
	}
	if !found {
		return pending(provider), nil
	}
	steps, err := provider.Status(ctx)
	if err != nil {
		return nil, db.classify(ctx, err)
	}
	states := make([]MigrationState, 0, len(steps))
	for _, s := range steps {
		states = append(states, MigrationState{Version: s.Source.Version, Name: s.Source.Path, Applied: s.State == goose.StateApplied})
	}
	return states, nil
}

func pending(provider *goose.Provider) []MigrationState {
	var states []MigrationState
	for _, source := range provider.ListSources() {
		states = append(states, MigrationState{Version: source.Version, Name: source.Path})
	}
	return states
}

func (db *DB) migrator() (*goose.Provider, error) {
	dialect := goose.DialectSQLite3
	if db.dialect.name == "postgres" {
		dialect = goose.DialectPostgres
	}
	folder, err := fs.Sub(migrations, "migrations/"+db.dialect.name)
	if err != nil {
		return nil, err
	}
	pool, err := db.sql()
	if err != nil {
		return nil, err
	}
	return goose.NewProvider(dialect, pool, folder)
}

func (db *DB) sql() (*sql.DB, error) { return db.write.DB() }

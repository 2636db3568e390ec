// Package app puts the program together: it is the one room that knows all the others.
// It decides nothing that another room could decide.
package app

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"os"
	"time"

	"github.com/google/uuid"

	"github.com/ivendnext/whatsapp-accounts/internal/apikey"
	"github.com/ivendnext/whatsapp-accounts/internal/config"
	"github.com/ivendnext/whatsapp-accounts/internal/secret"
	"github.com/ivendnext/whatsapp-accounts/internal/store"
)

// Now is the program's clock: UTC, cut to the microseconds that both databases keep.
func Now() time.Time { return time.Now().UTC().Truncate(time.Microsecond) }

// NewID makes a UUIDv7.
func NewID() string { return uuid.Must(uuid.NewV7()).String() }

// Opened is an open database with its keys, and what was made on the way.
type Opened struct {
	DB     *store.DB
	Box    *secret.Box
	Keyset string   // path of the keyset file
	Made   []string // what did not exist before, in words
}

// Open makes the data folder if need be, opens the database, brings its schema up to date and reads the keyset, or makes it.
// Processes that start at the same moment take turns. The caller closes DB.
func Open(ctx context.Context, c config.Storage, log *slog.Logger) (*Opened, error) {
	o := &Opened{Keyset: c.KeysetPath()}
	if c.NeedsDataDir() {
		if err := o.makeFolder(c); err != nil {
			return nil, err
		}
	}
	if err := o.connect(ctx, c, log); err != nil {
		return nil, err
	}
	return o, o.prepare(ctx)
}

// OpenDatabase makes and opens the database as it is, without looking at its schema and its keys. The caller closes DB.
func OpenDatabase(ctx context.Context, c config.Storage, log *slog.Logger) (*Opened, error) {
	o := &Opened{}
	if c.UsesSQLite() {
		if err := o.makeFolder(c); err != nil {
			return nil, err
		}
	}
	return o, o.connect(ctx, c, log)
}

func (o *Opened) connect(ctx context.Context, c config.Storage, log *slog.Logger) (err error) {
	if c.UsesSQLite() && !exists(c.SQLitePath()) {
		o.made("database", c.SQLitePath())
	}
	o.DB, err = store.Open(ctx, store.Options{URL: c.DatabaseURL, Path: c.SQLitePath(), MaxConns: c.DBMaxConns, Log: log, Now: Now, NewID: NewID})
	return err
}

// prepare brings the schema up to date and reads the keyset; it closes the database when either fails.
func (o *Opened) prepare(ctx context.Context) error {
	err := o.DB.Exclusively(ctx, func(ctx context.Context) error {
		if err := o.DB.Migrate(ctx); err != nil {
			return err
		}
		return o.unlock(ctx)
	})
	if err != nil {
		return errors.Join(err, o.DB.Close())
	}
	return nil
}

func exists(path string) bool {
	_, err := os.Stat(path)
	return !errors.Is(err, fs.ErrNotExist)
}

func (o *Opened) made(what, path string) {
	o.Made = append(o.Made, fmt.Sprintf("made %s %s", what, path))
}

func (o *Opened) makeFolder(c config.Storage) error {
	if !exists(c.DataDir) {
		o.made("data folder", c.DataDir)
	}
	if err := os.MkdirAll(c.DataDir, 0o700); err != nil {
		return fmt.Errorf("the data folder cannot be made; choose one that is yours to write with WA_DATA_DIR: %w", err)
	}
	return nil
}

// unlock reads the keyset, or makes it while the database knows of no key: a second keyset beside the first would split the secrets.
func (o *Opened) unlock(ctx context.Context) error {
	recorded, err := o.DB.Keys().Recorded(ctx)
	if err != nil {
		return err
	}
	keyset, err := secret.ReadFile(o.Keyset)
	switch {
	case errors.Is(err, fs.ErrNotExist) && len(recorded) == 0:
		if keyset, err = o.makeKeyset(); err != nil {
			return err
		}
	case errors.Is(err, fs.ErrNotExist):
		return fmt.Errorf("the keyset file %s is missing, and this database is sealed under key %s; put the file back or set WA_KEYSET_FILE to where it is", o.Keyset, recorded[0])
	case err != nil:
		return fmt.Errorf("WA_KEYSET_FILE: %w", err)
	}
	for _, id := range recorded {
		if !keyset.Has(id) {
			return fmt.Errorf("the keyset file %s lacks key %s, under which this database is sealed; set WA_KEYSET_FILE to the keyset of this database", o.Keyset, id)
		}
	}
	o.Box = secret.NewBox(keyset)
	o.DB.UseBox(o.Box)
	return o.DB.Keys().Record(ctx, keyset.Primary())
}

func (o *Opened) makeKeyset() (secret.Keyset, error) {
	keyset, err := secret.Generate(Now())
	if err != nil {
		return keyset, err
	}
	err = secret.CreateFile(o.Keyset, keyset)
	if errors.Is(err, fs.ErrExist) {
		return secret.ReadFile(o.Keyset)
	}
	if err != nil {
		return keyset, fmt.Errorf("WA_KEYSET_FILE: %w", err)
	}
	o.made("keyset", o.Keyset)
	return keyset, nil
}

// Keys gives the use cases of API keys.
func (o *Opened) Keys() *apikey.Service { return apikey.NewService(o.DB.APIKeys(), Now, NewID) }

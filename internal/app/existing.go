package app

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"os"

	"github.com/ivendnext/whatsapp-accounts/internal/config"
)

// OpenExisting is Open for what makes sense on an installation alone. Where there is none it makes nothing, and says which setting to correct:
// a new installation in a wrong folder would look like one that has lost everything. The caller closes DB.
func OpenExisting(ctx context.Context, c config.Storage, log *slog.Logger) (*Opened, error) {
	o, err := OpenExistingDatabase(ctx, c, log)
	if err != nil {
		return nil, err
	}
	o.Keyset = c.KeysetPath()
	if err := o.mustBeInstalled(ctx); err != nil {
		return nil, errors.Join(err, o.DB.Close())
	}
	return o, o.prepare(ctx)
}

// OpenExistingDatabase is OpenDatabase for a database that must be there already. The caller closes DB.
func OpenExistingDatabase(ctx context.Context, c config.Storage, log *slog.Logger) (*Opened, error) {
	if _, err := os.Stat(c.SQLitePath()); c.UsesSQLite() && err != nil {
		return nil, fmt.Errorf("there is no database; set WA_DATA_DIR to the folder of the installation, or WA_DATABASE_URL to its PostgreSQL (whatsapp-accounts serve makes a new installation): %w", err)
	}
	o := &Opened{}
	return o, o.connect(ctx, c, log)
}

// mustBeInstalled holds that the database records a key: everything that makes an installation records one.
func (o *Opened) mustBeInstalled(ctx context.Context) error {
	found, err := o.DB.HasSchema(ctx)
	if err != nil {
		return err
	}
	if found {
		recorded, err := o.DB.Keys().Recorded(ctx)
		if len(recorded) > 0 || err != nil {
			return err
		}
	}
	return errors.New("there is no installation in this database yet; set WA_DATA_DIR or WA_DATABASE_URL, and WA_KEYSET_FILE, to those of the installation (whatsapp-accounts serve makes a new one)")
}

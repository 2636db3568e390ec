package main

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"text/tabwriter"

	"github.com/ivendnext/whatsapp-accounts/internal/app"
	"github.com/ivendnext/whatsapp-accounts/internal/config"
	"github.com/ivendnext/whatsapp-accounts/internal/store"
)

// migrateCmd is about the schema. serve brings it up to date by itself.
type migrateCmd struct {
	Up     migrateUpCmd     `cmd:"" help:"Bring the schema up to date."`
	Status migrateStatusCmd `cmd:"" help:"List the steps of the schema and whether each is applied."`
	Down   migrateDownCmd   `cmd:"" help:"For development: take back the newest step, with its data; it wants --yes."`
}

type migrateUpCmd struct {
	config.Storage `embed:"" group:"Where things are kept:"`
	config.Log     `embed:"" group:"The log:"`
}

// Run applies what is missing.
func (c *migrateUpCmd) Run(ctx context.Context, s streams) error {
	return withDatabase(ctx, app.OpenDatabase, c.Storage, c.Log, s, func(db *store.DB) error {
		if err := db.Exclusively(ctx, db.Migrate); err != nil {
			return err
		}
		return printSteps(ctx, db, s)
	})
}

type migrateStatusCmd struct {
	config.Storage `embed:"" group:"Where things are kept:"`
	config.Log     `embed:"" group:"The log:"`
}

// Run lists the steps.
func (c *migrateStatusCmd) Run(ctx context.Context, s streams) error {
	return withDatabase(ctx, app.OpenExistingDatabase, c.Storage, c.Log, s, func(db *store.DB) error { return printSteps(ctx, db, s) })
}

type migrateDownCmd struct {
	config.Storage `embed:"" group:"Where things are kept:"`
	config.Log     `embed:"" group:"The log:"`
	Yes            bool `help:"Really: the data of that step is gone for good."`
}

// Run takes back one step.
func (c *migrateDownCmd) Run(ctx context.Context, s streams) error {
	if !c.Yes {
		return usageError{errors.New("taking back a step destroys its data; say --yes if you mean it")}
	}
	return withDatabase(ctx, app.OpenExistingDatabase, c.Storage, c.Log, s, func(db *store.DB) error {
		if err := db.Exclusively(ctx, db.MigrateDown); err != nil {
			return err
		}
		return printSteps(ctx, db, s)
	})
}

// openDatabase opens a database; whether it makes one is its affair.
type openDatabase func(context.Context, config.Storage, *slog.Logger) (*app.Opened, error)

// withDatabase lends a database without looking at its schema or keys, and tells what was made.
func withDatabase(ctx context.Context, open openDatabase, c config.Storage, l config.Log, s streams, do func(*store.DB) error) error {
	opened, err := open(ctx, c, app.NewLog(l, s.err))
	if err != nil {
		return err
	}
	tell(s, opened)
	return errors.Join(do(opened.DB), opened.DB.Close())
}

// tell tells people what was made.
func tell(s streams, o *app.Opened) {
	for _, line := range o.Made {
		fmt.Fprintln(s.err, line)
	}
}

func printSteps(ctx context.Context, db *store.DB, s streams) error {
	steps, err := db.MigrationStatus(ctx)
	if err != nil {
		return err
	}
	table := tabwriter.NewWriter(s.out, 0, 4, 2, ' ', 0)
	for _, step := range steps {
		state := "pending"
		if step.Applied {
			state = "applied"
		}
		fmt.Fprintf(table, "%05d\t%s\t%s\n", step.Version, state, step.Name)
	}
	return table.Flush()
}

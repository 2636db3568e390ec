package main

import (
	"context"
	"errors"
	"fmt"
	"text/tabwriter"
	"time"

	"github.com/ivendnext/whatsapp-accounts/internal/app"
	"github.com/ivendnext/whatsapp-accounts/internal/config"
	"github.com/ivendnext/whatsapp-accounts/internal/secret"
)

// keysCmd is about the keys that seal secrets. Rotation has four steps: add, promote, reseal, retire; docs/operations.md tells their order.
type keysCmd struct {
	Generate keysGenerateCmd `cmd:"" help:"Make a keyset file. serve does so by itself on a new installation."`
	List     keysListCmd     `cmd:"" help:"List the keys, and how much is sealed under each."`
	Add      keysAddCmd      `cmd:"" help:"Rotation, step 1: add a key that opens but does not seal yet."`
	Promote  keysPromoteCmd  `cmd:"" help:"Rotation, step 2: seal under this key from now on. Every replica must know it by then."`
	Reseal   keysResealCmd   `cmd:"" help:"Rotation, step 3: move what is sealed to the primary key, beside a running service."`
	Retire   keysRetireCmd   `cmd:"" help:"Rotation, step 4: remove a key that nothing is sealed under."`
}

// Help is what keys --help tells beside its commands.
func (*keysCmd) Help() string {
	return "A rotation is add, promote, reseal and retire, in this order. Each works beside running services, and wants every replica to have seen the step before."
}

type keysGenerateCmd struct {
	File string `help:"Where to write it; it must not exist." required:"" placeholder:"FILE"`
}

// Run makes a keyset file.
func (c *keysGenerateCmd) Run(s streams) error {
	keyset, err := secret.Generate(app.Now())
	if err != nil {
		return err
	}
	if err := secret.CreateFile(c.File, keyset); err != nil {
		return err
	}
	fmt.Fprintf(s.err, "made keyset %s; set WA_KEYSET_FILE to it, and keep a copy where the backups are not\n", c.File)
	return nil
}

// onKeys is what the commands about a database's keys take.
type onKeys struct {
	config.Storage `embed:"" group:"Where things are kept:"`
	config.Log     `embed:"" group:"The log:"`
}

func (c onKeys) with(ctx context.Context, s streams, do func(*app.Opened) error) error {
	opened, err := app.OpenExisting(ctx, c.Storage, app.NewLog(c.Log, s.err))
	if err != nil {
		return err
	}
	return errors.Join(do(opened), opened.DB.Close())
}

// onRotation is what the steps of a rotation take.
type onRotation struct {
	onKeys     `embed:""`
	KeysetPoll time.Duration `help:"How often replicas look at the keyset file. A step waits until they all have seen its last change." env:"WA_KEYSET_POLL" default:"2s" placeholder:"TIME"`
}

func (c onRotation) with(ctx context.Context, s streams, do func(app.Rotation) error) error {
	return c.onKeys.with(ctx, s, func(o *app.Opened) error {
		return do(app.Rotation{Opened: o, Poll: c.KeysetPoll, Tell: func(wait time.Duration) {
			fmt.Fprintf(s.err, "waiting %s, until every replica has seen the last change of %s\n", wait.Round(100*time.Millisecond), o.Keyset)
		}})
	})
}

type keysListCmd struct {
	onKeys `embed:""`
}

// Run lists keys.
func (c *keysListCmd) Run(ctx context.Context, s streams) error {
	return c.with(ctx, s, func(o *app.Opened) error {
		table := tabwriter.NewWriter(s.out, 0, 4, 2, ' ', 0)
		fmt.Fprintln(table, "KEY\tCREATED\tSECRETS\tKEPT ANSWERS\t")
		for _, k := range o.Box.Keyset().Keys() {
			usage, err := o.DB.Keys().Usage(ctx, k.ID)
			if err != nil {
				return err
			}
			mark := ""
			if k.Primary {
				mark = "primary"
			}
			fmt.Fprintf(table, "%s\t%s\t%d\t%d\t%s\n", k.ID, stamp(k.CreatedAt), usage.Secrets, usage.Answers, mark)
		}
		return table.Flush()
	})
}

type keysAddCmd struct {
	onRotation `embed:""`
}

// Run adds a key and prints its id.
func (c *keysAddCmd) Run(ctx context.Context, s streams) error {
	return c.with(ctx, s, func(r app.Rotation) error {
		id, err := r.Add()
		if err != nil {
			return err
		}
		fmt.Fprintf(s.err, "added key %s to %s; every replica must have this file before you promote it\n", id, r.Keyset)
		_, err = fmt.Fprintln(s.out, id)
		return err
	})
}

type keysPromoteCmd struct {
	onRotation `embed:""`
	Key        secret.KeyID `arg:"" help:"The key's id, as list shows it."`
}

// Run makes a key the primary.
func (c *keysPromoteCmd) Run(ctx context.Context, s streams) error {
	return c.with(ctx, s, func(r app.Rotation) error { return r.Promote(ctx, c.Key) })
}

type keysResealCmd struct {
	onRotation `embed:""`
}

// Run moves what is sealed, and tells how far it is.
func (c *keysResealCmd) Run(ctx context.Context, s streams) error {
	return c.with(ctx, s, func(r app.Rotation) error {
		total := int64(0)
		err := r.Reseal(ctx, func(done, left int64) {
			total = done
			fmt.Fprintf(s.err, "resealed %d, %d to go\n", done, left)
		})
		if err != nil {
			return err
		}
		_, err = fmt.Fprintf(s.out, "resealed %d secrets under key %s\n", total, r.Box.Keyset().Primary())
		return err
	})
}

type keysRetireCmd struct {
	onRotation `embed:""`
	Key        secret.KeyID `arg:"" help:"The key's id, as list shows it."`
}

// Run removes a key.
func (c *keysRetireCmd) Run(ctx context.Context, s streams) error {
	return c.with(ctx, s, func(r app.Rotation) error { return r.Retire(ctx, c.Key) })
}

package main

import (
	"context"
	"errors"
	"fmt"
	"text/tabwriter"
	"time"

	"github.com/ivendnext/whatsapp-accounts/internal/apikey"
	"github.com/ivendnext/whatsapp-accounts/internal/app"
	"github.com/ivendnext/whatsapp-accounts/internal/config"
	"github.com/ivendnext/whatsapp-accounts/internal/site"
)

// apikeyCmd is about the keys of callers. It works beside a running service, which sees every change at once.
type apikeyCmd struct {
	Create apikeyCreateCmd `cmd:"" help:"Make a key and print it, alone, on standard output. It cannot be shown again."`
	List   apikeyListCmd   `cmd:"" help:"List the keys of a site."`
	Revoke apikeyRevokeCmd `cmd:"" help:"End a key for good."`
}

// inSite is what every command about keys takes.
type inSite struct {
	config.Storage `embed:"" group:"Where things are kept:"`
	config.Log     `embed:"" group:"The log:"`
	Site           string `help:"The site. It exists by being named here." required:"" placeholder:"NAME"`
}

func (c inSite) with(ctx context.Context, open openDatabase, s streams, do func(*apikey.Service, site.Site) error) error {
	in, err := site.Named(c.Site)
	if err != nil {
		return usageError{err}
	}
	opened, err := open(ctx, c.Storage, app.NewLog(c.Log, s.err))
	if err != nil {
		return err
	}
	tell(s, opened)
	return errors.Join(do(opened.Keys(), in), opened.DB.Close())
}

type apikeyCreateCmd struct {
	inSite `embed:""`
	Role   string `help:"What it may do: system_manager everything in the site; service and viewer read." required:"" enum:"system_manager,service,viewer" placeholder:"ROLE"`
	Name   string `help:"Who holds it, in 1 to 140 characters; history shows this name." required:"" placeholder:"NAME"`
}

// Run makes a key.
func (c *apikeyCreateCmd) Run(ctx context.Context, s streams) error {
	role, err := site.ParseRole(c.Role)
	if err != nil {
		return usageError{err}
	}
	return c.with(ctx, app.Open, s, func(keys *apikey.Service, in site.Site) error {
		_, clear, err := keys.Create(ctx, in, role, c.Name)
		if err != nil {
			return err
		}
		_, err = fmt.Fprintln(s.out, clear.Reveal())
		return err
	})
}

type apikeyListCmd struct {
	inSite `embed:""`
}

// Run lists keys.
func (c *apikeyListCmd) Run(ctx context.Context, s streams) error {
	return c.with(ctx, app.OpenExisting, s, func(keys *apikey.Service, in site.Site) error {
		list, err := keys.List(ctx, in)
		if err != nil {
			return err
		}
		table := tabwriter.NewWriter(s.out, 0, 4, 2, ' ', 0)
		fmt.Fprintln(table, "ID\tNAME\tROLE\tENDS IN\tCREATED\tLAST USED\tREVOKED")
		for _, k := range list {
			fmt.Fprintf(table, "%s\t%s\t%s\t%s\t%s\t%s\t%s\n", k.ID, k.Name, k.Role, k.Hint, stamp(k.CreatedAt), stamp(k.LastUsedAt), stamp(k.RevokedAt))
		}
		return table.Flush()
	})
}

func stamp(t time.Time) string {
	if t.IsZero() {
		return "-"
	}
	return t.Format(time.DateTime)
}

type apikeyRevokeCmd struct {
	inSite `embed:""`
	ID     string `arg:"" help:"The key's id, as list shows it."`
}

// Run ends a key.
func (c *apikeyRevokeCmd) Run(ctx context.Context, s streams) error {
	return c.with(ctx, app.OpenExisting, s, func(keys *apikey.Service, in site.Site) error { return keys.Revoke(ctx, in, c.ID) })
}

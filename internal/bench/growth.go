package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"path/filepath"
	"strconv"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/ivendnext/whatsapp-accounts/internal/crowd"
	"github.com/ivendnext/whatsapp-accounts/internal/rig"
	"github.com/ivendnext/whatsapp-accounts/internal/secret"
)

// runGrowth measures the same requests with few accounts and with many, on PostgreSQL, and prints the plans of their queries at the last size.
func runGrowth(ctx context.Context, args []string, out, progress io.Writer) error {
	o, sizes, err := parseGrowth(args, progress)
	if err != nil {
		return err
	}
	return within("growth", progress, func(s session) error {
		g, err := s.grow(ctx, o, sizes)
		if err != nil {
			return err
		}
		return g.print(out)
	})
}

func parseGrowth(args []string, progress io.Writer) (o options, sizes []int, err error) {
	sizes = []int{10, 1_000, 100_000, 1_000_000}
	flags := flag.NewFlagSet("bench growth", flag.ContinueOnError)
	flags.SetOutput(progress)
	flags.IntVar(&o.connections, "connections", 8, "connections that are kept open, each with one request in flight")
	flags.IntVar(&o.rounds, "rounds", 5, "rounds per request; in each, every size has its turn")
	flags.DurationVar(&o.round, "time", 500*time.Millisecond, "length of a turn")
	flags.StringVar(&o.service, "service", "", "measure this build of the service, instead of building it")
	flags.Func("sizes", "how many accounts there are, from few to many: multiples of ten (default 10,1000,100000,1000000)", func(text string) (err error) {
		sizes, err = parseSizes(text)
		return err
	})
	if err := flags.Parse(args); err != nil {
		return o, nil, err
	}
	if o.connections < 1 || o.rounds < 1 || o.round <= 0 || flags.NArg() > 0 {
		return o, nil, errors.New("connections, rounds and time must be positive, and there are no arguments but flags")
	}
	return o, sizes, nil
}

func parseSizes(text string) (sizes []int, err error) {
	for word := range strings.SplitSeq(text, ",") {
		n, err := strconv.Atoi(word)
		if err != nil || n < 10 || n%10 != 0 {
			return nil, fmt.Errorf("%q is no positive multiple of ten", word)
		}
		sizes = append(sizes, n)
	}
	return sizes, nil
}

// town is the service with so many accounts, in a database of its own.
type town struct {
	crowd.Crowd

	url     string
	key     string // an API key of the big site
	service *rig.Child
	server  int // PostgreSQL, which all towns share
}

func (t *town) name() string { return thousands(t.Accounts) }

// grow builds the towns and measures.
func (s session) grow(ctx context.Context, o options, sizes []int) (growth, error) {
	program := o.service
	if program == "" {
		program = filepath.Join(s.Dir, "whatsapp-accounts")
		if err := s.Compile(ctx, program, rig.Service); err != nil {
			return growth{}, err
		}
	}
	server, err := s.StartPostgres(ctx)
	if err != nil {
		return growth{}, err
	}
	if err := roomy(ctx, server.URL); err != nil {
		return growth{}, err
	}
	g := growth{postgres: server.Version, connections: o.connections, asks: asks(), samples: map[string][]sample{}}
	for _, accounts := range sizes {
		t, err := s.settle(ctx, program, server, accounts)
		if err != nil {
			return g, fmt.Errorf("%d accounts: %w", accounts, err)
		}
		g.towns = append(g.towns, t)
	}
	if err := s.measureGrowth(ctx, o, &g); err != nil {
		return g, err
	}
	return g, g.readPlans(ctx)
}

// roomy lets the server write much before it stops to clean up: making a million accounts takes half as long.
func roomy(ctx context.Context, url string) error {
	conn, err := pgx.Connect(ctx, url)
	if err != nil {
		return err
	}
	_, err = conn.Exec(ctx, "ALTER SYSTEM SET max_wal_size = '8GB'")
	_, reloadErr := conn.Exec(ctx, "SELECT pg_reload_conf()")
	return errors.Join(err, reloadErr, conn.Close(ctx))
}

// settle fills a database and starts the service on it.
func (s session) settle(ctx context.Context, program string, server rig.Server, accounts int) (t *town, err error) {
	s.Tell("making %d accounts", accounts)
	t = &town{server: server.PID, Crowd: crowd.Crowd{Site: siteName, Accounts: accounts}}
	name := fmt.Sprint("growth_", accounts)
	if t.url, err = server.Another(ctx, name); err != nil {
		return nil, err
	}
	data, err := s.Folder(name)
	if err != nil {
		return nil, err
	}
	env := rig.Environment(data, t.url)
	if t.key, err = rig.CreateKey(ctx, program, env, siteName, "system_manager"); err != nil {
		return nil, err
	}
	keys, err := secret.ReadFile(filepath.Join(data, "keyset.json"))
	if err != nil {
		return nil, err
	}
	t.Box = secret.NewBox(keys)
	if err := t.Fill(ctx, t.url); err != nil {
		return nil, err
	}
	t.service, err = s.Start(ctx, name, program, env, "serve")
	return t, err
}

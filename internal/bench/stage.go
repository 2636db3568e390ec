package main

import (
	"cmp"
	"context"
	"database/sql"
	"errors"
	"path/filepath"
	"strconv"
	"time"

	"github.com/ivendnext/whatsapp-accounts/internal/rig"
)

// siteName is the site whose accounts are asked for; otherSite is where the reference writes, so that its rows change no answer of ours.
const (
	siteName  = "bench"
	otherSite = "reference"
)

// stage is one database with everything that is measured on it.
type stage struct {
	database  string // what the tables call it
	version   string // of the server, if there is one
	servers   []int  // its processes
	service   *rig.Child
	reference *rig.Child
	against   *rig.Child // nil unless another build is to be measured
	key       string     // an API key of siteName
	hookKeys  []string   // those of the sites that webhooks come for; none when none come
	rows      *sql.DB    // the service's database, to see what is left to handle
	commits   func(ctx context.Context, connections int, span time.Duration) (sample, error)
}

// onPostgres starts a throwaway cluster that syncs to the disk, and the programs on it.
func (s session) onPostgres(ctx context.Context, b programs, o options) (*stage, error) {
	if !o.wants(postgresName) {
		return nil, nil
	}
	server, err := s.StartPostgres(ctx)
	if err != nil {
		return nil, err
	}
	st := &stage{database: postgresName, version: server.Version, servers: []int{server.PID}}
	if o.wantsHooks(postgresName) {
		if st.commits, err = s.byPgbench(ctx, server); err != nil {
			return nil, err
		}
	}
	return st, s.fill(ctx, st, b, o, server.URL)
}

// onSQLite starts the programs on a file.
func (s session) onSQLite(ctx context.Context, b programs, o options) (*stage, error) {
	if !o.wants(sqliteName) {
		return nil, nil
	}
	st := &stage{database: sqliteName}
	var err error
	if st.commits, err = s.bySQLite(ctx); err != nil {
		return nil, err
	}
	return st, s.fill(ctx, st, b, o, "")
}

// fill starts the service, makes its accounts through its API, records what it answers, and starts the reference on the same rows.
// url is empty for SQLite.
func (s session) fill(ctx context.Context, st *stage, b programs, o options, url string) error {
	data, err := s.Folder(st.database)
	if err != nil {
		return err
	}
	env := rig.Environment(data, url)
	if st.key, err = rig.CreateKey(ctx, b.service, env, siteName, "system_manager"); err != nil {
		return err
	}
	if o.wantsHooks(st.database) {
		if err := st.makeHookSites(ctx, b.service, env); err != nil {
			return err
		}
	}
	if st.service, err = s.Start(ctx, "service-"+st.database, b.service, env, "serve"); err != nil {
		return err
	}
	if b.against != "" {
		if st.against, err = s.Start(ctx, "against-"+st.database, b.against, env, "serve"); err != nil {
			return err
		}
	}
	s.Tell("making %d accounts on %s", o.accounts, st.database)
	if err := cmp.Or(st.seed(ctx, o.accounts), st.seedNumbers(ctx), st.openRows(data, url)); err != nil {
		return err
	}
	if url != "" {
		if err := rig.Analyze(ctx, url); err != nil {
			return err
		}
	}
	return s.startReference(ctx, st, b, data, url)
}

// openRows opens the database beside the service.
func (st *stage) openRows(data, url string) (err error) {
	if url != "" {
		st.rows, err = sql.Open("pgx", url)
		return err
	}
	st.rows, err = sql.Open("sqlite", "file:"+sqliteFile(data)+"?_pragma=busy_timeout(5000)&_pragma=query_only(1)")
	return err
}

func sqliteFile(data string) string { return filepath.Join(data, "whatsapp-accounts.db") }

func (s session) startReference(ctx context.Context, st *stage, b programs, data, url string) (err error) {
	bodies, err := s.Folder(st.database + "-answers")
	if err != nil {
		return err
	}
	if err := st.record(ctx, bodies); err != nil {
		return err
	}
	args := []string{"-keyset", filepath.Join(data, "keyset.json"), "-answers", bodies, "-write", otherSite, "-conns", strconv.Itoa(rig.PoolSize)}
	if url != "" {
		args = append(args, "-postgres", url)
	} else {
		args = append(args, "-sqlite", sqliteFile(data))
	}
	st.reference, err = s.Start(ctx, "reference-"+st.database, b.reference, rig.SystemOnly(), args...)
	return err
}

// stop ends the programs; the database server goes with the session.
func (st *stage) stop() error {
	errs := []error{st.rows.Close()}
	for _, c := range []*rig.Child{st.reference, st.against, st.service} {
		if c != nil {
			errs = append(errs, c.Stop())
		}
	}
	return errors.Join(errs...)
}

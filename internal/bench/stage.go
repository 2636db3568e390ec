package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
)

// siteName is the site whose accounts are asked for; otherSite is where the reference writes, so that its rows change no answer of ours.
const (
	siteName  = "bench"
	otherSite = "reference"
)

// poolSize is how many connections to the database each program may open: the service's default.
const poolSize = 12

// stage is one database with everything that is measured on it.
type stage struct {
	database  string // what the tables call it
	version   string // of the server, if there is one
	servers   []int  // its processes
	service   *child
	reference *child
	against   *child // nil unless another build is to be measured
	key       string // an API key of siteName
}

// onPostgres starts a throwaway cluster that syncs to the disk, and the programs on it.
func (s *session) onPostgres(ctx context.Context, b programs, o options) (*stage, error) {
	if !o.wants(postgresName) {
		return nil, nil
	}
	server, err := s.startPostgres(ctx)
	if err != nil {
		return nil, err
	}
	st := &stage{database: postgresName, version: server.version, servers: []int{server.pid}}
	return st, s.fill(ctx, st, b, o.accounts, server.url)
}

// onSQLite starts the programs on a file.
func (s *session) onSQLite(ctx context.Context, b programs, o options) (*stage, error) {
	if !o.wants(sqliteName) {
		return nil, nil
	}
	st := &stage{database: sqliteName}
	return st, s.fill(ctx, st, b, o.accounts, "")
}

// fill starts the service, makes its accounts through its API, records what it answers, and starts the reference on the same rows.
// url is empty for SQLite.
func (s *session) fill(ctx context.Context, st *stage, b programs, accounts int, url string) error {
	data, err := s.folder(st.database)
	if err != nil {
		return err
	}
	env := environment(data, url)
	if st.key, err = createKey(ctx, b.service, env); err != nil {
		return err
	}
	if st.service, err = s.start(ctx, "service-"+st.database, b.service, env, "serve"); err != nil {
		return err
	}
	if b.against != "" {
		if st.against, err = s.start(ctx, "against-"+st.database, b.against, env, "serve"); err != nil {
			return err
		}
	}
	s.tell("making %d accounts on %s", accounts, st.database)
	if err := st.seed(ctx, accounts); err != nil {
		return err
	}
	if url != "" {
		if err := analyze(ctx, url); err != nil {
			return err
		}
	}
	return s.startReference(ctx, st, b, data, url)
}

func (s *session) startReference(ctx context.Context, st *stage, b programs, data, url string) (err error) {
	bodies, err := s.folder(st.database + "-answers")
	if err != nil {
		return err
	}
	if err := st.record(ctx, bodies); err != nil {
		return err
	}
	args := []string{"-keyset", filepath.Join(data, "keyset.json"), "-answers", bodies, "-write", otherSite, "-conns", strconv.Itoa(poolSize)}
	if url != "" {
		args = append(args, "-postgres", url)
	} else {
		args = append(args, "-sqlite", filepath.Join(data, "whatsapp-accounts.db"))
	}
	st.reference, err = s.start(ctx, "reference-"+st.database, b.reference, systemOnly(), args...)
	return err
}

// environment is what the service is told; nothing that is set for the driver reaches it.
func environment(data, url string) []string {
	return append(systemOnly(),
		"WA_DATA_DIR="+data, "WA_DATABASE_URL="+url, "WA_DB_MAX_CONNS="+strconv.Itoa(poolSize),
		"WA_LISTEN=127.0.0.1:0", "WA_OPERATOR_LISTEN=127.0.0.1:0", "WA_LOG_FORMAT=json", "WA_DRAIN_DELAY=0s")
}

func systemOnly() []string {
	return []string{"PATH=" + os.Getenv("PATH"), "HOME=" + os.Getenv("HOME"), "TMPDIR=" + os.TempDir()}
}

func createKey(ctx context.Context, program string, env []string) (string, error) {
	create := exec.CommandContext(ctx, program, "apikey", "create", "--site", siteName, "--role", "system_manager", "--name", "bench")
	create.Env = env
	said, err := create.Output()
	if failed, ok := errors.AsType[*exec.ExitError](err); ok {
		return "", fmt.Errorf("making an API key: %w\n%s", err, failed.Stderr)
	}
	return strings.TrimSpace(string(said)), err
}

// stop ends the programs; the database server goes with the session.
func (st *stage) stop() error {
	var errs []error
	for _, c := range []*child{st.reference, st.against, st.service} {
		if c != nil {
			errs = append(errs, c.stop())
		}
	}
	return errors.Join(errs...)
}

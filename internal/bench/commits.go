package main

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"time"

	_ "github.com/jackc/pgx/v5/stdlib" // and so is what it left
	_ "modernc.org/sqlite"             //nolint:depguard // and so is this

	"github.com/ivendnext/whatsapp-accounts/internal/pgtest"
	"github.com/ivendnext/whatsapp-accounts/internal/rig"
)

// singleRows is a table of what a webhook is at the least: a body that is found again by an id.
const singleRows = "CREATE TABLE single_rows (id %s PRIMARY KEY, body text NOT NULL)"

// bodySize is how long the bodies of single rows are: as long as our webhooks.
func bodySize() int { return len(numberOf(0, 0).message()) }

// byPgbench lets pgbench commit single rows in a database of its own on the server.
func (s session) byPgbench(ctx context.Context, server rig.Server) (func(context.Context, int, time.Duration) (sample, error), error) {
	program, err := pgtest.Program("pgbench")
	if err != nil {
		return nil, err
	}
	url, err := server.Another(ctx, "single_rows")
	if err != nil {
		return nil, err
	}
	if err := execute(ctx, "pgx", url, fmt.Sprintf(singleRows, "bigint GENERATED ALWAYS AS IDENTITY")); err != nil {
		return nil, err
	}
	script := filepath.Join(s.Dir, "single_rows.sql")
	insert := fmt.Sprintf("INSERT INTO single_rows (body) VALUES (repeat('x', %d));\n", bodySize())
	if err := os.WriteFile(script, []byte(insert), 0o600); err != nil {
		return nil, err
	}
	return func(ctx context.Context, connections int, span time.Duration) (sample, error) {
		return pgbench{program, script, url, server.PID}.run(ctx, connections, span)
	}, nil
}

type pgbench struct {
	program, script, url string
	server               int
}

// run gives what pgbench counted. It knows whole seconds only, and opens its connections in them, which on a busy machine takes a second for every 16;
// its rate is without that time.
func (p pgbench) run(ctx context.Context, connections int, span time.Duration) (sample, error) {
	before, err := rig.CPUOf(p.server)
	if err != nil {
		return sample{}, err
	}
	seconds := max(1, int(span.Round(time.Second)/time.Second)) + 1 + connections/16
	run := exec.CommandContext(ctx, p.program, "--no-vacuum", "--protocol=prepared", "--file="+p.script, "--client="+strconv.Itoa(connections), //nolint:gosec // a program beside the server
		"--jobs="+strconv.Itoa(min(connections, 2)), "--time="+strconv.Itoa(seconds), p.url)
	run.Env = rig.SystemOnly()
	said, err := run.CombinedOutput()
	if err != nil {
		return sample{}, fmt.Errorf("pgbench: %w\n%s", err, said)
	}
	after, err := rig.CPUOf(p.server)
	if err != nil {
		return sample{}, err
	}
	return counted(string(said), after-before)
}

var (
	processed = regexp.MustCompile(`(?m)^number of transactions actually processed: (\d+)`)
	perSecond = regexp.MustCompile(`(?m)^tps = ([0-9.]+) `)
)

// counted reads what pgbench says at its end.
func counted(said string, cpu time.Duration) (sample, error) {
	number, rate := processed.FindStringSubmatch(said), perSecond.FindStringSubmatch(said)
	if number == nil || rate == nil {
		return sample{}, fmt.Errorf("pgbench said something else:\n%s", said)
	}
	n, err := strconv.Atoi(number[1])
	if err != nil || n == 0 {
		return sample{}, fmt.Errorf("pgbench committed nothing:\n%s", said)
	}
	tps, err := strconv.ParseFloat(rate[1], 64)
	return sample{requests: n, rate: tps, cpu: cpu / time.Duration(n)}, err
}

// bySQLite commits single rows, one after the other, as a file has one writer, and as durably as the service does.
func (s session) bySQLite(ctx context.Context) (func(context.Context, int, time.Duration) (sample, error), error) {
	file := "file:" + filepath.Join(s.Dir, "single_rows.db") + "?_pragma=journal_mode(WAL)&_pragma=synchronous(FULL)"
	if err := execute(ctx, "sqlite", file, fmt.Sprintf(singleRows, "integer")); err != nil {
		return nil, err
	}
	return func(ctx context.Context, _ int, span time.Duration) (_ sample, err error) {
		db, err := sql.Open("sqlite", file)
		if err != nil {
			return sample{}, err
		}
		defer func() { err = errors.Join(err, db.Close()) }()
		db.SetMaxOpenConns(1)
		return commit(ctx, db, span)
	}, nil
}

// commit commits row after row for a while.
func commit(ctx context.Context, db *sql.DB, span time.Duration) (sample, error) {
	insert, err := db.PrepareContext(ctx, "INSERT INTO single_rows (body) VALUES (?)")
	if err != nil {
		return sample{}, err
	}
	defer func() { _ = insert.Close() }()
	before, err := rig.OwnCPU()
	if err != nil {
		return sample{}, err
	}
	body, n, begin := strings.Repeat("x", bodySize()), 0, now()
	for now().Sub(begin) < span {
		if _, err := insert.ExecContext(ctx, body); err != nil {
			return sample{}, err
		}
		n++
	}
	took := now().Sub(begin)
	after, err := rig.OwnCPU()
	return sample{requests: n, rate: float64(n) / took.Seconds(), cpu: (after - before) / time.Duration(max(n, 1))}, err
}

func execute(ctx context.Context, driver, at, statement string) error {
	db, err := sql.Open(driver, at)
	if err != nil {
		return err
	}
	_, err = db.ExecContext(ctx, statement)
	return errors.Join(err, db.Close())
}

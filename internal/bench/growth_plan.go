package main

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"regexp"
	"strings"

	"github.com/jackc/pgx/v5"

	"github.com/ivendnext/whatsapp-accounts/internal/crowd"
	"github.com/ivendnext/whatsapp-accounts/internal/rig"
)

// plan is how PostgreSQL goes about the query of a request.
type plan struct {
	ask        string
	lines      []string
	complaints []string
}

// readPlans asks each request once more at the last size and looks at the statement that it sent.
func (g *growth) readPlans(ctx context.Context) (err error) {
	t := g.towns[len(g.towns)-1]
	config, err := pgx.ParseConfig(t.url)
	if err != nil {
		return err
	}
	config.DefaultQueryExecMode = pgx.QueryExecModeSimpleProtocol // the only statement that is prepared is the one that is looked at
	conn, err := pgx.ConnectConfig(ctx, config)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, conn.Close(ctx)) }()
	for _, a := range g.asks {
		path, err := a.path(ctx, t)
		if err != nil {
			return err
		}
		if path == "" {
			continue
		}
		p, err := a.plan(ctx, conn, t, path)
		if err != nil {
			return fmt.Errorf("the plan of %s: %w", a.name, err)
		}
		g.plans = append(g.plans, p)
	}
	return nil
}

func (a ask) plan(ctx context.Context, conn *pgx.Conn, t *town, path string) (plan, error) {
	key := ""
	if a.key {
		key = t.key
	}
	first := strings.ReplaceAll(path, counter, fmt.Sprint(crowd.First))
	statement, err := readTwice(func() (string, error) {
		if _, err := rig.Ask(ctx, http.MethodGet, "http://"+t.service.Address+first, key, "", http.StatusOK); err != nil {
			return "", err
		}
		return lastStatement(ctx, conn)
	})
	if err != nil {
		return plan{}, err
	}
	lines, err := genericPlan(ctx, conn, statement)
	return plan{ask: a.name, lines: lines, complaints: a.judge(statement, strings.Join(lines, "\n"))}, err
}

// most is how often a request is made to learn its statement.
const most = 20

// readTwice is what two requests in a row read last: what the service reads in the background comes between one of them, and not between two.
func readTwice(read func() (string, error)) (string, error) {
	before := ""
	for range most {
		statement, err := read()
		if err != nil {
			return "", err
		}
		if statement != before {
			before = statement
			continue
		}
		if len(statement) >= kept {
			return "", errors.New("the statement is longer than what PostgreSQL keeps of it")
		}
		return statement, nil
	}
	return "", fmt.Errorf("%d requests, and no two in a row read the same last", most)
}

// kept is how many bytes of a statement PostgreSQL shows: its track_activity_query_size, less the end.
const kept = 1023

// lastStatement is what the service read last: PostgreSQL keeps the beginning of each connection's last statement. What is written in the background is no SELECT.
func lastStatement(ctx context.Context, conn *pgx.Conn) (statement string, err error) {
	err = conn.QueryRow(ctx, `SELECT query FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()
		AND query LIKE 'SELECT%' ORDER BY query_start DESC LIMIT 1`).Scan(&statement)
	return statement, err
}

// genericPlan is the plan that PostgreSQL settles on after some executions: made without a look at the parameters, which may therefore be null.
func genericPlan(ctx context.Context, conn *pgx.Conn, statement string) ([]string, error) {
	if _, err := conn.Exec(ctx, "SET plan_cache_mode = force_generic_plan; DEALLOCATE ALL; PREPARE hot AS "+statement); err != nil {
		return nil, err
	}
	var parameters int
	if err := conn.QueryRow(ctx, "SELECT coalesce(cardinality(parameter_types), 0) FROM pg_prepared_statements WHERE name = 'hot'").Scan(&parameters); err != nil {
		return nil, err
	}
	call := "hot"
	if parameters > 0 {
		call += "(" + strings.TrimSuffix(strings.Repeat("NULL, ", parameters), ", ") + ")"
	}
	rows, err := conn.Query(ctx, "EXPLAIN (COSTS OFF) EXECUTE "+call)
	if err != nil {
		return nil, err
	}
	return pgx.CollectRows(rows, pgx.RowTo[string])
}

var (
	bySite  = regexp.MustCompile(`Index Cond: .*\bsite = \$\d`)
	counts  = regexp.MustCompile(`(?i)\bcount\(`)
	offsets = regexp.MustCompile(`(?i)\boffset\b`)
	scans   = regexp.MustCompile(`Seq Scan`)
	sorts   = regexp.MustCompile(`\bSort\b`)
	indexes = regexp.MustCompile(`Index (Only )?Scan|Bitmap Index Scan`)
)

// judge tells what a hot query must not do.
func (a ask) judge(statement, lines string) (complaints []string) {
	for _, c := range []struct {
		wrong bool
		what  string
	}{
		{!a.sites && !bySite.MatchString(lines), "does not go by the site"},
		{counts.MatchString(statement), "counts"},
		{offsets.MatchString(statement), "offsets"},
		{scans.MatchString(lines), "scans a table"},
		{!a.one && sorts.MatchString(lines), "sorts"},
		{!indexes.MatchString(lines), "uses no index"},
	} {
		if c.wrong {
			complaints = append(complaints, c.what)
		}
	}
	return complaints
}

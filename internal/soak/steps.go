package main

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"strings"

	"github.com/jackc/pgx/v5"

	"github.com/ivendnext/whatsapp-accounts/internal/secret"
)

// command runs a command of the service and gives what it prints.
func (i *installation) command(ctx context.Context, args ...string) (string, error) {
	cmd := exec.CommandContext(ctx, i.program, args...) //nolint:gosec // our own program
	cmd.Env = i.env
	said, err := cmd.Output()
	if failed, ok := errors.AsType[*exec.ExitError](err); ok {
		return "", fmt.Errorf("%s: %w\n%s", strings.Join(args, " "), err, failed.Stderr)
	}
	return strings.TrimSpace(string(said)), err
}

// reseal runs keys reseal and gives how many secrets it said it had moved. With an enough it is killed, by SIGKILL, when it has told so many.
func (i *installation) reseal(ctx context.Context, enough int64, r *rotated) (moved int64, err error) {
	cmd := exec.CommandContext(ctx, i.program, "keys", "reseal") //nolint:gosec // our own program
	cmd.Env = i.env
	progress, err := cmd.StderrPipe()
	if err != nil {
		return 0, err
	}
	if err := cmd.Start(); err != nil {
		return 0, err
	}
	killed, rest := false, new(strings.Builder)
	for lines := bufio.NewScanner(progress); lines.Scan(); {
		var done, left int64
		if n, _ := fmt.Sscanf(lines.Text(), "resealed %d, %d to go", &done, &left); n < 2 {
			fmt.Fprintln(rest, lines.Text())
			continue
		}
		moved, r.progress = done, r.progress+1
		if !killed && enough > 0 && done >= enough && left > 0 {
			killed = true
			if err := cmd.Process.Kill(); err != nil {
				return moved, err
			}
		}
	}
	err = cmd.Wait()
	switch {
	case killed:
		return moved, nil // what became of it is what the next one finds
	case enough > 0 && err == nil:
		return moved, errors.New("keys reseal was done before it could be killed")
	case err != nil:
		return moved, fmt.Errorf("keys reseal: %w\n%s", err, rest)
	}
	return moved, nil
}

// knowing counts the replicas whose log has a text.
func (i *installation) knowing(what string) (n int, err error) {
	for _, replica := range i.replicas {
		said, err := os.ReadFile(replica.Log)
		if err != nil {
			return n, err
		}
		if bytes.Contains(said, []byte(what)) {
			n++
		}
	}
	return n, nil
}

// inDatabase lends a connection.
func (i *installation) inDatabase(ctx context.Context, do func(*pgx.Conn) error) error {
	conn, err := pgx.Connect(ctx, i.url)
	if err != nil {
		return err
	}
	return errors.Join(do(conn), conn.Close(ctx))
}

// count counts secrets.
func (i *installation) count(ctx context.Context, where string, args ...any) (n int64, err error) {
	err = i.inDatabase(ctx, func(conn *pgx.Conn) error {
		return conn.QueryRow(ctx, "SELECT count(*) FROM account_secrets WHERE "+where, args...).Scan(&n)
	})
	return n, err
}

// unopened counts the secrets that a box does not open, the ones that the traffic wrote included.
func (i *installation) unopened(ctx context.Context, box *secret.Box) (n int64, err error) {
	err = i.inDatabase(ctx, func(conn *pgx.Conn) error {
		rows, err := conn.Query(ctx, "SELECT site, account_id::text, field || '/' || slot, sealed FROM account_secrets")
		if err != nil {
			return err
		}
		var p secret.Place
		var sealed []byte
		_, err = pgx.ForEachRow(rows, []any{&p.Site, &p.Record, &p.Field, &sealed}, func() error {
			if _, err := box.Open(p, sealed); err != nil {
				n++
			}
			return nil
		})
		return err
	})
	return n, err
}

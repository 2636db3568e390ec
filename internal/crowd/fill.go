package crowd

import (
	"context"
	"errors"
	"fmt"

	"github.com/jackc/pgx/v5"
)

// Fill writes the accounts into a database that the service has migrated and that holds none of them. The user must be a superuser: foreign keys are not
// checked, since what is written fits together, and checking takes longer than writing. In the end PostgreSQL has looked at every table, as it would
// by itself within minutes.
func (c Crowd) Fill(ctx context.Context, url string) (err error) {
	conn, err := pgx.Connect(ctx, url)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, conn.Close(context.WithoutCancel(ctx))) }()
	if _, err := conn.Exec(ctx, "SET session_replication_role = replica"); err != nil {
		return err
	}
	for _, t := range tables() {
		if _, err := conn.CopyFrom(ctx, pgx.Identifier{t.name}, t.columns, c.rowsOf(t)); err != nil {
			return fmt.Errorf("filling %s: %w", t.name, err)
		}
	}
	for _, statement := range []string{"VACUUM ANALYZE", "CHECKPOINT"} {
		if _, err := conn.Exec(ctx, statement); err != nil {
			return fmt.Errorf("%s: %w", statement, err)
		}
	}
	return nil
}

// source gives the rows of a table, account by account.
type source struct {
	crowd       Crowd
	table       table
	group, slot int
	rows        [][]any // of the account before group and slot
	err         error
}

func (c Crowd) rowsOf(t table) *source { return &source{crowd: c, table: t} }

// Next implements pgx.CopyFromSource.
func (s *source) Next() bool {
	if len(s.rows) > 0 {
		s.rows = s.rows[1:]
	}
	for len(s.rows) == 0 && s.group < s.crowd.Groups() && s.err == nil {
		s.rows, s.err = s.table.rows(s.crowd, s.group, s.slot)
		if s.slot++; s.slot == GroupSize {
			s.group, s.slot = s.group+1, 0
		}
	}
	return len(s.rows) > 0 && s.err == nil
}

// Values implements pgx.CopyFromSource.
func (s *source) Values() ([]any, error) { return s.rows[0], nil }

// Err implements pgx.CopyFromSource.
func (s *source) Err() error { return s.err }

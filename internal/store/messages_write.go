package store

import (
	"context"
	"errors"
	"time"

	"gorm.io/gorm/clause"

	"github.com/ivendnext/whatsapp-accounts/internal/message"
	"github.com/ivendnext/whatsapp-accounts/internal/site"
)

// The rows to write are found by their ids and then by their places, whatever the planner knows of the table; see byIDs.
const (
	rewriting = `UPDATE messages AS t SET status = fresh.status, provider_id = fresh.provider_id, attempts = fresh.attempts, problem = fresh.problem,
		timeline = fresh.timeline, paced_until = fresh.paced_until, updated_at = fresh.updated_at
		FROM unnest(?::uuid[], ?::text[], ?::text[], ?::integer[], ?::bytea[], ?::bytea[], ?::timestamptz[], ?::timestamptz[]`
	rewritten = `id, status, provider_id, attempts, problem, timeline, paced_until, updated_at`
	inPlace   = `CROSS JOIN LATERAL (SELECT ctid AS place, site FROM messages WHERE id BETWEEN fresh.id AND fresh.id ORDER BY id LIMIT 1) AS old WHERE t.ctid = old.place`

	// rewriteMessages writes over rows that are locked, and gives their ids.
	rewriteMessages lookup = `WITH written AS (` + rewriting + `) AS fresh (` + rewritten + `) ` + inPlace + ` AND old.site = ? RETURNING t.id, t.site)
		SELECT w.id FROM written w WHERE true`

	// rewriteAsBelieved writes over rows that are as they are believed to be, and gives their ids. Each change of a message makes its timeline longer, or moves its time, but
	// for one that only notes its place in the pace: what is written over that has begun, is not to be sent, or takes another place.
	rewriteAsBelieved lookup = `WITH written AS (` + rewriting + `, ?::text[], ?::timestamptz[], ?::integer[])
			AS fresh (` + rewritten + `, was_status, was_updated_at, was_length) ` + inPlace + `
			AND t.status IS NOT DISTINCT FROM fresh.was_status AND t.updated_at IS NOT DISTINCT FROM fresh.was_updated_at AND octet_length(t.timeline) = fresh.was_length
			AND old.site = ?
		RETURNING t.id, t.site)
		SELECT w.id FROM written w WHERE true`
)

// errNotWritten tells that a message was not there though the transaction had locked it: what is told of it must not be kept.
var errNotWritten = errors.New("store: a message that has changed is not there to be written")

// replace writes messages over their rows, which are locked: many in one statement. SQLite is given them as an insert of rows that are there already.
func (s *Messages) replace(ctx context.Context, in site.Site, rows ...messageRow) error {
	if s.db.dialect.arrays {
		written := 0
		err := rewriteMessages.each(s.db.lookUp(ctx, in, "w"), append(changedColumnsOf(rows).args(), in.String()), func(scanner) error {
			written++
			return nil
		})
		if err == nil && written < len(rows) {
			err = errNotWritten
		}
		return err
	}
	return s.db.in(ctx, in).Clauses(clause.OnConflict{
		Columns:   []clause.Column{{Name: "id"}},
		DoUpdates: clause.AssignmentColumns([]string{"status", "provider_id", "attempts", "problem", "timeline", "paced_until", "updated_at"}),
	}).CreateInBatches(&rows, insertBatch).Error
}

// rewriteBelieved writes messages over rows that are still as they were before, and gives the ids of those.
func (s *Messages) rewriteBelieved(ctx context.Context, in site.Site, before map[string]*message.Message, rows []messageRow) (written map[string]bool, err error) {
	written = make(map[string]bool, len(rows))
	if len(rows) == 0 {
		return written, nil
	}
	var (
		statuses []string
		updated  []time.Time
		lengths  []int
	)
	for i := range rows {
		was := before[rows[i].ID]
		statuses, updated, lengths = append(statuses, string(was.Status)), append(updated, was.UpdatedAt), append(lengths, len(timelineJSON(was.Timeline)))
	}
	args := append(changedColumnsOf(rows).args(), array(statuses), array(updated), array(lengths), in.String())
	err = rewriteAsBelieved.each(s.db.lookUp(ctx, in, "w"), args, func(row scanner) error {
		var id string
		err := row.Scan(&id)
		written[id] = true
		return err
	})
	return written, s.db.classify(ctx, err)
}

// changedColumns are what changes of messages once they were accepted, column by column.
type changedColumns struct {
	ids, statuses       []string
	names               []*string
	attempts            []int
	problems, timelines [][]byte
	paced               []*time.Time
	updated             []time.Time
}

func changedColumnsOf(rows []messageRow) (c changedColumns) {
	for i := range rows {
		r := &rows[i]
		c.ids, c.statuses, c.names, c.attempts = append(c.ids, r.ID), append(c.statuses, r.Status), append(c.names, r.ProviderID), append(c.attempts, r.Attempts)
		c.problems, c.timelines = append(c.problems, r.Problem), append(c.timelines, r.Timeline)
		c.paced, c.updated = append(c.paced, r.PacedUntil), append(c.updated, r.UpdatedAt)
	}
	return c
}

func (c changedColumns) args() []any {
	return []any{
		uuids(c.ids), array(c.statuses), array(c.names), array(c.attempts), array(c.problems), array(c.timelines), array(c.paced), array(c.updated),
	}
}

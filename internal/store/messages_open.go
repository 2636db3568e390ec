package store

import (
	"context"
	"maps"
	"slices"

	"gorm.io/gorm/clause"

	"github.com/ivendnext/whatsapp-accounts/internal/event"
	"github.com/ivendnext/whatsapp-accounts/internal/message"
	"github.com/ivendnext/whatsapp-accounts/internal/site"
)

// openMessages is what a transaction has changed of a site's messages. It is written in one statement before the commit, and only then is the feed told: whoever
// holds the feed waits for no message.
type openMessages struct {
	seen    map[string]message.Message // locked, and not changed yet
	changed map[string]message.Message
	named   []string // those of which the provider's id has become known
	news    []event.New
}

// openMessagesKey is the messages of a site that a transaction has changed.
type openMessagesKey struct{ of site.Site }

// edits gives what the context's transaction has changed so far.
func (s *Messages) edits(ctx context.Context, in site.Site) (*openMessages, error) {
	return once(ctx, openMessagesKey{in}, func() (*openMessages, error) {
		open := &openMessages{seen: map[string]message.Message{}, changed: map[string]message.Message{}}
		beforeCommit(ctx, func(ctx context.Context) error { return s.flush(ctx, in, open) })
		return open, nil
	})
}

// locked reads a message as the transaction has it, and keeps it until its end.
func (s *Messages) locked(ctx context.Context, in site.Site, open *openMessages, id string) (message.Message, error) {
	if m, known := open.changed[id]; known {
		return m, nil
	}
	if m, known := open.seen[id]; known {
		return m, nil
	}
	return s.take(ctx, in, s.db.in(ctx, in).Where("id = ?", id).Clauses(clause.Locking{Strength: clause.LockingStrengthUpdate}))
}

// flush writes what has changed, and tells the feed.
func (s *Messages) flush(ctx context.Context, in site.Site, open *openMessages) error {
	if len(open.changed) == 0 {
		return nil
	}
	if err := s.hear(ctx, in, open); err != nil {
		return err
	}
	rows := make([]messageRow, 0, len(open.changed))
	for _, id := range slices.Sorted(maps.Keys(open.changed)) {
		rows = append(rows, messageRowOf(open.changed[id]))
	}
	if err := s.replace(ctx, in, rows...); err != nil {
		return err
	}
	_, err := s.db.Events().Append(ctx, in, open.news...)
	return err
}

// replace writes messages over their rows, which are locked: many in one statement, as an insert of rows that are there already.
func (s *Messages) replace(ctx context.Context, in site.Site, rows ...messageRow) error {
	return s.db.in(ctx, in).Clauses(clause.OnConflict{
		Columns:   []clause.Column{{Name: "id"}},
		DoUpdates: clause.AssignmentColumns([]string{"status", "provider_id", "attempts", "problem", "timeline", "paced_until", "updated_at"}),
	}).CreateInBatches(&rows, insertBatch).Error
}

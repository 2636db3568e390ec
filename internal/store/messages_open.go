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
	named   []string               // those of which the provider's id has become known
	news    map[string][]event.New // by message
	beliefs []belief
}

func newOpenMessages() *openMessages {
	return &openMessages{seen: map[string]message.Message{}, changed: map[string]message.Message{}, news: map[string][]event.New{}}
}

// openMessagesKey is the messages of a site that a transaction has changed.
type openMessagesKey struct{ of site.Site }

// edits gives what the context's transaction has changed so far.
func (s *Messages) edits(ctx context.Context, in site.Site) (*openMessages, error) {
	return once(ctx, openMessagesKey{in}, func() (*openMessages, error) {
		open := newOpenMessages()
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
	if _, err := s.conclude(ctx, in, open); err != nil {
		return err
	}
	if err := s.hear(ctx, in, open); err != nil {
		return err
	}
	if len(open.changed) > 0 {
		if err := s.replace(ctx, in, open.rows()...); err != nil {
			return err
		}
	}
	var news []event.New
	for _, id := range slices.Sorted(maps.Keys(open.news)) {
		news = append(news, open.news[id]...)
	}
	_, err := s.db.Events().Append(ctx, in, news...)
	return err
}

// rows are the messages that have changed, in the order of their ids.
func (open *openMessages) rows() []messageRow {
	rows := make([]messageRow, 0, len(open.changed))
	for _, id := range slices.Sorted(maps.Keys(open.changed)) {
		rows = append(rows, messageRowOf(open.changed[id]))
	}
	return rows
}

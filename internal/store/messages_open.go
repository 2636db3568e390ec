package store

import (
	"context"
	"maps"
	"slices"
	"strings"

	"gorm.io/gorm/clause"

	"github.com/ivendnext/whatsapp-accounts/internal/event"
	"github.com/ivendnext/whatsapp-accounts/internal/message"
	"github.com/ivendnext/whatsapp-accounts/internal/site"
)

// openMessages is what a transaction has changed of a site's messages. It is written in one statement before the commit. What a pointer is to is never changed.
type openMessages struct {
	seen    map[string]*message.Message // locked, and not changed yet
	changed map[string]*message.Message
	named   []string               // those of which the provider's id has become known
	news    map[string][]event.New // by message
	beliefs []*belief
}

func newOpenMessages() *openMessages {
	return &openMessages{seen: map[string]*message.Message{}, changed: map[string]*message.Message{}, news: map[string][]event.New{}}
}

// openSites is what a transaction has changed of messages, by their sites.
type openSites map[site.Site]*openMessages

// openSitesKey is where a transaction keeps it.
type openSitesKey struct{}

// edits gives what the context's transaction has changed so far of a site's messages.
func (s *Messages) edits(ctx context.Context, in site.Site) (*openMessages, error) {
	sites, err := once(ctx, openSitesKey{}, func() (openSites, error) {
		sites := openSites{}
		beforeCommit(ctx, func(ctx context.Context) error { return s.flush(ctx, sites) })
		return sites, nil
	})
	if err == nil && sites[in] == nil {
		sites[in] = newOpenMessages()
	}
	return sites[in], err
}

// locked reads a message as the transaction has it, and keeps it until its end.
func (s *Messages) locked(ctx context.Context, in site.Site, open *openMessages, id string) (message.Message, error) {
	if m, known := open.changed[id]; known {
		return *m, nil
	}
	if m, known := open.seen[id]; known {
		return *m, nil
	}
	return s.take(ctx, in, s.db.in(ctx, in).Where("id = ?", id).Clauses(clause.Locking{Strength: clause.LockingStrengthUpdate}))
}

// flush writes what has changed of the messages of all sites, and only then tells the feeds: while it holds one it waits for no message of any site. The sites come in
// the order of their names, in which everybody locks who locks for several.
func (s *Messages) flush(ctx context.Context, sites openSites) error {
	order := slices.SortedFunc(maps.Keys(sites), func(x, y site.Site) int { return strings.Compare(x.String(), y.String()) })
	for _, in := range order {
		if err := s.save(ctx, in, sites[in]); err != nil {
			return err
		}
	}
	for _, in := range order {
		if err := s.tell(ctx, in, sites[in]); err != nil {
			return err
		}
	}
	return nil
}

// save writes what has changed of a site's messages.
func (s *Messages) save(ctx context.Context, in site.Site, open *openMessages) error {
	if _, err := s.conclude(ctx, in, open); err != nil {
		return err
	}
	if err := s.hear(ctx, in, open); err != nil || len(open.changed) == 0 {
		return err
	}
	return s.replace(ctx, in, open.rows()...)
}

// tell appends to a site's feed what is new of its messages.
func (s *Messages) tell(ctx context.Context, in site.Site, open *openMessages) error {
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
		rows = append(rows, messageRowOf(*open.changed[id]))
	}
	return rows
}

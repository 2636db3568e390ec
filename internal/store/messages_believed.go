package store

import (
	"cmp"
	"context"
	"slices"

	"github.com/ivendnext/whatsapp-accounts/internal/account"
	"github.com/ivendnext/whatsapp-accounts/internal/message"
	"github.com/ivendnext/whatsapp-accounts/internal/site"
)

// belief is a change of a message that is believed to be as it was when it was last seen. It nearly always is: then it is written without being read and locked
// before. One that has changed meanwhile is read, locked and decided anew.
type belief struct {
	message message.Message
	decide  func(message.Message) message.Message
	tell    bool
}

// Begin implements message.Store. The steps of a beginning are told with its end: readers lose nothing, and the feed is held once and not twice.
func (s *Messages) Begin(ctx context.Context, in site.Site, believed []message.Message, decide func(message.Message, account.Standing) message.Message) (after map[string]message.Message, err error) {
	if in.IsZero() {
		return nil, errNoSite
	}
	accounts := make([]string, len(believed))
	for i, m := range believed {
		accounts[i] = m.AccountID
	}
	slices.Sort(accounts)
	err = s.db.Transact(ctx, func(ctx context.Context) error {
		standing, err := s.db.Accounts().standings(ctx, in, slices.Compact(accounts))
		if err != nil {
			return err
		}
		open, err := s.edits(ctx, in)
		if err != nil {
			return err
		}
		open.beliefs = slices.Grow(open.beliefs, len(believed))
		for _, m := range believed {
			open.beliefs = append(open.beliefs, &belief{m, func(m message.Message) message.Message { return decide(m, standing[m.AccountID]) }, false})
		}
		now, err := s.conclude(ctx, in, open)
		after = make(map[string]message.Message, len(now))
		for id, m := range now {
			after[id] = *m
		}
		return err
	})
	return after, err
}

// Conclude implements message.Store.
func (s *Messages) Conclude(ctx context.Context, in site.Site, believed message.Message, decide func(message.Message) message.Message) error {
	if in.IsZero() {
		return errNoSite
	}
	return s.db.Transact(ctx, func(ctx context.Context) error {
		open, err := s.edits(ctx, in)
		if err == nil {
			open.beliefs = append(open.beliefs, &belief{believed, decide, true})
		}
		return err
	})
}

// conclude makes the changes of what is believed, and gives those messages as they are then; one that is not there is left out.
func (s *Messages) conclude(ctx context.Context, in site.Site, open *openMessages) (after map[string]*message.Message, err error) {
	beliefs := open.beliefs
	if len(beliefs) == 0 {
		return nil, nil //nolint:nilnil // nothing is believed, so nothing has become of it
	}
	open.beliefs = nil
	slices.SortStableFunc(beliefs, func(x, y *belief) int { return cmp.Compare(x.message.ID, y.message.ID) })
	after = make(map[string]*message.Message, len(beliefs))
	rest := beliefs
	if s.db.dialect.arrays { // SQLite has one writer, and nothing to be gained
		if rest, err = s.trust(ctx, in, open, beliefs, after); err != nil {
			return nil, err
		}
	}
	return after, s.doubt(ctx, in, open, rest, after)
}

// trust writes what still is as it is believed to be, and gives the others.
func (s *Messages) trust(ctx context.Context, in site.Site, open *openMessages, beliefs []*belief, after map[string]*message.Message) (rest []*belief, err error) {
	trial, before := newOpenMessages(), make(map[string]*message.Message, len(beliefs))
	for _, b := range beliefs {
		if id := b.message.ID; !open.knows(id) && !trial.knows(id) {
			before[id] = &b.message
			if _, err := s.edit(ctx, trial, b.message, b.decide(b.message), b.tell); err != nil {
				return nil, err
			}
		}
	}
	if err := s.hear(ctx, in, trial); err != nil {
		return nil, err
	}
	written, err := s.rewriteBelieved(ctx, in, before, trial.rows())
	for _, b := range beliefs {
		id := b.message.ID
		if _, first := before[id]; !first || !written[id] {
			rest = append(rest, b)
			continue
		}
		delete(before, id) // whoever comes next finds it changed
		after[id], open.seen[id] = trial.changed[id], trial.changed[id]
		if news, told := trial.news[id]; told {
			open.news[id] = append(open.news[id], news...)
		}
	}
	return rest, err
}

// doubt decides about messages as they are: they are read and locked, all at once.
func (s *Messages) doubt(ctx context.Context, in site.Site, open *openMessages, beliefs []*belief, after map[string]*message.Message) error {
	var unknown []string
	for _, b := range beliefs {
		if !open.knows(b.message.ID) {
			unknown = append(unknown, b.message.ID)
		}
	}
	if len(unknown) > 0 {
		found, err := s.all(ctx, in, slices.Compact(unknown), forUpdate)
		if err != nil {
			return err
		}
		for id, m := range found {
			open.seen[id] = &m
		}
	}
	for _, b := range beliefs {
		if !open.knows(b.message.ID) {
			continue
		}
		before, err := s.locked(ctx, in, open, b.message.ID)
		if err != nil {
			return err
		}
		now, err := s.edit(ctx, open, before, b.decide(before), b.tell)
		if err != nil {
			return err
		}
		after[now.ID] = &now
	}
	return nil
}

// knows reports whether the transaction has locked the message.
func (open *openMessages) knows(id string) bool {
	_, changed := open.changed[id]
	_, seen := open.seen[id]
	return changed || seen
}

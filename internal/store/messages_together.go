package store

import (
	"context"
	"slices"

	"github.com/ivendnext/whatsapp-accounts/internal/message"
	"github.com/ivendnext/whatsapp-accounts/internal/site"
)

// GetAll implements message.Store.
func (s *Messages) GetAll(ctx context.Context, in site.Site, ids ...string) (map[string]message.Message, error) {
	return s.all(ctx, in, ids, unlocked)
}

// all reads the messages that are there; those who lock them do so in the order of their ids.
func (s *Messages) all(ctx context.Context, in site.Site, ids []string, l lock) (map[string]message.Message, error) {
	found := make(map[string]message.Message, len(ids))
	query := lookup("SELECT " + messageColumns + " " + s.db.dialect.byIDs("messages", l) + " WHERE true")
	err := query.each(s.db.lookUp(ctx, in, "t"), []any{s.db.dialect.list(slices.Sorted(slices.Values(ids)))}, func(row scanner) (err error) {
		var r messageRow
		if err := row.Scan(r.places()...); err != nil {
			return err
		}
		found[r.ID], err = r.message(in)
		return err
	})
	return found, s.db.classify(ctx, err)
}

// hear takes over what was told of messages before their provider's ids were known here.
func (s *Messages) hear(ctx context.Context, in site.Site, open *openMessages) error {
	if len(open.named) == 0 {
		return nil
	}
	states, err := s.states(ctx, in, open)
	if err != nil {
		return err
	}
	for _, id := range open.named {
		named := open.changed[id]
		r, told := states[[2]string{named.AccountID, named.ProviderID}]
		if !told {
			continue
		}
		m := named.Hear(r.state(), "", nil, s.db.now())
		news, err := untold(&m)
		if err != nil {
			return err
		}
		open.changed[id], open.news[id] = &m, append(open.news[id], news...)
	}
	return nil
}

// statesByName is what was told of messages, by their accounts and the provider's ids.
const statesByName lookup = `SELECT t.account_id, t.message_id, t.state FROM unnest(?::uuid[], ?::text[]) AS asked (account_id, message_id)
	CROSS JOIN LATERAL (SELECT * FROM message_states WHERE account_id = asked.account_id AND message_id = asked.message_id LIMIT 1) AS t WHERE true`

// states reads what was told of the messages that are named, by account and the provider's id.
func (s *Messages) states(ctx context.Context, in site.Site, open *openMessages) (map[[2]string]messageStateRow, error) {
	var theirs, accounts []string
	for _, id := range open.named {
		theirs, accounts = append(theirs, open.changed[id].ProviderID), append(accounts, open.changed[id].AccountID)
	}
	states := map[[2]string]messageStateRow{}
	if s.db.dialect.arrays {
		return states, statesByName.each(s.db.lookUp(ctx, in, "t"), []any{uuids(accounts), array(theirs)}, func(row scanner) error {
			var r messageStateRow
			err := row.Scan(&r.AccountID, &r.MessageID, &r.State)
			states[[2]string{r.AccountID, r.MessageID}] = r
			return err
		})
	}
	var rows []messageStateRow
	err := s.db.in(ctx, in).Where("account_id IN ? AND message_id IN ?", slices.Compact(slices.Sorted(slices.Values(accounts))), theirs).Find(&rows).Error
	for _, r := range rows {
		states[[2]string{r.AccountID, r.MessageID}] = r
	}
	return states, err
}

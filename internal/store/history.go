package store

import (
	"context"
	"encoding/json"

	"github.com/ivendnext/whatsapp-accounts/internal/account"
	"github.com/ivendnext/whatsapp-accounts/internal/event"
	"github.com/ivendnext/whatsapp-accounts/internal/site"
)

// record writes a line of history, and tells the site's feed of it. The feed comes last in a transaction.
func (s *Accounts) record(ctx context.Context, in site.Site, accountID string, e account.Entry) error {
	changes := make([]changeDocument, len(e.Changes))
	for i, c := range e.Changes {
		changes[i] = changeDocument(c)
	}
	r := historyRow{
		ID: s.db.newID(), Site: in.String(), AccountID: accountID, At: e.At, Actor: e.Actor, Action: string(e.Action),
		Changes: document[[]changeDocument]{changes}, RequestID: e.RequestID,
	}
	if err := s.db.in(ctx, in).Create(&r).Error; err != nil {
		return err
	}
	data, err := json.Marshal(changedDocument{Action: r.Action, Actor: r.Actor, Changes: changes, RequestID: r.RequestID})
	if err != nil {
		return err
	}
	_, err = s.db.Events().Append(ctx, in, event.New{Type: event.AccountChanged, AccountID: accountID, Data: data})
	return err
}

// changedDocument is what the event account.changed tells: the line of history.
type changedDocument struct {
	Action    string           `json:"action"`
	Actor     string           `json:"actor"`
	Changes   []changeDocument `json:"changes"`
	RequestID string           `json:"request_id"`
}

// History implements account.Store.
func (s *Accounts) History(ctx context.Context, in site.Site, id, after string, limit int) (account.HistoryPage, error) {
	if !isUUID(id) {
		return account.HistoryPage{}, account.ErrNotFound
	}
	limit = max(limit, 1)
	rows, err := s.lines(ctx, in, id, after, limit+1)
	if err != nil {
		return account.HistoryPage{}, err
	}
	if len(rows) == 0 {
		return account.HistoryPage{}, s.everWas(ctx, in, id)
	}
	var page account.HistoryPage
	if len(rows) > limit {
		rows, page.Next = rows[:limit], rows[limit-1].ID
	}
	for _, r := range rows {
		page.Entries = append(page.Entries, r.entry())
	}
	return page, nil
}

// lines reads up to n lines that are older than after, or from the newest on. Nothing is older than a position that never was.
func (s *Accounts) lines(ctx context.Context, in site.Site, id, after string, n int) ([]historyRow, error) {
	query := s.db.in(ctx, in).Where("account_id = ?", id)
	if after != "" {
		if !isUUID(after) {
			return nil, nil
		}
		query = query.Where("id < ?", after)
	}
	var rows []historyRow
	err := query.Order("id DESC").Limit(n).Find(&rows).Error
	return rows, s.db.classify(ctx, err)
}

// everWas is ErrNotFound for an account that never was: every other has the line of its creation.
func (s *Accounts) everWas(ctx context.Context, in site.Site, id string) error {
	newest, err := s.lines(ctx, in, id, "", 1)
	if err == nil && len(newest) == 0 {
		return account.ErrNotFound
	}
	return err
}

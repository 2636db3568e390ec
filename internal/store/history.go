package store

import (
	"context"

	"github.com/ivendnext/whatsapp-accounts/internal/account"
	"github.com/ivendnext/whatsapp-accounts/internal/site"
)

// record writes a line of history.
func (s *Accounts) record(ctx context.Context, in site.Site, accountID string, e account.Entry) error {
	changes := make([]changeDocument, len(e.Changes))
	for i, c := range e.Changes {
		changes[i] = changeDocument(c)
	}
	return s.db.in(ctx, in).Create(&historyRow{
		ID: s.db.newID(), Site: in.String(), AccountID: accountID, At: e.At, Actor: e.Actor, Action: string(e.Action),
		Changes: document[[]changeDocument]{changes}, RequestID: e.RequestID,
	}).Error
}

// History implements account.Store.
func (s *Accounts) History(ctx context.Context, in site.Site, id, after string, limit int) (account.HistoryPage, error) {
	if !isUUID(id) {
		return account.HistoryPage{}, account.ErrNotFound
	}
	query := s.db.in(ctx, in).Where("account_id = ?", id)
	if after != "" {
		query = query.Where("id < ?", after)
	}
	var rows []historyRow
	if err := query.Order("id DESC").Limit(limit + 1).Find(&rows).Error; err != nil {
		return account.HistoryPage{}, s.db.classify(err)
	}
	// Every account has the line of its creation, so an empty first page is an account that never was.
	if len(rows) == 0 && after == "" {
		return account.HistoryPage{}, account.ErrNotFound
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

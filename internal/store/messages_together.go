package store

import (
	"context"
	"maps"
	"slices"

	"gorm.io/gorm/clause"

	"github.com/ivendnext/whatsapp-accounts/internal/account"
	"github.com/ivendnext/whatsapp-accounts/internal/message"
	"github.com/ivendnext/whatsapp-accounts/internal/site"
	"github.com/ivendnext/whatsapp-accounts/internal/webhook"
)

// GetAll implements message.Store.
func (s *Messages) GetAll(ctx context.Context, in site.Site, ids ...string) (map[string]message.Message, error) {
	return s.all(ctx, in, ids)
}

func (s *Messages) all(ctx context.Context, in site.Site, ids []string, locking ...clause.Expression) (map[string]message.Message, error) {
	var rows []messageRow
	err := s.db.in(ctx, in).Clauses(locking...).Where("id IN ?", slices.DeleteFunc(slices.Clone(ids), func(id string) bool { return !isUUID(id) })).Order("id").Find(&rows).Error
	if err != nil {
		return nil, s.db.classify(ctx, err)
	}
	found := make(map[string]message.Message, len(rows))
	for _, r := range rows {
		if found[r.ID], err = r.message(in); err != nil {
			return nil, err
		}
	}
	return found, nil
}

// Lock implements message.Store. Everybody who locks several does so in the order of their ids, accounts first.
func (s *Messages) Lock(ctx context.Context, in site.Site, ids, accountIDs []string) error {
	return s.db.Transact(ctx, func(ctx context.Context) error {
		if err := s.db.Books().holdAll(ctx, in, accountIDs); err != nil {
			return err
		}
		found, err := s.all(ctx, in, ids, clause.Locking{Strength: clause.LockingStrengthUpdate})
		if err != nil {
			return err
		}
		open, err := s.edits(ctx, in)
		if err != nil {
			return err
		}
		maps.Copy(open.seen, found)
		return nil
	})
}

// holdAll is Hold for several accounts at once: those that are not there are left to Hold.
func (b *Books) holdAll(ctx context.Context, in site.Site, ids []string) error {
	if len(ids) == 0 {
		return nil
	}
	var rows []heldRow
	err := b.db.Accounts().held(ctx, in).Where("accounts.id IN ?", ids).Order("accounts.id").
		Clauses(clause.Locking{Strength: clause.LockingStrengthShare, Table: clause.Table{Name: "accounts"}}).Find(&rows).Error
	if err != nil {
		return b.db.classify(ctx, err)
	}
	for _, r := range rows {
		a := r.held(in)
		_, err := once(ctx, heldKey{webhook.Party{AccountID: a.ID, Site: in}}, func() (account.Account, error) { return a, nil })
		if err != nil {
			return err
		}
	}
	return nil
}

// hear takes over what was told of messages before their provider's ids were known here.
func (s *Messages) hear(ctx context.Context, in site.Site, open *openMessages) error {
	if len(open.named) == 0 {
		return nil
	}
	var theirs, accounts []string
	for _, id := range open.named {
		theirs, accounts = append(theirs, open.changed[id].ProviderID), append(accounts, open.changed[id].AccountID)
	}
	var rows []messageStateRow
	if err := s.db.in(ctx, in).Where("account_id IN ? AND message_id IN ?", slices.Compact(slices.Sorted(slices.Values(accounts))), theirs).Find(&rows).Error; err != nil {
		return err
	}
	type name struct{ account, message string }
	states := map[name]messageStateRow{}
	for _, r := range rows {
		states[name{r.AccountID, r.MessageID}] = r
	}
	for _, id := range open.named {
		m := open.changed[id]
		r, told := states[name{m.AccountID, m.ProviderID}]
		if !told {
			continue
		}
		m = m.Hear(r.state(), "", nil, s.db.now())
		news, err := untold(&m)
		if err != nil {
			return err
		}
		open.changed[id], open.news = m, append(open.news, news...)
	}
	return nil
}

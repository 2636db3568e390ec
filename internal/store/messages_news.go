package store

import (
	"context"
	"encoding/json"
	"errors"
	"strconv"

	"gorm.io/gorm/clause"

	"github.com/ivendnext/whatsapp-accounts/internal/message"
	"github.com/ivendnext/whatsapp-accounts/internal/provider"
	"github.com/ivendnext/whatsapp-accounts/internal/webhook"
)

// Settle implements webhook.Books. A message is found by our own id of it, where the provider brings that back, or by the provider's.
func (b *Books) Settle(ctx context.Context, p webhook.Party, changes []webhook.StateChange) ([]json.RawMessage, error) {
	briefs := make([]json.RawMessage, len(changes))
	for i, c := range changes {
		before, err := b.sent(ctx, p, c)
		if errors.Is(err, message.ErrNotFound) {
			continue
		}
		if err != nil {
			return nil, err
		}
		after := before.Hear(c.State, c.MessageID, problemOf(c), b.db.now())
		if after.Status != before.Status || after.ProviderID != before.ProviderID {
			if err := b.db.Messages().replace(ctx, p.Site, messageRowOf(after)); err != nil {
				return nil, err
			}
		}
		if briefs[i], err = json.Marshal(after.Brief()); err != nil {
			return nil, err
		}
	}
	return briefs, nil
}

// sent reads the message that a status is about, and keeps it until the transaction ends.
func (b *Books) sent(ctx context.Context, p webhook.Party, c webhook.StateChange) (message.Message, error) {
	query := b.db.in(ctx, p.Site).Clauses(clause.Locking{Strength: clause.LockingStrengthUpdate}).Where("account_id = ?", p.AccountID)
	if isUUID(c.Ref) {
		m, err := b.db.Messages().take(ctx, p.Site, query.Where("id = ?", c.Ref))
		if !errors.Is(err, message.ErrNotFound) {
			return m, err
		}
		query = b.db.in(ctx, p.Site).Clauses(clause.Locking{Strength: clause.LockingStrengthUpdate}).Where("account_id = ?", p.AccountID)
	}
	return b.db.Messages().take(ctx, p.Site, query.Where("provider_id IS NOT NULL AND provider_id = ?", c.MessageID))
}

// state is the state in the words of the rooms.
func (r messageStateRow) state() provider.MessageState { return provider.MessageState(r.State) }

// problemOf is why a message failed, as the webhook explains it.
func problemOf(c webhook.StateChange) *message.Problem {
	if c.State != provider.StateFailed {
		return nil
	}
	p := &message.Problem{
		Class: provider.ClassPermanent, Meaning: "The provider could not deliver the message and gave no reason.", Fix: "Send it again, or reach the recipient another way.", Detail: c.Detail,
	}
	if why := c.Why; why != nil {
		p.Code, p.Class, p.Meaning, p.Fix = strconv.Itoa(why.Code), provider.Class(why.Class), why.Meaning, why.Fix
	}
	return p
}

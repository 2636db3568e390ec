package message

import (
	"context"
	"slices"

	"github.com/ivendnext/whatsapp-accounts/internal/account"
	"github.com/ivendnext/whatsapp-accounts/internal/site"
)

// looked is a message that was looked at, with the account that is to send it.
type looked struct {
	message Message
	account account.Account // the zero account when there is none, or nothing is to be sent
}

// look reads several messages, and the accounts of those that wait to be sent.
func (s *Sender) look(ctx context.Context, in site.Site, ids ...string) (map[string]*looked, error) {
	messages, err := s.store.GetAll(ctx, in, ids...)
	if err != nil {
		return nil, err
	}
	var senders []string
	for _, m := range messages {
		if m.Status == Queued {
			senders = append(senders, m.AccountID)
		}
	}
	var accounts map[string]account.Account
	if len(senders) > 0 {
		slices.Sort(senders)
		accounts, err = s.accounts.GetAll(ctx, in, slices.Compact(senders)...)
	}
	found := make(map[string]*looked, len(messages))
	for id, m := range messages {
		found[id] = &looked{m, accounts[m.AccountID]}
	}
	return found, err
}

package inspect

import (
	"context"
	"errors"
	"log/slog"
	"sync"
	"time"

	"github.com/ivendnext/whatsapp-accounts/internal/account"
)

const (
	// atOnce is how many accounts one process checks side by side.
	atOnce = 8
	// checkWithin bounds one check, its look-ups and what is written about it.
	checkWithin = 30 * time.Second
)

// Round checks the accounts that were not checked since before, a few at a time, until there are none or ctx ends. Replicas share the accounts
// between them: each account is checked by one.
func (s *Service) Round(ctx context.Context, before time.Time, log *slog.Logger) error {
	for ctx.Err() == nil {
		due, err := s.books.Due(ctx, before, atOnce)
		if err != nil || len(due) == 0 {
			return err
		}
		var checks sync.WaitGroup
		for _, a := range due {
			checks.Go(func() { s.inspect(ctx, a, log) })
		}
		checks.Wait()
	}
	return nil
}

func (s *Service) inspect(ctx context.Context, a account.Account, log *slog.Logger) {
	ctx, cancel := context.WithTimeout(ctx, checkWithin)
	defer cancel()
	_, err := s.check(ctx, a)
	if err != nil && !errors.Is(err, account.ErrNotFound) && !errors.Is(err, ErrCannot) && !errors.Is(err, context.Canceled) {
		log.ErrorContext(ctx, "an account could not be checked", "account_id", a.ID, "site", a.Site.String(), "cause", err)
	}
}

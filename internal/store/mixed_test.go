package store

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/ivendnext/whatsapp-accounts/internal/account"
	"github.com/ivendnext/whatsapp-accounts/internal/fault"
)

// Everybody wants the same few names, numbers and designations: whatever order the locks are taken in, somebody else takes them in another.
func TestWritersThatWantTheSameThingsAreRefusedAndNeverDeadlock(t *testing.T) {
	onBoth(t, func(f *fixture) {
		services := []*account.Service{f.service, f.replica()}
		require.Empty(f, race(12, func(i int) error {
			dice := rand.New(rand.NewPCG(uint64(i), 1)) //nolint:gosec // a counter
			for range f.rounds(12, 6) {
				if err := f.writeSomething(f.Context(), services[i%2], dice); unexpected(err) {
					return err
				}
			}
			return nil
		}))
		for _, d := range account.Directions() {
			n, err := f.defaults(f.Context(), d)
			require.NoError(f, err)
			require.LessOrEqual(f, n, 1)
		}
	})
}

// unexpected lets pass what a caller is told when another was faster.
func unexpected(err error) bool {
	var known *fault.Error
	return err != nil && (!errors.As(err, &known) || (known.Kind != fault.Conflict && known.Kind != fault.NotFound))
}

// writeSomething creates, changes or deletes one of the site's accounts.
func (f *fixture) writeSomething(ctx context.Context, service *account.Service, dice *rand.Rand) error {
	name, phone := fmt.Sprint("name ", dice.IntN(6)), fmt.Sprint(dice.IntN(6))
	page, err := service.List(ctx, f.one, account.Query{Limit: 10})
	if err != nil || len(page.Accounts) == 0 || dice.IntN(3) == 0 {
		ask := f.withPhone(name, phone)
		ask.IsDefaultOutgoing, ask.IsDefaultIncoming = new(dice.IntN(2) == 0), new(dice.IntN(2) == 0)
		_, err = service.Create(ctx, caller(f.one), ask)
		return err
	}
	id := page.Accounts[dice.IntN(len(page.Accounts))].ID
	switch dice.IntN(4) {
	case 0:
		return service.Delete(ctx, caller(f.one), id, nil)
	case 1:
		_, err = service.SetDefault(ctx, caller(f.one), account.Directions()[dice.IntN(2)], id, nil)
		return err
	}
	ask := set("phone_id", clear(phone))
	ask.Name, ask.IsDefaultOutgoing, ask.IsDefaultIncoming = &name, new(dice.IntN(2) == 0), new(dice.IntN(2) == 0)
	_, err = service.Update(ctx, caller(f.one), id, ask, nil)
	return err
}

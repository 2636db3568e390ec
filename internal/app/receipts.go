package app

import (
	"context"

	"github.com/ivendnext/whatsapp-accounts/internal/queue"
	"github.com/ivendnext/whatsapp-accounts/internal/store"
	"github.com/ivendnext/whatsapp-accounts/internal/webhook"
)

// readAhead reads the receipts that jobs of one batch are about together, those that are small; large ones are read one by one, and end the batch. An account that
// adopts one meanwhile is not yet among those who proved it: at worst another account's job tells once more that an item was not routed.
type readAhead struct{ *store.Receipts }

// Receipt implements webhook.Receipts.
func (r readAhead) Receipt(ctx context.Context, id string) (webhook.Receipt, error) {
	small, err := queue.Ahead(ctx, r.Small)
	if err != nil {
		return webhook.Receipt{}, err
	}
	kept, found := small[id]
	if !found {
		kept, err = r.Receipts.Receipt(ctx, id)
	}
	queue.Hold(ctx, len(kept.Body))
	return kept, err
}

package store

import (
	"context"
	"time"

	"github.com/ivendnext/whatsapp-accounts/internal/webhook"
)

// receiptColumns are rows of webhook_receipts, and of jobs, column by column.
type receiptColumns struct {
	id, accountType, proved, signature column[string]
	dedupe, body                       column[[]byte]
	confined                           column[bool]
	receivedAt                         column[time.Time]
	unhandled                          column[int]

	job, orderKey, site, subject column[string]
}

func (c *receiptColumns) add(r receiptRow, newID func() string) error {
	proved, err := r.Proved.Value()
	if err != nil {
		return err
	}
	text, _ := proved.(string)
	c.id, c.accountType, c.dedupe, c.confined = append(c.id, r.ID), append(c.accountType, r.AccountType), append(c.dedupe, r.Dedupe), append(c.confined, r.Confined)
	c.proved, c.signature, c.body = append(c.proved, text), append(c.signature, r.Signature), append(c.body, r.Body)
	c.receivedAt, c.unhandled = append(c.receivedAt, r.ReceivedAt), append(c.unhandled, r.Unhandled)
	for _, p := range r.Proved.V {
		if p.Site == "" {
			return errNoSite
		}
		c.job, c.orderKey, c.site, c.subject = append(c.job, newID()), append(c.orderKey, p.AccountID), append(c.site, p.Site), append(c.subject, r.ID)
	}
	return nil
}

// keepAtOnce is Keep in one statement, which is a transaction of its own.
func (s *Receipts) keepAtOnce(ctx context.Context, rows []receiptRow) error {
	var c receiptColumns
	for _, r := range rows {
		if err := c.add(r, s.db.newID); err != nil {
			return err
		}
	}
	args := []any{
		c.id, c.accountType, c.dedupe, c.confined, c.proved, c.signature, c.body, c.receivedAt, c.unhandled,
		webhook.Queue, s.db.now(), c.job, c.orderKey, c.site, c.subject,
	}
	fresh := 0
	err := keepReceipts.each(s.db.acrossSites(ctx, "each job carries its site"), args, func(scanner) error { fresh++; return nil })
	if err == nil && fresh > 0 {
		AfterCommit(ctx, func() { s.db.enqueued(webhook.Queue) })
	}
	return s.db.classify(ctx, err)
}

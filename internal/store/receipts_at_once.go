package store

import (
	"context"
	"errors"
	"strings"
	"time"

	"github.com/ivendnext/whatsapp-accounts/internal/webhook"
)

// receiptColumns are rows of webhook_receipts, and of their jobs, column by column.
type receiptColumns struct {
	id, accountType, proved, signature column[string]
	dedupe, body                       column[[]byte]
	confined                           column[bool]
	receivedAt                         column[time.Time]
	unhandled                          column[int]

	job, orderKey, site, subject column[string]
}

func (c *receiptColumns) add(r receiptRow) error {
	proved, err := r.Proved.Value()
	if err != nil {
		return err
	}
	text, _ := proved.(string)
	c.id, c.accountType, c.dedupe, c.confined = append(c.id, r.ID), append(c.accountType, r.AccountType), append(c.dedupe, r.Dedupe), append(c.confined, r.Confined)
	c.proved, c.signature, c.body = append(c.proved, text), append(c.signature, r.Signature), append(c.body, r.Body)
	c.receivedAt, c.unhandled = append(c.receivedAt, r.ReceivedAt), append(c.unhandled, r.Unhandled)
	return nil
}

func (c *receiptColumns) addJobs(r webhook.Receipt, newID func() string) error {
	for _, p := range r.Proved {
		if p.Site.IsZero() {
			return errNoSite
		}
		c.job, c.orderKey, c.site, c.subject = append(c.job, newID()), append(c.orderKey, p.AccountID), append(c.site, p.Site.String()), append(c.subject, r.ID)
	}
	return nil
}

// keepAtOnce is Keep in one statement, which is a transaction of its own. The rows have the order of their dedupe keys; the jobs have that in which the receipts
// came, which is the order of their ids and so of their handling.
func (s *Receipts) keepAtOnce(ctx context.Context, rows []receiptRow, receipts []webhook.Receipt) (outdated []string, err error) {
	var c receiptColumns
	var p premiseColumns
	for i := range rows {
		if err := errors.Join(c.add(rows[i]), c.addJobs(receipts[i], s.db.newID)); err != nil {
			return nil, err
		}
		p.add(receipts[i])
	}
	now := s.db.now()
	args := []any{
		p.accountType, p.field, p.value, p.proof, p.facts, now, now, p.receipt, p.premise,
		c.id, c.accountType, c.dedupe, c.confined, c.proved, c.signature, c.body, c.receivedAt, c.unhandled,
		webhook.Queue, now, c.job, c.orderKey, c.site, c.subject,
	}
	queued, ids := 0, ""
	err = keepReceipts.scan(s.db.acrossSites(ctx, "each job carries its site"), args, &queued, &ids)
	if err == nil && queued > 0 {
		AfterCommit(ctx, func() { s.db.enqueued(webhook.Queue) })
	}
	return strings.Fields(ids), s.db.classify(ctx, err)
}

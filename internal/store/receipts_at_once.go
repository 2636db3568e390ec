package store

import (
	"context"
	"errors"
	"slices"
	"strings"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5/pgtype"

	"github.com/ivendnext/whatsapp-accounts/internal/webhook"
)

// receiptColumns are rows of webhook_receipts, and of their jobs, column by column.
type receiptColumns struct {
	id                             []pgtype.UUID
	accountType, proved, signature []string
	dedupe, body                   [][]byte
	confined                       []bool
	receivedAt                     []time.Time
	unhandled                      []int32

	job, subject   []pgtype.UUID
	orderKey, site []string
}

func (c *receiptColumns) add(r receiptRow) error {
	id, err := idOf(r.ID)
	if err != nil {
		return err
	}
	proved, err := r.Proved.Value()
	if err != nil {
		return err
	}
	text, _ := proved.(string)
	c.id, c.accountType, c.dedupe, c.confined = append(c.id, id), append(c.accountType, r.AccountType), append(c.dedupe, r.Dedupe), append(c.confined, r.Confined)
	c.proved, c.signature, c.body = append(c.proved, text), append(c.signature, r.Signature), append(c.body, r.Body)
	c.receivedAt, c.unhandled = append(c.receivedAt, r.ReceivedAt), append(c.unhandled, int32(r.Unhandled)) //nolint:gosec // as many accounts as prove a body
	return nil
}

func (c *receiptColumns) addJobs(r webhook.Receipt, newID func() string) error {
	of, err := idOf(r.ID)
	if err != nil {
		return err
	}
	for _, p := range r.Proved {
		if p.Site.IsZero() {
			return errNoSite
		}
		job, err := idOf(newID())
		if err != nil {
			return err
		}
		c.job, c.subject = append(c.job, job), append(c.subject, of)
		c.orderKey, c.site = append(c.orderKey, p.AccountID), append(c.site, p.Site.String())
	}
	return nil
}

// keepAtOnce is Keep in one statement, which is a transaction of its own. The rows have the order of their dedupe keys; the jobs have that in which the receipts
// came, which is the order of their ids and so of their handling.
func (s *Receipts) keepAtOnce(ctx context.Context, rows []receiptRow, receipts []webhook.Receipt) (outdated []string, err error) {
	var c receiptColumns
	for i := range rows {
		if err := errors.Join(c.add(rows[i]), c.addJobs(receipts[i], s.db.newID)); err != nil {
			return nil, err
		}
	}
	now := s.db.now()
	if at, all := s.db.proven.all(receipts, now); all {
		if kept, err := s.keepProven(ctx, &c, at, now); kept || err != nil {
			return nil, s.db.classify(ctx, err)
		}
	}
	outdated, err = s.keepChecked(ctx, &c, receipts, now)
	return outdated, s.db.classify(ctx, err)
}

// keepProven writes receipts whose premises are true at a revision, unless there is another now.
func (s *Receipts) keepProven(ctx context.Context, c *receiptColumns, at string, now time.Time) (kept bool, err error) {
	queued, last := 0, ""
	args := append(append(c.receiptArgs(), at), c.jobArgs(now)...)
	err = keepProvenReceipts.scan(s.db.acrossSites(ctx, "each job carries its site"), args, &queued, &last)
	s.queued(ctx, queued)
	return last == at, err
}

// keepChecked writes receipts whose premises are true, and gives the ids of the others.
func (s *Receipts) keepChecked(ctx context.Context, c *receiptColumns, receipts []webhook.Receipt, now time.Time) (outdated []string, err error) {
	var p premiseColumns
	for _, r := range receipts {
		if err := p.add(r); err != nil {
			return nil, err
		}
	}
	args := []any{array(p.accountType), array(p.field), array(p.value), array(p.proof), array(p.facts), now, now, array(p.receipt), array(p.premise)}
	args = append(append(append(args, c.receiptArgs()...), c.jobArgs(now)...), now)
	queued, told, at := 0, "", revision{}
	if err := keepReceipts.scan(s.db.acrossSites(ctx, "each job carries its site"), args, &queued, &told, &at.id, &at.until); err != nil {
		return nil, err
	}
	s.queued(ctx, queued)
	if outdated, err = asGiven(told, receipts); err == nil {
		s.db.proven.learn(at, receipts, outdated)
	}
	return outdated, err
}

func (s *Receipts) queued(ctx context.Context, jobs int) {
	if jobs > 0 {
		AfterCommit(ctx, func() { s.db.enqueued(webhook.Queue) })
	}
}

func (c *receiptColumns) receiptArgs() []any {
	return []any{
		array(c.id), array(c.accountType), array(c.dedupe), array(c.confined), array(c.proved), array(c.signature), array(c.body), array(c.receivedAt), array(c.unhandled),
	}
}

func (c *receiptColumns) jobArgs(now time.Time) []any {
	return []any{webhook.Queue, now, array(c.job), array(c.orderKey), array(c.site), array(c.subject)}
}

// asGiven gives the ids that PostgreSQL has told as the receipts have them, however they are written there. One that is no receipt's is an error: else a
// receipt could be taken for one that is kept.
func asGiven(told string, receipts []webhook.Receipt) (ids []string, err error) {
	for text := range strings.FieldsSeq(told) {
		id, err := uuid.Parse(text)
		if err != nil {
			return nil, err
		}
		at := slices.IndexFunc(receipts, func(r webhook.Receipt) bool {
			given, err := uuid.Parse(r.ID)
			return err == nil && given == id
		})
		if at < 0 {
			return nil, errors.New("store: an outdated receipt is none of those that were to be kept")
		}
		ids = append(ids, receipts[at].ID)
	}
	return ids, nil
}

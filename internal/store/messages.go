package store

import (
	"context"
	"errors"
	"reflect"
	"strings"
	"time"
	"unicode/utf8"

	"gorm.io/gorm"

	"github.com/ivendnext/whatsapp-accounts/internal/event"
	"github.com/ivendnext/whatsapp-accounts/internal/message"
	"github.com/ivendnext/whatsapp-accounts/internal/queue"
	"github.com/ivendnext/whatsapp-accounts/internal/site"
)

// Messages keeps the messages that are sent: message.Store.
type Messages struct{ db *DB }

// Messages gives the part of the database that messages are kept in.
func (db *DB) Messages() *Messages { return &Messages{db: db} }

// insertBatch is how many messages one statement inserts: below the parameters that either database takes.
const insertBatch = 200

// Insert implements message.Store.
func (s *Messages) Insert(ctx context.Context, in site.Site, messages ...message.Message) error {
	if in.IsZero() {
		return errNoSite
	}
	if _, within := transactionOf(ctx); !within && len(messages) == 1 {
		return s.arrive(ctx, in, messages[0])
	}
	return s.db.Transact(ctx, func(ctx context.Context) error {
		rows, jobs, news := make([]messageRow, len(messages)), make([]queue.New, len(messages)), make([]event.New, 0, len(messages))
		for i := range messages {
			told, err := untold(&messages[i])
			if err != nil {
				return err
			}
			rows[i], jobs[i], news = messageRowOf(messages[i]), jobOf(messages[i]), append(news, told...)
		}
		if err := s.db.in(ctx, in).CreateInBatches(&rows, insertBatch).Error; err != nil {
			return err
		}
		if err := s.db.Jobs().Enqueue(ctx, jobs...); err != nil {
			return err
		}
		_, err := s.db.Events().Append(ctx, in, news...)
		return err
	})
}

// jobOf is the job that sends a message. Those of a bulk have no order key: jobs with one, which are those of single messages, get half of the workers then.
func jobOf(m message.Message) queue.New {
	j := queue.New{Queue: message.Queue, Site: m.Site, Subject: m.ID, RunAt: m.SendAfter}
	if m.SendAfter.IsZero() && m.BulkID == "" {
		j.OrderKey = m.AccountID + " " + m.To.Value
	}
	return j
}

// Again implements message.Store.
func (s *Messages) Again(ctx context.Context, in site.Site, id string, at time.Time) error {
	return s.db.Jobs().Enqueue(ctx, queue.New{Queue: message.Queue, Site: in, Subject: id, RunAt: at})
}

// untold gives the events of the steps that the feed does not have, and notes that it has them.
func untold(m *message.Message) ([]event.New, error) {
	steps, told := m.Untold()
	if len(steps) == 0 {
		return nil, nil
	}
	texts, err := m.Tell(steps)
	news := make([]event.New, len(steps))
	for i, text := range texts {
		news[i] = event.New{Type: event.MessageStatus, AccountID: m.AccountID, Data: text}
	}
	*m = told
	return news, err
}

// Get implements message.Store.
func (s *Messages) Get(ctx context.Context, in site.Site, id string) (message.Message, error) {
	if !isUUID(id) {
		return message.Message{}, message.ErrNotFound
	}
	return s.take(ctx, in, s.db.in(ctx, in).Where("id = ?", id))
}

func (s *Messages) take(ctx context.Context, in site.Site, query *gorm.DB) (message.Message, error) {
	var r messageRow
	err := query.Take(&r).Error
	if errors.Is(err, gorm.ErrRecordNotFound) {
		return message.Message{}, message.ErrNotFound
	}
	if err != nil {
		return message.Message{}, s.db.classify(ctx, err)
	}
	return r.message(in)
}

// Update implements message.Store.
func (s *Messages) Update(ctx context.Context, in site.Site, id string, decide func(message.Message) (message.Message, error)) (after message.Message, err error) {
	if !isUUID(id) {
		return after, message.ErrNotFound
	}
	err = s.db.Transact(ctx, func(ctx context.Context) error {
		open, err := s.edits(ctx, in)
		if err != nil {
			return err
		}
		before, err := s.locked(ctx, in, open, id)
		if err != nil {
			return err
		}
		if after, err = decide(before); err != nil {
			return err
		}
		after, err = s.edit(ctx, open, before, after, true)
		return err
	})
	return after, err
}

// edit notes a change, which is written before the commit, and gives the message as it will be. Its steps are told now if tell says so, or if it is not being sent:
// what is sent has an end that tells them.
func (s *Messages) edit(ctx context.Context, open *openMessages, before, after message.Message, tell bool) (message.Message, error) {
	if isSame(after, before) {
		return after, nil
	}
	if before.ProviderID == "" && after.ProviderID != "" {
		open.named = append(open.named, after.ID)
	}
	if tell || after.Status != message.Sending {
		news, err := untold(&after)
		if err != nil {
			return after, err
		}
		open.news[after.ID] = append(open.news[after.ID], news...)
	}
	open.changed[after.ID] = &after
	if id := after.ID; after.Status != message.Sending { // whoever waits, waits for what follows
		AfterCommit(ctx, func() { s.db.changed(id) })
	}
	return after, nil
}

// isSame reports whether nothing has changed. Nearly every change moves the time, so the rest is seldom compared.
func isSame(after, before message.Message) bool {
	return after.UpdatedAt.Equal(before.UpdatedAt) && reflect.DeepEqual(after, before)
}

// List implements message.Store.
func (s *Messages) List(ctx context.Context, in site.Site, q message.Query) (message.Page, error) {
	for _, text := range []string{q.To, q.Reference} {
		if !utf8.ValidString(text) || strings.ContainsRune(text, 0) {
			return message.Page{}, nil
		}
	}
	for _, id := range []string{q.AccountID, q.BulkID, q.After} {
		if id != "" && !isUUID(id) {
			return message.Page{}, nil
		}
	}
	q.Limit = max(q.Limit, 1)
	var rows []messageRow
	if err := selectMessages(s.db.in(ctx, in), q).Order(newest).Limit(q.Limit + 1).Find(&rows).Error; err != nil {
		return message.Page{}, s.db.classify(ctx, err)
	}
	var page message.Page
	if len(rows) > q.Limit {
		rows, page.Next = rows[:q.Limit], rows[q.Limit-1].ID
	}
	for _, r := range rows {
		m, err := r.message(in)
		if err != nil {
			return message.Page{}, err
		}
		page.Messages = append(page.Messages, m)
	}
	return page, nil
}

// newest is an order that only the indexes made for it have: the primary key would lead past messages of other kinds.
const newest = "id DESC NULLS LAST"

func selectMessages(query *gorm.DB, q message.Query) *gorm.DB {
	if q.Status != "" {
		query = inStatus(query, q.Status)
	}
	if q.AccountID != "" {
		query = query.Where("account_id = ?", q.AccountID)
	}
	if q.To != "" {
		query = query.Where("recipient = ?", q.To)
	}
	if q.Reference != "" {
		query = query.Where("reference <> '' AND reference = ?", q.Reference)
	}
	if q.BulkID != "" {
		query = query.Where("bulk_id IS NOT NULL AND bulk_id = ?", q.BulkID)
	}
	if q.After != "" {
		query = query.Where("id < ?", q.After)
	}
	return query
}

// inStatus restricts a query to the messages in a status. Indexes know them by filed_as, which is the status, but that one which is being sent is filed as it was
// when it waited: so an attempt begins without an index being written.
func inStatus(query *gorm.DB, status message.Status) *gorm.DB {
	filed := status
	if status == message.Sending {
		filed = message.Queued
	}
	return query.Where("filed_as = ? AND status = ?", string(filed), string(status))
}

// Transact implements message.Store.
func (s *Messages) Transact(ctx context.Context, fn func(context.Context) error) error {
	return s.db.Transact(ctx, fn)
}

// unneeded are the messages that are not to be sent any more and that have not moved since a time. Those of a bulk stay while it does, so that its counts are exact.
const unneeded = "rested_at IS NOT NULL AND rested_at < ? " +
	"AND (bulk_id IS NULL OR NOT EXISTS (SELECT 1 FROM bulk_messages b WHERE b.site = messages.site AND b.id = messages.bulk_id))"

// Purge removes the messages that are not to be sent any more and that have not moved since before, a bounded number at a time, and tells how many.
func (s *Messages) Purge(ctx context.Context, before time.Time) (int64, error) {
	return s.db.purge(ctx, &messageRow{}, unneeded, before, "id")
}

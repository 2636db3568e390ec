package store

import (
	"fmt"
	"strings"
	"time"

	"github.com/ivendnext/whatsapp-accounts/internal/bulk"
	"github.com/ivendnext/whatsapp-accounts/internal/message"
	"github.com/ivendnext/whatsapp-accounts/internal/routing"
	"github.com/ivendnext/whatsapp-accounts/internal/site"
)

// bulkRow is a row of bulk_messages.
type bulkRow struct {
	ID           string `gorm:"primaryKey"`
	Site         string
	Title        string
	TemplateID   string
	AccountID    string
	Reason       string
	IfUnknown    string
	SendAfter    *time.Time
	DiscardAfter *time.Time
	Status       string
	Total        int
	CreatedBy    string
	RetryBefore  *time.Time
	RetryFrom    *string
	CreatedAt    time.Time `gorm:"autoCreateTime:false"`
	UpdatedAt    time.Time `gorm:"autoUpdateTime:false"`
}

func (bulkRow) TableName() string { return "bulk_messages" }

func bulkRowOf(b bulk.Bulk) bulkRow {
	return bulkRow{
		ID: b.ID, Site: b.Site.String(), Title: b.Title, TemplateID: b.TemplateID, AccountID: b.AccountID, Reason: string(b.Reason), IfUnknown: string(b.IfUnknown),
		SendAfter: unlessZero(b.SendAfter), DiscardAfter: unlessZero(b.DiscardAfter), Status: string(b.Status), Total: b.Total, CreatedBy: b.CreatedBy,
		RetryBefore: unlessZero(b.Retry.Before), RetryFrom: unlessEmpty(b.Retry.From), CreatedAt: b.CreatedAt, UpdatedAt: b.UpdatedAt,
	}
}

// bulk makes the domain value, at home in the site that was asked for.
func (r bulkRow) bulk(s site.Site) bulk.Bulk {
	return bulk.Bulk{
		ID: r.ID, Site: s, Title: r.Title, TemplateID: r.TemplateID, AccountID: r.AccountID, Reason: routing.Reason(r.Reason), IfUnknown: message.Policy(r.IfUnknown),
		SendAfter: orZero(r.SendAfter), DiscardAfter: orZero(r.DiscardAfter), Status: bulk.Status(r.Status), Total: r.Total, CreatedBy: r.CreatedBy,
		Retry: bulk.Retry{Before: orZero(r.RetryBefore), From: orEmpty(r.RetryFrom)}, CreatedAt: r.CreatedAt.UTC(), UpdatedAt: r.UpdatedAt.UTC(),
	}
}

// recipientRow is a recipient that has not become a message yet.
type recipientRow struct {
	BulkID    string `gorm:"primaryKey"`
	N         int    `gorm:"primaryKey;autoIncrement:false"`
	Site      string
	Recipient string
	Name      string
	Reference string
	Composed  []byte
}

func (recipientRow) TableName() string { return "bulk_recipients" }

func (r recipientRow) recipient() bulk.Recipient {
	return bulk.Recipient{N: r.N, To: r.Recipient, Name: r.Name, Reference: r.Reference, Composed: r.Composed}
}

// countedRow is a bulk with its counts, read in one statement: what is read in two need not add up. InQueued is those that are being sent, too.
type countedRow struct {
	Bulk                                                                    bulkRow `gorm:"embedded"`
	InPending                                                               int
	InQueued, InSending, InUnknown, InAccepted, InSent, InDelivered, InRead int
	InFailed, InCancelled, InDiscarded                                      int
}

func (countedRow) TableName() string { return "bulk_messages" }

// joinMessages joins a bulk with its messages, by the words of the index.
const joinMessages = "LEFT JOIN messages m ON m.site = bulk_messages.site AND m.bulk_id IS NOT NULL AND m.bulk_id = bulk_messages.id"

// countedColumns are those of countedRow, of a bulk that is joined with its messages and grouped: one way through the index counts all of them, but those that are being
// sent, which it has among the queued ones and which are few.
func countedColumns() string {
	columns := []string{
		"bulk_messages.*", "(SELECT count(*) FROM bulk_recipients r WHERE r.bulk_id = bulk_messages.id) AS in_pending",
		"(SELECT count(*) FROM messages s WHERE s.site = bulk_messages.site AND s.bulk_id IS NOT NULL AND s.bulk_id = bulk_messages.id " +
			"AND s.filed_as = 'queued' AND s.status = 'sending') AS in_sending",
	}
	for _, s := range message.Statuses() {
		if s != message.Sending {
			columns = append(columns, fmt.Sprintf("count(CASE WHEN m.filed_as = '%s' THEN 1 END) AS in_%s", s, s))
		}
	}
	return strings.Join(columns, ", ")
}

// progress makes the domain value. The recipients of a cancelled bulk that are no messages are cancelled, without a row of each being written.
func (r countedRow) progress(s site.Site) bulk.Progress {
	p := bulk.Progress{Bulk: r.Bulk.bulk(s), Counts: bulk.Counts{Pending: r.InPending, Of: map[message.Status]int{
		message.Queued: r.InQueued - r.InSending, message.Sending: r.InSending, message.Unknown: r.InUnknown, message.Accepted: r.InAccepted, message.Sent: r.InSent,
		message.Delivered: r.InDelivered, message.Read: r.InRead, message.Failed: r.InFailed, message.Cancelled: r.InCancelled, message.Discarded: r.InDiscarded,
	}}}
	if p.Status == bulk.Cancelled {
		p.Counts.Of[message.Cancelled] += p.Counts.Pending
		p.Counts.Pending = 0
	}
	return p
}

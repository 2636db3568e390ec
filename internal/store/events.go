package store

import (
	"context"
	"crypto/sha256"
	"slices"
	"time"

	"gorm.io/gorm"
	"gorm.io/gorm/clause"

	"github.com/ivendnext/whatsapp-accounts/internal/event"
	"github.com/ivendnext/whatsapp-accounts/internal/site"
)

// Events keeps the feeds: event.Store.
type Events struct{ db *DB }

// Events gives the part of the database that feeds are kept in.
func (db *DB) Events() *Events { return &Events{db: db} }

// feedRow says how far a site's feed has come.
type feedRow struct {
	Site string `gorm:"primaryKey"`
	Last int64
}

func (feedRow) TableName() string { return "event_feeds" }

// eventRow is a line of a feed.
type eventRow struct {
	Site          string `gorm:"primaryKey"`
	Position      int64  `gorm:"primaryKey;autoIncrement:false"`
	ID            string
	Type          string
	AccountID     *string
	Key           []byte
	ReadReceiptID *string
	CreatedAt     time.Time `gorm:"autoCreateTime:false"`
	Data          []byte
}

func (eventRow) TableName() string { return "events" }

// toldRow is an event with its read receipt, read in one statement.
type toldRow struct {
	Event         eventRow `gorm:"embedded"`
	ReceiptState  *string
	ReceiptAt     *time.Time
	ReceiptDetail *string
}

func (toldRow) TableName() string { return "events" }

func (r toldRow) event() event.Event {
	e := r.Event.event()
	if r.ReceiptState != nil {
		e.ReadReceipt = &event.ReadReceipt{State: event.ReceiptState(*r.ReceiptState), At: r.ReceiptAt.UTC(), Detail: *r.ReceiptDetail}
	}
	return e
}

func (r eventRow) event() event.Event {
	e := event.Event{ID: r.ID, Position: r.Position, Type: event.Type(r.Type), CreatedAt: r.CreatedAt.UTC(), Data: r.Data}
	if r.AccountID != nil {
		e.AccountID = *r.AccountID
	}
	return e
}

// keyOf makes a key of one size: what it is made of may be as long as a provider likes.
func keyOf(n event.New) []byte {
	if n.Key == "" {
		return nil
	}
	sum := sha256.Sum256([]byte(n.AccountID + "\n" + string(n.Type) + "\n" + n.Key))
	return sum[:]
}

// Append implements event.Store. It holds the feed's row until the transaction ends, so it comes last in a transaction: it keeps every
// other writer of the site's events waiting.
func (s *Events) Append(ctx context.Context, in site.Site, events ...event.New) (fresh []bool, err error) {
	if len(events) == 0 {
		return nil, nil
	}
	err = s.db.Transact(ctx, func(ctx context.Context) error {
		known, err := s.lockFeed(ctx, in, events)
		if err != nil {
			return err
		}
		var rows []eventRow
		if rows, fresh = s.rows(in, events, known); len(rows) == 0 {
			return nil
		}
		if err := s.place(ctx, in, rows); err != nil {
			return err
		}
		AfterCommit(ctx, func() { s.db.ring(in) })
		return s.db.in(ctx, in).CreateInBatches(&rows, 200).Error
	})
	return fresh, err
}

// lockFeed holds the site's feed, if there is something to look up in it, and gives the keys that it has. Events without a key are always new.
func (s *Events) lockFeed(ctx context.Context, in site.Site, events []event.New) (known map[string]bool, err error) {
	keys := make([][]byte, 0, len(events))
	for _, n := range events {
		if key := keyOf(n); key != nil {
			keys = append(keys, key)
		}
	}
	known = make(map[string]bool, len(keys))
	if len(keys) == 0 {
		return known, nil
	}
	if _, err := s.advance(ctx, in, 0); err != nil {
		return nil, err
	}
	for some := range slices.Chunk(keys, 500) {
		var found [][]byte
		if err := s.db.in(ctx, in).Model(&eventRow{}).Where("key IN ?", some).Pluck("key", &found).Error; err != nil {
			return nil, err
		}
		for _, key := range found {
			known[string(key)] = true
		}
	}
	return known, nil
}

// advance moves the feed on, makes it when the first event arrives, and holds it until the transaction ends.
func (s *Events) advance(ctx context.Context, in site.Site, by int) (last int64, err error) {
	r := feedRow{Site: in.String(), Last: int64(by)}
	err = s.db.in(ctx, in).Clauses(
		clause.OnConflict{Columns: []clause.Column{{Name: "site"}}, DoUpdates: clause.Assignments(map[string]any{"last": gorm.Expr("event_feeds.last + ?", by)})},
		clause.Returning{Columns: []clause.Column{{Name: "last"}}},
	).Create(&r).Error
	return r.Last, err
}

// place gives the rows the positions that follow the newest event's.
func (s *Events) place(ctx context.Context, in site.Site, rows []eventRow) error {
	last, err := s.advance(ctx, in, len(rows))
	for i := range rows {
		rows[i].Position = last - int64(len(rows)-1-i)
	}
	return err
}

// rows makes the rows of the events that are not known yet, and tells which they are of.
func (s *Events) rows(in site.Site, events []event.New, known map[string]bool) (rows []eventRow, fresh []bool) {
	now := s.db.now()
	fresh = make([]bool, len(events))
	for i, n := range events {
		key := keyOf(n)
		if key != nil && known[string(key)] {
			continue
		}
		known[string(key)], fresh[i] = true, true
		rows = append(rows, eventRow{
			Site: in.String(), ID: s.db.newID(), Type: string(n.Type), Key: key, CreatedAt: now, Data: n.Data,
			AccountID: unlessEmpty(n.AccountID), ReadReceiptID: unlessEmpty(n.ReceiptID),
		})
	}
	return rows, fresh
}

// unlessEmpty is null for an empty text.
func unlessEmpty(text string) *string {
	if text == "" {
		return nil
	}
	return &text
}

// Read implements event.Store.
func (s *Events) Read(ctx context.Context, in site.Site, q event.Query) (event.Page, error) {
	// The head is read before the events: what is appended in between is behind it and is found next time.
	head, err := s.Head(ctx, in)
	if err != nil {
		return event.Page{}, err
	}
	page := event.Page{Next: max(q.After, head), Head: head}
	if head <= q.After {
		page.Next = q.After
		return page, nil
	}
	var rows []toldRow
	if err := s.selected(ctx, in, q, head).Find(&rows).Error; err != nil {
		return event.Page{}, s.db.classify(ctx, err)
	}
	for _, r := range rows {
		page.Events = append(page.Events, r.event())
	}
	if len(rows) == q.Limit {
		page.Next = rows[len(rows)-1].Event.Position
	}
	return page, nil
}

// told is the events of a site with their read receipts.
func (s *Events) told(ctx context.Context, in site.Site) *gorm.DB {
	return s.db.in(ctx, in).Table("events").
		Select("events.*, r.state AS receipt_state, r.at AS receipt_at, r.detail AS receipt_detail").
		Joins("LEFT JOIN read_receipts r ON r.id = events.read_receipt_id AND r.site = events.site")
}

func (s *Events) selected(ctx context.Context, in site.Site, q event.Query, head int64) *gorm.DB {
	query := s.told(ctx, in).Where("events.position > ? AND events.position <= ?", q.After, head)
	if len(q.Types) > 0 {
		query = query.Where("events.type IN ?", q.Types)
	}
	if q.AccountID != "" {
		query = query.Where("events.account_id = ?", q.AccountID)
	}
	return query.Order("events.position").Limit(q.Limit)
}

// named reads the events of these ids that are kept.
func (s *Events) named(ctx context.Context, in site.Site, ids ...string) ([]event.Event, error) {
	if ids = slices.DeleteFunc(slices.Clone(ids), func(id string) bool { return !isUUID(id) }); len(ids) == 0 {
		return nil, nil
	}
	var rows []toldRow
	if err := s.told(ctx, in).Where("events.id IN ?", ids).Find(&rows).Error; err != nil {
		return nil, s.db.classify(ctx, err)
	}
	found := make([]event.Event, len(rows))
	for i, r := range rows {
		found[i] = r.event()
	}
	return found, nil
}

// Head implements event.Store.
func (s *Events) Head(ctx context.Context, in site.Site) (int64, error) {
	var heads []int64
	err := s.db.in(ctx, in).Model(&feedRow{}).Pluck("last", &heads).Error
	if err != nil || len(heads) == 0 {
		return 0, s.db.classify(ctx, err)
	}
	return heads[0], nil
}

// Purge implements event.Store.
func (s *Events) Purge(ctx context.Context, before time.Time) (int64, error) {
	return s.db.purge(ctx, &eventRow{}, "created_at < ?", before, "site", "position")
}

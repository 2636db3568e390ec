package store

import (
	"context"
	"crypto/sha256"
	"errors"
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

// openFeed is a feed that a transaction holds: how far it has come, how far the row knows of, and the lines that are written before the commit.
type openFeed struct {
	last, noted int64
	rows        []eventRow
	keys        map[string]bool // of the rows
}

// Append implements event.Store. It holds the feed's row until the transaction ends, so it comes last in a transaction: it keeps every
// other writer of the site's events waiting. What is appended in one transaction is written together at its end.
func (s *Events) Append(ctx context.Context, in site.Site, events ...event.New) (fresh []bool, err error) {
	if len(events) == 0 {
		return nil, nil
	}
	err = s.db.Transact(ctx, func(ctx context.Context) error {
		keys := keysOf(events)
		reserved := 0
		if len(keys) == 0 {
			reserved = len(events) // events without a key are always new
		}
		feed, err := s.hold(ctx, in, reserved)
		if err != nil {
			return err
		}
		known, err := s.known(ctx, in, keys)
		if err != nil {
			return err
		}
		if fresh = s.add(feed, in, events, known); slices.Contains(fresh, true) {
			AfterCommit(ctx, func() { s.db.ring(in) })
		}
		return nil
	})
	return fresh, err
}

func keysOf(events []event.New) [][]byte {
	keys := make([][]byte, 0, len(events))
	for _, n := range events {
		if key := keyOf(n); key != nil {
			keys = append(keys, key)
		}
	}
	return keys
}

// feedKey is a feed that the transaction holds.
type feedKey struct{ of site.Site }

// hold holds the site's feed until the transaction ends. The first time it moves the feed on at once, by as many events as are sure to follow.
func (s *Events) hold(ctx context.Context, in site.Site, sure int) (*openFeed, error) {
	return once(ctx, feedKey{in}, func() (*openFeed, error) {
		noted, err := s.advance(ctx, in, sure)
		feed := &openFeed{last: noted - int64(sure), noted: noted, keys: map[string]bool{}}
		beforeCommit(ctx, func(ctx context.Context) error { return s.settle(ctx, in, feed) })
		return feed, err
	})
}

// settle writes what was appended, and how far the feed has come.
func (s *Events) settle(ctx context.Context, in site.Site, feed *openFeed) error {
	if len(feed.rows) == 0 {
		return nil
	}
	if err := s.insert(ctx, in, feed.rows); err != nil || feed.last == feed.noted {
		return err
	}
	_, err := s.advance(ctx, in, int(feed.last-feed.noted))
	return err
}

// known gives those of the keys that the feed has.
func (s *Events) known(ctx context.Context, in site.Site, keys [][]byte) (map[string]bool, error) {
	known := make(map[string]bool, len(keys))
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

// add appends the events that are not known yet, each behind the one before, and tells which they are.
func (s *Events) add(feed *openFeed, in site.Site, events []event.New, known map[string]bool) (fresh []bool) {
	now := s.db.now()
	fresh = make([]bool, len(events))
	for i, n := range events {
		key := string(keyOf(n))
		if key != "" && (known[key] || feed.keys[key]) {
			continue
		}
		feed.keys[key], fresh[i] = true, true
		feed.last++
		feed.rows = append(feed.rows, eventRow{
			Site: in.String(), Position: feed.last, ID: s.db.newID(), Type: string(n.Type), Key: keyOf(n), CreatedAt: now, Data: n.Data,
			AccountID: unlessEmpty(n.AccountID), ReadReceiptID: unlessEmpty(n.ReceiptID),
		})
	}
	return fresh
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

// Keyed implements event.Store.
func (s *Events) Keyed(ctx context.Context, in site.Site, n event.New) (event.Event, error) {
	var r eventRow
	err := s.db.in(ctx, in).Where("key = ?", keyOf(n)).Take(&r).Error
	if errors.Is(err, gorm.ErrRecordNotFound) {
		return event.Event{}, event.ErrNotKept
	}
	return r.event(), s.db.classify(ctx, err)
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

// purgeSites is of how many sites one step of a purge removes events: to find them, it looks at the beginning of each feed.
const purgeSites = 100

// Purge implements event.Store.
func (s *Events) Purge(ctx context.Context, before time.Time) (removed int64, err error) {
	var sites []string
	err = s.db.acrossSites(ctx, "what is past its time ends in every site").Model(&feedRow{}).
		Where("(SELECT e.created_at FROM events e WHERE e.site = event_feeds.site ORDER BY e.position LIMIT 1) < ?", before).Limit(purgeSites).Pluck("site", &sites).Error
	if err != nil {
		return 0, s.db.classify(ctx, err)
	}
	var failed []error
	for _, of := range sites {
		n, err := s.purgeFeed(ctx, of, before)
		removed, failed = removed+n, append(failed, err)
		if ctx.Err() != nil {
			return removed, err
		}
	}
	if removed > 0 {
		return removed, nil // a feed that fails keeps nobody from the others, and is told of when nothing else is left
	}
	return 0, s.db.classify(ctx, errors.Join(failed...))
}

// purgeFeed removes the first events of a site that are older, a bounded number. Their times rise with their positions, but for what the clocks of replicas differ by: an
// event of one that was ahead stays until then, and those behind it.
func (s *Events) purgeFeed(ctx context.Context, of string, before time.Time) (removed int64, err error) {
	in, err := site.Named(of)
	if err != nil {
		return 0, err
	}
	var first []eventRow
	if err := s.db.in(ctx, in).Select("position", "created_at").Order("position").Limit(purgeStep).Find(&first).Error; err != nil {
		return 0, err
	}
	if young := slices.IndexFunc(first, func(r eventRow) bool { return !r.CreatedAt.Before(before) }); young >= 0 {
		first = first[:young]
	}
	if len(first) == 0 {
		return 0, nil
	}
	past := map[string]any{"site": of, "last": first[len(first)-1].Position}
	return s.db.purge(ctx, &eventRow{}, "site = @site AND position <= @last", past, "site", "position")
}

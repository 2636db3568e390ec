package store

import (
	"context"
	"time"

	"github.com/ivendnext/whatsapp-accounts/internal/batch"
	"github.com/ivendnext/whatsapp-accounts/internal/message"
	"github.com/ivendnext/whatsapp-accounts/internal/site"
)

const (
	// arriveTogether is how many messages that arrive at the same time share a commit at most.
	arriveTogether = 200
	// arriveWithin bounds that commit: it is not any single caller's to break off.
	arriveWithin = 5 * time.Second
)

// arrival is a message that is to be kept, on its own, and in no transaction of somebody else's.
type arrival struct {
	site    site.Site
	message message.Message
	kept    chan error // buffered
}

// newArrivals lets messages that arrive together share a commit. A site's feed is held until a commit ends: one after the other, they would wait for each other's.
func (db *DB) newArrivals() *batch.Of[*arrival] {
	return batch.New(batch.AtMost[*arrival](arriveTogether), db.keepArrivals)
}

// arrive keeps a message, together with those that arrive at the same time. When ctx ends first it may be kept all the same.
func (s *Messages) arrive(ctx context.Context, in site.Site, m message.Message) error {
	a := &arrival{site: in, message: m, kept: make(chan error, 1)}
	s.db.arrivals.Add(a)
	select {
	case err := <-a.kept:
		return err
	case <-ctx.Done():
		return s.db.classify(ctx, ctx.Err())
	}
}

// keepArrivals writes messages in one transaction; when that fails, each in one of its own.
func (db *DB) keepArrivals(some []*arrival) {
	ctx, cancel := context.WithTimeout(context.Background(), arriveWithin)
	defer cancel()
	err := db.keepTogether(ctx, some)
	for _, a := range some {
		if err != nil && len(some) > 1 {
			a.kept <- db.keepTogether(ctx, []*arrival{a})
			continue
		}
		a.kept <- err
	}
}

func (db *DB) keepTogether(ctx context.Context, some []*arrival) error {
	return db.Transact(ctx, func(ctx context.Context) error {
		for in, ofSite := range batch.Deal(some, func(a *arrival) site.Site { return a.site }) { // each holds the feeds of several
			messages := make([]message.Message, len(ofSite))
			for i, a := range ofSite {
				messages[i] = a.message
			}
			if err := db.Messages().Insert(ctx, in, messages...); err != nil {
				return err
			}
		}
		return nil
	})
}

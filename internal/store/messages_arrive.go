package store

import (
	"context"
	"slices"
	"strings"
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
	var sites []site.Site
	of := map[site.Site][]message.Message{}
	for _, a := range some {
		if of[a.site] == nil {
			sites = append(sites, a.site)
		}
		of[a.site] = append(of[a.site], a.message)
	}
	slices.SortFunc(sites, func(x, y site.Site) int { return strings.Compare(x.String(), y.String()) }) // as every replica does: each holds the feeds of several
	return db.Transact(ctx, func(ctx context.Context) error {
		for _, in := range sites {
			if err := db.Messages().Insert(ctx, in, of[in]...); err != nil {
				return err
			}
		}
		return nil
	})
}

package message

import (
	"context"
	"time"

	"github.com/ivendnext/whatsapp-accounts/internal/batch"
	"github.com/ivendnext/whatsapp-accounts/internal/site"
)

// taking is places that an account needs. Those that are needed at the same time are taken in one statement for each site.
type taking struct {
	site   site.Site
	places Places
	taken  chan taken // buffered
}

// taken is the time of the first place.
type taken struct {
	first time.Time
	err   error
}

// reserve takes places in the pace of an account, which nobody else in this process is doing for it, and gives the time of the first.
func (p *pacer) reserve(ctx context.Context, in site.Site, places Places) (time.Time, error) {
	one := &taking{site: in, places: places, taken: make(chan taken, 1)}
	p.takings.Add(one)
	select {
	case t := <-one.taken:
		return t.first, t.err
	case <-ctx.Done():
		return time.Time{}, ctx.Err()
	}
}

// takeTogether takes the places of some accounts, site by site; those of a site where that fails each by itself, when the other sites have theirs: an account that has
// been deleted must not hold up the others.
func (p *pacer) takeTogether(some []*taking) {
	var left []*taking
	for of, ofSite := range batch.Deal(some, func(t *taking) site.Site { return t.site }) {
		ctx, cancel := context.WithTimeout(context.Background(), beginWithin)
		first, err := p.store.Reserve(ctx, of, placesOf(ofSite)...)
		cancel()
		if err != nil && len(ofSite) > 1 {
			left = append(left, ofSite...)
			continue
		}
		for _, one := range ofSite {
			one.taken <- taken{first[one.places.AccountID], err}
		}
	}
	eachAlone(left, func(ctx context.Context, one *taking) {
		first, err := p.store.Reserve(ctx, one.site, one.places)
		one.taken <- taken{first[one.places.AccountID], err}
	})
}

func placesOf(some []*taking) []Places {
	all := make([]Places, len(some))
	for i, one := range some {
		all[i] = one.places
	}
	return all
}

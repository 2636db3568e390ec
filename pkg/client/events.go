package client

import (
	"context"
	"iter"
	"net/url"
	"strconv"
	"strings"
	"time"

	v1 "github.com/ivendnext/whatsapp-accounts/api/v1"
)

// EventQuery selects events; empty members select all.
type EventQuery struct {
	After     string   // NextCursor of the answer before; empty begins with the oldest event that is kept
	Types     []string // for example "message.received"
	AccountID string
	Limit     int           // per answer, 1 to 200; zero leaves it to the service
	Wait      time.Duration // how long an answer without events may be held back, in whole seconds up to 30
}

func (q EventQuery) values() url.Values {
	v := Page{Limit: q.Limit}.values()
	setUnlessEmpty(v, "after", q.After)
	setUnlessEmpty(v, "type", strings.Join(q.Types, ","))
	setUnlessEmpty(v, "account_id", q.AccountID)
	if seconds := int(q.Wait / time.Second); seconds > 0 {
		v.Set("wait", strconv.Itoa(seconds))
	}
	return v
}

// Events reads the next events of the site, the oldest first. Its NextCursor is always there: keep it, and pass it as After.
func (c *Client) Events(ctx context.Context, q EventQuery, opts ...CallOption) (*v1.EventList, error) {
	return get[v1.EventList](ctx, c, "/v1/events", q.values(), opts)
}

// Follow reads events as they come, for as long as ctx lasts, and gives with each the cursor behind the answer that it came in: once all
// events up to another cursor are dealt with, keep that one and begin there the next time. An error ends it and comes with the zero event.
func (c *Client) Follow(ctx context.Context, q EventQuery, opts ...CallOption) iter.Seq2[FollowedEvent, error] {
	return func(yield func(FollowedEvent, error) bool) {
		for {
			list, err := c.Events(ctx, q, opts...)
			if err != nil {
				yield(FollowedEvent{}, err)
				return
			}
			for _, e := range list.Data {
				if !yield(FollowedEvent{Event: e, Cursor: list.NextCursor}, nil) {
					return
				}
			}
			q.After = list.NextCursor
		}
	}
}

// FollowedEvent is an event with where to go on.
type FollowedEvent struct {
	v1.Event
	Cursor string `json:"-"`
}

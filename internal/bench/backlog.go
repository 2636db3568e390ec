package main

import (
	"context"
	"database/sql"
	"errors"
	"time"
)

// look is how often the backlog is looked at while somebody waits for its end.
const look = 20 * time.Millisecond

// oldestJob is since when the oldest webhook waits that was taken and is not handled.
const oldestJob = "SELECT created_at FROM jobs WHERE queue = 'webhooks' ORDER BY id LIMIT 1"

// behind gives how far handling is behind: the age of the oldest webhook that is not handled, and zero when there is none.
func (st *stage) behind(ctx context.Context) (time.Duration, error) {
	var since time.Time
	err := st.rows.QueryRowContext(ctx, oldestJob).Scan(&since)
	if errors.Is(err, sql.ErrNoRows) {
		return 0, nil
	}
	return max(now().Sub(since), 1), err
}

// awaitHandled returns when everything that was taken is handled.
func (st *stage) awaitHandled(ctx context.Context) error {
	for {
		age, err := st.behind(ctx)
		if age == 0 || err != nil {
			return err
		}
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-time.After(look):
		}
	}
}

// watchBacklog looks once in a while until ctx ends, and then gives the most that handling was behind.
func (st *stage) watchBacklog(ctx context.Context, every time.Duration) (worst time.Duration, err error) {
	tick := time.NewTicker(every)
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			return worst, err
		case <-tick.C:
			age, failed := st.behind(context.WithoutCancel(ctx))
			worst, err = max(worst, age), errors.Join(err, failed)
		}
	}
}

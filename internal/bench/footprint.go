package main

import (
	"cmp"
	"context"
	"fmt"
	"net/http"
	"os"
	"time"

	"github.com/ivendnext/whatsapp-accounts/internal/rig"
)

// The goals of P6.
const (
	binaryGoal = 40 << 20
	idleGoal   = 50 << 20
	peakGoal   = 64 << 20
	startGoal  = 500 * time.Millisecond
)

// starts is how often a start is repeated.
const starts = 3

// rest is how long a service is left alone before its memory is read.
const rest = 3 * time.Second

// figure is a line of the second table.
type figure struct {
	name, value, goal string
	met               bool
}

// footprint measures what a service costs before it does anything, on SQLite.
func (s session) footprint(ctx context.Context, program string) ([]figure, error) {
	s.Tell("size, start and memory at rest")
	info, err := os.Stat(program)
	if err != nil {
		return nil, err
	}
	figures := []figure{{"binary, stripped", megabytes(info.Size()), "≤ 40 MB", info.Size() <= binaryGoal}}
	var fresh, again []time.Duration
	for i := range starts {
		data, err := s.Folder(fmt.Sprint("start-", i))
		if err != nil {
			return nil, err
		}
		for _, took := range []*[]time.Duration{&fresh, &again} {
			c, err := s.timeStart(ctx, program, data, took)
			if err != nil {
				return nil, err
			}
			if err := c.Stop(); err != nil {
				return nil, err
			}
		}
	}
	idle, err := s.atRest(ctx, program)
	return append(figures,
		startFigure("start to first answer, new SQLite file", median(fresh)),
		startFigure("start to first answer, existing file", median(again)),
		figure{"memory at rest, SQLite", megabytes(idle), "≤ 50 MB", idle <= idleGoal}), err
}

// timeStart takes the time from the start of the process to its first 200, from a route that asks the database.
func (s session) timeStart(ctx context.Context, program, data string, took *[]time.Duration) (*rig.Child, error) {
	begin := now()
	c, err := s.Start(ctx, "footprint", program, rig.Environment(data, ""), "serve")
	if err != nil {
		return nil, err
	}
	if _, err = rig.Ask(ctx, http.MethodGet, "http://"+c.Address+"/readyz", "", "", http.StatusOK); err != nil {
		return nil, err
	}
	*took = append(*took, now().Sub(begin))
	return c, nil
}

// atRest gives the memory of a service that has been left alone for a while.
func (s session) atRest(ctx context.Context, program string) (int64, error) {
	data, err := s.Folder("rest")
	if err != nil {
		return 0, err
	}
	c, err := s.Start(ctx, "rest", program, rig.Environment(data, ""), "serve")
	if err != nil {
		return 0, err
	}
	select {
	case <-ctx.Done():
		return 0, ctx.Err()
	case <-time.After(rest):
	}
	idle, err := rig.Memory(c.PID, "VmRSS")
	return idle, cmp.Or(err, c.Stop())
}

func startFigure(name string, took time.Duration) figure {
	return figure{name, fmt.Sprintf("%.2f s", took.Seconds()), "≤ 0.5 s", took <= startGoal}
}

func megabytes(bytes int64) string { return fmt.Sprintf("%.1f MB", float64(bytes)/(1<<20)) }

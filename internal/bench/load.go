package main

import (
	"context"
	"errors"
	"fmt"
	"runtime"
	"slices"
	"sync/atomic"
	"time"

	"github.com/ivendnext/whatsapp-accounts/internal/rig"
)

// target is a server under load and what it must answer.
type target struct {
	name      string
	address   string
	request   request
	others    []request // when connections ask different things, in turn: the first asks request
	status    int
	processes []int        // whose CPU time counts, each with its children
	forget    func() error // empties the server's log
	// turn takes the place of all of this where it is not requests that are counted.
	turn func(ctx context.Context, connections int, span time.Duration) (sample, error)
}

// of is what a connection asks.
func (t target) of(connection int) request {
	all := append([]request{t.request}, t.others...)
	return all[connection%len(all)]
}

// present reports whether there is anything to measure.
func (t target) present() bool { return t.address != "" || t.turn != nil }

// sample is one turn of a target.
type sample struct {
	requests int
	rate     float64       // requests per second
	cpu      time.Duration // per request, of the target's processes
	client   time.Duration // per request, of the driver
	p50, p99 time.Duration
}

// load runs a closed loop: each connection sends its next request when the answer to the last one is complete.
type load struct {
	target
	connections int
	numbers     *atomic.Uint64 // for requests that must differ
}

// run loads the target for a while. Any answer that is not as it must be is an error.
func (l load) run(ctx context.Context, span time.Duration) (sample, error) {
	if l.turn != nil {
		return l.turn(ctx, l.connections, span)
	}
	// A thread of its own, so that the kernel schedules the driver as it would any other client.
	runtime.LockOSThread()
	defer runtime.UnlockOSThread()
	poll, err := newPoller(l.address, l.connections)
	if err != nil {
		return sample{}, err
	}
	defer poll.close()
	before, err := l.spent()
	if err != nil {
		return sample{}, err
	}
	begin := now()
	latencies, err := l.drive(ctx, poll, begin.Add(span))
	took := now().Sub(begin)
	after, spentErr := l.spent()
	if err := errors.Join(ctx.Err(), err, spentErr); err != nil {
		return sample{}, err
	}
	slices.Sort(latencies)
	requests := time.Duration(len(latencies))
	return sample{
		requests: len(latencies), rate: float64(len(latencies)) / took.Seconds(),
		cpu: (after.server - before.server) / requests, client: (after.client - before.client) / requests,
		p50: quantile(latencies, 0.50), p99: quantile(latencies, 0.99),
	}, nil
}

// spent is CPU time so far.
type spent struct{ server, client time.Duration }

func (l load) spent() (s spent, err error) {
	if s.server, err = rig.CPUOf(l.processes...); err != nil {
		return s, err
	}
	s.client, err = rig.OwnCPU()
	return s, err
}

// exchange is one connection: what it asks, what it is being answered, and since when.
type exchange struct {
	request  request
	response *response
	begun    time.Time
}

// idle is how long a silent server is waited for before the run is looked at again.
const idle = 100 * time.Millisecond

// drive gives the latency of each request.
func (l load) drive(ctx context.Context, poll *poller, until time.Time) ([]time.Duration, error) {
	exchanges := make([]exchange, l.connections)
	open := l.connections
	latencies := make([]time.Duration, 0, 1<<18)
	begin := func(connection int, at time.Time) error {
		x := &exchanges[connection]
		x.response.reset()
		x.begun = at
		x.request.number(l.numbers)
		return poll.send(connection, x.request.bytes)
	}
	for i := range exchanges {
		exchanges[i] = exchange{request: l.of(i).clone(), response: newResponse()}
		if err := begin(i, now()); err != nil {
			return nil, err
		}
	}
	for open > 0 && ctx.Err() == nil {
		err := poll.wait(idle, func(connection int) error {
			x := &exchanges[connection]
			done, err := l.read(poll, connection, x.response)
			if !done || err != nil {
				return err
			}
			at := now()
			latencies = append(latencies, at.Sub(x.begun))
			if at.After(until) {
				open--
				return nil
			}
			return begin(connection, at)
		})
		if err != nil {
			return nil, err
		}
	}
	return latencies, nil
}

// read takes what came and reports whether it completes the answer.
func (l load) read(poll *poller, connection int, r *response) (done bool, err error) {
	n, err := poll.receive(connection, r.room())
	if err != nil {
		return false, err
	}
	status, err := r.add(n)
	if err == nil && status != 0 && status != l.status {
		err = fmt.Errorf("answered %d in place of %d:\n%s", status, l.status, r.text())
	}
	return status != 0, err
}

// quantile takes from sorted values the one below which the share q lies.
func quantile(sorted []time.Duration, q float64) time.Duration {
	if len(sorted) == 0 {
		return 0
	}
	return sorted[min(int(q*float64(len(sorted))), len(sorted)-1)]
}

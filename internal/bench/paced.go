package main

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"runtime"
	"slices"
	"sync/atomic"
	"time"
)

// stream is requests that become due at a steady pace, whatever becomes of those before.
type stream struct {
	requests    []request // dealt to its connections in turn
	every       time.Duration
	connections int
}

// traffic is streams to one server.
type traffic struct {
	address string
	streams []stream
	numbers *atomic.Uint64
}

// flow is a stream while it runs.
type flow struct {
	stream
	idle      []int // its connections with nothing to do
	due       time.Time // of the next one
	latencies []time.Duration
}

// run sends what becomes due within the span and gives the latencies of each stream, sorted. A latency counts from the time at which the request was due: one
// that waits for a connection, because the server is slow, has begun.
func (t traffic) run(ctx context.Context, span time.Duration) ([][]time.Duration, error) {
	runtime.LockOSThread()
	defer runtime.UnlockOSThread()
	total := 0
	for _, s := range t.streams {
		total += s.connections
	}
	poll, err := newPoller(t.address, total)
	if err != nil {
		return nil, err
	}
	defer poll.close()
	r := &running{traffic: t, poll: poll, exchanges: make([]exchange, total), of: make([]*flow, total)}
	start := now()
	r.begin(start)
	if err := errors.Join(r.drive(ctx, start.Add(span)), ctx.Err()); err != nil {
		return nil, err
	}
	var all [][]time.Duration
	for _, f := range r.flows {
		slices.Sort(f.latencies)
		all = append(all, f.latencies)
	}
	return all, nil
}

// running is traffic with its connections.
type running struct {
	traffic
	poll      *poller
	flows     []*flow
	exchanges []exchange
	of        []*flow // by connection
	open      int     // requests without an answer
}

func (r *running) begin(at time.Time) {
	connection := 0
	for _, s := range r.streams {
		f := &flow{stream: s, due: at}
		for i := range s.connections {
			r.exchanges[connection] = exchange{request: s.requests[i%len(s.requests)].clone(), response: newResponse()}
			r.of[connection] = f
			f.idle = append(f.idle, connection)
			connection++
		}
		r.flows = append(r.flows, f)
	}
}

// drive sends until then, and waits for the last answers.
func (r *running) drive(ctx context.Context, until time.Time) error {
	for ctx.Err() == nil {
		waiting := false
		for _, f := range r.flows {
			if err := r.send(f, until); err != nil {
				return err
			}
			waiting = waiting || f.due.Before(until)
		}
		if !waiting && r.open == 0 {
			return nil
		}
		if err := r.poll.wait(time.Millisecond, r.receive); err != nil {
			return err
		}
	}
	return ctx.Err()
}

// send sends what is due, as far as connections are idle.
func (r *running) send(f *flow, until time.Time) error {
	for len(f.idle) > 0 && f.due.Before(until) && !f.due.After(now()) {
		connection := f.idle[0]
		f.idle = f.idle[1:]
		x := &r.exchanges[connection]
		x.response.reset()
		x.begun = f.due
		x.request.number(r.numbers)
		if err := r.poll.send(connection, x.request.bytes); err != nil {
			return err
		}
		r.open++
		f.due = f.due.Add(f.every)
	}
	return nil
}

// receive reads what came on a connection.
func (r *running) receive(connection int) error {
	x, f := &r.exchanges[connection], r.of[connection]
	done, err := load{target: target{status: http.StatusOK}}.read(r.poll, connection, x.response)
	if !done || err != nil {
		return err
	}
	f.latencies = append(f.latencies, now().Sub(x.begun))
	f.idle = append(f.idle, connection)
	r.open--
	return nil
}

// The pace and the goals of P4.
const (
	hooksPerSecond  = 1000
	checksPerSecond = 20
	hookGoal        = 100 * time.Millisecond
	checkGoal       = 50 * time.Millisecond
	paceSpans       = 5 // so many turns long
)

// pace sends webhooks at a steady rate, and a few verification requests beside them, while the service handles what it has taken.
func (st *stage) pace(ctx context.Context, o options) ([]figure, error) {
	t := traffic{address: st.service.Address, numbers: new(atomic.Uint64), streams: []stream{
		{requests: hooks(), every: time.Second / hooksPerSecond, connections: 4 * o.connections},
		{requests: []request{newRequest(http.MethodGet, verifyPath, "", "")}, every: time.Second / checksPerSecond, connections: o.connections},
	}}
	t.numbers.Store(5e8) // webhooks that no other scenario has sent
	if _, err := t.run(ctx, warmUp); err != nil {
		return nil, err
	}
	if err := st.awaitHandled(ctx); err != nil {
		return nil, err
	}
	watched, end := context.WithCancel(ctx)
	defer end()
	worst, failed := make(chan time.Duration, 1), make(chan error, 1)
	go func() {
		age, err := st.watchBacklog(watched, max(o.round/10, look))
		worst <- age
		failed <- err
	}()
	begin := now()
	latencies, err := t.run(ctx, paceSpans*o.round)
	took := now().Sub(begin)
	end()
	behind := <-worst
	if err := errors.Join(err, <-failed); err != nil {
		return nil, err
	}
	over := now()
	if err := st.awaitHandled(ctx); err != nil {
		return nil, err
	}
	return paceFigures(st.database, latencies[0], latencies[1], took, behind, now().Sub(over)), nil
}

func paceFigures(database string, webhooks, checks []time.Duration, took, behind, after time.Duration) []figure {
	late := func(name string, of []time.Duration, goal time.Duration) figure {
		p99 := quantile(of, 0.99)
		return figure{
			name: name, value: fmt.Sprintf("p50 %s, p99 %s, slowest %s ms of %d", millis(quantile(of, 0.5)), millis(p99), millis(quantile(of, 1)), len(of)),
			goal: fmt.Sprintf("p99 ≤ %d ms", goal.Milliseconds()), met: p99 <= goal,
		}
	}
	return []figure{
		late(fmt.Sprintf("signed webhooks, %d a second, %s", hooksPerSecond, database), webhooks, hookGoal),
		late(fmt.Sprintf("verifications meanwhile, %d a second", checksPerSecond), checks, checkGoal),
		{name: "webhooks answered", value: fmt.Sprintf("%.0f a second for %.1f s", float64(len(webhooks))/took.Seconds(), took.Seconds()), goal: absent},
		{name: "handling, at most behind while they came", value: fmt.Sprintf("%.2f s", behind.Seconds()), goal: absent},
		{name: "handling, done after the last was answered", value: fmt.Sprintf("%.2f s", after.Seconds()), goal: absent},
	}
}

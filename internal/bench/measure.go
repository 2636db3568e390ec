package main

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"sync/atomic"
	"time"
)

// scenario is one question asked of several programs.
type scenario struct {
	name     string
	database string
	goal     float64       // least ratio to the reference; zero when there is none
	slowest  time.Duration // goal of the 99th percentile; zero when there is none
	crowd    int           // so many times the connections; zero is once
	contests
}

// contests are the programs that answer a scenario. What is not there has no address.
type contests struct {
	ours      target
	reference target
	bare      target // answers prebuilt bytes of the same length from memory
	against   target // another build of ours
}

// outcome is what a scenario came to: medians of the rounds.
type outcome struct {
	scenario
	connections int

	summaries map[string]sample  // by the target's name
	ratios    map[string]float64 // of our rate to that target's
	costs     map[string]float64 // of our CPU time per request to that target's
}

// The names of the targets, in the order of their turns.
const (
	ours      = "ours"
	reference = "reference"
	bare      = "bare"
	against   = "against"
)

func (c contests) all() []target {
	var present []target
	for name, t := range map[string]target{ours: c.ours, reference: c.reference, bare: c.bare, against: c.against} {
		if t.present() {
			t.name = name
			present = append(present, t)
		}
	}
	order := []string{ours, reference, bare, against}
	slices.SortFunc(present, func(a, b target) int { return cmp.Compare(slices.Index(order, a.name), slices.Index(order, b.name)) })
	return present
}

// warmUp is how long each target is loaded before anything counts: pools fill, plans and statements are cached, the heap finds its size.
const warmUp = 500 * time.Millisecond

// measure lets the programs of a scenario take turns.
func measure(ctx context.Context, sc scenario, o options) (outcome, error) {
	o.connections *= max(1, sc.crowd)
	samples, err := takeTurns(ctx, sc.all(), o, o.span(sc))
	if err != nil {
		return outcome{}, err
	}
	return conclude(sc, o.connections, samples), nil
}

// takeTurns loads the targets one after the other, round by round, so that whatever else the machine does meets all of them. Round zero warms them up.
func takeTurns(ctx context.Context, targets []target, o options, span time.Duration) (map[string][]sample, error) {
	samples := map[string][]sample{}
	numbers := new(atomic.Uint64)
	for round := range o.rounds + 1 {
		turn := span
		if round == 0 {
			turn = min(span, warmUp)
		}
		for i := range targets {
			t := targets[(max(round-1, 0)+i)%len(targets)] // nobody always follows the same one
			got, err := load{t, o.connections, numbers}.run(ctx, turn)
			if err := cmp.Or(err, t.forget()); err != nil {
				return nil, fmt.Errorf("%s: %w", t.name, err)
			}
			if round > 0 {
				samples[t.name] = append(samples[t.name], got)
			}
		}
	}
	return samples, nil
}

// span is how long a turn is: a scenario without a goal is there to explain another, and need not be as exact.
func (o options) span(sc scenario) time.Duration {
	if sc.goal == 0 {
		return o.round / 3
	}
	return o.round
}

// conclude takes medians. A ratio is the median of the rounds' ratios: what disturbs a whole round then cancels out.
func conclude(sc scenario, connections int, samples map[string][]sample) outcome {
	out := outcome{scenario: sc, connections: connections, summaries: map[string]sample{}, ratios: map[string]float64{}, costs: map[string]float64{}}
	for name, turns := range samples {
		out.summaries[name] = summarize(turns)
		var ratios, costs []float64
		for i, turn := range turns {
			mine := samples[ours][i]
			ratios = append(ratios, mine.rate/turn.rate)
			costs = append(costs, float64(mine.cpu)/float64(turn.cpu))
		}
		out.ratios[name], out.costs[name] = median(ratios), median(costs)
	}
	return out
}

// summarize takes the median of each figure.
func summarize(turns []sample) sample {
	return sample{
		rate: medianOf(turns, func(s sample) float64 { return s.rate }),
		cpu:  medianOf(turns, func(s sample) time.Duration { return s.cpu }), client: medianOf(turns, func(s sample) time.Duration { return s.client }),
		p50: medianOf(turns, func(s sample) time.Duration { return s.p50 }), p99: medianOf(turns, func(s sample) time.Duration { return s.p99 }),
	}
}

func medianOf[T any, V float64 | time.Duration](turns []T, value func(T) V) V {
	values := make([]V, len(turns))
	for i, turn := range turns {
		values[i] = value(turn)
	}
	return median(values)
}

func median[V float64 | time.Duration](values []V) V {
	sorted := slices.Sorted(slices.Values(values))
	middle := len(sorted) / 2
	if len(sorted)%2 == 1 {
		return sorted[middle]
	}
	return (sorted[middle-1] + sorted[middle]) / 2
}

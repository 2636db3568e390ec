package main

import (
	"fmt"
	"io"
	"strings"
	"time"
)

// hearingGoal is the least of their rate that the others keep when one hangs: W10.
const hearingGoal = 0.90

// reportHearings writes how fast the others got their events in each case, and how the cases compare.
func reportHearings(out io.Writer, postgres string, o subscribersOptions, hearings map[oddity][]hearing) error {
	others := o.subscribers - 1
	rate := func(h hearing) float64 { return float64(others*o.events) / h.took.Seconds() }
	var figures []figure
	for _, odd := range []oddity{answering, hanging, lacking} {
		turns := hearings[odd]
		figures = append(figures, figure{
			name: fmt.Sprintf("events to %d others, while one %s", others, odd),
			value: fmt.Sprintf("%.0f a second, in %.1f s; %s µs of CPU for each delivery", medianOf(turns, rate),
				medianOf(turns, func(h hearing) time.Duration { return h.took }).Seconds(),
				micros(medianOf(turns, func(h hearing) time.Duration { return h.cpu / time.Duration(h.taken) }))),
			goal: absent,
		})
	}
	for _, to := range []oddity{answering, lacking} {
		var ratios []float64
		for round, turn := range hearings[to] {
			ratios = append(ratios, rate(hearings[hanging][round])/rate(turn))
		}
		ratio := median(ratios)
		figures = append(figures, figure{
			name: fmt.Sprintf("while it hangs, of while it %s", to), value: fmt.Sprintf("%.2f", ratio),
			goal: fmt.Sprintf("≥ %.2f", hearingGoal), met: ratio >= hearingGoal,
		})
	}
	twice := 0
	for _, turns := range hearings {
		for _, h := range turns {
			twice += h.ears.twice()
		}
	}
	figures = append(figures, figure{"delivered to the others more than once", fmt.Sprint(twice), "0", twice == 0})
	var b strings.Builder
	fmt.Fprintf(&b, "%s\n\n", report{postgres: postgres}.machine())
	tabulate(&b, "W10", figures)
	_, err := io.WriteString(out, b.String())
	return err
}

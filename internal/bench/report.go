package main

import (
	"fmt"
	"io"
	"runtime"
	"strings"
	"time"
)

// report is everything that was measured.
type report struct {
	postgres  string // the server's version; empty when none ran
	outcomes  []outcome
	pace      []figure // P4
	footprint []figure
}

// print writes Markdown tables.
func (r report) print(out io.Writer) error {
	var b strings.Builder
	fmt.Fprintf(&b, "%s\n\n", r.machine())
	if len(r.outcomes) > 0 {
		r.scenarios(&b)
	}
	tabulate(&b, "P4", r.pace)
	tabulate(&b, "P6", r.footprint)
	_, err := io.WriteString(out, b.String())
	return err
}

// tabulate writes figures under a title, unless there are none.
func tabulate(b *strings.Builder, title string, figures []figure) {
	if len(figures) == 0 {
		return
	}
	fmt.Fprintf(b, "| %s | measured | goal | met |\n|---|---|---|---|\n", title)
	for _, f := range figures {
		met := absent
		if f.goal != absent {
			met = yes(f.met)
		}
		fmt.Fprintf(b, "| %s | %s | %s | %s |\n", f.name, f.value, f.goal, met)
	}
	fmt.Fprintln(b)
}

func (r report) machine() string {
	line := fmt.Sprintf("%s, %d cores, %s", now().UTC().Format("2006-01-02 15:04 MST"), runtime.NumCPU(), runtime.Version())
	if r.postgres != "" {
		line += ", PostgreSQL " + r.postgres + " with fsync"
	}
	return line + "; driver, service and database on the same machine"
}

func (r report) scenarios(b *strings.Builder) {
	fmt.Fprint(b, "| scenario | database | conns | ours req/s | reference req/s | ratio | to bare | CPU µs/request: ours, reference, bare | p50 ms | p99 ms | client CPU µs | goal | met |\n")
	fmt.Fprint(b, "|---|---|---|---|---|---|---|---|---|---|---|---|---|\n")
	for _, o := range r.outcomes {
		mine := o.summaries[ours]
		fmt.Fprintf(b, "| %s | %s | %d | %.0f | %s | %s | %s | %s, %s, %s | %s | %s | %s | %s | %s |\n",
			o.name, o.database, o.connections, mine.rate, o.rate(reference), o.ratio(reference), o.ratio(bare),
			micros(mine.cpu), o.cpu(reference), o.cpu(bare), millis(mine.p50), millis(mine.p99), micros(mine.client), o.target(), o.met())
	}
	fmt.Fprintln(b)
	for _, o := range r.outcomes {
		if _, present := o.summaries[against]; present {
			fmt.Fprintf(b, "%s, %s: %s × the rate and %.2f × the CPU of the other build, which has %s req/s and %s µs\n\n",
				o.name, o.database, o.ratio(against), o.costs[against], o.rate(against), o.cpu(against))
		}
	}
}

// absent stands for what was not measured.
const absent = "–"

func (o outcome) rate(of string) string {
	if s, present := o.summaries[of]; present {
		return fmt.Sprintf("%.0f", s.rate)
	}
	return absent
}

func (o outcome) ratio(to string) string {
	if ratio, present := o.ratios[to]; present {
		return fmt.Sprintf("%.2f", ratio)
	}
	return absent
}

func (o outcome) cpu(of string) string {
	if s, present := o.summaries[of]; present {
		return micros(s.cpu)
	}
	return absent
}

func (o outcome) target() string {
	if o.goal == 0 {
		return absent
	}
	goal := fmt.Sprintf("≥ %.2f", o.goal)
	if o.slowest > 0 {
		goal += fmt.Sprintf(", p99 ≤ %d ms", o.slowest.Milliseconds())
	}
	return goal
}

func (o outcome) met() string {
	if o.goal == 0 {
		return absent
	}
	return yes(o.ratios[reference] >= o.goal && (o.slowest == 0 || o.summaries[ours].p99 <= o.slowest))
}

func yes(met bool) string {
	if met {
		return "yes"
	}
	return "**no**"
}

func micros(d time.Duration) string { return fmt.Sprint(d.Microseconds()) }

func millis(d time.Duration) string { return fmt.Sprintf("%.2f", float64(d.Microseconds())/1000) }

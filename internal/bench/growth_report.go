package main

import (
	"fmt"
	"io"
	"runtime"
	"strconv"
	"strings"
)

// growth is what was measured as the number of accounts grew.
type growth struct {
	postgres    string
	connections int
	towns       []*town
	asks        []ask
	samples     map[string][]sample // by request and size
	plans       []plan
}

// print writes the table, and below it the plans.
func (g growth) print(out io.Writer) error {
	var b strings.Builder
	fmt.Fprintf(&b, "%s, %d cores, %s, PostgreSQL %s with fsync; driver, service and database on the same machine\n\n",
		now().UTC().Format("2006-01-02 15:04 MST"), runtime.NumCPU(), runtime.Version(), g.postgres)
	fmt.Fprintf(&b, "CPU µs per request, of service and database (p50, p99 in ms), over %d connections:\n\n", g.connections)
	g.table(&b)
	fmt.Fprintf(&b, "\nThe plans that do not look at the parameters, with %s accounts:\n\n", g.towns[len(g.towns)-1].name())
	for _, p := range g.plans {
		fmt.Fprintf(&b, "%s: %s\n\n```\n%s\n```\n\n", p.ask, p.verdict(), strings.Join(p.lines, "\n"))
	}
	_, err := io.WriteString(out, b.String())
	return err
}

func (g growth) table(b *strings.Builder) {
	fmt.Fprint(b, "| request |")
	for _, t := range g.towns {
		fmt.Fprintf(b, " %s |", t.name())
	}
	fmt.Fprintf(b, " ratio | goal | met |\n|%s\n", strings.Repeat("---|", len(g.towns)+4))
	for _, a := range g.asks {
		fmt.Fprintf(b, "| %s |", a.name)
		for _, t := range g.towns {
			fmt.Fprintf(b, " %s |", g.cell(a, t))
		}
		fmt.Fprintln(b, g.conclusion(a))
	}
}

func (g growth) cell(a ask, t *town) string {
	turns := g.samples[at(a.name, t.name())]
	if len(turns) == 0 {
		return absent
	}
	s := summarize(turns)
	return fmt.Sprintf("%s (%s, %s)", micros(s.cpu), millis(s.p50), millis(s.p99))
}

// conclusion is the end of a line: what became of the cost, and whether it may.
func (g growth) conclusion(a ask) string {
	last := g.samples[at(a.name, g.towns[len(g.towns)-1].name())]
	if len(last) == 0 {
		return " – | – | – |"
	}
	ratio := costRatio(last, g.base(a))
	switch {
	case a.longest > 0:
		slowest := summarize(last).p99
		return fmt.Sprintf(" %.2f | p99 ≤ %d ms | %s |", ratio, a.longest.Milliseconds(), yes(slowest <= a.longest))
	case a.growth == 0:
		return fmt.Sprintf(" %.2f | – | – |", ratio)
	case a.beside != "":
		return fmt.Sprintf(" %.2f | ≤ %.1f × the first | %s |", ratio, a.growth, yes(ratio <= a.growth))
	}
	return fmt.Sprintf(" %.2f | ≤ %.1f | %s |", ratio, a.growth, yes(ratio <= a.growth))
}

// base is what a request is compared with: another one at the last size, or itself at the first size at which it was possible.
func (g growth) base(a ask) []sample {
	if a.beside != "" {
		return g.samples[at(a.beside, g.towns[len(g.towns)-1].name())]
	}
	for _, t := range g.towns {
		if turns := g.samples[at(a.name, t.name())]; len(turns) > 0 {
			return turns
		}
	}
	return nil
}

// costRatio is the median of the rounds' ratios: what disturbs a whole round then cancels out.
func costRatio(turns, base []sample) float64 {
	ratios := make([]float64, len(turns))
	for i := range turns {
		ratios[i] = float64(turns[i].cpu) / float64(base[i].cpu)
	}
	return median(ratios)
}

func (p plan) verdict() string {
	if len(p.complaints) > 0 {
		return "**" + strings.Join(p.complaints, ", ") + "**"
	}
	return "an index"
}

// thousands writes 1000000 as 1,000,000.
func thousands(n int) string {
	digits := strconv.Itoa(n)
	for i := len(digits) - 3; i > 0; i -= 3 {
		digits = digits[:i] + "," + digits[i:]
	}
	return digits
}

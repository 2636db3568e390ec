package main

import (
	"fmt"
	"io"
	"runtime"
	"strings"
	"time"
)

// report is everything that was found.
type report struct {
	fuzzed  []fuzzed
	rotated *rotated
}

func (r report) met() bool {
	for _, f := range r.fuzzed {
		if !f.met() {
			return false
		}
	}
	return r.rotated == nil || r.rotated.met()
}

// print writes Markdown tables.
func (r report) print(out io.Writer) error {
	var b strings.Builder
	fmt.Fprintf(&b, "%s, %d cores, %s; driver, service and database on the same machine\n", now().UTC().Format("2006-01-02 15:04 MST"), runtime.NumCPU(), runtime.Version())
	for _, f := range r.fuzzed {
		f.table(&b)
	}
	if r.rotated != nil {
		r.rotated.table(&b)
	}
	_, err := io.WriteString(out, b.String())
	return err
}

func (f fuzzed) table(b *strings.Builder) {
	title := f.name
	if f.version != "" {
		title += " " + f.version
	}
	heading(b, "A4 "+title)
	row := func(name, goal string, met bool, format string, args ...any) {
		fmt.Fprintf(b, "| %s | %s | %s | %s |\n", name, fmt.Sprintf(format, args...), goal, yes(met))
	}
	row("requests", "", true, "%d in %s", f.requests, f.took.Round(time.Second))
	row("answered 2xx, 3xx, 4xx", "", true, "%d, %d, %d", f.tally.class(2), f.tally.class(3), f.tally.class(4))
	row("answered 5xx", "0", f.tally.class(5) == 0, "%d", f.tally.class(5))
	row("answered 502: a provider that is out of reach", "", true, "%d", f.tally.unasked)
	row("no HTTP/1.1: 501 or 505 by Go's server, hung up on", "", true, "%d, %d", f.tally.foreign, f.tally.hungUp)
	row("requests without an answer", "0", f.tally.failed == f.tally.class(5), "%d", f.tally.failed-f.tally.class(5))
	row("panics in the log, other errors", "0", f.log.panics == 0, "%d, %d", f.log.panics, f.log.errors)
	row("at rest before", "", true, "%s", f.before)
	row("at rest after", fmt.Sprintf("no more goroutines, memory within %d MB", spare>>20), f.after.back(f.before), "%s", f.after)
	row("most memory", "", true, "%.1f MB", float64(f.peak)/(1<<20))
}

func heading(b *strings.Builder, title string) {
	fmt.Fprintf(b, "\n| %s | found | goal | met |\n|---|---|---|---|\n", title)
}

func yes(met bool) string {
	if met {
		return "yes"
	}
	return "**no**"
}

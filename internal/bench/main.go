// Command bench measures the service, as the program that is shipped, beside reference handlers on the same machine and the same database,
// and prints how they compare. It does not know what happens inside: it starts programs, sends requests and reads /proc, so it needs Linux.
//
//	go run ./internal/bench                         # everything, less than five minutes
//	go run ./internal/bench -only P1 -time 1s       # one scenario, quick and rough
//	go run ./internal/bench -against /tmp/before    # beside another build of the service: what did a change bring?
//	go run ./internal/bench growth                  # ten accounts to a million: what grows with them?
//	go run ./internal/bench sends                   # messages of fifty accounts, to a provider on this machine
//	go run ./internal/bench sends -bulk -accounts 1 -messages 100000   # a bulk message, which takes as long as the pace of its account wants
//	go run ./internal/bench subscribers             # events to ten subscribers on this machine, of whom one hangs in a third of the turns
//
// docs/performance.md says what the figures mean and which traps are avoided.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"os/signal"
	"regexp"
	"syscall"
	"time"

	"github.com/ivendnext/whatsapp-accounts/internal/rig"
)

// limit ends a run that hangs. On a busy machine a million accounts take a quarter of an hour to make.
const limit = time.Hour

// options are the flags.
type options struct {
	connections int
	rounds      int
	round       time.Duration
	accounts    int
	only        *regexp.Regexp
	service     string
	against     string
}

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	ctx, cancel := context.WithTimeout(ctx, limit)
	err := run(ctx, os.Args[1:], os.Stdout, os.Stderr)
	cancel()
	stop()
	if errors.Is(err, flag.ErrHelp) {
		return
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, "bench:", err)
		os.Exit(1)
	}
}

// run prints the tables on out and tells on progress what goes on. Whatever happens, it leaves no process and no file behind.
func run(ctx context.Context, args []string, out, progress io.Writer) error {
	if len(args) > 0 && args[0] == "growth" {
		return runGrowth(ctx, args[1:], out, progress)
	}
	if len(args) > 0 && args[0] == "sends" {
		return runSends(ctx, args[1:], out, progress)
	}
	if len(args) > 0 && args[0] == "subscribers" {
		return runSubscribers(ctx, args[1:], out, progress)
	}
	o, err := parse(args, progress)
	if err != nil {
		return err
	}
	return within("bench", progress, func(s session) error { return s.compare(ctx, o, out) })
}

// compare measures what was chosen, and prints it.
func (s session) compare(ctx context.Context, o options, out io.Writer) error {
	binaries, err := s.build(ctx, o)
	if err != nil {
		return err
	}
	var r report
	if o.chosen("P6 footprint", sqliteName) {
		if r.footprint, err = s.footprint(ctx, binaries.service); err != nil {
			return err
		}
	}
	for _, open := range []func(context.Context, programs, options) (*stage, error){s.onPostgres, s.onSQLite} {
		if err := s.play(ctx, open, binaries, o, &r); err != nil {
			return err
		}
	}
	return r.print(out)
}

// play sets up the programs on one database and measures every scenario that is asked for there.
func (s session) play(ctx context.Context, open func(context.Context, programs, options) (*stage, error), b programs, o options, r *report) error {
	st, err := open(ctx, b, o)
	if err != nil || st == nil {
		return err
	}
	if st.version != "" {
		r.postgres = st.version
	}
	for _, sc := range st.scenarios(ctx, o) {
		s.Tell("%s on %s", sc.name, sc.database)
		outcome, err := measure(ctx, sc, o)
		if err != nil {
			return fmt.Errorf("%s on %s: %w", sc.name, sc.database, err)
		}
		r.outcomes = append(r.outcomes, outcome)
	}
	if st.database == postgresName && o.chosen(paceTitle, st.database) {
		s.Tell("%s on %s", paceTitle, st.database)
		if r.pace, err = st.pace(ctx, o); err != nil {
			return fmt.Errorf("%s on %s: %w", paceTitle, st.database, err)
		}
	}
	peak, err := rig.Memory(st.service.PID, "VmHWM")
	if err != nil {
		return err
	}
	r.footprint = append(r.footprint, figure{name: "peak memory under load, " + st.database, value: megabytes(peak), goal: "≤ 64 MB", met: peak <= peakGoal})
	return st.stop()
}

func parse(args []string, progress io.Writer) (options, error) {
	var o options
	flags := flag.NewFlagSet("bench", flag.ContinueOnError)
	flags.SetOutput(progress)
	flags.IntVar(&o.connections, "connections", 16, "connections that are kept open, each with one request in flight")
	flags.IntVar(&o.rounds, "rounds", 5, "rounds per scenario; in each, every program has its turn")
	flags.DurationVar(&o.round, "time", 3*time.Second, "length of a turn; scenarios without a goal take a third of it")
	flags.IntVar(&o.accounts, "accounts", defaultAccounts, "accounts of the site")
	flags.StringVar(&o.service, "service", "", "measure this build of the service, instead of building it")
	flags.StringVar(&o.against, "against", "", "another build of the service, to be measured in the same rounds")
	flags.Func("only", "scenarios to run, as a regular expression over 'P1 resolve, PostgreSQL' and its like", func(text string) (err error) {
		o.only, err = regexp.Compile(text)
		return err
	})
	if err := flags.Parse(args); err != nil {
		return o, err
	}
	if o.connections < 1 || o.rounds < 1 || o.round <= 0 || o.accounts < 1 || flags.NArg() > 0 {
		return o, errors.New("connections, rounds, time and accounts must be positive, and there are no arguments but flags")
	}
	return o, nil
}

// now is the wall clock, which is what a benchmark measures.
func now() time.Time { return time.Now() } //nolint:forbidigo // a clock that is handed in would measure nothing

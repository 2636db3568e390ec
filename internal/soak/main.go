// Command soak wears the real program down and looks whether anything is left of it: a million hostile requests on both databases (A4), and the rotation
// of all keys under load, killed in the middle (S2). It does not know what happens inside: it starts programs, sends bytes and reads /proc, so it needs Linux.
//
//	go run ./internal/soak                              # everything, some minutes
//	go run ./internal/soak -only SQLite -requests 10000
//	go run ./internal/soak -only keys -secrets 7000
//	go run ./internal/soak -seed 1 -show 4711           # what was request 4711?
//
// docs/performance.md has what it found.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"os/signal"
	"path/filepath"
	"regexp"
	"syscall"
	"time"

	"github.com/ivendnext/whatsapp-accounts/internal/rig"
)

// limit ends a run that hangs.
const limit = time.Hour

// siteName is the site that everything happens in.
const siteName = "soak"

// The parts, as -only knows them.
const (
	onPostgres = "fuzz PostgreSQL"
	onSQLite   = "fuzz SQLite"
	underLoad  = "keys under load"
)

// options are the flags.
type options struct {
	requests uint64
	seed     uint64
	workers  int
	rest     time.Duration
	secrets  int
	rate     int
	only     *regexp.Regexp
	show     int64
	service  string
}

// errMissed is the end of a run whose table says no somewhere.
var errMissed = errors.New("a goal was missed")

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
		fmt.Fprintln(os.Stderr, "soak:", err)
		os.Exit(1)
	}
}

// run prints the tables on out and tells on progress what goes on. Whatever happens, it leaves no process and no file behind.
func run(ctx context.Context, args []string, out, progress io.Writer) (err error) {
	o, err := parse(args, progress)
	if err != nil {
		return err
	}
	if o.show >= 0 {
		return showMessage(o, out)
	}
	opened, err := rig.NewSession("soak", progress)
	if err != nil {
		return err
	}
	s := session{Session: opened, options: o}
	defer func() { err = errors.Join(err, s.Close()) }()
	if s.program = o.service; s.program == "" {
		s.program = filepath.Join(s.Dir, "whatsapp-accounts")
		if err := s.Compile(ctx, s.program, rig.Service); err != nil {
			return err
		}
	}
	r, err := s.soak(ctx)
	if err != nil {
		return err
	}
	if err := r.print(out); err != nil {
		return err
	}
	if !r.met() {
		return errMissed
	}
	return nil
}

// session is one run.
type session struct {
	*rig.Session
	options

	program string
}

// soak does what is asked for.
func (s session) soak(ctx context.Context) (r report, err error) {
	for _, name := range []string{onPostgres, onSQLite} {
		if !s.chosen(name) {
			continue
		}
		f, err := s.fuzz(ctx, name)
		if err != nil {
			return r, fmt.Errorf("%s: %w", name, err)
		}
		r.fuzzed = append(r.fuzzed, f)
	}
	if s.chosen(underLoad) {
		k, err := s.rotate(ctx)
		if err != nil {
			return r, fmt.Errorf("%s: %w", underLoad, err)
		}
		r.rotated = &k
	}
	return r, nil
}

func (o options) chosen(part string) bool { return o.only == nil || o.only.MatchString(part) }

func parse(args []string, progress io.Writer) (options, error) {
	var o options
	flags := flag.NewFlagSet("soak", flag.ContinueOnError)
	flags.SetOutput(progress)
	flags.Uint64Var(&o.requests, "requests", 1_000_000, "hostile requests on each database")
	flags.Uint64Var(&o.seed, "seed", 1, "what the requests are made from: the same seed gives the same requests")
	flags.IntVar(&o.workers, "workers", 8, "connections that send at once")
	flags.DurationVar(&o.rest, "rest", 4*time.Minute, "how long the service may take to be back to its base")
	flags.IntVar(&o.secrets, "secrets", 100_000, "secrets to move to a new key")
	flags.IntVar(&o.rate, "rate", 200, "requests per second while they are moved, on two replicas together")
	flags.Int64Var(&o.show, "show", -1, "print the request of that number, and do nothing else")
	flags.StringVar(&o.service, "service", "", "soak this build of the service, instead of building it")
	flags.Func("only", "parts to run, as a regular expression over 'fuzz PostgreSQL', 'fuzz SQLite' and 'keys under load'", func(text string) (err error) {
		o.only, err = regexp.Compile(text)
		return err
	})
	if err := flags.Parse(args); err != nil {
		return o, err
	}
	if o.requests < 1 || o.workers < 1 || o.rest <= 0 || o.secrets < 1 || o.rate < 1 || flags.NArg() > 0 {
		return o, errors.New("requests, workers, rest, secrets and rate must be positive, and there are no arguments but flags")
	}
	return o, nil
}

// showMessage prints a request with words in place of what is known only while the service runs.
func showMessage(o options, out io.Writer) error {
	h := newHostile(o.seed, "KEY", "VIEWER")
	for range h.ids.ids {
		h.ids.put("ID")
	}
	_, err := fmt.Fprintf(out, "%q\n", h.message(uint64(o.show)).bytes) //nolint:gosec // not negative
	return err
}

// now is the wall clock: a soak takes as long as it takes.
func now() time.Time { return time.Now() } //nolint:forbidigo // deadlines of connections, and how long things took

package main

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"io"
	"net/http"
	"runtime"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/ivendnext/whatsapp-accounts/internal/rig"
)

// sendsOptions are the flags of the subcommand sends.
type sendsOptions struct {
	accounts int
	messages int
	workers  int
	answers  time.Duration
	bulk     bool
	sqlite   bool
	service  string
}

// runSends measures how fast messages of many accounts go to their provider: they are all accepted first, and then counted where they arrive.
func runSends(ctx context.Context, args []string, out, progress io.Writer) error {
	o, err := parseSends(args, progress)
	if err != nil {
		return err
	}
	return within("sends", progress, func(s session) (err error) {
		if o.service, err = s.program(ctx, o.service); err != nil {
			return err
		}
		figures, err := s.sends(ctx, o)
		if err != nil {
			return err
		}
		var b strings.Builder
		fmt.Fprintf(&b, "%d cores, %s; provider, service and database on the same machine\n\n", runtime.NumCPU(), runtime.Version())
		tabulate(&b, "P7 pace", figures)
		_, err = io.WriteString(out, b.String())
		return err
	})
}

func parseSends(args []string, progress io.Writer) (o sendsOptions, err error) {
	flags := flag.NewFlagSet("bench sends", flag.ContinueOnError)
	flags.SetOutput(progress)
	flags.IntVar(&o.accounts, "accounts", 50, "accounts that send at once")
	flags.IntVar(&o.messages, "messages", 10_000, "messages, dealt to the accounts in turn")
	flags.IntVar(&o.workers, "workers", 1000, "WA_SEND_WORKERS of the service")
	flags.DurationVar(&o.answers, "answers", 0, "how long the provider takes to answer")
	flags.BoolVar(&o.bulk, "bulk", false, "as one bulk message of each account, in place of single messages")
	flags.BoolVar(&o.sqlite, "sqlite", false, "on SQLite in place of PostgreSQL")
	flags.StringVar(&o.service, "service", "", "measure this build of the service, instead of building it")
	if err := flags.Parse(args); err != nil {
		return o, err
	}
	if o.accounts < 1 || o.messages < o.accounts || o.workers < 1 || o.answers < 0 || flags.NArg() > 0 {
		return o, errors.New("there must be an account, a message for each, a worker, and no arguments but flags")
	}
	return o, nil
}

// The messages are for a time at which all of them should have been accepted.
const (
	headStart  = 3 * time.Second
	acceptedIn = 2 * time.Millisecond
)

// sendersOf are the accounts that send, the service that has them, and where their messages arrive.
type sendersOf struct {
	served

	provider *provider
	ids      []string
}

func (s session) sends(ctx context.Context, o sendsOptions) ([]figure, error) {
	w := new(sendersOf)
	var err error
	if w.provider, err = newProvider(ctx, s, o.answers); err != nil {
		return nil, err
	}
	if w.served, err = s.serve(ctx, o.service, o.sqlite, "WA_SEND_WORKERS="+strconv.Itoa(o.workers)); err != nil {
		return nil, err
	}
	if err := w.make(ctx, o.accounts); err != nil {
		return nil, err
	}
	s.Tell("accepting %d messages", o.messages)
	accepted, begun, err := w.acceptAll(ctx, o)
	if err != nil {
		return nil, err
	}
	s.Tell("sending them")
	if err := sleepUntil(ctx, begun); err != nil { // what is spent on waiting is spent on no message
		return nil, err
	}
	before, err := w.spent()
	if err != nil {
		return nil, err
	}
	if err := w.provider.await(ctx, o.messages); err != nil {
		return nil, err
	}
	took := now().Sub(begun)
	after, err := w.spent()
	if err != nil {
		return nil, err
	}
	peak, err := rig.Memory(w.service.PID, "VmHWM")
	return w.figures(o, accepted, took, after-before, peak), err
}

// acceptAll gives how long it took until all messages were accepted, and when the first of them may go.
func (w *sendersOf) acceptAll(ctx context.Context, o sendsOptions) (took time.Duration, from time.Time, err error) {
	begun := now()
	if o.bulk {
		took, err = w.bulk(ctx, o.messages)
		return took, begun, err
	}
	at := begun.Add(headStart + time.Duration(o.messages)*acceptedIn)
	err = w.accept(ctx, o.messages, at)
	return now().Sub(begun), at, err
}

// sleepUntil returns at a time, or at once when it has passed.
func sleepUntil(ctx context.Context, at time.Time) error {
	timer := time.NewTimer(at.Sub(now()))
	defer timer.Stop()
	select {
	case <-ctx.Done():
		return ctx.Err()
	case <-timer.C:
		return nil
	}
}

func (w *sendersOf) figures(o sendsOptions, accepted, took, spent time.Duration, peak int64) []figure {
	each := float64(o.messages) / took.Seconds() / float64(o.accounts)
	busiest := w.provider.busiest()
	twice := w.provider.twice()
	const pace = 80
	how := "accepted, one after the other on eight connections"
	if o.bulk {
		how = "accepted, as bulk messages"
	}
	return []figure{
		{how, fmt.Sprintf("%d in %s", o.messages, accepted.Round(time.Millisecond)), "", true},
		{"sent", fmt.Sprintf("%d in %s, %.0f a second", o.messages, took.Round(time.Millisecond), float64(o.messages)/took.Seconds()), "", true},
		{"a second, each account", fmt.Sprintf("%.1f", each), fmt.Sprintf("%d, the pace", pace), each >= 0.95*pace},
		{"most of one account in one second", fmt.Sprint(busiest), fmt.Sprintf("≤ %d", pace+places), busiest <= pace+places},
		{"sent twice", fmt.Sprint(twice), "0", twice == 0},
		{"CPU of service and database for each", fmt.Sprintf("%d µs", spent.Microseconds()/int64(o.messages)), "", true},
		{"peak memory of the service", megabytes(peak), "", true},
	}
}

// places is how many places in its pace a process takes for an account at once: so many may fall into a second beyond it.
const places = 8

func (w *sendersOf) make(ctx context.Context, accounts int) error {
	for n := range accounts {
		body := fmt.Sprintf(`{"account_name":"Brand %d","account_type":"Meta","status":"Active","meta_settings":{"url":%q,"token":"EAAG%s","version":"v25.0",`+
			`"webhook_verify_token":"verify-%d","phone_id":"%d","app_id":"1","business_id":"2"}}`, n, w.provider.url, strings.Repeat("x", 180), n, n+1)
		said, err := w.post(ctx, "/v1/accounts", body, http.StatusCreated)
		if err != nil {
			return err
		}
		var made struct{ ID string }
		if err := json.Unmarshal(said, &made); err != nil {
			return err
		}
		w.ids = append(w.ids, made.ID)
	}
	return nil
}

// accept asks for the messages, each to a recipient of its own, for a time.
func (w *sendersOf) accept(ctx context.Context, messages int, at time.Time) error {
	var wg sync.WaitGroup
	failed := make([]error, seeders)
	for s := range seeders {
		wg.Go(func() {
			for n := s; n < messages && failed[s] == nil; n += seeders {
				body := fmt.Sprintf(`{"to":"+9715%08d","account_id":%q,"text":{"body":"Your order is ready."},"send_after":%q}`, n, w.ids[n%len(w.ids)], at.UTC().Format(time.RFC3339Nano))
				_, failed[s] = w.post(ctx, "/v1/messages", body, http.StatusAccepted)
			}
		})
	}
	wg.Wait()
	return cmp.Or(errors.Join(failed...), ctx.Err())
}

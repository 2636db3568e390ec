package main

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"io"
	"net"
	"net/http"
	"sync"
	"sync/atomic"
	"time"

	"github.com/ivendnext/whatsapp-accounts/internal/rig"
)

// subscribersOptions are the flags of the subcommand subscribers.
type subscribersOptions struct {
	subscribers int
	events      int
	rounds      int
	sqlite      bool
	service     string
}

// runSubscribers measures how fast events go to the subscribers beside one that answers, one that hangs, and none.
func runSubscribers(ctx context.Context, args []string, out, progress io.Writer) error {
	o, err := parseSubscribers(args, progress)
	if err != nil {
		return err
	}
	return within("subscribers", progress, func(s session) (err error) {
		if o.service, err = s.program(ctx, o.service); err != nil {
			return err
		}
		a := &audience{hook: newSigned(hookPath, numberOf(0, 0).secret, numberOf(0, 0).message()), numbers: new(atomic.Uint64)}
		if a.served, err = s.serve(ctx, o.service, o.sqlite); err != nil {
			return err
		}
		if _, err = a.post(ctx, createPath, numberOf(0, 0).account(), http.StatusCreated); err != nil {
			return err
		}
		hearings, err := a.takeTurns(ctx, o)
		if err != nil {
			return err
		}
		return reportHearings(out, a.version, o, hearings)
	})
}

func parseSubscribers(args []string, progress io.Writer) (o subscribersOptions, err error) {
	flags := flag.NewFlagSet("bench subscribers", flag.ContinueOnError)
	flags.SetOutput(progress)
	flags.IntVar(&o.subscribers, "subscribers", 10, "subscriptions of the site, of which one is the odd one")
	flags.IntVar(&o.events, "events", 2000, "events in a turn, each for all of them")
	flags.IntVar(&o.rounds, "rounds", 3, "rounds; in each, the odd one answers in one turn, hangs in another, and is not there in a third")
	flags.BoolVar(&o.sqlite, "sqlite", false, "on SQLite in place of PostgreSQL")
	flags.StringVar(&o.service, "service", "", "measure this build of the service, instead of building it")
	if err := flags.Parse(args); err != nil {
		return o, err
	}
	if o.subscribers < 2 || o.events < 1 || o.rounds < 1 || flags.NArg() > 0 {
		return o, errors.New("there must be two subscribers, an event, a round, and no arguments but flags")
	}
	return o, nil
}

// oddity is what the odd subscriber does in a turn.
type oddity string

// One that answers takes its share of the machine, which it leaves to the others while it hangs. Compared with one that is not there, this is no excuse.
const (
	answering oddity = "answers"
	hanging   oddity = "hangs"
	lacking   oddity = "is not there"
)

// audience is the service and what causes its events.
type audience struct {
	served

	hook    request
	numbers *atomic.Uint64
}

// hearing is how one turn went for the subscribers other than the odd one.
type hearing struct {
	took  time.Duration // from the first cause until each of them had every event
	cpu   time.Duration // of service and database
	taken int           // deliveries that were answered, the odd one's too
	ears  *ears
}

// takeTurns lets what the odd one does take turns, so that whatever else the machine does meets all of it. Round zero warms up and does not count.
func (a *audience) takeTurns(ctx context.Context, o subscribersOptions) (map[oddity][]hearing, error) {
	hearings := map[oddity][]hearing{}
	all := []oddity{answering, hanging, lacking}
	if _, err := a.turn(ctx, o.subscribers, min(o.events, 100), answering); err != nil {
		return nil, err
	}
	for round := range o.rounds {
		for i := range all {
			odd := all[(round+i)%len(all)]
			h, err := a.turn(ctx, o.subscribers, o.events, odd)
			if err != nil {
				return nil, fmt.Errorf("while the odd one %s: %w", odd, err)
			}
			a.Tell("round %d, the odd one %s: %s", round+1, odd, h.took.Round(time.Millisecond))
			hearings[odd] = append(hearings[odd], h)
		}
	}
	return hearings, nil
}

// turn subscribes, causes events, and waits until all but the odd one have each of them.
func (a *audience) turn(ctx context.Context, subscribers, events int, odd oddity) (h hearing, err error) {
	if h.ears, err = newEars(ctx, a.session, subscribers, events, odd); err != nil {
		return h, err
	}
	ids, err := a.subscribe(ctx, h.ears.urls)
	if err != nil {
		return h, err
	}
	before, err := a.spent()
	if err != nil {
		return h, err
	}
	begun := now()
	if err := a.cause(ctx, events); err != nil {
		return h, err
	}
	last, err := h.ears.await(ctx)
	if err != nil {
		return h, err
	}
	after, err := a.spent()
	if err != nil {
		return h, err
	}
	h.took, h.cpu, h.taken = last.Sub(begun), after-before, h.ears.taken()
	err = a.unsubscribe(ctx, ids)
	h.ears.letGo()
	return h, errors.Join(err, a.service.Forget())
}

func (a *audience) subscribe(ctx context.Context, urls []string) (ids []string, err error) {
	for _, url := range urls {
		said, err := a.post(ctx, "/v1/subscriptions", fmt.Sprintf(`{"url":%q,"event_types":["message.received"]}`, url), http.StatusCreated)
		if err != nil {
			return nil, err
		}
		var made struct{ ID string }
		if err := json.Unmarshal(said, &made); err != nil {
			return nil, err
		}
		ids = append(ids, made.ID)
	}
	return ids, nil
}

func (a *audience) unsubscribe(ctx context.Context, ids []string) error {
	var errs []error
	for _, id := range ids {
		_, err := rig.Ask(ctx, http.MethodDelete, "http://"+a.service.Address+"/v1/subscriptions/"+id, a.key, "", http.StatusNoContent)
		errs = append(errs, err)
	}
	return errors.Join(errs...)
}

// cause posts signed webhooks, each with a message of its own.
func (a *audience) cause(ctx context.Context, events int) error {
	var wg sync.WaitGroup
	failed := make([]error, seeders)
	for s := range seeders {
		wg.Go(func() { failed[s] = a.causeSome(ctx, (events+s)/seeders) })
	}
	wg.Wait()
	return errors.Join(failed...)
}

func (a *audience) causeSome(ctx context.Context, events int) error {
	conn, err := new(net.Dialer).DialContext(ctx, "tcp", a.service.Address)
	if err != nil {
		return err
	}
	defer func() { _ = conn.Close() }()
	said, hook := bufio.NewReader(conn), a.hook.clone()
	for range events {
		hook.number(a.numbers)
		if _, err := conn.Write(hook.bytes); err != nil {
			return err
		}
		answer, err := http.ReadResponse(said, nil)
		if err != nil {
			return err
		}
		_, err = io.Copy(io.Discard, answer.Body)
		if err == nil && answer.StatusCode != http.StatusOK {
			err = fmt.Errorf("a webhook was answered %d", answer.StatusCode)
		}
		if err = errors.Join(err, answer.Body.Close()); err != nil {
			return err
		}
	}
	return nil
}

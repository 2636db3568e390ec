package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"maps"
	"net"
	"net/http"
	"strconv"
	"sync"
	"time"
)

// patience is how long nothing new may come while something is awaited. A pause of a subscriber who was slow once is shorter.
const patience = 30 * time.Second

// ears are the subscribers of one turn, each at an address of its own as in life, and what they have heard. The odd one, if it is there, is the first.
type ears struct {
	urls   []string
	others int // the rest of them
	events int // that each is to hear
	hang   bool
	over   chan struct{} // closed when the turn is

	mu      sync.Mutex
	heard   []map[string]int // how often each has got each event
	answers int
	missing int // what the others are still to hear
	last    time.Time
	news    chan struct{}
}

func newEars(ctx context.Context, s session, subscribers, events int, odd oddity) (*ears, error) {
	e := &ears{others: subscribers - 1, events: events, missing: (subscribers - 1) * events, hang: odd == hanging, over: make(chan struct{}), news: make(chan struct{}, 1)}
	server := &http.Server{Handler: http.HandlerFunc(e.hear), ReadHeaderTimeout: time.Minute}
	s.AtEnd(func() error { e.letGo(); return server.Close() })
	if odd == lacking {
		subscribers--
	}
	for n := range subscribers {
		l, err := new(net.ListenConfig).Listen(ctx, "tcp", "127.0.0.1:0")
		if err != nil {
			return nil, err
		}
		e.urls, e.heard = append(e.urls, fmt.Sprintf("http://%s/%d", l.Addr(), n)), append(e.heard, map[string]int{})
		go func() { _ = server.Serve(l) }() // until it is closed
	}
	return e, nil
}

// odd reports whether a subscriber is the odd one.
func (e *ears) odd(n int) bool { return len(e.heard) > e.others && n == 0 }

func (e *ears) hear(w http.ResponseWriter, r *http.Request) {
	n, err := strconv.Atoi(r.URL.Path[1:])
	if err != nil || n >= len(e.heard) {
		http.NotFound(w, r)
		return
	}
	_, _ = io.Copy(io.Discard, r.Body)
	if e.odd(n) && e.hang {
		select {
		case <-r.Context().Done():
		case <-e.over:
		}
		return
	}
	e.count(n, r.Header.Get("webhook-id"))
}

func (e *ears) count(n int, id string) {
	e.mu.Lock()
	defer e.mu.Unlock()
	e.answers++
	e.heard[n][id]++
	if e.odd(n) || e.heard[n][id] > 1 {
		return
	}
	e.missing--
	e.last = now()
	select {
	case e.news <- struct{}{}:
	default:
	}
}

// await returns when each of the others has heard every event, with the moment at which the last of them did.
func (e *ears) await(ctx context.Context) (time.Time, error) {
	for {
		e.mu.Lock()
		missing, last := e.missing, e.last
		e.mu.Unlock()
		if missing <= 0 {
			return last, e.check()
		}
		select {
		case <-e.news:
		case <-ctx.Done():
			return last, ctx.Err()
		case <-time.After(patience):
			return last, fmt.Errorf("nothing has come for %s, and %d deliveries are missing", patience, missing)
		}
	}
}

// check fails unless each of the others has heard all events, and the same ones.
func (e *ears) check() error {
	e.mu.Lock()
	defer e.mu.Unlock()
	others := e.heard[len(e.heard)-e.others:]
	for _, heard := range others {
		if len(heard) != e.events {
			return fmt.Errorf("a subscriber has heard %d events in place of %d", len(heard), e.events)
		}
		for id := range maps.Keys(heard) {
			if others[0][id] == 0 {
				return errors.New("two subscribers have not heard the same events")
			}
		}
	}
	return nil
}

// taken is how many deliveries were answered.
func (e *ears) taken() int {
	e.mu.Lock()
	defer e.mu.Unlock()
	return e.answers
}

// twice counts what came to the others more than once.
func (e *ears) twice() (n int) {
	e.mu.Lock()
	defer e.mu.Unlock()
	for _, heard := range e.heard[len(e.heard)-e.others:] {
		for _, times := range heard {
			n += times - 1
		}
	}
	return n
}

// letGo answers whoever was left hanging. It may be called again.
func (e *ears) letGo() {
	select {
	case <-e.over:
	default:
		close(e.over)
	}
}

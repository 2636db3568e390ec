package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"sync"
	"sync/atomic"

	"github.com/ivendnext/whatsapp-accounts/internal/rig"
)

// tally counts what became of messages.
type tally struct {
	mu       sync.Mutex
	statuses map[int]int
	hungUp   int      // after what was no request
	unasked  int      // answered 502: the provider that the request is about could not be reached, and none can be from here
	foreign  int      // answered 501 or 505 after what was no request: Go's server says so, before anything of ours
	failures []string // what must not be; the first few
	failed   int
}

// shown is how many failures are told with what was sent.
const shown = 20

// count adds the outcome of a message.
func (t *tally) count(number uint64, m message, a answer, err error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	switch {
	case errors.Is(err, errHungUp) && m.broken:
		t.hungUp++
	case m.broken && (a.status == http.StatusNotImplemented || a.status == http.StatusHTTPVersionNotSupported):
		t.foreign++
	case err != nil:
		t.fail(number, m, err.Error())
	case a.status == http.StatusBadGateway && bytes.Contains(a.body, []byte(`"provider_unanswered"`)):
		t.unasked++
	case a.status >= http.StatusInternalServerError:
		t.statuses[a.status]++
		t.fail(number, m, fmt.Sprintf("answered %d: %.300s", a.status, a.body))
	default:
		t.statuses[a.status]++
	}
}

func (t *tally) fail(number uint64, m message, what string) {
	t.failed++
	if len(t.failures) < shown {
		t.failures = append(t.failures, fmt.Sprintf("request %d: %s; it was %.600q", number, what, m.bytes))
	}
}

// class is how many answers had a status of that hundred.
func (t *tally) class(hundred int) (n int) {
	for status, count := range t.statuses {
		if status/100 == hundred {
			n += count
		}
	}
	return n
}

// assault sends the messages with the numbers from first on, several at a time.
func assault(ctx context.Context, address string, h hostile, first, count uint64, workers int, t *tally) error {
	var next atomic.Uint64
	errs := make([]error, workers)
	var group sync.WaitGroup
	for i := range workers {
		group.Go(func() {
			l := &line{address: address}
			defer l.close()
			for n := next.Add(1) - 1; n < count && errs[i] == nil; n = next.Add(1) - 1 {
				m := h.message(first + n)
				after := l.used
				a, err := l.send(ctx, m)
				l.used = first + n
				if id, made := strings.CutPrefix(a.location, "/v1/accounts/"); made {
					h.ids.put(id)
				}
				if err != nil {
					err = fmt.Errorf("%w (request %d came before it here)", err, after)
				}
				t.count(first+n, m, a, err)
				errs[i] = ctx.Err()
			}
		})
	}
	group.Wait()
	return errors.Join(errs...)
}

// arm gives the generator what exists: keys of two roles, and accounts.
func arm(ctx context.Context, program string, env []string, address string, seed uint64) (hostile, error) {
	manager, err := rig.CreateKey(ctx, program, env, siteName, "system_manager")
	if err != nil {
		return hostile{}, err
	}
	viewer, err := rig.CreateKey(ctx, program, env, siteName, "viewer")
	if err != nil {
		return hostile{}, err
	}
	h := newHostile(seed, manager, viewer)
	for n := range h.ids.ids {
		body := fmt.Sprintf(`{"account_name":"Seed %d","account_type":"WASender","status":"Active","wasender_settings":{"wasender_url":"https://www.wasenderapi.com/api","wasender_api_key":"k"}}`, n)
		l := &line{address: address}
		a, err := l.send(ctx, message{method: http.MethodPost, bytes: fmt.Appendf(nil,
			"POST /v1/accounts HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer %s\r\nContent-Type: application/json\r\nContent-Length: %d\r\nConnection: close\r\n\r\n%s", manager, len(body), body)})
		if err != nil || a.status != http.StatusCreated {
			return h, errors.Join(err, fmt.Errorf("the first accounts cannot be made: %d %s", a.status, a.body))
		}
		h.ids.put(strings.TrimPrefix(a.location, "/v1/accounts/"))
	}
	return h, nil
}

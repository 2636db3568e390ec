package main

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/ivendnext/whatsapp-accounts/internal/crowd"
)

// traffic is honest callers of both replicas that come at a steady rate, whether or not the service keeps up.
type traffic struct {
	installation *installation
	client       *http.Client
	stop         context.CancelFunc
	group        sync.WaitGroup

	sent, failed atomic.Int64
	lasted       time.Duration
	mu           sync.Mutex
	latencies    []time.Duration
}

// callers is how many requests may be under way at once: enough for two seconds of standing still.
func (o options) callers() int { return 2 * o.rate }

// begin starts the traffic.
func (i *installation) begin(ctx context.Context) *traffic {
	ctx, stop := context.WithCancel(ctx)
	t := &traffic{installation: i, stop: stop, client: &http.Client{Transport: &http.Transport{MaxIdleConnsPerHost: i.callers()}, Timeout: patience}}
	due := make(chan int, i.callers())
	for range i.callers() {
		t.group.Go(func() {
			for n := range due {
				t.ask(context.WithoutCancel(ctx), n)
			}
		})
	}
	begin := now()
	t.group.Go(func() {
		defer close(due)
		tick := time.NewTicker(time.Second / time.Duration(i.rate))
		defer tick.Stop()
		for n := 0; ; {
			select {
			case <-ctx.Done():
				t.lasted = now().Sub(begin)
				return
			case at := <-tick.C:
				for ; n < int(at.Sub(begin).Seconds()*float64(i.rate)); n++ { // a tick that was missed is made up for
					due <- n
				}
			}
		}
	})
	return t
}

// end waits until the last answer is there.
func (t *traffic) end() {
	t.stop()
	t.group.Wait()
	t.client.CloseIdleConnections()
}

// ask sends the request of a number to one of the replicas: every answer but 200 is a failure.
func (t *traffic) ask(ctx context.Context, n int) {
	i := t.installation
	group := n * 7919 % i.Groups()
	method, path, body := t.question(n, group)
	begin := now()
	request, err := http.NewRequestWithContext(ctx, method, "http://"+i.replicas[n%2].Address+path, strings.NewReader(body))
	if err == nil {
		request.Header.Set("Authorization", "Bearer "+i.key)
		if body != "" {
			request.Header.Set("Content-Type", "application/json")
		}
		err = t.do(request)
	}
	t.sent.Add(1)
	t.mu.Lock()
	defer t.mu.Unlock()
	t.latencies = append(t.latencies, now().Sub(begin))
	if err != nil {
		if t.failed.Add(1) <= shown {
			i.Tell("keys: %s %s: %v", method, path, err)
		}
	}
}

func (t *traffic) do(request *http.Request) error {
	response, err := t.client.Do(request)
	if err != nil {
		return err
	}
	defer func() { _ = response.Body.Close() }()
	if _, err := io.Copy(io.Discard, response.Body); err != nil {
		return err
	}
	if response.StatusCode != http.StatusOK {
		return fmt.Errorf("answered %d", response.StatusCode)
	}
	return nil
}

// question is what depends on a key, most of it: a verify token is found by its digest, and a new app secret opens the one that it replaces.
func (t *traffic) question(n, group int) (method, path, body string) {
	switch n / 2 % 5 {
	case 0:
		return http.MethodPatch, "/v1/accounts/" + crowd.ID(group, crowd.Brand), fmt.Sprintf(`{"meta_settings":{"app_secret":"secret %d","webhook_verify_token":%q}}`, n, crowd.Token(group))
	case 1:
		return http.MethodGet, "/v1/accounts/" + crowd.ID(group, crowd.Sender), ""
	}
	return http.MethodGet, "/webhooks/meta?hub.mode=subscribe&hub.challenge=1158201444&hub.verify_token=" + crowd.Token(group), ""
}

// p99 is how long 99 in 100 took at most.
func (t *traffic) p99() time.Duration {
	sorted := slices.Sorted(slices.Values(t.latencies))
	if len(sorted) == 0 {
		return 0
	}
	return sorted[len(sorted)*99/100]
}

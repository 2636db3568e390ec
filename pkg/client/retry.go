package client

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"net"
	"net/http"
	"time"
)

// Retries says how often a call is made before its failure is the caller's, and how long the pauses are. A member that is zero or less has its default.
//
// A call is made again after a failure to connect, a lost or broken answer, 429, 502, 503, 504, and while another call with the same
// [IdempotencyKey] is being worked on. It is made again only if it can do no harm twice: GET, HEAD, PUT and DELETE, and a POST with an
// [IdempotencyKey]. A POST without one, and every PATCH, is made again only if no connection was made, so that nothing can have been sent.
type Retries struct {
	Attempts int           // calls in all; 1 repeats nothing, the default is 3
	Base     time.Duration // the first pause is between half of it and the whole, and each later one twice as long; 200 ms
	Longest  time.Duration // pauses grow no longer, and an answer whose Retry-After asks for more is given to the caller at once; 10 s
	// Sleep waits, or gives the context's error when that ends first. A test hands in its own.
	Sleep func(ctx context.Context, pause time.Duration) error
}

// WithRetries repeats failed calls as r says.
func WithRetries(r Retries) Option { return func(c *Client) { c.retries = r.orDefault() } }

// WithoutRetries makes every call once.
func WithoutRetries() Option { return WithRetries(Retries{Attempts: 1}) }

func (r Retries) orDefault() Retries {
	if r.Attempts <= 0 {
		r.Attempts = 3
	}
	if r.Base <= 0 {
		r.Base = 200 * time.Millisecond
	}
	if r.Longest <= 0 {
		r.Longest = 10 * time.Second
	}
	if r.Sleep == nil {
		r.Sleep = sleep
	}
	return r
}

// until makes calls until one succeeds, or its failure will not pass, or must not be repeated, or there is no time left for another.
func (r Retries) until(ctx context.Context, harmless bool, call func() (http.Header, error)) (http.Header, error) {
	for attempt := 1; ; attempt++ {
		header, err := call()
		asked, again := passing(err, harmless)
		if !again || attempt >= r.Attempts || asked > r.Longest || ctx.Err() != nil {
			return header, err
		}
		pause := r.pause(attempt, asked)
		if end, ends := ctx.Deadline(); ends && time.Until(end) <= pause {
			return header, err
		}
		if ended := r.Sleep(ctx, pause); ended != nil {
			return header, fmt.Errorf("%w; and while waiting to try again: %w", err, ended)
		}
	}
}

// pause is at least what the answer asked for. Chance spreads those who failed together.
func (r Retries) pause(attempt int, asked time.Duration) time.Duration {
	whole := r.Base
	for range attempt - 1 {
		whole = min(2*whole, r.Longest)
	}
	half := min(whole, r.Longest) / 2
	return max(asked, half) + rand.N(half+1) //nolint:gosec // nobody gains by guessing it
}

// passing reports whether a failure may pass and the call be made again, and how long the answer asks to wait.
func passing(err error, harmless bool) (asked time.Duration, again bool) {
	if p, is := errors.AsType[*Problem](err); is {
		return p.RetryAfter, harmless && (unavailable(p.StatusCode) || p.Code == "idempotency_in_progress")
	}
	l, is := errors.AsType[*lost](err)
	return 0, is && (harmless || l.unsent())
}

func unavailable(status int) bool {
	switch status {
	case http.StatusTooManyRequests, http.StatusBadGateway, http.StatusServiceUnavailable, http.StatusGatewayTimeout:
		return true
	}
	return false
}

// harmless reports whether making the call twice does no more than making it once. A PATCH that comes twice could undo what somebody else
// changed in between, and the service keeps no answer to it, whatever its headers say.
func harmless(ask *http.Request) bool {
	switch ask.Method {
	case http.MethodGet, http.MethodHead, http.MethodPut, http.MethodDelete:
		return true
	case http.MethodPost:
		return ask.Header.Get("Idempotency-Key") != ""
	}
	return false
}

// lost is a call without a whole answer: the service may have done what it was asked, or not.
type lost struct{ cause error }

func (l *lost) Error() string { return l.cause.Error() }

func (l *lost) Unwrap() error { return l.cause }

// unsent reports whether there was not even a connection.
func (l *lost) unsent() bool {
	failed, is := errors.AsType[*net.OpError](l.cause)
	return is && failed.Op == "dial"
}

func sleep(ctx context.Context, pause time.Duration) error {
	timer := time.NewTimer(pause)
	defer timer.Stop()
	select {
	case <-timer.C:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

// Package breaker spares a provider that does not answer, and those who wait for other accounts: after several calls of an account without an
// answer, it asks nothing for the account for a while, then tries one call, and goes on when that is answered.
package breaker

import (
	"errors"
	"net/http"
	"sync"
	"time"

	"github.com/failsafe-go/failsafe-go/circuitbreaker"

	"github.com/ivendnext/whatsapp-accounts/internal/provider"
)

// Options say when a breaker opens. What is zero has the default that is given.
type Options struct {
	After uint                                // calls in a row without an answer; 5
	For   time.Duration                       // until one call is tried; 15 seconds
	Told  func(accountID string, opened bool) // hears of every breaker that opens or closes; it must not block
}

// Set has a breaker for each account that needs one.
type Set struct {
	options Options
	mu      sync.Mutex
	of      map[string]circuitbreaker.CircuitBreaker[any]
}

// New makes a set in which every breaker is closed.
func New(o Options) *Set {
	if o.After == 0 {
		o.After = 5
	}
	if o.For == 0 {
		o.For = 15 * time.Second
	}
	if o.Told == nil {
		o.Told = func(string, bool) {}
	}
	return &Set{options: o, of: map[string]circuitbreaker.CircuitBreaker[any]{}}
}

// ErrOpen is the cause of the error of a call that was not made.
var ErrOpen = errors.New("breaker: the provider of the account is being spared")

// open is the answer of a breaker. It names no time: whoever tries again does so with growing pauses, and the breaker may close at any of them.
func open() error {
	return (&provider.CallError{
		Class: provider.ClassRetry, Meaning: "The provider did not answer several times in a row, so it is not asked for a moment.",
		Fix: "Nothing needs to be done: it is tried again by itself.",
	}).Because(ErrOpen)
}

// Do makes a call for an account, unless its breaker is open: then nothing is sent, and the error is one to try again.
func (s *Set) Do(accountID string, call func() error) error {
	b := s.breaker(accountID)
	if !b.TryAcquirePermit() {
		return open()
	}
	err := call()
	if isSilence(err) {
		b.RecordFailure()
		return err
	}
	b.RecordSuccess()
	s.forget(accountID, b)
	return err
}

// isSilence tells a provider that is not there, or cannot answer, from one that refuses.
func isSilence(err error) bool {
	failed, is := errors.AsType[*provider.CallError](err)
	if !is || failed.Class != provider.ClassRetry && failed.Class != provider.ClassUnknown {
		return false
	}
	return failed.Status == 0 || failed.Status >= http.StatusInternalServerError
}

func (s *Set) breaker(accountID string) circuitbreaker.CircuitBreaker[any] {
	s.mu.Lock()
	defer s.mu.Unlock()
	b, have := s.of[accountID]
	if !have {
		b = circuitbreaker.NewBuilder[any]().WithFailureThreshold(s.options.After).WithDelay(s.options.For).
			OnOpen(func(circuitbreaker.StateChangedEvent) { s.options.Told(accountID, true) }).
			OnClose(func(circuitbreaker.StateChangedEvent) { s.options.Told(accountID, false) }).Build()
		s.of[accountID] = b
	}
	return b
}

// forget drops a breaker that has nothing to remember: most accounts have none, most of the time.
func (s *Set) forget(accountID string, b circuitbreaker.CircuitBreaker[any]) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.of[accountID] == b && b.IsClosed() {
		delete(s.of, accountID)
	}
}

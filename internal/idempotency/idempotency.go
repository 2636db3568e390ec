// Package idempotency makes a repeated POST answer what the first one answered, across replicas and restarts.
// It does not know what the request does, nor HTTP beyond the shape of a kept answer.
package idempotency

import (
	"context"
	"errors"
	"time"

	"github.com/ivendnext/whatsapp-accounts/internal/fault"
	"github.com/ivendnext/whatsapp-accounts/internal/site"
)

const (
	// claimFor is how long a request that is being worked on keeps others away; a process that died in between blocks no longer.
	claimFor = time.Minute
	// keepFor is how long an answer is replayed.
	keepFor = 24 * time.Hour
	// retrySoon is what a caller is told while the first request is still running.
	retrySoon = time.Second
	// releaseIn bounds giving up a claim: when the database is away, the claim ends by itself.
	releaseIn = 5 * time.Second
)

// MaxKey is the longest key, in characters.
const MaxKey = 255

// The refusals.
var (
	ErrReused = fault.New(fault.Invalid, "idempotency_key_reused", "This Idempotency-Key was used for a request with another body.",
		"Use a new key for a new request; repeat a key only with the very same body.")
	ErrRunning = fault.New(fault.Conflict, "idempotency_in_progress", "The first request with this Idempotency-Key is still running.",
		"Wait as long as Retry-After says and repeat the request with the same key and body.").After(retrySoon)
)

// Scope is what a key belongs to: the same key at another place, or of another caller, is another key.
type Scope struct {
	Caller site.Principal
	Method string
	Path   string
	Key    string
}

// Answer is a response as it is kept.
type Answer struct {
	Status int
	Header map[string]string
	Body   []byte
}

// Claim is the right to work on a scope.
type Claim struct {
	Scope
	ID    string // tells this claim from an expired one of the same scope
	Until time.Time
}

// Store keeps claims and answers.
type Store interface {
	// Claim takes the scope for a request with this body, over an expired claim or answer too. When it is answered already,
	// the answer comes back instead. ErrReused, ErrRunning.
	Claim(ctx context.Context, c Claim, body []byte, now time.Time) (*Answer, error)
	// Complete keeps the answer in the transaction of ctx. ErrRunning when the claim was lost to somebody else meanwhile.
	Complete(ctx context.Context, c Claim, a Answer, until time.Time) error
	// Release gives up a claim that came to nothing.
	Release(ctx context.Context, c Claim) error
	// Purge removes what has expired, a bounded number at a time, and reports how many.
	Purge(ctx context.Context, now time.Time) (int64, error)
	// Transact runs fn in one transaction.
	Transact(ctx context.Context, fn func(context.Context) error) error
}

// Service answers repeated requests.
type Service struct {
	store Store
	now   func() time.Time
	newID func() string
}

// NewService puts the use case on a store.
func NewService(store Store, now func() time.Time, newID func() string) *Service {
	return &Service{store: store, now: now, newID: newID}
}

// Do runs the request once per scope: its effect and its answer are committed together. Only an answer that run returns without an error
// is kept; replayed tells that the answer is an earlier one.
func (s *Service) Do(ctx context.Context, scope Scope, body []byte, run func(context.Context) (Answer, error)) (answer Answer, replayed bool, err error) {
	return s.DoPrepared(ctx, scope, body, nothing, run)
}

func nothing(context.Context) error { return nil }

// DoPrepared is Do for a request that has long work to do before its effect: prepare runs once per scope too, and in no transaction. What it leaves must be of
// no effect by itself, for it may end before run begins. When it takes so long that somebody else takes the scope over, only one of the two has an effect.
func (s *Service) DoPrepared(
	ctx context.Context, scope Scope, body []byte, prepare func(context.Context) error, run func(context.Context) (Answer, error),
) (answer Answer, replayed bool, err error) {
	now := s.now()
	claim := Claim{Scope: scope, ID: s.newID(), Until: now.Add(claimFor)}
	kept, err := s.store.Claim(ctx, claim, body, now)
	if err != nil {
		return Answer{}, false, err
	}
	if kept != nil {
		return *kept, true, nil
	}
	done := false
	// Deferred, so that a panic gives the claim up as well.
	defer func() {
		if !done {
			answer, err = Answer{}, errors.Join(err, s.release(ctx, claim))
		}
	}()
	if err = prepare(ctx); err != nil {
		return answer, false, err
	}
	err = s.store.Transact(ctx, func(ctx context.Context) error {
		if answer, err = run(ctx); err != nil {
			return err
		}
		return s.store.Complete(ctx, claim, answer, s.now().Add(keepFor))
	})
	done = err == nil
	return answer, false, err
}

// release gives up a claim, even when the caller is gone.
func (s *Service) release(ctx context.Context, c Claim) error {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), releaseIn)
	defer cancel()
	return s.store.Release(ctx, c)
}

// Purge removes what has expired.
func (s *Service) Purge(ctx context.Context) error {
	for {
		n, err := s.store.Purge(ctx, s.now())
		if err != nil || n == 0 {
			return err
		}
	}
}

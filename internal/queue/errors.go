package queue

import (
	"errors"
	"math/rand/v2"
	"time"

	"github.com/ivendnext/whatsapp-accounts/internal/fault"
)

// permanent is an error that trying again does not cure.
type permanent struct{ error }

func (e permanent) Unwrap() error { return e.error }

// Permanent marks an error of a handler as one that trying again does not cure: the job is parked. Nil stays nil.
func Permanent(err error) error {
	if err == nil {
		return nil
	}
	return permanent{err}
}

// delayed is an error that says when trying again makes sense.
type delayed struct {
	error
	after   time.Duration
	exactly bool
}

func (e delayed) Unwrap() error { return e.error }

// RetryAfter marks an error of a handler with the time after which trying again makes sense, in place of the back-off. Nil stays nil.
// A fault.Error that has such a time need not be marked.
func RetryAfter(err error, d time.Duration) error {
	if err == nil {
		return nil
	}
	return delayed{err, d, false}
}

// RetryIn is RetryAfter for a handler that has spread what comes back by itself: nothing is added to the time by chance.
func RetryIn(err error, d time.Duration) error {
	if err == nil {
		return nil
	}
	return delayed{err, d, true}
}

func isPermanent(err error) bool {
	_, ok := errors.AsType[permanent](err)
	return ok
}

// retryAfter is the time that the error itself says, or zero.
func retryAfter(err error) (after time.Duration, exactly bool) {
	if d, ok := errors.AsType[delayed](err); ok {
		return d.after, d.exactly
	}
	if f, ok := errors.AsType[*fault.Error](err); ok {
		return f.RetryAfter, false
	}
	return 0, false
}

// Backoff is how long a job waits after an attempt that failed: First after the first one, twice as long after each further one, at most Max.
// What is waited is between half of that and all of it, by chance, so that what failed together does not come back together.
type Backoff struct{ First, Max time.Duration }

// after is the wait after that attempt failed with err.
func (b Backoff) after(attempt int, err error) time.Duration {
	if d, exactly := retryAfter(err); d > 0 {
		if exactly {
			return d
		}
		return d + chance(d/8) // never sooner than was asked for
	}
	d := b.First
	for range attempt - 1 {
		if d *= 2; d >= b.Max {
			break
		}
	}
	d = min(d, b.Max)
	return d/2 + chance(d/2)
}

// chance is a time from zero to d.
func chance(d time.Duration) time.Duration {
	return rand.N(max(d, 0) + 1) //nolint:gosec // spreads load, guards nothing
}

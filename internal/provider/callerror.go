package provider

import (
	"strings"
	"time"
)

// Class says what to do about a failed call.
type Class string

// The classes. The first three may succeed without anybody doing anything, the others not.
const (
	ClassRetry     Class = "retry"     // nothing happened; try again, with growing pauses
	ClassWait      Class = "wait"      // refused for now; try again much later, if at all
	ClassUnknown   Class = "unknown"   // the request went out and nobody knows what became of it; repeat only what is idempotent
	ClassToken     Class = "token"     // the token or key is not accepted; somebody must enter another
	ClassAccount   Class = "account"   // the account, its permissions or its settings need somebody
	ClassPermanent Class = "permanent" // this request will never succeed
)

// Explanation is what we know of a provider's error code.
type Explanation struct {
	Code    string        // as the provider writes it
	Subcode string        // empty when the code says it all
	Meaning string        // our translation, a sentence for a manager
	Fix     string        // what to do now, a sentence
	Class   Class         // what the service does
	Pause   time.Duration // the least time before another try; zero leaves it to the caller
	Limit   Limit         // what the provider limits; empty when it is not a limit
}

// CallError is why a call to a provider failed. No member of it holds a secret, a URL or a body.
type CallError struct {
	Class   Class
	Status  int    // HTTP status; zero when there was no answer
	Code    string // the provider's code; empty when it gave none. Meta has a code "0".
	Subcode string
	Meaning string // what is wrong, in our words: a sentence
	Detail  string // the provider's own words, on one line of at most MaxDetail characters; may be empty
	Fix     string // what to do now: a sentence
	// RetryAfter is how long to wait at least before another try, as the provider asks or as its rules say; zero says nothing.
	RetryAfter time.Duration
	Limit      Limit // what the provider limits; empty when it is not a limit
	cause      error
}

// Because returns a copy of e that carries cause for the operator's log. The cause must not hold a secret either.
func (e *CallError) Because(cause error) *CallError {
	c := *e
	c.cause = cause
	return &c
}

// Error is the operator's text.
func (e *CallError) Error() string {
	text := string(e.Class)
	if e.Code != "" {
		text += " (code " + strings.TrimSuffix(e.Code+"/"+e.Subcode, "/") + ")"
	}
	text += ": " + e.Meaning
	if e.Detail != "" {
		text += ": " + e.Detail
	}
	if e.cause != nil {
		text += ": " + e.cause.Error()
	}
	return text
}

// Unwrap gives the cause.
func (e *CallError) Unwrap() error { return e.cause }

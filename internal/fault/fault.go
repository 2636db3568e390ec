// Package fault is the one error type of the service: what went wrong, in words for the caller, with the cause kept for the operator.
// It knows nothing of HTTP; internal/httpapi translates it once, at the edge.
package fault

import (
	"errors"
	"fmt"
	"time"
)

// Kind says what sort of failure an Error is. The zero Kind is Internal, which tells the client nothing.
type Kind int

// The kinds, in the order of the HTTP statuses they become.
const (
	Internal        Kind = iota // a defect or an unclassified failure
	Unreadable                  // the request cannot be read
	Unauthenticated             // nobody is calling
	Forbidden                   // somebody is calling who may not
	NotFound                    // there is no such thing in the caller's site
	NotAllowed                  // the method does not apply here
	Conflict                    // the state of the resource forbids it
	Stale                       // a precondition of the caller no longer holds
	TooLarge                    // the body is larger than we read
	Unsupported                 // the media type is not ours
	Invalid                     // readable, and against a rule
	TooMany                     // later, please
	Provider                    // Meta or WASender failed
	Unavailable                 // we cannot serve now
)

// Field is one member of the request that is at fault.
type Field struct {
	Pointer string // RFC 6901 pointer into the body, or the name of a query parameter
	Code    string // stable snake_case
	Detail  string // a sentence for people
}

// Error is the service's error. Detail and Fix are written for the client; the cause is for the operator only.
type Error struct {
	Kind       Kind
	Code       string // stable snake_case; callers switch on it
	Detail     string // what is wrong, as a sentence
	Fix        string // what to do now, as a sentence
	Fields     []Field
	RetryAfter time.Duration // when trying again makes sense; zero says nothing
	cause      error
}

// New makes an Error that has no cause.
func New(kind Kind, code, detail, fix string) *Error {
	return &Error{Kind: kind, Code: code, Detail: detail, Fix: fix}
}

// Because returns a copy of e that carries cause for the operator's log.
func (e *Error) Because(cause error) *Error {
	c := *e
	c.cause = cause
	return &c
}

// Saying returns a copy of e with another detail.
func (e *Error) Saying(format string, args ...any) *Error {
	c := *e
	c.Detail = fmt.Sprintf(format, args...)
	return &c
}

// After returns a copy of e that says when trying again makes sense.
func (e *Error) After(wait time.Duration) *Error {
	c := *e
	c.RetryAfter = wait
	return &c
}

// Advising returns a copy of e with another fix.
func (e *Error) Advising(format string, args ...any) *Error {
	c := *e
	c.Fix = fmt.Sprintf(format, args...)
	return &c
}

// At returns a copy of e that also names a member of the request.
func (e *Error) At(fields ...Field) *Error {
	c := *e
	c.Fields = append(append([]Field(nil), e.Fields...), fields...)
	return &c
}

// Error is the operator's text: code, detail and cause.
func (e *Error) Error() string {
	text := e.Code
	if e.Detail != "" {
		text += ": " + e.Detail
	}
	if e.cause != nil {
		text += ": " + e.cause.Error()
	}
	return text
}

// Unwrap gives the cause.
func (e *Error) Unwrap() error { return e.cause }

// Is reports whether target is a fault of the same code, so that sentinels work with errors.Is after Because, Saying and At.
func (e *Error) Is(target error) bool {
	t, ok := target.(*Error)
	return ok && t.Code == e.Code
}

// CodeOf gives the code of the fault inside err, or "internal" when there is none.
func CodeOf(err error) string {
	if e, ok := errors.AsType[*Error](err); ok {
		return e.Code
	}
	return "internal"
}

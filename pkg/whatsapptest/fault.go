package whatsapptest

import (
	"maps"
	"net/http"
	"strconv"
	"time"
)

// Fault is what befalls a call in place of its answer. The zero Fault lets it be answered.
type Fault struct {
	do func(exchange)
}

// exchange is a call on its way to an answer.
type exchange struct {
	w       http.ResponseWriter
	request *http.Request
	answer  func() reply // has the call's effects
	closed  <-chan struct{}
}

// Answer answers with this status, body and headers; the call has no effect.
func Answer(status int, body string, header http.Header) Fault {
	return Fault{func(x exchange) {
		maps.Copy(x.w.Header(), header)
		x.w.WriteHeader(status)
		_, _ = x.w.Write([]byte(body))
	}}
}

// HTML answers as a gateway does that has nothing to do with the API: a page instead of JSON.
func HTML(status int) Fault {
	page := "<!DOCTYPE html><html><head><title>Error</title></head><body><h1>Sorry, something went wrong.</h1></body></html>"
	return Answer(status, page, http.Header{"Content-Type": {"text/html; charset=utf-8"}})
}

// TooManyRequests answers 429 as WASender does, with retry_after in the body and in Retry-After, in seconds, and without success.
// For Meta's ways to say it see [MetaError] and [Throttled].
func TooManyRequests(retryAfter time.Duration) Fault {
	seconds := int(retryAfter / time.Second)
	body := encode(object{{"message", "Too many requests."}, {"retry_after", seconds}})
	return Answer(http.StatusTooManyRequests, string(body), http.Header{
		"Content-Type": {"application/json"}, "Retry-After": {strconv.Itoa(seconds)},
	})
}

// Slow answers as usual, after a while.
func Slow(after time.Duration) Fault {
	return Fault{func(x exchange) {
		timer := time.NewTimer(after)
		defer timer.Stop()
		select {
		case <-timer.C:
			x.answer().write(x.w)
		case <-x.request.Context().Done():
		case <-x.closed:
			panic(http.ErrAbortHandler)
		}
	}}
}

// Hang never answers: the call ends when the caller gives up or the double is closed. It has no effect.
func Hang() Fault {
	return Fault{func(x exchange) {
		select {
		case <-x.request.Context().Done():
		case <-x.closed:
		}
		panic(http.ErrAbortHandler)
	}}
}

// Cut closes the connection without an answer; the call has no effect.
func Cut() Fault {
	return Fault{func(exchange) { panic(http.ErrAbortHandler) }}
}

// LoseAnswer does what was asked and then closes the connection: the caller cannot know whether it took effect.
func LoseAnswer() Fault {
	return Fault{func(x exchange) {
		x.answer()
		panic(http.ErrAbortHandler)
	}}
}

// HalfAnswer does what was asked and closes the connection in the middle of the answer's body.
func HalfAnswer() Fault {
	return Fault{func(x exchange) {
		text := encode(x.answer().body)
		x.w.Header().Set("Content-Type", "application/json")
		x.w.Header().Set("Content-Length", strconv.Itoa(len(text)))
		_, _ = x.w.Write(text[:len(text)/2])
		_ = http.NewResponseController(x.w).Flush()
		panic(http.ErrAbortHandler)
	}}
}

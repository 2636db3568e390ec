package client

import (
	"encoding/json"
	"errors"
	"fmt"
	"mime"
	"net/http"
	"strconv"
	"time"

	v1 "github.com/ivendnext/whatsapp-accounts/api/v1"
)

// Problem is an answer that is no success. Code is what to switch on, Detail and Fix are for people, and Errors names the members
// at fault. When something else than the service answered, a proxy for example, only StatusCode is certain and Code is empty.
type Problem struct {
	v1.Problem
	StatusCode int           // of the HTTP answer
	RetryAfter time.Duration // when it makes sense to try again; zero when the answer does not say

	call string
}

// Error tells the call, the code, and what to do.
func (p *Problem) Error() string {
	text := fmt.Sprintf("client: %s: %d", p.call, p.StatusCode)
	if p.Code == "" {
		return text + " " + http.StatusText(p.StatusCode)
	}
	text += fmt.Sprintf(" %s: %s %s", p.Code, p.Detail, p.Fix)
	for _, f := range p.Errors {
		text += fmt.Sprintf(" [%s: %s]", f.Pointer, f.Detail)
	}
	return text + " (request " + p.RequestID + ")"
}

// HasCode reports whether err is, or wraps, a [*Problem] of that code.
func HasCode(err error, code string) bool {
	p, ok := errors.AsType[*Problem](err)
	return ok && p.Code == code
}

func problemOf(r request, answer *http.Response, body []byte) *Problem {
	p := &Problem{StatusCode: answer.StatusCode, RetryAfter: retryAfter(answer.Header), call: r.method + " " + r.path}
	if media, _, err := mime.ParseMediaType(answer.Header.Get("Content-Type")); err != nil || media != "application/problem+json" {
		return p
	}
	if err := json.Unmarshal(body, &p.Problem); err != nil {
		p.Problem = v1.Problem{} // half a document is no document
	}
	return p
}

// retryAfter reads both forms of the header: seconds, or a date.
func retryAfter(h http.Header) time.Duration {
	text := h.Get("Retry-After")
	if seconds, err := strconv.Atoi(text); err == nil {
		return max(0, time.Duration(seconds)*time.Second)
	}
	at, err := http.ParseTime(text)
	if err != nil {
		return 0
	}
	return max(0, time.Until(at))
}

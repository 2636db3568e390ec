package client

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
)

// ErrNotModified answers a call with [IfNoneMatch] while the caller's representation is still the present one.
var ErrNotModified = errors.New("client: not modified")

// maxAnswer bounds what is read of an answer, in bytes: the largest page of accounts is well below it.
const maxAnswer = 16 << 20

// CallOption is a header of one call.
type CallOption func(http.Header)

// IdempotencyKey makes a POST repeatable for 24 hours: the same key and body get the first answer again. At most 255 characters.
// While the first is still being worked on, the problem is idempotency_in_progress; with another body, idempotency_key_reused.
func IdempotencyKey(key string) CallOption { return header("Idempotency-Key", key) }

// IfMatch lets a change happen only while the ETag of the account, or of the account that is default, is this one; otherwise the problem is stale_representation.
func IfMatch(etag string) CallOption { return header("If-Match", etag) }

// IfNoneMatch reads only what is no longer the representation of this ETag; otherwise the error is [ErrNotModified].
func IfNoneMatch(etag string) CallOption { return header("If-None-Match", etag) }

// RequestID names the request in the service's log, in its history and in its answer: 1 to 128 printable ASCII characters
// without space, quotes, backslash, backtick and any of <>$%{}.
func RequestID(id string) CallOption { return header("X-Request-Id", id) }

func header(name, value string) CallOption { return func(h http.Header) { h.Set(name, value) } }

// request is one call before it is made.
type request struct {
	method, path string
	query        url.Values
	media        string // of the body
	body         any    // nil for none
	// stream gives the body each time the call is made, in place of body.
	stream func() io.ReadCloser
}

// do makes the call, more than once where [Retries] says so, and reads a success into into, unless that is nil. It gives the answer's headers.
func (c *Client) do(ctx context.Context, r request, into any, opts []CallOption) (http.Header, error) {
	ask, err := c.build(ctx, r, opts)
	if err != nil {
		return nil, err
	}
	return c.retries.until(ctx, harmless(ask), func() (http.Header, error) {
		again := ask.Clone(ctx)
		if ask.GetBody != nil {
			again.Body, _ = ask.GetBody() // there is no error: the bytes are in memory, or are made
		}
		return c.once(again, r, into)
	})
}

// once makes the call.
func (c *Client) once(ask *http.Request, r request, into any) (http.Header, error) {
	answer, err := c.http.Do(ask)
	if err != nil {
		return nil, &lost{fmt.Errorf("client: %w", err)}
	}
	defer func() { _ = answer.Body.Close() }()
	body, err := io.ReadAll(io.LimitReader(answer.Body, maxAnswer+1))
	switch {
	case err != nil:
		return nil, &lost{fmt.Errorf("client: %s %s: the answer broke off: %w", r.method, r.path, err)}
	case len(body) > maxAnswer:
		return nil, fmt.Errorf("client: %s %s: the answer is larger than %d bytes", r.method, r.path, maxAnswer)
	case answer.StatusCode == http.StatusNotModified:
		return answer.Header, ErrNotModified
	case answer.StatusCode < 200 || answer.StatusCode > 299:
		return answer.Header, problemOf(r, answer, body)
	case into == nil:
		return answer.Header, nil
	}
	if err := json.Unmarshal(body, into); err != nil {
		return answer.Header, fmt.Errorf("client: %s %s: the answer cannot be read: %w", r.method, r.path, err)
	}
	return answer.Header, nil
}

func (c *Client) build(ctx context.Context, r request, opts []CallOption) (*http.Request, error) {
	address := c.base + r.path
	if len(r.query) > 0 {
		address += "?" + r.query.Encode()
	}
	var body io.Reader
	if r.media != "" && r.stream == nil {
		data, err := json.Marshal(r.body)
		if err != nil {
			return nil, fmt.Errorf("client: the body cannot be written as JSON: %w", err)
		}
		body = bytes.NewReader(data)
	}
	ask, err := http.NewRequestWithContext(ctx, r.method, address, body)
	if err != nil {
		return nil, fmt.Errorf("client: %w", err)
	}
	if r.stream != nil {
		ask.ContentLength = -1
		ask.GetBody = func() (io.ReadCloser, error) { return r.stream(), nil }
	}
	for _, o := range opts {
		o(ask.Header)
	}
	if r.media != "" {
		ask.Header.Set("Content-Type", r.media)
	}
	ask.Header.Set("Accept", "application/json, application/problem+json")
	ask.Header.Set("User-Agent", c.userAgent)
	ask.Header.Set("Authorization", "Bearer "+c.key())
	return ask, nil
}

package whatsapptest

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"time"
)

// The values of [Request.Token] that are not the name of a token.
const (
	// NoToken means that the call had no bearer token.
	NoToken = ""
	// UnknownToken means that the double knows no such token.
	UnknownToken = "unknown"
)

// Request is one call that a double was asked, whatever it answered.
type Request struct {
	// At is when it was read to its end, by the double's clock.
	At time.Time `json:"at"`
	// Kind is what the call is for.
	Kind Kind `json:"kind"`
	// Method is the HTTP method.
	Method string `json:"method"`
	// Path is as it was sent, version prefix included, without the query.
	Path string `json:"path"`
	// Query holds the query parameters, without access_token and with input_token as the name of the token.
	Query url.Values `json:"query,omitempty"`
	// Header holds the headers, without Authorization.
	Header http.Header `json:"header,omitempty"`
	// Token is the name of the bearer token, [NoToken] or [UnknownToken]. The token itself is not kept.
	Token string `json:"token"`
	// Body is the body, byte for byte.
	Body []byte `json:"-"`
}

// JSON decodes the body into v, which is a pointer.
func (r Request) JSON(v any) error { return json.Unmarshal(r.Body, v) }

// MarshalJSON shows the body as JSON where it is JSON, and as text otherwise.
func (r Request) MarshalJSON() ([]byte, error) {
	type plain Request
	var body any
	switch {
	case json.Valid(r.Body):
		body = json.RawMessage(r.Body)
	case len(r.Body) > 0:
		body = string(r.Body)
	}
	return json.Marshal(struct {
		plain
		Body any `json:"body,omitempty"`
	}{plain(r), body})
}

func requestOf(r *http.Request, body []byte, c call, at time.Time) Request {
	header := r.Header.Clone()
	header.Del("Authorization")
	return Request{
		At: at, Kind: c.kind, Method: r.Method, Path: r.URL.EscapedPath(), Query: c.query, Header: header, Token: c.token, Body: body,
	}
}

func (d *double) note(r Request) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.requests = append(d.requests, r)
	close(d.news)
	d.news = make(chan struct{})
}

// Requests gives the calls of these kinds so far, in the order in which they arrived; without kinds all of them.
func (d *double) Requests(kinds ...Kind) []Request {
	matching, _ := d.matching(ofKinds(kinds))
	return matching
}

// Wait returns when n calls of these kinds were seen since the double began, or since [Meta.Forget]; without kinds it counts all. It
// gives those that were seen, which may be more than n. When ctx ends first it gives what there is, and an error that wraps ctx's.
//
// A call is seen before it is answered: one that hangs is seen too.
func (d *double) Wait(ctx context.Context, n int, kinds ...Kind) ([]Request, error) {
	return d.WaitFor(ctx, n, ofKinds(kinds))
}

// WaitFor is Wait for calls that match says yes to. It is called while the double is locked, so it must not ask the double.
func (d *double) WaitFor(ctx context.Context, n int, match func(Request) bool) ([]Request, error) {
	for {
		seen, news := d.matching(match)
		if len(seen) >= n {
			return seen, nil
		}
		select {
		case <-news:
		case <-ctx.Done():
			return seen, fmt.Errorf("whatsapptest: %d of %d calls were seen: %w", len(seen), n, ctx.Err())
		}
	}
}

// Forget empties the record. Recipes, messages and templates stay.
func (d *double) Forget() {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.requests = nil
}

func (d *double) matching(match func(Request) bool) (seen []Request, news <-chan struct{}) {
	d.mu.Lock()
	defer d.mu.Unlock()
	for _, r := range d.requests {
		if match(r) {
			seen = append(seen, r)
		}
	}
	return seen, d.news
}

func ofKinds(kinds []Kind) func(Request) bool {
	return func(r Request) bool { return len(kinds) == 0 || slices.Contains(kinds, r.Kind) }
}

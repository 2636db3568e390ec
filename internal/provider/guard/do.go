package guard

import (
	"context"
	"errors"
	"io"
	"net/http"
	"net/http/httptrace"
	"sync/atomic"
)

// errTooLarge is the cause when an answer is longer than MaxBody.
var errTooLarge = errors.New("the answer is larger than 1 MiB")

// Response is an answer of a provider, whatever its status.
type Response struct {
	Status int
	Header http.Header
	// Body is whole when Status is below 300; of a longer or broken answer with an error status it is what arrived.
	Body []byte
}

// Do sends r and reads the answer. An error is a *provider.CallError: there was no answer, or one that cannot be used. Its class is Retry while
// nothing was sent, Unknown from then on, and Account or Token for settings that forbid the call or a redirect, which is not followed.
func (c *Client) Do(ctx context.Context, r Request) (Response, error) {
	ctx, cancel := context.WithTimeout(ctx, c.timeout)
	defer cancel()
	var sent atomic.Bool
	// From here on the token may be on its way; a connection that was never had has sent nothing.
	traced := httptrace.WithClientTrace(ctx, &httptrace.ClientTrace{GotConn: func(httptrace.GotConnInfo) { sent.Store(true) }})
	request, err := c.build(traced, r)
	if err != nil {
		return Response{}, err
	}
	answer, err := c.way.RoundTrip(request)
	if err != nil {
		return Response{}, unanswered(r.For, err, sent.Load())
	}
	defer func() { _ = answer.Body.Close() }()
	return receive(r, answer)
}

func receive(r Request, answer *http.Response) (Response, error) {
	if answer.StatusCode >= 300 && answer.StatusCode < 400 {
		return Response{}, redirected(answer.StatusCode)
	}
	body, err := read(answer.Body)
	if err != nil && answer.StatusCode < 400 {
		return Response{}, broken(r.For, answer.StatusCode, err)
	}
	return Response{Status: answer.StatusCode, Header: answer.Header, Body: body}, nil
}

// read gives what arrived, and an error when that is not all.
func read(from io.Reader) ([]byte, error) {
	body, err := io.ReadAll(io.LimitReader(from, MaxBody+1))
	if len(body) > MaxBody {
		return body[:MaxBody], errTooLarge
	}
	return body, err
}

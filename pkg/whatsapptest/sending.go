package whatsapptest

import (
	"bytes"
	"context"
	"errors"
	"io"
	"math/rand/v2"
	"net/http"
	"slices"
	"time"
)

// userAgent is what Meta's webhooks are seen to say.
const userAgent = "facebookexternalua"

// SendOption changes how webhooks are sent.
type SendOption func(*sending)

// sending is how webhooks are sent.
type sending struct {
	copies    int
	attempts  int
	pause     time.Duration
	secret    *string // instead of the right one
	unsigned  bool
	unescaped bool
	packing   Packing
	order     func([]int)
}

// Copies sends each body n times: providers deliver at least once.
func Copies(n int) SendOption { return func(s *sending) { s.copies = max(n, 1) } }

// Attempts sends a body again until it is answered with 200, at most n times in all: at once the first time, then after a pause that doubles.
func Attempts(n int, pause time.Duration) SendOption {
	return func(s *sending) { s.attempts, s.pause = max(n, 1), pause }
}

// SignedWith signs with this secret instead of the right one; for WASender it is the header's value.
func SignedWith(secret string) SendOption { return func(s *sending) { s.secret = &secret } }

// WronglySigned signs with a secret that nobody has.
func WronglySigned() SendOption { return SignedWith("nobody-has-this-secret") }

// Unsigned leaves the signature out.
func Unsigned() SendOption { return func(s *sending) { s.unsigned = true } }

// Unescaped writes UTF-8 and plain slashes where Meta escapes them; what is signed are the bytes that are sent. WASender never escapes.
func Unescaped() SendOption { return func(s *sending) { s.unescaped = true } }

// Packed says how the events of one body share it. WASender has one event in a body.
func Packed(p Packing) SendOption { return func(s *sending) { s.packing = p } }

// Reversed sends the newest event first, where each has a body of its own.
func Reversed() SendOption { return func(s *sending) { s.order = slices.Reverse[[]int] } }

// Shuffled sends events in an order that depends on the seed alone, where each has a body of its own.
func Shuffled(seed uint64) SendOption {
	return func(s *sending) {
		s.order = func(places []int) {
			rand.New(rand.NewPCG(seed, seed)).Shuffle(len(places), func(i, j int) { places[i], places[j] = places[j], places[i] }) //nolint:gosec // an order, not a secret
		}
	}
}

// Delivery is what became of a webhook.
type Delivery struct {
	// Body is what was sent, byte for byte.
	Body []byte
	// Signature is the value of the signature's header, empty when it was left out.
	Signature string
	// Statuses are those of the answers, in their order, over all copies and attempts; 0 is an attempt without an answer.
	Statuses []int
	// Answer is the body of the last answer, at most 64 KiB of it.
	Answer []byte
	// MessageIDs are the ids of the incoming messages in it.
	MessageIDs []string
	// Delivered tells whether every copy was answered with 200 in the end.
	Delivered bool
}

func newSending(options []SendOption) sending {
	s := sending{copies: 1, attempts: 1}
	for _, change := range options {
		change(&s)
	}
	return s
}

// places is the order in which n things are sent.
func (s sending) places(n int) []int {
	places := make([]int, n)
	for i := range places {
		places[i] = i
	}
	if s.order != nil {
		s.order(places)
	}
	return places
}

// send posts d's body as often as it takes.
func (s sending) send(ctx context.Context, client *http.Client, to string, header http.Header, d *Delivery) error {
	d.Delivered = true
	for range s.copies {
		delivered, err := s.insist(ctx, client, to, header, d)
		d.Delivered = d.Delivered && delivered
		if err != nil {
			return err
		}
	}
	return nil
}

// insist posts one copy until it is taken or the attempts are used up; the error is that of the last attempt.
func (s sending) insist(ctx context.Context, client *http.Client, to string, header http.Header, d *Delivery) (delivered bool, err error) {
	for attempt := range s.attempts {
		if attempt > 1 {
			rest(ctx, s.pause<<min(attempt-2, 16))
		}
		var status int
		status, d.Answer, err = post(ctx, client, to, header, d.Body)
		d.Statuses = append(d.Statuses, status)
		if status == http.StatusOK || ctx.Err() != nil {
			return status == http.StatusOK, err
		}
	}
	return false, err
}

func rest(ctx context.Context, pause time.Duration) {
	timer := time.NewTimer(pause)
	defer timer.Stop()
	select {
	case <-timer.C:
	case <-ctx.Done():
	}
}

func post(ctx context.Context, client *http.Client, to string, header http.Header, body []byte) (status int, answer []byte, err error) {
	request, err := http.NewRequestWithContext(ctx, http.MethodPost, to, bytes.NewReader(body))
	if err != nil {
		return 0, nil, err
	}
	request.Header = header.Clone()
	response, err := client.Do(request)
	if err != nil {
		return 0, nil, err
	}
	answer, err = io.ReadAll(io.LimitReader(response.Body, 64<<10))
	return response.StatusCode, answer, errors.Join(err, response.Body.Close())
}

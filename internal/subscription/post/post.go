// Package post is the way out to subscribers: it judges their URLs, dials only what the operator allows, signs nothing and follows no redirect.
// It does not know what is posted, nor when it is posted again.
package post

import (
	"bytes"
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/netip"
	"strconv"
	"strings"
	"syscall"
	"time"

	"github.com/ivendnext/whatsapp-accounts/internal/provider/guard"
	"github.com/ivendnext/whatsapp-accounts/internal/subscription"
)

const (
	// wholeTimeout is for a whole delivery: to connect, to send, to be answered.
	wholeTimeout = 15 * time.Second
	// maxAnswer is how much of an answer is read, in bytes, so that the connection can be used again. Nothing of it is kept.
	maxAnswer = 4 << 10
	userAgent = "whatsapp-accounts-webhooks"
)

// Options are the operator's choices.
type Options struct {
	// AllowLoopback lets subscribers be on this machine, over http and on any port. For development.
	AllowLoopback bool
	// Networks are private networks that subscribers may be in, over http and on any port.
	Networks []netip.Prefix
	Now      func() time.Time
	Timeout  time.Duration // for a whole delivery; zero means 15 seconds
}

// Poster posts messages to subscribers: subscription.Sender. It is safe for concurrent use.
type Poster struct {
	Options
	secure, plain *http.Client
}

// New makes a poster.
func New(o Options) *Poster {
	if o.Timeout == 0 {
		o.Timeout = wholeTimeout
	}
	p := &Poster{Options: o}
	p.secure, p.plain = client(p.reach(true)), client(p.reach(false))
	return p
}

// reach is what may be dialled: without TLS nothing that is not the operator's own.
func (p *Poster) reach(secure bool) guard.Reach {
	return guard.Reach{Loopback: p.AllowLoopback, Networks: p.Networks, NotPublic: !secure}
}

func client(reach guard.Reach) *http.Client {
	carrier := guard.Transport(reach.Dialer())
	carrier.ResponseHeaderTimeout = 0 // a subscriber has the whole time to think
	return &http.Client{
		Transport: carrier,
		// The answer to a redirect is the redirect: nothing is sent to where it points.
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}
}

// Close gives up connections that are kept for later.
func (p *Poster) Close() {
	p.secure.CloseIdleConnections()
	p.plain.CloseIdleConnections()
}

// Send implements subscription.Sender.
func (p *Poster) Send(ctx context.Context, m subscription.Message) subscription.Result {
	ctx, cancel := context.WithTimeout(ctx, p.Timeout)
	defer cancel()
	begun := p.Now()
	status, wait, detail := p.post(ctx, m)
	return subscription.Result{
		Attempt:    subscription.Attempt{At: begun, Status: status, Detail: detail, Took: p.Now().Sub(begun)},
		RetryAfter: wait,
	}
}

func (p *Poster) post(ctx context.Context, m subscription.Message) (status int, wait time.Duration, detail string) {
	if complaint := p.Complain(m.URL); complaint != "" { // what is allowed may have changed since it was stored
		return 0, 0, "The URL may not be called any more, so nothing was sent. " + complaint
	}
	request, err := http.NewRequestWithContext(ctx, http.MethodPost, m.URL, bytes.NewReader(m.Body))
	if err != nil {
		return 0, 0, "The URL cannot be called, so nothing was sent."
	}
	for name, value := range map[string]string{
		"Content-Type": "application/json", "User-Agent": userAgent,
		"webhook-id": m.ID, "webhook-timestamp": strconv.FormatInt(m.At.Unix(), 10), "webhook-signature": m.Signature,
	} {
		request.Header.Set(name, value)
	}
	by := p.plain
	if request.URL.Scheme == "https" {
		by = p.secure
	}
	answer, err := by.Do(request)
	if err != nil {
		return 0, 0, p.unanswered(err)
	}
	defer func() { _ = answer.Body.Close() }()
	_, _ = io.CopyN(io.Discard, answer.Body, maxAnswer)
	return answer.StatusCode, p.wait(answer), explain(answer.StatusCode)
}

// wait reads Retry-After where it means to come later.
func (p *Poster) wait(answer *http.Response) time.Duration {
	if answer.StatusCode != http.StatusTooManyRequests && answer.StatusCode != http.StatusServiceUnavailable {
		return 0
	}
	return guard.RetryAfter(answer.Header, p.Now())
}

// explain says what a status means for a delivery; nothing when it is a success.
func explain(status int) string {
	switch {
	case status >= 200 && status <= 299:
		return ""
	case status >= 300 && status <= 399:
		return fmt.Sprintf("The subscriber answered with a redirect (%d), which is not followed.", status)
	case status == http.StatusGone:
		return "The subscriber answered 410 Gone, which ends a subscription."
	}
	return "The subscriber answered " + strings.TrimSpace(fmt.Sprintf("%d %s", status, http.StatusText(status))) + "."
}

// unanswered says in words of ours why there was no answer. The error's own words are dropped: they name addresses.
func (p *Poster) unanswered(err error) string {
	var name *net.DNSError
	switch {
	case errors.Is(err, guard.ErrForbiddenAddress):
		return "The host leads to an address that is not on the public internet, so nothing was sent."
	case errors.As(err, &name) && !name.IsTimeout:
		return "The host's name does not lead to an address."
	case errors.Is(err, context.Canceled):
		return "The delivery was broken off."
	case isTimeout(err):
		return fmt.Sprintf("The subscriber did not answer within %s.", spoken(p.Timeout))
	case isTLS(err):
		return "The connection could not be secured: the certificate is not valid for the host, or the subscriber does not speak TLS 1.2."
	case errors.Is(err, syscall.ECONNREFUSED):
		return "The subscriber refused the connection."
	case errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) || errors.Is(err, syscall.ECONNRESET) || errors.Is(err, syscall.EPIPE):
		return "The connection broke off before there was an answer."
	}
	return "The subscriber could not be reached."
}

func spoken(d time.Duration) string {
	if d%time.Second == 0 {
		return fmt.Sprintf("%d seconds", d/time.Second)
	}
	return d.String()
}

func isTimeout(err error) bool {
	var late net.Error
	return errors.Is(err, context.DeadlineExceeded) || errors.As(err, &late) && late.Timeout()
}

func isTLS(err error) bool {
	var (
		unproved *tls.CertificateVerificationError
		garbled  tls.RecordHeaderError
		alert    tls.AlertError
		unknown  x509.UnknownAuthorityError
	)
	return errors.Is(err, http.ErrSchemeMismatch) || errors.As(err, &unproved) || errors.As(err, &garbled) || errors.As(err, &alert) || errors.As(err, &unknown)
}

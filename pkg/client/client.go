// Package client calls the account service, version 1 of its API, from Go.
// It does not know the rules of accounts: what may be written, GET /v1/account-types and the service's problems say.
//
// A refusal is a [*Problem]; [HasCode] tells them apart:
//
//	account, err := c.Default(ctx, client.Outgoing)
//	if client.HasCode(err, "no_default_account") { … }
//
// A call that fails in passing is made again where that is safe; [Retries] tells when, and [WithoutRetries] stops it. So give a POST an
// [IdempotencyKey].
package client

import (
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"time"
	"unicode"
)

// DefaultTimeout bounds each attempt of a call unless [WithHTTPClient] brings its own bound. A context bounds the call with all its attempts.
const DefaultTimeout = 30 * time.Second

// Client calls one service with one API key. It is safe for concurrent use, and prints without the key.
type Client struct {
	base      string // without the slash at its end
	userAgent string
	http      *http.Client
	retries   Retries
	// A function, because printers and dumpers that follow every pointer stop at one.
	key func() string
}

// Option changes how a client calls.
type Option func(*Client)

// WithHTTPClient calls through h, for example for another transport or timeout. h itself is not changed: the client never follows a
// redirect, since that would show the API key to an address that nobody configured.
func WithHTTPClient(h *http.Client) Option {
	return func(c *Client) { c.http = new(*h) }
}

// WithUserAgent names the caller in the service's neighbourhood, for example in a proxy's log.
func WithUserAgent(name string) Option { return func(c *Client) { c.userAgent = name } }

// New makes a client of the service at baseURL, which is http or https, a host and perhaps a path.
// An error tells what is wrong with either argument, without the API key.
func New(baseURL, apiKey string, opts ...Option) (*Client, error) {
	base, err := parseBase(baseURL)
	if err != nil {
		return nil, err
	}
	if apiKey == "" || strings.ContainsFunc(apiKey, func(r rune) bool { return unicode.IsSpace(r) || unicode.IsControl(r) }) {
		return nil, errors.New("client: the API key is empty, or has a space or line break in it")
	}
	c := &Client{
		base: base, userAgent: "whatsapp-accounts-go",
		http: &http.Client{Timeout: DefaultTimeout}, retries: Retries{}.orDefault(), key: func() string { return apiKey },
	}
	for _, o := range opts {
		o(c)
	}
	c.http.CheckRedirect = func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }
	return c, nil
}

// parseBase does not quote what it refuses: a password could be in it.
func parseBase(text string) (string, error) {
	u, err := url.Parse(text)
	if err != nil || (u.Scheme != "http" && u.Scheme != "https") || u.Host == "" || u.User != nil || u.RawQuery != "" || u.Fragment != "" {
		return "", errors.New("client: the base URL must be http or https, a host and perhaps a path, without user, query or fragment")
	}
	return strings.TrimRight(u.String(), "/"), nil
}

// String names the service and not the key.
func (c *Client) String() string { return fmt.Sprintf("client of %s", c.base) }

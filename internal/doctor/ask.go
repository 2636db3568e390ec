package doctor

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"io"
	"mime"
	"net"
	"net/http"
	"net/url"
	"strings"
	"time"

	"github.com/ivendnext/whatsapp-accounts/internal/provider"
	"github.com/ivendnext/whatsapp-accounts/internal/secret"
)

const (
	// maxAnswer is how much of an answer is read, in bytes: a challenge and a problem are short.
	maxAnswer = 64 << 10
	// ourProblem begins the type of every problem of this service.
	ourProblem = "urn:whatsapp-accounts:problem:"
	problem    = "application/problem+json"
)

// reply is what came back, as far as it is looked at.
type reply struct {
	status   int
	media    string // without parameters
	location string // of a redirect, without its query: ours would be in it
	login    bool   // somebody asks for a password
	body     []byte
	took     time.Duration
	code     string // of a problem of this service; empty when it is none
	instance string // the path that came to the service, if it says so
}

// errSlow is an answer that came too late or not at all.
var errSlow = errors.New("there was no answer in time")

// ask sends a request to the webhook URL by the address that was reached, follows no redirect, and reads a little of the answer. No error shows the
// URL, which may hold a secret.
func (c *callback) ask(ctx context.Context, r provider.Rehearsal) (reply, error) {
	ctx, cancel := context.WithTimeout(ctx, c.doctor.Within)
	defer cancel()
	request, err := c.request(ctx, r)
	if err != nil {
		return reply{}, errors.New("the request cannot be made")
	}
	begun := c.doctor.Now()
	answer, err := c.transport().RoundTrip(request)
	if err != nil {
		return reply{}, unanswered(ctx, err)
	}
	defer func() { _ = answer.Body.Close() }()
	body, err := io.ReadAll(io.LimitReader(answer.Body, maxAnswer))
	if err != nil {
		return reply{}, unanswered(ctx, err)
	}
	got := reply{
		status: answer.StatusCode, body: body, took: c.doctor.Now().Sub(begun), location: whither(answer.Header.Get("Location")),
		login: answer.Header.Get("WWW-Authenticate") != "" || answer.StatusCode == http.StatusProxyAuthRequired,
	}
	got.media, _, _ = mime.ParseMediaType(answer.Header.Get("Content-Type"))
	got.recognise()
	return got, nil
}

func (c *callback) request(ctx context.Context, r provider.Rehearsal) (*http.Request, error) {
	to := *c.target
	query := url.Values{}
	for name, value := range r.Query {
		query.Set(name, value.Reveal())
	}
	to.RawQuery = query.Encode()
	request, err := http.NewRequestWithContext(ctx, r.Method, to.String(), bytes.NewReader(r.Body))
	if err != nil {
		return nil, err
	}
	for name, value := range r.Header {
		request.Header.Set(name, value.Reveal())
	}
	return request, nil
}

// transport is made for one request: every one comes on a connection of its own, as from one of the provider's many machines.
func (c *callback) transport() *http.Transport {
	return &http.Transport{
		DialContext:       func(ctx context.Context, _, _ string) (net.Conn, error) { return c.dial(ctx, c.reached) },
		TLSClientConfig:   c.tls(),
		DisableKeepAlives: true, MaxResponseHeaderBytes: maxAnswer,
	}
}

// unanswered tells a late answer from a broken connection, and nothing of the URL.
func unanswered(ctx context.Context, err error) error {
	if errors.Is(ctx.Err(), context.DeadlineExceeded) || isTimeout(err) {
		return errSlow
	}
	return errors.New("the connection was closed without an answer")
}

// whither is a redirect's target without what may be secret.
func whither(location string) string {
	u, err := url.Parse(location)
	if err != nil {
		return ""
	}
	u.RawQuery, u.Fragment, u.User = "", "", nil
	return u.String()
}

// recognise looks whether this service has answered: its refusals are problems of its own type.
func (r *reply) recognise() {
	var p struct{ Type, Code, Instance string }
	if r.media != problem || json.Unmarshal(r.body, &p) != nil {
		return
	}
	if rest, ours := strings.CutPrefix(p.Type, ourProblem); ours && rest == p.Code {
		r.code, r.instance = p.Code, p.Instance
	}
}

// probe is a request that no provider makes: it carries nothing, and is refused in a way that nobody but this service has.
func probe() provider.Rehearsal {
	return provider.Rehearsal{Method: http.MethodGet, Header: map[string]secret.Text{"User-Agent": secret.New("whatsapp-accounts-doctor")}}
}

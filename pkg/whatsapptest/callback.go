package whatsapptest

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"
	"time"
)

// callbackTimeout is how long a callback may take. Meta does not publish its own; it is said to be between 5 and 20 seconds.
const callbackTimeout = 6 * time.Second

// ErrNotVerified means that a callback URL did not answer a verification request with 200 and the challenge alone.
var ErrNotVerified = errors.New("the callback URL was not verified")

func callbackClient() *http.Client {
	return &http.Client{
		Timeout:       callbackTimeout,
		Transport:     http.DefaultTransport.(*http.Transport).Clone(),
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}
}

// verify sends Meta's verification request. The error wraps [ErrNotVerified] when there was an answer but not the right one.
func verify(ctx context.Context, client *http.Client, callback, verifyToken string) error {
	to, err := url.Parse(callback)
	if err != nil {
		return fmt.Errorf("%w: %w", ErrNotVerified, err)
	}
	challenge := rand.Text()
	query := to.Query()
	query.Set("hub.mode", "subscribe")
	query.Set("hub.challenge", challenge)
	query.Set("hub.verify_token", verifyToken)
	to.RawQuery = query.Encode()
	status, body, err := get(ctx, client, to.String())
	switch {
	case err != nil:
		return fmt.Errorf("%w: %w", ErrNotVerified, err)
	case status != http.StatusOK:
		return fmt.Errorf("%w: HTTP Status Code = %d; HTTP Message = %s", ErrNotVerified, status, http.StatusText(status))
	case body != challenge:
		return fmt.Errorf("%w: the answer is %q and not the challenge alone", ErrNotVerified, body)
	}
	return nil
}

func get(ctx context.Context, client *http.Client, from string) (status int, body string, err error) {
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, from, http.NoBody)
	if err != nil {
		return 0, "", err
	}
	request.Header.Set("User-Agent", userAgent)
	answer, err := client.Do(request)
	if err != nil {
		return 0, "", withoutQuery(err)
	}
	text, err := io.ReadAll(io.LimitReader(answer.Body, 1024))
	return answer.StatusCode, string(text), errors.Join(err, answer.Body.Close())
}

// withoutQuery takes the address out of a client's error: the verify token is in it.
func withoutQuery(err error) error {
	if wrapped, ok := errors.AsType[*url.Error](err); ok {
		return wrapped.Err
	}
	return err
}

// SetCallback saves the callback URL of an app as the dashboard does: it sends the verification request first, and without the right answer
// it saves nothing and gives an error that wraps [ErrNotVerified].
func (m *Meta) SetCallback(ctx context.Context, appID, callback, verifyToken string) error {
	if _, known := m.app(appID); !known {
		return fmt.Errorf("whatsapptest: there is no app %s", appID)
	}
	if err := verify(ctx, m.client, callback, verifyToken); err != nil {
		return err
	}
	m.world.Lock()
	defer m.world.Unlock()
	for _, a := range m.apps {
		if a.ID == appID {
			a.Callback = callback
		}
	}
	return nil
}

// checkOverride verifies a callback that is about to be set. The world is not locked: the callback may ask the double.
func (m *Meta) checkOverride(c graphCall, uri, verifyToken string) *graphError {
	if uri == "" {
		return nil
	}
	if len(uri) > 200 {
		return invalidParameter("override_callback_uri must be at most 200 characters long.")
	}
	if err := verify(c.request.Context(), m.client, uri, verifyToken); err != nil {
		return &graphError{
			status: http.StatusBadRequest, code: 2200,
			message: "(#2200) Callback verification failed with the following errors: " + strings.TrimPrefix(err.Error(), ErrNotVerified.Error()+": "),
		}
	}
	return nil
}

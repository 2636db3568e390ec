package wasender

import (
	"net/http"
	"strconv"
	"time"

	"github.com/ivendnext/whatsapp-accounts/internal/provider"
	"github.com/ivendnext/whatsapp-accounts/internal/provider/guard"
)

// classify goes by the status first: WASender has no error codes, and its bodies differ.
func (p *Provider) classify(c provider.Credentials, r guard.Response, said problem) error {
	e := explain(r.Status)
	e.Status, e.Detail = r.Status, c.Words(said.words)
	if e.Class == provider.ClassRetry {
		e.RetryAfter = p.pause(r.Header, said)
	}
	return &e
}

// explain translates a status. WASender documents 401, 422 and 429; the others have the meaning that HTTP gives them.
func explain(status int) provider.CallError {
	say := func(class provider.Class, meaning, fix string) provider.CallError {
		return provider.CallError{Class: class, Meaning: meaning, Fix: fix}
	}
	switch {
	case status == http.StatusUnauthorized:
		return say(provider.ClassToken, "WASender does not accept the API key.",
			"Copy the API key of the session from the WASender dashboard; the personal access token does not work here.")
	case status == http.StatusPaymentRequired:
		return say(provider.ClassAccount, "The WASender subscription does not cover this.", "Check the subscription in the WASender dashboard.")
	case status == http.StatusForbidden:
		return say(provider.ClassAccount, "WASender does not allow this to the session.", "Check the session and the subscription in the WASender dashboard.")
	case status == http.StatusNotFound, status == http.StatusMethodNotAllowed:
		return say(provider.ClassAccount, "WASender does not know this address or what it names.", "Check the WASender URL of the account.")
	case status == http.StatusTooManyRequests:
		e := say(provider.ClassRetry, "WASender limits how often it may be called.", "Nothing needs to be done: the service tries again.")
		e.Limit = provider.LimitAccount
		return e
	case status == http.StatusRequestTimeout, status >= http.StatusInternalServerError:
		return say(provider.ClassRetry, "WASender has trouble of its own.", "Nothing needs to be done: the service tries again.")
	}
	return say(provider.ClassPermanent, "WASender refuses the request.", "Correct what WASender's words name, and send it as a new request.")
}

// pause is the first that is said of: retry_after in the body, Retry-After, X-RateLimit-Reset.
func (p *Provider) pause(h http.Header, said problem) time.Duration {
	if said.pause > 0 {
		return said.pause
	}
	if asked := p.client.RetryAfter(h); asked > 0 {
		return asked
	}
	return untilReset(h.Get("X-RateLimit-Reset"), p.client.Now())
}

// untilReset reads X-RateLimit-Reset, which WASender's pages call both a Unix time and a number of seconds. As in WASender's own n8n node, what lies
// after now is a time.
func untilReset(text string, now time.Time) time.Duration {
	n, err := strconv.ParseInt(text, 10, 64)
	if err != nil || n <= 0 {
		return 0
	}
	if n > now.Unix()+5 {
		return guard.Seconds(strconv.FormatInt(n-now.Unix(), 10))
	}
	if n > now.Unix()-int64(guard.LongestPause.Seconds()) { // a time that has just passed
		return 0
	}
	return guard.Seconds(text)
}

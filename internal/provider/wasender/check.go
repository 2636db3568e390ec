package wasender

import (
	"context"
	"errors"
	"net/http"
	"strings"
	"time"

	"github.com/ivendnext/whatsapp-accounts/internal/provider"
	"github.com/ivendnext/whatsapp-accounts/internal/provider/guard"
)

// checkTimeout bounds a whole check.
const checkTimeout = 10 * time.Second

// The names of the checks.
const (
	checkConnection = "connection"
	checkKey        = "api_key"
	checkSession    = "session"
)

// session is the answer of GET /status, a bare object.
type session struct {
	Status string `json:"status"`
}

// Check asks for the status of the session, which changes nothing.
func (p *Provider) Check(ctx context.Context, c provider.Credentials) provider.Report {
	ctx, cancel := context.WithTimeout(ctx, checkTimeout)
	defer cancel()
	found, err := ask[session](ctx, p, c, guard.Request{Method: http.MethodGet, Path: []string{"status"}})
	if err != nil {
		return provider.NewReport(p.client.Now(), p.unanswered(err)...)
	}
	return provider.NewReport(p.client.Now(),
		provider.Check{Name: checkConnection, Verdict: provider.Valid, Detail: "WASender answers at the URL of the account."},
		provider.Check{Name: checkKey, Verdict: provider.Valid, Detail: "WASender accepts the API key."},
		judge(c, found.Status),
	)
}

// judge translates a status of the session, in whatever case it is written.
func judge(c provider.Credentials, status string) provider.Check {
	check := provider.Check{Name: checkSession, Verdict: provider.Rejected}
	const scan = "Open the session in the WASender dashboard, connect it, and scan the code with the phone."
	switch strings.ToLower(status) {
	case "connected":
		check.Verdict, check.Detail = provider.Valid, "The session is connected."
	case "connecting":
		check.Verdict, check.Detail, check.Fix = provider.Unknown, "The session is connecting.", "Check again in a minute."
	case "disconnected":
		check.Detail, check.Fix = "The session is disconnected.", "Connect the session in the WASender dashboard."
	case "need_scan":
		check.Detail, check.Fix = "The session waits for its code to be scanned.", scan
	case "logged_out":
		check.Detail, check.Fix = "The phone has logged the session out.", scan
	case "expired":
		check.Detail, check.Fix = "The session has expired.", "Renew the session or the subscription in the WASender dashboard."
	default:
		check.Verdict, check.Detail, check.Fix = provider.Unknown, "The status of the session is not one that is known: “"+c.Words(status)+"”.", "Look at the session in the WASender dashboard."
	}
	return check
}

// unanswered tells how far the question came. What is behind the first obstacle is Unknown.
func (p *Provider) unanswered(err error) []provider.Check {
	checks := []provider.Check{
		{Name: checkConnection, Verdict: provider.Valid, Detail: "WASender answers at the URL of the account."},
		{Name: checkKey, Verdict: provider.Unknown, Detail: "WASender said nothing about the API key.", Fix: "Check again later."},
		{Name: checkSession, Verdict: provider.Unknown, Detail: "WASender did not tell the status of the session.", Fix: "Check again later."},
	}
	e, ok := errors.AsType[*provider.CallError](err)
	if !ok {
		return checks
	}
	obstacle := provider.Check{Verdict: provider.Unknown, Detail: spoken(e), Fix: e.Fix}
	switch {
	case e.Class == provider.ClassToken:
		obstacle.Name, obstacle.Verdict, obstacle.Pointer = checkKey, provider.Rejected, p.spec.Pointer("wasender_api_key")
		checks[1] = obstacle
	case e.Status < http.StatusBadRequest, e.Status == http.StatusNotFound, e.Status == http.StatusMethodNotAllowed:
		obstacle.Name = checkConnection
		if e.Class == provider.ClassAccount {
			obstacle.Verdict, obstacle.Pointer = provider.Rejected, p.spec.Pointer("wasender_url")
		}
		checks[0] = obstacle
	default:
		obstacle.Name = checkSession
		if e.Class == provider.ClassAccount || e.Class == provider.ClassPermanent {
			obstacle.Verdict = provider.Rejected
		}
		checks[2] = obstacle
	}
	return checks
}

// spoken is our sentence and, if there is one, WASender's.
func spoken(e *provider.CallError) string {
	if e.Detail == "" {
		return e.Meaning
	}
	return e.Meaning + " WASender says: “" + e.Detail + "”."
}

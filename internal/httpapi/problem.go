package httpapi

import (
	"context"
	"errors"
	"log/slog"
	"math"
	"net/http"
	"strconv"
	"time"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"
	"github.com/labstack/echo/v4"

	v1 "github.com/ivendnext/whatsapp-accounts/api/v1"
	"github.com/ivendnext/whatsapp-accounts/internal/account"
	"github.com/ivendnext/whatsapp-accounts/internal/fault"
	"github.com/ivendnext/whatsapp-accounts/internal/routing"
)

// MediaTypeProblem is the media type of every error: RFC 9457.
const MediaTypeProblem = "application/problem+json"

// problemType makes a code a URI. It identifies; it is not an address.
const problemType = "urn:whatsapp-accounts:problem:"

// statusOf is the one table from kinds to statuses.
func statusOf(k fault.Kind) int {
	switch k {
	case fault.Unreadable:
		return http.StatusBadRequest
	case fault.Unauthenticated:
		return http.StatusUnauthorized
	case fault.Forbidden:
		return http.StatusForbidden
	case fault.NotFound:
		return http.StatusNotFound
	case fault.NotAllowed:
		return http.StatusMethodNotAllowed
	case fault.Conflict:
		return http.StatusConflict
	case fault.Stale:
		return http.StatusPreconditionFailed
	case fault.TooLarge:
		return http.StatusRequestEntityTooLarge
	case fault.Unsupported:
		return http.StatusUnsupportedMediaType
	case fault.Invalid:
		return http.StatusUnprocessableEntity
	case fault.TooMany:
		return http.StatusTooManyRequests
	case fault.Provider:
		return http.StatusBadGateway
	case fault.Unavailable:
		return http.StatusServiceUnavailable
	case fault.Internal:
	}
	return http.StatusInternalServerError
}

var (
	errInternal = fault.New(fault.Internal, "internal", "Something went wrong on our side.", "Try again; if it happens again, give the operator the request_id.")
	errGone     = fault.New(fault.Unreadable, "request_abandoned", "The caller went away before it was answered.", "Send the request again.")
	errNoRoute  = fault.New(fault.NotFound, "route_not_found", "There is nothing at this path.", "The reference at /docs lists every path.")
	errMethod   = fault.New(fault.NotAllowed, "method_not_allowed", "This path does not take the method.", "The header Allow lists those it takes.")
)

// retrySoon is what a caller is told who may try again.
const retrySoon = 2 * time.Second

// tryAgain does not promise that nothing was changed: a connection can end while a change is being committed.
const tryAgain = "Try again in a few seconds. If the request changes something, read first whether it did, or repeat it with the same Idempotency-Key."

func timeout(cause error) *fault.Error {
	return fault.New(fault.Unavailable, "timeout", "The request took too long and was broken off.", tryAgain).After(retrySoon).Because(cause)
}

// broken tells a request that ran out of time, or whose caller went away, from a defect and from a database that is away: drivers
// have many words for it. A refusal that was found before stands.
func broken(ctx context.Context, err error) error {
	if err == nil || ctx.Err() == nil || decided(err) {
		return err
	}
	if errors.Is(ctx.Err(), context.DeadlineExceeded) {
		return timeout(err)
	}
	return errGone.Because(err)
}

func decided(err error) bool {
	_, notReady := errors.AsType[*notReadyError](err)
	known, found := errors.AsType[*fault.Error](err)
	return notReady || found && known.Kind != fault.Internal && known.Kind != fault.Unavailable
}

// faultOf finds the fault inside any error; what is not classified is internal and says nothing.
func faultOf(err error) *fault.Error {
	var known *fault.Error
	var fromEcho *echo.HTTPError
	switch {
	case errors.As(err, &known) && known.Kind != fault.Internal:
		return known
	case errors.As(err, &fromEcho) && fromEcho.Code == http.StatusNotFound:
		return errNoRoute
	case errors.As(err, &fromEcho) && fromEcho.Code == http.StatusMethodNotAllowed:
		return errMethod
	}
	return errInternal.Because(err)
}

// writeProblem is the only place where an error becomes a response.
func (a *api) writeProblem(err error, c echo.Context) {
	if c.Response().Committed {
		return
	}
	f := faultOf(err)
	a.tellOperator(c, f, err)
	a.Metrics.refused(f.Code)
	body, media, status := a.written(c, f, err)
	header := c.Response().Header()
	if f.Kind == fault.Unauthenticated {
		header.Set(echo.HeaderWWWAuthenticate, `Bearer realm="whatsapp-accounts"`)
	}
	if f.RetryAfter > 0 {
		header.Set(echo.HeaderRetryAfter, strconv.Itoa(int(math.Ceil(f.RetryAfter.Seconds()))))
	}
	if err := c.Blob(status, media, body); err != nil {
		a.Log.DebugContext(c.Request().Context(), "problem cannot be written", "cause", err, "request_id", requestID(c))
	}
}

// written is an error in the form that callers at that path expect.
func (a *api) written(c echo.Context, f *fault.Error, err error) (body []byte, media string, status int) {
	var form any = problemOf(f, err, c)
	media, status = MediaTypeProblem, statusOf(f.Kind)
	if isGraph(c.Request()) {
		e := graphErrorOf(err, f)
		form, media, status = e.written(c), echo.MIMEApplicationJSON, e.status
	}
	// What the request named is repeated, and it need not have been text.
	body, failed := json.Marshal(form, jsontext.AllowInvalidUTF8(true))
	if failed != nil {
		a.Log.ErrorContext(c.Request().Context(), "problem cannot be encoded", "cause", failed, "request_id", requestID(c))
	}
	return body, media, status
}

// tellOperator logs what the caller is not told. That we cannot serve now is a warning: balancers ask for it, and callers may try again.
func (a *api) tellOperator(c echo.Context, f *fault.Error, err error) {
	level := slog.LevelWarn
	switch f.Kind {
	case fault.Internal:
		level, err = slog.LevelError, f
	case fault.Unavailable:
	default:
		return
	}
	a.Log.Log(c.Request().Context(), level, "request failed", "code", f.Code, "cause", err.Error(), "request_id", requestID(c))
}

func problemOf(f *fault.Error, err error, c echo.Context) v1.Problem {
	status := statusOf(f.Kind)
	p := v1.Problem{
		Type: problemType + f.Code, Title: http.StatusText(status), Status: status, Detail: f.Detail,
		Instance: c.Request().URL.EscapedPath(), Code: f.Code, Fix: f.Fix, RequestID: requestID(c),
	}
	for _, field := range f.Fields {
		p.Errors = append(p.Errors, v1.ProblemField(field))
	}
	if refusal, ok := errors.AsType[*routing.Refusal](err); ok {
		p.Reason, p.Considered = string(refusal.Reason), candidates(refusal.Considered)
	}
	if linked, ok := errors.AsType[*account.Linked](err); ok {
		for _, t := range linked.Templates {
			p.Templates = append(p.Templates, v1.LinkedTemplate{ID: t.ID, Label: t.Label, Name: t.Name, LanguageCode: t.Language})
		}
	}
	if notReady, ok := errors.AsType[*notReadyError](err); ok {
		p.Checks = notReady.checks
	}
	return p
}

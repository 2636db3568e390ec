package httpapi

import (
	"cmp"
	"errors"
	"fmt"
	"net/http"
	"strconv"
	"strings"

	"github.com/labstack/echo/v4"

	v1 "github.com/ivendnext/whatsapp-accounts/api/v1"
	"github.com/ivendnext/whatsapp-accounts/internal/fault"
	"github.com/ivendnext/whatsapp-accounts/internal/message"
	"github.com/ivendnext/whatsapp-accounts/internal/provider"
)

// The codes of Meta's Graph API that this door has for what is refused here. Source: Meta, WhatsApp Cloud API, Error codes.
const (
	graphUnknown      = 1
	graphDown         = 2
	graphTooMany      = 4
	graphForbidden    = 10
	graphInvalid      = 100
	graphNoPath       = 2500
	graphToken        = 190
	graphSomething    = 131000
	graphAccess       = 131005
	graphValue        = 131009
	graphNotNow       = 131016
	graphUnsupported  = 131051
	graphTooFew       = 132000
	graphNoTemplate   = 132001
	graphMismatch     = 132012
	graphUnregistered = 133010

	noSuchObject = 33 // the subcode of graphInvalid
)

// graphPrefix is where Meta's Graph API is played.
const graphPrefix = "/graph/"

// isGraph tells the requests whose callers expect answers of Meta's Graph API, errors too.
func isGraph(r *http.Request) bool { return strings.HasPrefix(r.URL.Path, graphPrefix) }

// graphError is an error in Graph's words.
type graphError struct {
	status, code, subcode int
	transient             bool
	message, details      string
}

// notSentError is the end of a message that was accepted and not sent.
type notSentError struct{ problem message.Problem }

// Error is the operator's text.
func (e *notSentError) Error() string { return e.Unwrap().Error() }

// Unwrap gives it as a fault, which no caller of this service's own API sees.
func (e *notSentError) Unwrap() error { return provider.ErrRefused.Saying("%s", e.problem.Meaning) }

// graphErrorOf translates any error.
func graphErrorOf(err error, f *fault.Error) graphError {
	if ended, ok := errors.AsType[*notSentError](err); ok {
		return graphErrorOfProblem(ended.problem)
	}
	if failed, ok := errors.AsType[*provider.CallError](err); ok {
		return graphErrorOfProblem(message.Problem{Code: failed.Code, Class: failed.Class, Meaning: failed.Meaning, Detail: failed.Detail, Fix: failed.Fix})
	}
	e := graphOfKind(f)
	if code, known := graphOfTemplate(f.Fields); known {
		e.code = code
	} else if code, known := graphOfCode(f.Code); known {
		e = graphError{status: http.StatusBadRequest, code: code}
		switch code {
		case graphDown:
			e.status, e.transient = http.StatusServiceUnavailable, true
		case graphNoPath:
			e.status = http.StatusNotFound
		}
	}
	e.message, e.details = "(#"+strconv.Itoa(e.code)+") "+f.Detail, strings.TrimSpace(f.Detail+" "+f.Fix)
	if len(f.Fields) > 0 {
		e.message, e.details = "(#"+strconv.Itoa(e.code)+") Invalid parameter", detailsOf(f.Fields)
		if f.Kind != fault.Invalid { // whose cure is in each of the fields
			e.details += " " + f.Fix
		}
	}
	return e
}

// graphOfKind is the general translation.
func graphOfKind(f *fault.Error) graphError {
	switch f.Kind {
	case fault.Unauthenticated:
		return graphError{status: http.StatusUnauthorized, code: graphToken}
	case fault.Forbidden:
		return graphError{status: http.StatusForbidden, code: graphForbidden}
	case fault.NotFound:
		return graphError{status: http.StatusBadRequest, code: graphInvalid, subcode: noSuchObject}
	case fault.NotAllowed:
		return graphError{status: http.StatusMethodNotAllowed, code: graphInvalid, subcode: noSuchObject}
	case fault.TooLarge, fault.Unsupported:
		return graphError{status: statusOf(f.Kind), code: graphInvalid}
	case fault.TooMany:
		return graphError{status: http.StatusTooManyRequests, code: graphTooMany, transient: true}
	case fault.Unavailable:
		return graphError{status: http.StatusServiceUnavailable, code: graphDown, transient: true}
	case fault.Internal:
		return graphError{status: http.StatusInternalServerError, code: graphUnknown}
	case fault.Unreadable, fault.Conflict, fault.Stale, fault.Invalid, fault.Provider:
	}
	return graphError{status: http.StatusBadRequest, code: graphInvalid}
}

// graphOfTemplate is the code of values that do not fit the template that a message names.
func graphOfTemplate(wrong []fault.Field) (int, bool) {
	code := 0
	for _, f := range wrong {
		switch {
		case f.Pointer != "/template/components":
			return 0, false
		case f.Code == "required":
			return graphTooFew, true
		}
		code = graphMismatch
	}
	return code, code != 0
}

// graphOfCode is the code of Graph that fits one of ours better than its kind says.
func graphOfCode(code string) (int, bool) {
	switch code {
	case "account_inactive":
		return graphUnregistered, true
	case "capability_unsupported":
		return graphUnsupported, true
	case "template_unavailable":
		return graphNoTemplate, true
	case "route_not_found":
		return graphNoPath, true
	case "message_not_found":
		return graphValue, true
	case "idempotency_in_progress":
		return graphDown, true
	}
	return 0, false
}

// graphErrorOfProblem is what a provider said. A code that is a number is Graph's own, and goes on as it is; what has none goes by what follows from it.
func graphErrorOfProblem(p message.Problem) graphError {
	e := graphError{code: graphOfClass(p.Class), details: strings.TrimSpace(sentence(cmp.Or(p.Detail, p.Meaning)) + " " + p.Fix)}
	ours, known := graphOfCode(p.Code)
	if number, err := strconv.Atoi(p.Code); err == nil && number >= 0 {
		e.code = number
	} else if known {
		e.code = ours
	}
	e.status, e.transient = graphStatus(e.code), p.Class == provider.ClassRetry || p.Class == provider.ClassWait || p.Class == provider.ClassUnknown
	e.message = fmt.Sprintf("(#%d) %s", e.code, p.Meaning)
	return e
}

func graphOfClass(c provider.Class) int {
	switch c {
	case provider.ClassToken, provider.ClassAccount:
		return graphAccess
	case provider.ClassPermanent:
		return graphValue
	case provider.ClassRetry, provider.ClassWait:
		return graphNotNow
	case provider.ClassUnknown:
	}
	return graphSomething
}

// sentence ends a text of a provider's as ours end.
func sentence(text string) string {
	if text == "" || strings.ContainsAny(text[len(text)-1:], ".!?") {
		return text
	}
	return text + "."
}

// graphStatus is the HTTP status that Meta documents for a code. Source: Meta, WhatsApp Cloud API, Error codes.
func graphStatus(code int) int {
	switch code {
	case 0, graphToken:
		return http.StatusUnauthorized
	case graphForbidden, 368, 130497, graphAccess, 131031:
		return http.StatusForbidden
	case graphNoTemplate:
		return http.StatusNotFound
	case 3, graphSomething, graphNotNow, 131045, 131057, 133000:
		return http.StatusInternalServerError
	case graphDown, 133004:
		return http.StatusServiceUnavailable
	}
	if code >= 200 && code < 300 {
		return http.StatusForbidden
	}
	return http.StatusBadRequest
}

// detailsOf names each member with its cure.
func detailsOf(fields []fault.Field) string {
	all := make([]string, len(fields))
	for i, f := range fields {
		all[i] = strings.ReplaceAll(strings.TrimPrefix(f.Pointer, "/"), "/", ".") + ": " + f.Detail
	}
	return strings.Join(all, " ")
}

// written is the error as it is answered.
func (e graphError) written(c echo.Context) v1.GraphError {
	return v1.GraphError{Error: v1.GraphErrorBody{
		Message: e.message, Type: "OAuthException", Code: e.code, Subcode: e.subcode, IsTransient: e.transient,
		Data: v1.GraphErrorData{MessagingProduct: "whatsapp", Details: e.details}, TraceID: requestID(c),
	}}
}

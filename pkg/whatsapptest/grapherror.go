package whatsapptest

import (
	"crypto/rand"
	_ "embed" // the table of Meta's errors
	"fmt"
	"net/http"
	"strconv"
	"strings"
)

// graphErrors has a line per code: code, documented HTTP status, title.
//
//go:embed graph_errors.tsv
var graphErrors string

// graphError is an error of the Graph API.
type graphError struct {
	status, code, subcode int
	kind                  string // empty is OAuthException
	message               string // without the code
	details               string // error_data.details
	title, hint           string // for the user of the dashboard
	transient             bool
}

func (e graphError) reply() reply { return reply{status: e.status, body: e.body()} }

func (e graphError) body() object {
	kind := e.kind
	if kind == "" {
		kind = "OAuthException"
	}
	inside := object{{"message", e.message}, {"type", kind}, {"code", e.code}}
	if e.subcode != 0 {
		inside = append(inside, member{"error_subcode", e.subcode})
	}
	if e.details != "" {
		inside = append(inside, member{"error_data", object{{"messaging_product", "whatsapp"}, {"details", e.details}}})
	}
	if e.transient {
		inside = append(inside, member{"is_transient", true})
	}
	inside = inside.with("error_user_title", e.title).with("error_user_msg", e.hint).with("fbtrace_id", newTrace())
	return object{{"error", inside}}
}

// titleOf is what Meta's list of errors says of a code; one that is not on it is a bad request.
func titleOf(code int) (status int, title string) {
	for line := range strings.Lines(graphErrors) {
		columns := strings.Split(strings.TrimSpace(line), "\t")
		if columns[0] == strconv.Itoa(code) {
			status, _ = strconv.Atoi(columns[1])
			return status, columns[2]
		}
	}
	return http.StatusBadRequest, "Error"
}

// newGraphError is an error of the list.
func newGraphError(code int, details string) *graphError {
	status, title := titleOf(code)
	e := graphError{status: status, code: code, message: fmt.Sprintf("(#%d) %s", code, title), details: details}
	if code < 3 {
		e.message, e.transient = title, code > 0
	}
	if code == 190 {
		e.message = title
	}
	return &e
}

// missingObject is the answer for an id that does not exist or that the token may not see: Graph does not tell which.
func missingObject(method, id string) *graphError {
	return &graphError{
		status: http.StatusBadRequest, code: 100, subcode: 33, kind: "GraphMethodException",
		message: fmt.Sprintf("Unsupported %s request. Object with ID '%s' does not exist, cannot be loaded due to missing permissions, "+
			"or does not support this operation. Please read the Graph API documentation at https://developers.facebook.com/docs/graph-api", strings.ToLower(method), id),
	}
}

func lacksPermission(scope string) *graphError {
	return &graphError{status: http.StatusForbidden, code: 200, message: "(#200) You do not have the necessary permissions to send messages or to manage this account: " + scope + " is missing."}
}

func invalidParameter(details string) *graphError {
	e := newGraphError(100, details)
	return e
}

func newTrace() string { return "A" + rand.Text()[:22] }

// MetaError answers with the error of this code, its documented HTTP status and title. The call has no effect. Codes that
// are rate limits of the Graph API are answered with the usage headers too, see [Throttled].
func MetaError(code int) Fault {
	e := newGraphError(code, "")
	return Answer(e.status, string(encode(e.body())), jsonHeader())
}

// MetaErrorWith is [MetaError] with an HTTP status and a subcode of your own, because what is observed differs from what is documented. A subcode of 0
// is left out.
func MetaErrorWith(code, subcode, status int, details string) Fault {
	e := newGraphError(code, details)
	e.subcode, e.status = subcode, status
	return Answer(status, string(encode(e.body())), jsonHeader())
}

// Throttled answers that a business account has used up its calls (80008), with X-Business-Use-Case-Usage: access is regained
// after this many minutes, which is the header's unit.
func Throttled(businessID string, minutes int) Fault {
	header := jsonHeader()
	header.Set("X-Business-Use-Case-Usage", string(encode(object{{businessID, []object{{
		{"type", "whatsapp"}, {"call_count", 100}, {"total_cputime", 25}, {"total_time", 25}, {"estimated_time_to_regain_access", minutes},
	}}}})))
	e := newGraphError(80008, "")
	return Answer(e.status, string(encode(e.body())), header)
}

func jsonHeader() http.Header {
	return http.Header{"Content-Type": {"application/json; charset=UTF-8"}}
}

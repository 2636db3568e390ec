package apidoc

import (
	"net/http"
	"slices"
	"strconv"
	"strings"

	"github.com/getkin/kin-openapi/openapi3"

	"github.com/ivendnext/whatsapp-accounts/internal/apidoc/contract"
	"github.com/ivendnext/whatsapp-accounts/internal/httpapi"
)

// addRefusals lists the operation's refusals by status; default stays for those that any operation may answer.
func (op operation) addRefusals() {
	for status, codes := range op.refusalsOf() {
		listed := make([]any, len(codes))
		for i, code := range codes {
			listed[i] = code
		}
		r := refusal(meaning(status) + ": `" + strings.Join(codes, "`, `") + "`.")
		r.Extensions = map[string]any{contract.CodesExtension: listed}
		switch {
		case status == http.StatusUnauthorized:
			carry(r, "WWW-Authenticate")
		case status == http.StatusTooManyRequests || status == http.StatusServiceUnavailable || slices.Contains(codes, "idempotency_in_progress"):
			carry(r, "Retry-After")
		}
		op.Responses.Set(strconv.Itoa(status), &openapi3.ResponseRef{Value: r})
	}
	rest := refusal("Any other refusal: `method_not_allowed`, `internal`, and `request_abandoned`, which nobody is there to read.")
	carry(rest, "Allow")
	op.Responses.Set("default", &openapi3.ResponseRef{Value: rest})
}

// refusal is a response with a problem.
func refusal(description string) *openapi3.Response {
	r := openapi3.NewResponse().WithDescription(description)
	r.Content = openapi3.Content{httpapi.MediaTypeProblem: {Schema: openapi3.NewSchemaRef("#/components/schemas/Problem", nil)}}
	carry(r, "X-Request-Id")
	return r
}

// meaning says in general what a status stands for.
func meaning(status int) string {
	switch status {
	case http.StatusBadRequest:
		return "The request cannot be read"
	case http.StatusUnauthorized:
		return "Nobody is calling"
	case http.StatusForbidden:
		return "The caller may not"
	case http.StatusNotFound:
		return "There is no such thing in the caller's site"
	case http.StatusConflict:
		return "The state of things forbids it"
	case http.StatusPreconditionFailed:
		return "A precondition no longer holds"
	case http.StatusRequestEntityTooLarge:
		return "The body is too large"
	case http.StatusUnsupportedMediaType:
		return "The media type is not ours"
	case http.StatusUnprocessableEntity:
		return "It can be read, and breaks a rule"
	case http.StatusTooManyRequests:
		return "It comes too often"
	case http.StatusServiceUnavailable:
		return "The service cannot serve now"
	}
	return http.StatusText(status)
}

// schemaName is the last part of a reference.
func schemaName(ref string) string { return ref[strings.LastIndex(ref, "/")+1:] }

package apidoc

import (
	"net/http"
	"strconv"
	"strings"

	"github.com/getkin/kin-openapi/openapi3"

	"github.com/ivendnext/whatsapp-accounts/internal/apidoc/contract"
)

// isGraph tells the operations that play Meta's Graph API: they refuse in its words.
func (op operation) isGraph() bool { return contract.IsGraph(op.route.Path) }

func (x Exchange) isGraph() bool { return contract.IsGraph(x.Request.Path) }

// graphRefusals says which codes come with a status.
func graphRefusals() map[int]string {
	return map[int]string{
		http.StatusBadRequest: "It cannot be done: 100 for a parameter that is wrong, with the subcode 33 for an object that the site does not have, 131051 for what the account's provider cannot carry, " +
			"133010 for an account that is Inactive, 132001 for a template that cannot be used, and whatever the provider refuses with this status.",
		http.StatusUnauthorized:          "Nobody is calling: 190. With 0 and 190 the provider does not accept the account's own token; `error_data` says so.",
		http.StatusForbidden:             "The key's role may not do this: 10. The provider's permission errors come so too.",
		http.StatusNotFound:              "There is nothing at this path: 2500. The provider does not know the template: 132001.",
		http.StatusRequestEntityTooLarge: "The body is larger than 1 MiB: 100.",
		http.StatusUnsupportedMediaType:  "The media type is not JSON: 100.",
		http.StatusTooManyRequests:       "Too many wrong keys came from the client's address: 4.",
		http.StatusServiceUnavailable:    "The service, or the provider, cannot serve now: 2, transient.",
	}
}

// addGraphRefusals lists the refusals of an operation of Graph's, by status.
func (op operation) addGraphRefusals() {
	for status, what := range graphRefusals() {
		sends := status == http.StatusForbidden || status == http.StatusRequestEntityTooLarge || status == http.StatusUnsupportedMediaType
		if sends && !op.route.TakesBody {
			continue
		}
		r := graphRefusal(what)
		switch status {
		case http.StatusUnauthorized:
			r.Headers["WWW-Authenticate"] = &openapi3.HeaderRef{Value: &openapi3.Header{Parameter: openapi3.Parameter{
				Description: "How to authenticate; absent when it is the provider that refuses.", Schema: openapi3.NewStringSchema().NewRef(),
			}}}
		case http.StatusTooManyRequests, http.StatusServiceUnavailable:
			carry(r, "Retry-After")
		}
		op.Responses.Set(strconv.Itoa(status), &openapi3.ResponseRef{Value: r})
	}
	rest := graphRefusal("Any other refusal: 100 with the subcode 33 for a method that the path does not take, 1 for a failure on our side, and what the provider answers to be its own failure.")
	carry(rest, "Allow")
	op.Responses.Set("default", &openapi3.ResponseRef{Value: rest})
}

func graphRefusal(description string) *openapi3.Response {
	r := openapi3.NewResponse().WithDescription(strings.TrimSpace(description))
	r.Content = openapi3.Content{"application/json": {Schema: openapi3.NewSchemaRef("#/components/schemas/GraphError", nil)}}
	carry(r, "X-Request-Id")
	return r
}

package apidoc

import (
	"net/http"

	"github.com/getkin/kin-openapi/openapi3"
)

// header is a response header, described once for all responses that carry it.
type header struct {
	name, description string
	example           any  // its type is the header's
	always            bool // where it is listed it is always there
}

func headers() []header {
	return []header{
		{"X-Request-Id", "The id of this request: the one that was sent, or a new one.", "0198b2f0-5c1e-7c3a-9d1f-6a2b8c4d0e13", true},
		{"ETag", "The version of the representation, for If-None-Match and If-Match.", `"Zm9yIGV4YW1wbGUhISEhIQ"`, true},
		{"Location", "The path of what was made.", "/v1/accounts/0198b2f0-5c1e-7c3a-9d1f-6a2b8c4d0e11", true},
		{"Idempotent-Replayed", "`true` when this is the answer to an earlier request with the same Idempotency-Key.", "true", false},
		{"WWW-Authenticate", "How to authenticate.", `Bearer realm="whatsapp-accounts"`, true},
		{"Retry-After", "When to try again, in seconds.", 1, false},
		{"X-Message-Id", "Our own id of the message that was accepted, for `GET /v1/messages/{id}`; also with a refusal of the provider. Absent when nothing was to be sent.", "0198b2f0-5c1e-7c3a-9d1f-6a2b8c4d0e21", false},
		{"Allow", "After `method_not_allowed`: the methods that the path takes.", "GET, HEAD", false},
	}
}

// addHeaders puts the headers among the components.
func addHeaders(doc *openapi3.T) {
	doc.Components.Headers = openapi3.Headers{}
	for _, h := range headers() {
		doc.Components.Headers[h.name] = &openapi3.HeaderRef{Value: &openapi3.Header{Parameter: openapi3.Parameter{
			Description: h.description, Required: h.always, Schema: h.schema().NewRef(), Example: h.example,
		}}}
	}
}

func (h header) schema() *openapi3.Schema {
	if _, is := h.example.(int); is {
		return openapi3.NewIntegerSchema()
	}
	return openapi3.NewStringSchema()
}

// carry lists headers at a response.
func carry(r *openapi3.Response, names ...string) {
	if r.Headers == nil {
		r.Headers = openapi3.Headers{}
	}
	for _, name := range names {
		r.Headers[name] = &openapi3.HeaderRef{Ref: "#/components/headers/" + name}
	}
}

// completeSuccess adds what follows from what the operation is: the headers of its success, and 304 where a representation may be known.
func (op operation) completeSuccess() {
	status, r := op.success()
	r.Description = new(done(status, *r.Description))
	carry(r, "X-Request-Id")
	if op.has("If-None-Match") || answers(r, "Account") || answers(r, "Subscription") || answers(r, "SubscriptionWithSecret") {
		carry(r, "ETag")
	}
	if status == http.StatusCreated {
		carry(r, "Location")
	}
	if op.has("Idempotency-Key") {
		carry(r, "Idempotent-Replayed")
	}
	if answers(r, "GraphAnswer") {
		carry(r, "X-Message-Id")
	}
	if op.has("If-None-Match") {
		known := openapi3.NewResponse().WithDescription("Unchanged: If-None-Match names the representation as it is.")
		carry(known, "X-Request-Id", "ETag")
		op.Responses.Set("304", &openapi3.ResponseRef{Value: known})
	}
}

// done replaces what swag writes for want of a description: the status in words.
func done(status int, description string) string {
	switch {
	case description != "" && description != http.StatusText(status):
		return description
	case status == http.StatusCreated:
		return "Made."
	case status == http.StatusNoContent:
		return "Done; there is nothing to answer."
	}
	return "The answer."
}

// answers reports whether the response is an object of that name.
func answers(r *openapi3.Response, name string) bool {
	media := r.Content.Get("application/json")
	return media != nil && schemaName(media.Schema.Ref) == name
}

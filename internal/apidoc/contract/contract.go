// Package contract holds every exchange of a test against the OpenAPI document.
// It does not know what the service does, only what it promised.
package contract

import (
	"bytes"
	"context"
	"io"
	"net/http"
	"strings"
	"sync"
	"testing"

	"github.com/getkin/kin-openapi/openapi3"
	"github.com/getkin/kin-openapi/openapi3filter"
	"github.com/getkin/kin-openapi/routers"
	"github.com/getkin/kin-openapi/routers/gorillamux"

	"github.com/ivendnext/whatsapp-accounts/docs"
)

// Transport sends requests with next (http.DefaultTransport when it is nil) and fails the test for every response that the document does not
// promise: its status, headers, media type, members and problem code; and for every request that was answered 2xx and is not one that the
// document allows. It changes neither, reads bodies whole, and may be used by many goroutines until the test ends.
func Transport(t testing.TB, next http.RoundTripper) http.RoundTripper {
	t.Helper()
	promised, err := load()
	if err != nil {
		t.Fatalf("contract: the OpenAPI document cannot be used: %v", err)
	}
	if next == nil {
		next = http.DefaultTransport
	}
	return &transport{t: t, next: next, promised: promised}
}

// Formats are the string formats of the document, for whoever validates against it: a uuid may be of any version of RFC 9562.
func Formats() openapi3.SchemaValidationOption {
	return openapi3.WithStringFormatValidator("uuid", uuids())
}

// uuids is made once: to compile the expression takes longer than most bodies take to be judged.
//
//nolint:gochecknoglobals // it never changes
var uuids = sync.OnceValue(func() openapi3.StringFormatValidator {
	return openapi3.NewRegexpFormatValidator(openapi3.FormatOfStringForUUIDOfRFC9562)
})

type transport struct {
	t        testing.TB
	next     http.RoundTripper
	promised *promise
}

// RoundTrip sends the request and judges what came back.
func (tr *transport) RoundTrip(req *http.Request) (*http.Response, error) {
	sent, err := take(&req.Body)
	if err != nil {
		return nil, err
	}
	resp, err := tr.next.RoundTrip(req)
	if err != nil {
		return nil, err
	}
	received, err := take(&resp.Body)
	if err != nil || isPage(req.URL.Path) {
		return resp, err
	}
	x := exchange{req: req, sent: sent, resp: resp, received: received}
	for _, broken := range tr.promised.judge(req.Context(), x) {
		tr.t.Errorf("contract: %s %s answered %d: %s", req.Method, req.URL.EscapedPath(), resp.StatusCode, broken)
	}
	return resp, nil
}

// take reads a body and leaves another reader of the same bytes in its place.
func take(body *io.ReadCloser) ([]byte, error) {
	if *body == nil || *body == http.NoBody {
		return nil, nil
	}
	read, err := io.ReadAll(*body)
	if closed := (*body).Close(); err == nil {
		err = closed
	}
	*body = io.NopCloser(bytes.NewReader(read))
	return read, err
}

// isPage tells the pages for people, which the document does not describe.
func isPage(path string) bool { return path == "/docs" || strings.HasPrefix(path, "/docs/") }

// promise is the document, ready to be asked.
type promise struct {
	doc    *openapi3.T
	router routers.Router
}

// load reads the document once per process: a test makes a transport for each of thousands of requests.
var load = sync.OnceValues(func() (*promise, error) { //nolint:gochecknoglobals // read once, and never changed
	doc, err := openapi3.NewLoader().LoadFromData(docs.OpenAPI())
	if err != nil {
		return nil, err
	}
	if err := doc.Validate(context.Background(), openapi3.DisableExamplesValidation()); err != nil {
		return nil, err
	}
	closeObjects(doc)
	openapi3filter.RegisterBodyDecoder("application/x-ndjson", openapi3filter.PlainBodyDecoder)
	router, err := gorillamux.NewRouter(doc)
	return &promise{doc: doc, router: router}, err
})

// closeObjects makes a member that an object does not list a fault. Callers must bear new members, and so the document says nothing of it;
// but what we answer is to be in the document.
func closeObjects(doc *openapi3.T) {
	for _, schema := range doc.Components.Schemas {
		if len(schema.Value.Properties) > 0 {
			schema.Value.AdditionalProperties = openapi3.AdditionalProperties{Has: new(false)}
		}
	}
}
